import type { Board, Clock, NetworkPlatform } from '../hal/index.js';
import { numberOption } from '../mqtt/options.js';
import { decodeJsonRecord, encodeJsonRecord } from '../settings/json-record.js';
import { quote } from '../settings/parse-value.js';
import { applyProperties } from './broker-properties.js';
import type { BrokerValues } from './broker-properties.js';
import { checkCertificate } from './broker-settings.js';
import type { BrokersOptions } from './broker-settings.js';
import { Broker } from './broker.js';
import type { BrokerOwner } from './broker.js';
import { ReceivedMessages } from './received-messages.js';

/** A subscription as it is stored. */
export interface StoredSubscription {
  topic: string;
  qos: number;
  onMessage: string;
}

/** A broker as it is stored. */
export interface StoredBroker {
  values: BrokerValues;
  subscriptions: StoredSubscription[];
}

/** Nothing of ours is longer; what is, is not read into memory. */
export const LONGEST_RECORD = 32768;

/** Reads a record of `encodeJsonRecord`. Throws an Error of a few words without any of its content. */
export function decodeRecord(record: Uint8Array): StoredBroker {
  const broker = decodeJsonRecord(record);
  if (!isBroker(broker)) throw new Error('it does not describe a broker');
  return broker;
}

function isBroker(value: unknown): value is StoredBroker {
  if (!isObject(value) || !isObject(value['values']) || !Array.isArray(value['subscriptions'])) return false;
  for (const name of Object.keys(value['values'])) if (typeof value['values'][name] !== 'string') return false;
  return value['subscriptions'].every(
    (entry: unknown) =>
      isObject(entry) &&
      typeof entry['topic'] === 'string' &&
      typeof entry['qos'] === 'number' &&
      typeof entry['onMessage'] === 'string',
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const EMPTY = new Uint8Array(0);

/**
 * The brokers of a device: several at once, each with its own connection, kept in the board's store with their
 * subscriptions. Secrets are stored as they are, and never shown.
 *
 * Each needs network parts of its own: those of `BrokersOptions.platforms`, then what `Board.makePlatform` makes. Where
 * the board's own parts are the gateway's, a board without `makePlatform` can have no broker beside it.
 */
export class Brokers implements BrokerOwner {
  /** In the order of their numbers. */
  readonly list: readonly Broker[];
  readonly received: ReceivedMessages;
  readonly options: BrokersOptions;
  readonly clock: Clock;

  private readonly board: Board;
  private readonly brokers: Broker[] = [];
  private readonly maxBrokers: number;
  /** Platforms that nobody uses. */
  private readonly platforms: NetworkPlatform[];

  /** Throws a RangeError of one line that names the option and what is allowed. */
  constructor(board: Board, options: BrokersOptions = {}) {
    this.board = board;
    this.clock = board.clock;
    this.options = options;
    this.list = this.brokers;
    this.maxBrokers = numberOption(options.maxBrokers, 'maxBrokers', 4, 1, 16);
    numberOption(options.maxSubscriptions, 'maxSubscriptions', 16, 1, 255);
    numberOption(options.queueCapacity, 'queueCapacity', 2048, 64, 1048576);
    numberOption(options.queueEntries, 'queueEntries', 64, 1, 65535);
    numberOption(options.connectTimeout, 'connectTimeout', 30000, 10, 3600000);
    numberOption(options.answerTimeout, 'answerTimeout', 30000, 10, 3600000);
    numberOption(options.maxWaiting, 'maxWaiting', 64, 1, 65535);
    const prefix = options.clientIdPrefix ?? 'tagwire';
    if (prefix.length < 1 || prefix.length > 100) {
      throw new RangeError('clientIdPrefix has ' + prefix.length + ' characters: allowed are 1 to 100');
    }
    this.received = new ReceivedMessages(options.received);
    this.platforms = [...(options.platforms ?? [])];
  }

  find(name: string): Broker | undefined {
    return this.brokers.find((broker) => broker.name === name);
  }

  /**
   * Adds a broker; `properties` are RouterOS's, as text. With `auto-connect` it begins to connect. Throws a RangeError
   * of one line when a property is wrong, or the board, the store or the list has no room; nothing is changed then.
   */
  add(properties: BrokerValues): Broker {
    const values = this.check(applyProperties({}, properties), undefined);
    const number = this.freeNumber();
    const platform = this.takePlatform();
    try {
      this.write(number, { values, subscriptions: [] });
    } catch (error) {
      this.platforms.push(platform);
      throw error;
    }
    const broker = this.insert(number, values, platform);
    broker.begin();
    return broker;
  }

  /**
   * Changes properties; empty text stands for the default. A connection is ended and made anew when one of them
   * concerns it. Throws as `add` does.
   */
  set(broker: Broker, properties: BrokerValues): void {
    this.index(broker);
    const values = this.check(applyProperties(broker.values, properties), broker);
    this.write(broker.number, stored(broker, values));
    this.received.setName(broker.number, values['name']);
    broker.change(values);
  }

  /** Removes a broker and its subscriptions. It is disconnected in order, which may take a few seconds. */
  remove(broker: Broker): void {
    const index = this.index(broker);
    this.brokers.splice(index, 1);
    this.board.store.remove(storeKey(broker.number));
    this.received.setName(broker.number, undefined);
    broker.remove((platform) => void this.platforms.push(platform));
  }

  /**
   * Takes back what is stored, and connects those with `auto-connect`. What is damaged or no longer allowed is left out
   * with a notice. Call it once, at the start. Returns how many there are.
   */
  restore(): number {
    for (let number = 0; number < this.maxBrokers; number++) {
      const length = this.board.store.read(storeKey(number), EMPTY);
      if (length < 0 || this.brokers.some((broker) => broker.number === number)) continue;
      try {
        this.restoreOne(number, length);
      } catch (error) {
        this.notice('stored broker ' + number + ' is left out: ' + (error as Error).message);
      }
    }
    for (const broker of this.brokers) broker.begin();
    return this.brokers.length;
  }

  // BrokerOwner

  save(broker: Broker): void {
    if (this.brokers.includes(broker)) this.write(broker.number, stored(broker, broker.values));
  }

  notice(text: string): void {
    if (this.options.onNotice) this.options.onNotice(text);
    else this.board.log?.line(text);
  }

  private restoreOne(number: number, length: number): void {
    if (length > LONGEST_RECORD) throw new Error('it has ' + length + ' bytes');
    const record = new Uint8Array(length);
    if (this.board.store.read(storeKey(number), record) !== length) throw new Error('it cannot be read');
    const { values, subscriptions } = decodeRecord(record);
    const checked = this.check(applyProperties({}, values), undefined);
    const broker = this.insert(number, checked, this.takePlatform());
    for (const { topic, qos, onMessage } of subscriptions) {
      try {
        broker.restore(topic, qos, onMessage);
      } catch (error) {
        this.notice('stored subscription of broker ' + number + ' is left out: ' + (error as Error).message);
      }
    }
  }

  private insert(number: number, values: BrokerValues, platform: NetworkPlatform): Broker {
    const broker = new Broker(this, number, values, platform);
    const behind = this.brokers.findIndex((other) => other.number > number);
    this.brokers.splice(behind < 0 ? this.brokers.length : behind, 0, broker);
    this.received.setName(number, broker.name);
    return broker;
  }

  /** What concerns more than one property: the name is unique, the certificate is there, there is a client-id. */
  private check(values: BrokerValues, broker: Broker | undefined): BrokerValues {
    const other = this.find(values['name']!);
    if (other && other !== broker) {
      throw new RangeError('name ' + quote(values['name']!) + ': there is a broker of that name');
    }
    checkCertificate(values, this.options);
    return values['client-id'] === undefined ? { ...values, 'client-id': this.makeClientId() } : values;
  }

  /** Unique by 64 random bits, and stable because it is stored. */
  private makeClientId(): string {
    const { entropy } = this.board;
    const random = (): string => entropy.uint32().toString(16).padStart(8, '0');
    return (this.options.clientIdPrefix ?? 'tagwire') + '-' + random() + random();
  }

  private freeNumber(): number {
    for (let number = 0; number < this.maxBrokers; number++) {
      if (!this.brokers.some((broker) => broker.number === number)) return number;
    }
    throw new RangeError('there are ' + this.maxBrokers + ' brokers, which is all that are allowed');
  }

  private takePlatform(): NetworkPlatform {
    const platform = this.platforms.shift() ?? this.board.makePlatform?.();
    if (!platform) throw new RangeError('this board has network parts for no further broker');
    return platform;
  }

  private index(broker: Broker): number {
    const index = this.brokers.indexOf(broker);
    if (index < 0) throw new RangeError('broker ' + quote(broker.name) + ' was removed');
    return index;
  }

  private write(number: number, broker: StoredBroker): void {
    const record = encodeJsonRecord(broker);
    const fits = record.length <= LONGEST_RECORD;
    if (fits && this.board.store.write(storeKey(number), record, 0, record.length)) return;
    throw new RangeError('the store did not take the ' + record.length + ' bytes of the broker');
  }
}

/** Of the entry of broker `number`. */
function storeKey(number: number): string {
  return 'mqtt-broker-' + number;
}

function stored(broker: Broker, values: BrokerValues): StoredBroker {
  const subscriptions = broker.subscriptions
    .filter((subscription) => subscription.stored)
    .map(({ topic, qos, onMessage }) => ({ topic, qos, onMessage }));
  return { values, subscriptions };
}
