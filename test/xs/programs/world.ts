import type { Board, Entropy, Health, Log, Timer } from '../../../src/hal/index.js';
import { Journal } from './journal.js';
import { MemoryStore } from './memory-store.js';
import { Fault, ModelBroker } from './model-broker.js';
import { VirtualNetwork, VirtualResolver } from './virtual-network.js';
import { VirtualScanner } from './virtual-scanner.js';
import { VirtualTime } from './virtual-time.js';

const TIMERS = 32;

/** The outages, in turn: what a device meets in the field. */
const enum Outage {
  /** The broker drops the connection, and nothing listens for a while. */
  restart,
  /** The connection goes half-open. */
  silence,
  network,
  /** The broker drops the connection, and the resolver knows no address for a while. */
  name,
  /** The broker drops the connection and is unavailable for a while. */
  unavailable,
  count,
}

/**
 * Everything around a device, in virtual time: radio, network, broker, and outages that come round. All of its memory
 * is taken at construction, so it belongs to the baseline of a measurement.
 */
export class World {
  readonly time = new VirtualTime(TIMERS);
  readonly journal: Journal;
  readonly network = new VirtualNetwork();
  readonly resolver = new VirtualResolver(this.time);
  readonly broker: ModelBroker;
  readonly scanner: VirtualScanner;
  outages = 0;

  readonly store = new MemoryStore();
  readonly userStore = new MemoryStore(32, 512);
  readonly log = new CountingLog();

  private readonly entropy = new SeededEntropy();
  private readonly outageTimer: Timer;
  private underWay = false;
  private outageInterval = 0;
  private outageLength = 0;

  /**
   * `advertisements` is how many the whole run may have; 0: no journal is kept, so that its work is no part of what is
   * measured.
   */
  constructor(advertisements: number) {
    this.journal = new Journal(advertisements);
    this.broker = new ModelBroker(
      this.time,
      advertisements === 0 ? () => undefined : (bytes, from, to) => this.journal.note(bytes, from, to),
    );
    this.scanner = new VirtualScanner(this.time);
    this.outageTimer = this.time.create(() => this.turn());
  }

  /** `tags` are heard in turn, one every `interval` milliseconds. */
  hear(tags: number, interval: number): void {
    this.scanner.tags = tags;
    this.scanner.interval = interval;
  }

  /** From now on there is an outage of `length` milliseconds in every `interval`, at its end. */
  fail(interval: number, length: number): void {
    this.outageInterval = interval;
    this.outageLength = length;
    this.outageTimer.start(interval - length);
  }

  /** A board in this world. */
  board(name: string, withScanner: boolean): Board {
    const board: Board = {
      name,
      clock: this.time,
      timers: this.time,
      entropy: this.entropy,
      network: this.network,
      resolver: this.resolver,
      transport: this.broker,
      store: this.store,
      userStore: this.userStore,
      log: this.log,
      health: new FixedHealth(),
    };
    if (withScanner) board.scanner = this.scanner;
    return board;
  }

  /** No more outages; one that is under way ends. */
  calm(): void {
    this.outageTimer.stop();
    if (this.underWay) this.end();
  }

  /** An outage begins or ends. */
  private turn(): void {
    this.outageTimer.start(this.underWay ? this.outageInterval - this.outageLength : this.outageLength);
    if (this.underWay) this.end();
    else this.begin();
  }

  private begin(): void {
    this.underWay = true;
    const outage = this.outages++ % Outage.count;
    if (outage === Outage.network) this.network.set(false);
    else if (outage === Outage.silence) this.broker.freeze();
    else if (outage === Outage.restart) this.broker.fault = Fault.refuses;
    else if (outage === Outage.unavailable) this.broker.fault = Fault.unavailable;
    else this.resolver.knows = false;
    if (outage !== Outage.network && outage !== Outage.silence) this.broker.drop();
  }

  private end(): void {
    this.underWay = false;
    this.broker.fault = Fault.none;
    this.resolver.knows = true;
    this.network.set(true);
  }
}

/** Xorshift (Marsaglia, 2003), so that each run is the same. */
class SeededEntropy implements Entropy {
  private state = 2463534242;

  uint32(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }
}

/** A console that nobody reads. */
class CountingLog implements Log {
  lines = 0;

  line(): void {
    this.lines++;
  }
}

class FixedHealth implements Health {
  readonly restartReason = 'power on';

  freeChunkBytes(): number {
    return 8192;
  }

  freeSlotBytes(): number {
    return 8192;
  }

  rssi(): number {
    return -60;
  }
}
