import type {
  Board,
  Flash,
  Health,
  NetworkPlatform,
  Scanner,
  ScannerHandler,
  ScanOptions,
  Store,
} from '../../src/hal/index.js';
import { SharedNetwork } from '../../src/connection/index.js';
import { MemoryStore } from '../../sim/hal/index.js';
import { VirtualBroker } from '../connection/virtual-broker.js';
import { VirtualPlatform, VirtualResolver, VirtualTransport } from '../connection/virtual-platform.js';
import { HandScanner } from './hand-scanner.js';

/** The time of day at which the virtual clock reads 0. */
export const EPOCH = 1790000000000;

/** A scanner with all that is optional, which writes down what was asked of it. */
export class FullScanner extends HandScanner implements Scanner {
  readonly calls: string[] = [];
  paused = false;

  override start(options: ScanOptions, handler: ScannerHandler): void {
    this.calls.push('start');
    super.start(options, handler);
  }

  override stop(): void {
    this.calls.push('stop');
    this.paused = false;
    super.stop();
  }

  pause(): void {
    this.calls.push('pause');
    this.paused = true;
  }

  resume(): void {
    this.calls.push('resume');
    this.paused = false;
  }

  reset(): void {
    this.calls.push(this.scanning ? 'reset while scanning' : 'reset');
  }
}

/** A board in virtual time, with one broker at `broker:1883`; its scanner is the test's hand. */
export class VirtualBoard {
  readonly platform: VirtualPlatform;
  readonly broker = new VirtualBroker();
  readonly scanner = new FullScanner();
  readonly health: Health & { chunk: number } = {
    chunk: 9000,
    freeChunkBytes() {
      return this.chunk;
    },
    freeSlotBytes: () => 8000,
    rssi: () => -61,
    restartReason: 'power on',
  };
  /** Lines of the log. */
  readonly lines: string[] = [];
  restarts = 0;

  /** The time of day is known. */
  clockSet = true;
  /** The time of day is ahead of `EPOCH` by so many milliseconds more than the virtual clock says. */
  clockAhead = 0;

  constructor(
    readonly store: Store = new MemoryStore(),
    seed = 1,
    readonly userStore: Store = store,
    readonly flash?: Flash,
  ) {
    this.platform = new VirtualPlatform(seed);
    this.platform.listen('broker', 1883, this.broker);
  }

  /** The board with everything, or only what every board has. */
  board(full = true): Board {
    const { time, timers, entropy, network, resolver, transport } = this.platform;
    const unixTime = (): number => (this.clockSet ? EPOCH + this.clockAhead + Math.floor(time.now()) : 0);
    const clock = { now: () => time.now(), unixTime };
    const shared = new SharedNetwork(network);
    const parts = { clock, timers, entropy, network: shared.branch(), resolver, transport };
    const stores = { store: this.store, userStore: this.userStore, ...(this.flash && { flash: this.flash }) };
    const board = { name: 'virtual', ...parts, ...stores };
    if (!full) return board;
    return {
      ...board,
      makePlatform: (): NetworkPlatform => ({
        ...parts,
        network: shared.branch(),
        resolver: new VirtualResolver(this.platform),
        transport: new VirtualTransport(this.platform),
      }),
      scanner: this.scanner,
      health: this.health,
      log: { line: (text) => this.lines.push(text) },
      restart: () => void this.restarts++,
    };
  }

  run(milliseconds: number): void {
    this.platform.run(milliseconds);
  }
}
