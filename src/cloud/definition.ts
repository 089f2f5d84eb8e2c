import type { PublishPace } from '../connection/index.js';
import type { ConnectOptions } from '../mqtt/options.js';
import type { RpcMethods } from '../rpc/rpc-options.js';
import type { RpcRoute } from '../rpc/rpc-route.js';
import type { ConfigurationKey } from '../settings/configuration-keys.js';
import type { CloudSettings, Configuration } from '../settings/configuration.js';
import { checkLimits, MQTT_LIMITS } from './limits.js';
import type { CloudLimits, TopicUse } from './limits.js';
import type { CloudDevice, GatewayPart } from './part.js';
import type { CloudProfile, TagProfile } from './profile.js';
import type { Registration } from './registration.js';

export type { CloudDevice } from './part.js';

/** What a profile can carry; the bits add up. */
export const enum CloudFeature {
  /** Readings of tags. */
  readings = 1,
  /** That a tag arrived or is away. */
  presence = 2,
  /** What stays: of a device, or of a tag. */
  attributes = 4,
  /** Calls from afar and their answers. */
  rpc = 8,
  /** A state that is wanted and one that is reported: a twin, a shadow, shared attributes. */
  twin = 16,
  /** The consumer learns of tags and their fields by itself. */
  discovery = 32,
  /** Notices about firmware. */
  firmware = 64,
}

/** Credentials that are made anew for each connection, since they expire. */
export interface CloudLogin {
  /**
   * When they must be replaced, in milliseconds of `Clock.now`: the gateway then disconnects in order and connects
   * again, with what is in flight and in the outbox. Infinity: never.
   */
  readonly renewAt: number;

  /**
   * An attempt to connect begins: puts user name and password into `options`, which are kept. Both are left out where
   * the credentials are for other brokers. `unixTime` is 0 when the time of day is not known.
   */
  prepare(options: ConnectOptions, now: number, unixTime: number): void;
}

/** What a definition makes for one device. */
export interface Cloud {
  readonly profile: CloudProfile;
  /** The same object when it can carry reports of tags; undefined: this device reports none. */
  readonly tagProfile: TagProfile | undefined;
  /** What goes with it: a twin, births, discovery. The gateway runs them. */
  readonly parts: readonly GatewayPart[];
  readonly login: CloudLogin | undefined;
  /** What may be published in any second, where the cloud says so at run time. `CloudDefinition.limits` count, too. */
  readonly pace?: PublishPace;
  /** Gets the device its place first; the gateway runs it before the other parts. */
  readonly registration?: Registration | undefined;
  /** The way in which calls come, where that belongs to what was made; it counts before `CloudDefinition.routes`. */
  readonly routes?: RpcRoute[] | undefined;
  /** What can be called in this cloud, beside what every device can be asked. */
  readonly methods?: RpcMethods | undefined;
}

/**
 * A cloud that a device can report to. A board names the definitions that it links, so what belongs to one cloud alone
 * lies behind its `make`. Subclasses are made once, frozen and preloaded: they have no state.
 */
export abstract class CloudDefinition implements CloudSettings {
  /** The value of the configuration key `cloud`: lower case, hyphens. */
  abstract readonly name: string;
  /** The name for people: `AWS IoT Core`. */
  abstract readonly title: string;
  /** The keys that it reads, beside those of every device. */
  abstract readonly keys: readonly ConfigurationKey[];
  abstract readonly limits: CloudLimits;
  /** Bits of `CloudFeature`, for people. */
  abstract readonly carries: number;

  /** All topics that a device uses with a configuration: for the check and for the docs. */
  abstract topics(configuration: Configuration): TopicUse[];

  /** Makes the profile and its parts. Throws a RangeError of one line. */
  abstract make(configuration: Configuration, device: CloudDevice): Cloud;

  /**
   * Sets what the cloud wants in CONNECT and in the TLS handshake, and the sizes that it needs (`maxPayload`,
   * `transmitArenaSize`, `receiveBufferSize`). Adds a line to `mistakes` for what is missing.
   */
  connect(_configuration: Configuration, _mistakes: string[]): void {}

  /** Bytes of the tables and buffers that what `make` makes holds; up to 512 may be left out. */
  memory?(configuration: Configuration): number;

  /** Adds a line to `mistakes` for each limit of the cloud that this configuration would exceed. */
  check(configuration: Configuration, mistakes: string[]): void {
    // It takes memory, and no configuration that can be written is beyond MQTT's own limits.
    if (this.limits === MQTT_LIMITS) return;
    checkLimits(this.title, this.limits, configuration, this.topics(configuration), mistakes);
  }

  /** The way in which calls come: the dialect of this cloud, where the key `rpc` names no other. */
  routes(_configuration: Configuration): RpcRoute[] | undefined {
    return undefined;
  }
}
