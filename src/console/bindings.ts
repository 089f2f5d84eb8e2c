import type { Delivery, PublishOptions, SubscribeOptions } from '../brokers/index.js';
import type { ConsoleLog } from './log.js';
import type { Slices } from './slices.js';

/** Anything with properties that have RouterOS's names. */
export interface Entry {
  /** The property as text, empty when it has no value: `yes` and `no`, whole seconds for times, stars for secrets. */
  property(name: string): string;
}

/** Values of properties, by name. */
interface Values {
  readonly [name: string]: string | number | undefined;
}

/** An entry with these values: numbers as text, empty what is undefined. */
export class ValuesEntry<V extends Values = Values> implements Entry {
  constructor(public values: V) {}

  property(name: string): string {
    return String(this.values[name] ?? '');
  }
}

/** A list that can be changed. A wrong property is a RangeError of one line that names it and what is allowed. */
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
  readonly received: ReceivedList;
}

/** One broker. Its promises always settle; they reject with an Error of one line. */
export interface BrokerEntry extends Entry {
  readonly name: string;
  readonly subscriptions: readonly SubscriptionEntry[];
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  publish(topic: string, message: string | Uint8Array, options?: PublishOptions): Promise<Delivery>;
  subscribe(topic: string, options?: SubscribeOptions): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
}

export interface SubscriptionEntry {
  readonly topic: string;
  qos: number;
  /** What the broker granted: 0, 1 or 2, or 0x80 for a refusal; undefined until it answers. */
  readonly grantedQos?: number | undefined;
  /** Source of a script; empty when there is none. */
  onMessage: string;
}

/** The messages received last, the oldest first. */
export interface ReceivedList {
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

/** A script: a source text, or a function registered by the application. */
export interface ScriptEntry extends Entry {
  /** Undefined for a function: `run` is called. */
  readonly source: string | undefined;
  run?(): void | Promise<void>;
  /** Called before each run, for `run-count` and `last-started`. */
  started?(): void;
}

/** What the device says about itself. */
export interface SystemBindings {
  /** `cpu-load` in %, `free-memory` and `total-memory` in bytes, `uptime` in seconds, `version` and so on. */
  readonly resource: Entry;
  /** `model`, `serial-number` and so on. */
  readonly routerboard: Entry;
  /** Installed packages, each with `name` and `version`. */
  readonly packages: readonly Entry[];
  readonly identity: Entry & { set(properties: { [name: string]: string }): void };
}

export interface BluetoothBindings {
  /** One entry for each radio. */
  readonly scanners: Pick<EntryList, 'list' | 'set'>;
  readonly whitelist: EntryList;
  /** Advertisements received, the oldest first. */
  readonly advertisements: NumberedRows & { clear(): void };
  /** Tags that were heard. */
  readonly devices: NumberedRows & {
    /** Names of the values that a tag sends, beyond the declared properties; `property` gives the values. */
    namesOf(row: number): readonly string[];
  };
  /** Names and values that an advertisement contains, in the order in which to show them. */
  decode(bytes: Uint8Array): { readonly [name: string]: string };
}

/** Rows of a table that is no list of objects. Each has a number, which is its own while it is there. */
export interface NumberedRows {
  /** Those that are there now. */
  rows(): readonly number[];
  /** Empty when the row has no such value. */
  property(row: number, name: string): string;
}

/** Readings on their way to the broker. */
export interface OutboxBindings {
  /** `waiting`, `in-log`, `flash-bad` and so on; empty what is not known or not there. */
  readonly figures: Entry;
  /** One entry for each rule by which readings were dropped, and for each rank: `by`, `name`, `count`. */
  readonly drops: readonly Entry[];
}

/** What the menus are bound to. A part that the device does not have is absent, and so is its menu. */
export interface ConsoleBindings {
  readonly brokers?: BrokerList;
  readonly log: ConsoleLog;
  readonly scripts: EntryList<ScriptEntry>;
  readonly schedules?: EntryList;
  readonly system: SystemBindings;
  readonly bluetooth?: BluetoothBindings;
  readonly outbox?: OutboxBindings;
  /** Shared by all consoles of the device. */
  readonly slices: Slices;
  /** Resolves after that time, for `:delay`. */
  delay(milliseconds: number): Promise<void>;
}
