import type { RawConfiguration } from '../../src/settings/configuration.js';
import type { Path } from './network/tcp.js';
import type { RadioModel, Vector, WorldTag } from '../world/world-file.js';

/** The boards whose firmware can be simulated. */
export type BoardName = 'esp32' | 'esp8266' | 'desktop';

/** A device of a world. */
export interface WorldGateway {
  /** Unique in the world; also its default name in topics. */
  name: string;
  board: BoardName;
  position: Vector;
  /** What is built into its image: any configuration key. */
  settings: RawConfiguration;
  /** What is linked into its image beside, such as certificates, by name. */
  resources?: { readonly [name: string]: Uint8Array };
  /** Milliseconds of the world when its power is turned on; default 0. */
  poweredAt?: number;
  /** What people do at it. */
  people?: readonly PersonAction[];
}

/** Something that a person, or a program in the cloud, does at a time. */
export interface PersonAction {
  /** Milliseconds of the world. */
  at: number;
  /** A line at the serial console. */
  line?: string;
  /**
   * With `line`: milliseconds for which what it begins may take, after which the console has nothing to do. Default: as
   * long as the world runs, since a script may have been stored that runs at any time.
   */
  busy?: number;
  /** A call by RPC: its method and parameters. */
  call?: { method: string; params?: unknown };
  /** Any message to the device, on a topic below its own, such as `cmd/1`. */
  message?: { topic: string; payload: string; qos: number; retain: boolean };
}

/** A broker of a world. */
export interface WorldBroker {
  /** Host name. */
  name: string;
  port: number;
  /** Of the name, the first one is the broker's; further ones are dead unless another broker has them. */
  addresses: readonly string[];
  tls?: boolean;
}

/** The wireless network of a world, and the way from there to the brokers. */
export interface WorldWifi {
  ssid: string;
  password?: string;
  /** What the devices hear of it, dBm. */
  rssi?: number;
  /** What is not as usual about the way. */
  path?: Partial<Path>;
}

/** What is simulated: devices, tags, brokers, and who does what. */
export interface SimulatedWorld {
  name: string;
  gateways: readonly WorldGateway[];
  radio?: RadioModel;
  tags: readonly WorldTag[];
  brokers: readonly WorldBroker[];
  /** The network that every gateway is told to join. */
  wifi: WorldWifi;
}
