import type { Board, NetworkPlatform } from '../hal/index.js';
import { numberOption } from '../mqtt/options.js';
import { LOG_CHANNELS } from '../telemetry/outbox/flash-log.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import { LogChannel } from '../telemetry/outbox/outbox.js';
import { quote } from '../settings/parse-value.js';
import { applyProperties, checkCertificate } from './broker-properties.js';
import type { BrokerValues } from './broker-properties.js';
import { Broker, readBroker, storeKey, writeBroker } from './broker.js';
import type { BrokerOptions, SharedParts } from './broker.js';
import { OutgoingMessages } from './outgoing-messages.js';
import { ReceivedMessages } from './message-ring.js';
import type { ReceivedMessagesOptions } from './message-ring.js';

/** How a device has brokers. */
export interface BrokersOptions extends BrokerOptions {
  /** Brokers, 1 to 16. Default 4. */
  maxBrokers?: number;
  /** Network parts that nobody else uses, for the first brokers; further ones come from `Board.makePlatform`. */
  platforms?: NetworkPlatform[];
  received?: ReceivedMessagesOptions;
  /** Start of the generated client identifiers, 1 to 100 bytes of text. Default `tagwire`. */
  clientIdPrefix?: string;
  /** The log of `board.flash`: keeps QoS 1 messages over a restart. Absent: in memory only. */
  log?: FlashLog;
  /** One line for people, without secrets: connections lost, messages dropped, handlers that fail. Default: the log. */
  onNotice?: (text: string) => void;
}

/**
 * The brokers of a device: several at once, each with its own connection, persisted in the board's store with their
 * subscriptions. Secrets are persisted in clear, and never shown.
 *
 * Each needs network parts of its own: those of `BrokersOptions.platforms`, then what `Board.makePlatform` makes. Where
 * the gateway uses the board's own parts, a board without `makePlatform` cannot have brokers beside it.
 */
export class Brokers {
  /** In the order of their numbers. */
  readonly list: readonly Broker[];
  readonly received: ReceivedMessages;

  private readonly board: Board;
  private readonly options: BrokersOptions;
  private readonly shared: SharedParts;
  private readonly brokers: Broker[] = [];
  private readonly maxBrokers: number;
  /** Removed brokers that still disconnect, the oldest first. */
  private readonly leaving: Broker[] = [];
  /** Unused platforms. */
  private readonly platforms: NetworkPlatform[];

  /** Throws a RangeError of one line that names the option and what is allowed. */
  constructor(board: Board, options: BrokersOptions = {}) {
    this.board = board;
    this.options = options;
    this.list = this.brokers;
    this.maxBrokers = numberOption(options.maxBrokers, 'maxBrokers', 4, 1, 16);
    numberOption(options.maxSubscriptions, 'maxSubscriptions', 16, 1, 255);
    numberOption(options.queueCapacity, 'queueCapacity', 2048, 64, 1048576);
    numberOption(options.queueEntries, 'queueEntries', 64, 1, 65535);
    numberOption(options.connectTimeout, 'connectTimeout', 30000, 10, 3600000);
    numberOption(options.answerTimeout, 'answerTimeout', 30000, 10, 3600000);
    numberOption(options.maxWaiting, 'maxWaiting', 64, 1, 65535);
    const { outgoing = {} } = options;
    numberOption(outgoing.capacity, 'outgoing.capacity', 2048, 64, 1048576);
    numberOption(outgoing.maxMessages, 'outgoing.maxMessages', 250, 1, 1000000);
    numberOption(outgoing.persistSeconds, 'outgoing.persistSeconds', 5, 0, 86400);
    const prefix = options.clientIdPrefix ?? 'tagwire';
    if (prefix.length < 1 || prefix.length > 100) {
      throw new RangeError('clientIdPrefix must be 1 to 100 characters, got ' + prefix.length);
    }
    this.received = new ReceivedMessages(options.received);
    this.platforms = [...(options.platforms ?? [])];
    if (!board.userStore) throw new RangeError('brokers need a board with a userStore');
    this.shared = {
      options,
      received: this.received,
      clock: board.clock,
      store: board.userStore,
      log: options.log,
      notice: options.onNotice ?? ((text) => board.log?.line(text)),
    };
  }

  find(name: string): Broker | undefined {
    return this.brokers.find((broker) => broker.name === name);
  }

  /**
   * Adds a broker; `properties` are RouterOS's, as text. With `auto-connect` it connects. Throws a RangeError of one
   * line, and changes nothing, when a property is wrong, or the board, the store or the list has no room.
   */
  add(properties: BrokerValues): Broker {
    const values = this.check(applyProperties({}, properties), undefined);
    const number = this.freeNumber();
    const platform = this.takePlatform();
    try {
      writeBroker(this.shared.store, number, { values, subscriptions: [] });
    } catch (error) {
      this.platforms.push(platform);
      throw error;
    }
    const broker = this.insert(number, values, platform);
    broker.begin();
    return broker;
  }

  /**
   * Changes properties; empty text stands for the default. Reconnects when one of them concerns the connection. Throws
   * as `add` does.
   */
  set(broker: Broker, properties: BrokerValues): void {
    this.index(broker);
    const values = this.check(applyProperties(broker.values, properties), broker);
    broker.persist(values);
    this.received.setName(broker.number, values['name']);
    broker.change(values);
  }

  /**
   * Removes a broker and its subscriptions. Disconnecting may take 5 seconds more. When a broker is added meanwhile
   * that needs the network parts, it ends at once and without DISCONNECT, so that the will is published.
   * Throws a RangeError of one line, and changes nothing, when the store does not remove it.
   */
  remove(broker: Broker): void {
    const index = this.index(broker);
    if (!this.shared.store.remove(storeKey(broker.number))) {
      throw new RangeError('broker not removed: the store failed');
    }
    this.brokers.splice(index, 1);
    this.received.setName(broker.number, undefined);
    this.leaving.push(broker);
    broker.remove((platform) => {
      this.leaving.splice(this.leaving.indexOf(broker), 1);
      this.platforms.push(platform);
    });
  }

  /**
   * Adds the persisted brokers, and connects those with `auto-connect`. Damaged and invalid ones are skipped with a
   * notice. Call it once, at the start. Returns how many brokers there are.
   */
  loadPersisted(): number {
    for (let number = 0; number < this.maxBrokers; number++) {
      if (this.brokers.some((broker) => broker.number === number)) continue;
      try {
        this.loadOne(number);
      } catch (error) {
        this.shared.notice('persisted broker ' + number + ' skipped: ' + (error as Error).message);
      }
    }
    this.dropOrphans();
    for (const broker of this.brokers) broker.begin();
    return this.brokers.length;
  }

  /** Writes the messages that are kept in memory to the log: the chip will restart. */
  flush(): void {
    for (const broker of this.brokers) broker.flush();
  }

  /** Messages in the log whose broker is gone, as after a power cut just when it was removed. */
  private dropOrphans(): void {
    const { log, notice } = this.shared;
    for (let channel: number = LogChannel.brokers; log && channel < LOG_CHANNELS; channel++) {
      const number = channel - LogChannel.brokers;
      if (log.waiting(channel) === 0 || this.brokers.some((broker) => broker.number === number)) continue;
      const tell = (text: string): void => notice('broker number ' + number + ', which is gone: ' + text);
      new OutgoingMessages(this.shared, this.board, channel, 0, tell).end();
    }
  }

  private loadOne(number: number): void {
    const persisted = readBroker(this.shared.store, number);
    if (!persisted) return;
    // Its certificate may be missing for now; then it does not connect.
    const values = this.checkName(applyProperties({}, persisted.values), undefined);
    const broker = this.insert(number, values, this.takePlatform());
    for (const subscription of persisted.subscriptions) {
      try {
        broker.addPersisted(subscription);
      } catch (error) {
        this.shared.notice('persisted subscription of broker ' + number + ' skipped: ' + (error as Error).message);
      }
    }
  }

  private insert(number: number, values: BrokerValues, platform: NetworkPlatform): Broker {
    const broker = new Broker(number, values, platform, this.shared);
    const after = this.brokers.findIndex((other) => other.number > number);
    this.brokers.splice(after < 0 ? this.brokers.length : after, 0, broker);
    this.received.setName(number, broker.name);
    return broker;
  }

  /** Checks what concerns more than one property, and makes a client-id when there is none. */
  private check(values: BrokerValues, broker: Broker | undefined): BrokerValues {
    checkCertificate(values, this.options);
    return this.checkName(values, broker);
  }

  private checkName(values: BrokerValues, broker: Broker | undefined): BrokerValues {
    const other = this.find(values['name']!);
    if (other && other !== broker) {
      throw new RangeError('a broker named ' + quote(values['name']!) + ' already exists');
    }
    return values['client-id'] === undefined ? { ...values, 'client-id': this.makeClientId() } : values;
  }

  /** Unique by 64 random bits, and stable because it is persisted. */
  private makeClientId(): string {
    const { entropy } = this.board;
    const random = (): string => entropy.uint32().toString(16).padStart(8, '0');
    return (this.options.clientIdPrefix ?? 'tagwire') + '-' + random() + random();
  }

  private freeNumber(): number {
    for (let number = 0; number < this.maxBrokers; number++) {
      if (!this.brokers.some((broker) => broker.number === number)) return number;
    }
    throw new RangeError('broker not added: the limit is ' + this.maxBrokers + ' brokers');
  }

  /** There are at most `maxBrokers` connections, with those that end: a chip has few sockets, and little memory. */
  private takePlatform(): NetworkPlatform {
    const oldest = this.leaving[0];
    if (oldest && this.platforms.length === 0 && this.brokers.length + this.leaving.length >= this.maxBrokers) {
      oldest.leaveAtOnce();
    }
    const platform = this.platforms.shift() ?? this.board.makePlatform?.();
    if (!platform) throw new RangeError('broker not added: this board supports no further connection');
    return platform;
  }

  private index(broker: Broker): number {
    const index = this.brokers.indexOf(broker);
    if (index < 0) throw new RangeError('broker ' + quote(broker.name) + ' was removed');
    return index;
  }
}
