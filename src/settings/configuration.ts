import type { ConnectionOptions } from '../connection/index.js';
import type { ConfigurationValue, KeyOwner } from './configuration-keys.js';
import type { PaceLimits, Retention } from '../telemetry/index.js';
import type { parseTagConfiguration, TagConfiguration, TagLimits } from './tag-configuration.js';

/** What a device is told about its place in the world, checked. */
export interface Configuration {
  /** The device's name in topics and in the client identifier. */
  gateway: string;
  /** First levels of all topics. */
  prefix: string;
  /** Brokers with their TLS options, credentials, and sizes. */
  connection: Omit<ConnectionOptions, 'will'>;
  /** Absent on a board whose network needs none. */
  wifi?: WifiCredentials;
  /** Hosts that are asked for the time of day, in order of preference. */
  timeServers: string[];
  /** The cloud that it reports to: the `name` of one of the target's `clouds`. */
  cloud: string;
  /** The values of that cloud's own keys that are given or have a default. */
  cloudValues: CloudValues;
  /** The dialect of RPC: that of the cloud, for any broker, ThingsBoard's, or none. */
  rpc: 'cloud' | 'plain' | 'thingsboard' | 'off';
  /** What may be called from afar. */
  rpcAccess: 'none' | 'read' | 'operate' | 'all';
  /** A console at the serial port of a board that has one. */
  serialConsole: boolean;
  /** Bytes of the ring of its last inputs; absent: none is kept. */
  recorder?: number;
  /** The tag side; absent on a board without a scanner. */
  tags?: TagConfiguration;
  /** Bytes of the longest payload. */
  maxPayload: number;
  /** How long readings and messages are kept, and what goes first. */
  retention: Retention;
  /** What may be sent in any second, beside what the cloud allows. */
  pace: PaceLimits;
  /** Seconds between two health reports; 0: none. */
  healthSeconds: number;
}

/** Values of the keys of a cloud, by name, each read by its kind; undefined when it is not given and has no default. */
export interface CloudValues {
  [key: string]: ConfigurationValue | undefined;
}

/** What settings know of a cloud: see `CloudDefinition` of src/cloud. */
export interface CloudSettings extends KeyOwner {
  /**
   * Sets in `configuration` what the cloud wants in CONNECT and TLS, and the sizes that it needs. Adds a line to
   * `mistakes` for what is missing.
   */
  connect(configuration: Configuration, mistakes: string[]): void;

  /** Adds a line to `mistakes` for each limit of the cloud that this configuration would exceed. */
  check(configuration: Configuration, mistakes: string[]): void;

  /** Bytes of the tables and buffers of its own that it holds while the device runs. Default: hardly any. */
  memory?(configuration: Configuration): number;
}

/** How to join a Wi-Fi network. */
export interface WifiCredentials {
  /** 1 to 32 bytes. */
  ssid: string;
  /** 8 to 63 characters; absent in an open network. Never logged. */
  password?: string;
}

/** A configuration as it is written down: flat, with the keys of `CONFIGURATION_KEYS`. */
export interface RawConfiguration {
  [key: string]: unknown;
}

/** What people may write on a board. */
export interface ConsoleLimits {
  maxScripts: number;
  maxJobs: number;
  maxBrokers: number;
}

/** What a kind of board can do and hold: constants, which each board exports from its `limits.ts`. */
export interface BoardLimits {
  /** Present on a board with a console. */
  console?: ConsoleLimits;
  /** True where there is no network without Wi-Fi: `ssid` must be given. */
  needsWifi?: boolean;
  /** True on a chip that has no memory for TLS: brokers with `mqtts://` are refused. */
  withoutTls?: boolean;
  /** What counts when the key `inFlight` is not given. Default 8, without a scanner 4. */
  inFlight?: number;
  /** Topic filters that the clouds of this board subscribe to, at most. Default: those of `SessionOptions`. */
  maxSubscriptions?: number;
  /** Bytes that tag table, outbox and buffers may take together. Default: any. */
  memory?: number;
  /** Bytes that the tables of a cloud and longer buffers for it may take beside that. Default 0. */
  cloudMemory?: number;
  /** True on a board that can keep its last inputs: see the key `recorder`. */
  recorder?: boolean;
  /** Present on a board with a scanner. */
  tags?: TagLimits;
}

/** The device that a configuration is read for: its board's limits, and what only the running device knows. */
export interface ConfigurationTarget extends BoardLimits {
  /** The gateway's name when none is given: best with the chip's own number. Default `tagwire`. */
  gateway?: string;
  /** `parse` reads the keys that concern tags (`parseTagConfiguration`); without a scanner it is not linked. */
  tags?: TagLimits & { parse: typeof parseTagConfiguration };
  /** The clouds that are linked; the key `cloud` names one. Default: the plain profile alone, without keys. */
  clouds?: readonly CloudSettings[];
  /** True: the limits of the cloud are not checked. For tests of what the cloud does then. */
  unchecked?: boolean;

  /** The bytes of a resource that is linked into the firmware, such as `ca.der`; undefined when there is none. */
  resource?(name: string): Uint8Array | undefined;
}
