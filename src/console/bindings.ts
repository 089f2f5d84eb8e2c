import type { Value } from './value.js';

/** Anything with properties that have RouterOS's names. */
export interface Entry {
  /** The property as text, empty when it has no value: `yes` and `no`, whole seconds for times, stars for secrets. */
  property(name: string): string;
}

/** A list that can be changed. What is wrong is a RangeError of one line that names property and what is allowed. */
export interface EntryList<E extends Entry = Entry> {
  readonly list: readonly E[];
  add(properties: { [name: string]: string }): E;
  /** Changes nothing when one of the properties is wrong. */
  set(entry: E, properties: { [name: string]: string }): void;
  remove(entry: E): void;
}

/** The configured brokers. */
export interface BrokerList extends EntryList<BrokerEntry> {
  find(name: string): BrokerEntry | undefined;
  readonly received: ReceivedMessages;
}

/** One broker. Its promises reject with an Error of one line, and always end. */
export interface BrokerEntry extends Entry {
  readonly name: string;
  readonly connected: boolean;
  readonly subscriptions: readonly SubscriptionEntry[];
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  publish(topic: string, message: string | Uint8Array, options?: PublishOptions): Promise<void>;
  subscribe(topic: string, options?: SubscribeOptions): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
}

export interface PublishOptions {
  /** 0 or 1. */
  qos?: number;
  retain?: boolean;
  /** Connects first when there is no connection. */
  force?: boolean;
  /** Disconnects when the message is acknowledged. */
  disconnectAfter?: boolean;
}

export interface SubscribeOptions {
  /** 0 or 1. */
  qos?: number;
  force?: boolean;
}

export interface SubscriptionEntry {
  readonly topic: string;
  qos: number;
  /** Source of a script; empty: none. */
  onMessage: string;
}

/** The messages that arrived last, the oldest first. */
export interface ReceivedMessages {
  readonly count: number;
  /** Messages that were overwritten. */
  readonly lost: number;
  broker(index: number): string;
  topic(index: number): string;
  text(index: number): string;
  /** Milliseconds since 1970, or 0 when the time was not known. */
  unixTime(index: number): number;
  clear(): void;
}

/** The lines of `/log`; see `LogRing`. */
export interface LogLines {
  readonly count: number;
  time(index: number): string;
  topics(index: number): string;
  message(index: number): string;
  add(topics: string, message: string): void;
}

/** A script: a source text, or a function of the application. */
export interface ScriptEntry extends Entry {
  /** Undefined: `run` is called. */
  readonly source: string | undefined;
  run?(): void | Promise<void>;
  /** Called before each run, for `run-count` and `last-started`. */
  started?(): void;
}

/** What the device tells of itself. */
export interface SystemServices {
  /** `cpu-load` in %, `free-memory` and `total-memory` in bytes, `uptime` in seconds, `version` and so on. */
  readonly resource: Entry;
  /** `model`, `serial-number` and so on. */
  readonly routerboard: Entry;
  /** `name` and `version` of what is installed. */
  readonly packages: readonly Entry[];
  readonly identity: Entry & { set(properties: { [name: string]: string }): void };
}

export interface BluetoothServices {
  /** What scans: one entry for each radio. */
  readonly scanners: Pick<EntryList, 'list' | 'set'>;
  readonly whitelist: EntryList;
  readonly advertisements: AdvertisementList;
  readonly devices: { readonly list: readonly PeripheralEntry[] };
  /** Name and value of what an advertisement says, in the order to be shown. */
  decode(bytes: Uint8Array): { readonly [name: string]: string };
}

/** Advertisements that were heard, the oldest first. */
export interface AdvertisementList {
  readonly count: number;
  property(index: number, name: string): string;
  clear(): void;
}

/** A tag with what it says: values that its kind of tag has. */
export interface PeripheralEntry extends Entry {
  /** Names of its values beyond the declared properties; `property` gives them. */
  readonly names: readonly string[];
}

/** What the menus are bound to. What a device does not have is absent, and so is its menu. */
export interface ConsoleServices {
  readonly brokers?: BrokerList;
  readonly log: LogLines;
  readonly scripts: EntryList<ScriptEntry>;
  readonly schedules?: EntryList;
  readonly system: SystemServices;
  readonly bluetooth?: BluetoothServices;
  /** Resolves after that time; for `:delay`. */
  delay(milliseconds: number): Promise<void>;
}

/** Variables that a script begins with. */
export interface ScriptVariables {
  readonly [name: string]: Value;
}
