import type {
  Advertisement,
  Clock,
  Entropy,
  Network,
  Resolver,
  ResolverHandler,
  Scanner,
  ScannerHandler,
  ScanOptions,
  Timer,
  Timers,
} from '../../../src/hal/index.js';
import { SeededRandom } from '../../world/random.js';
import { drawAddress, writeMalformed, writeStranger } from '../radio/strange-advertisements.js';

// Put one of these round the part of a board, and change its fields at any time.

/** A resolver that fails. */
export class FaultyResolver implements Resolver {
  /** Every name fails, with this line for people. */
  failure: string | undefined;
  /** No question is answered. */
  silent = false;
  /** What every name is answered with: other addresses, or dead ones before the right one. */
  addresses: readonly string[] | undefined;

  private handler: ResolverHandler | undefined;
  private readonly answering: Timer;

  constructor(
    private readonly inner: Resolver,
    timers: Timers,
  ) {
    this.answering = timers.create(() => this.answer());
  }

  resolve(host: string, handler: ResolverHandler): void {
    this.cancel();
    this.handler = handler;
    if (this.failure !== undefined || this.addresses) this.answering.start(0);
    else if (!this.silent) this.inner.resolve(host, handler);
  }

  cancel(): void {
    this.handler = undefined;
    this.answering.stop();
    this.inner.cancel();
  }

  private answer(): void {
    const { handler, failure, addresses = [] } = this;
    this.handler = undefined;
    const [first, ...further] = addresses;
    if (failure === undefined && first !== undefined) handler?.onResolved(first, further);
    else handler?.onUnresolved(failure ?? 'no such name');
  }
}

/** A network interface that goes and comes: Wi-Fi, for example. Its listener is told from the event loop. */
export class FaultyNetwork implements Network {
  private isGone = false;
  private wasUp = false;
  private listener: ((up: boolean) => void) | undefined;
  private readonly telling: Timer;

  constructor(
    private readonly inner: Network,
    timers: Timers,
  ) {
    this.telling = timers.create(() => this.look());
    this.wasUp = inner.up;
  }

  /** It has no address. */
  get gone(): boolean {
    return this.isGone;
  }

  set gone(gone: boolean) {
    this.isGone = gone;
    this.telling.start(0);
  }

  get up(): boolean {
    return !this.isGone && this.inner.up;
  }

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
    this.wasUp = this.up;
    this.inner.watch(listener && (() => this.look()));
  }

  private look(): void {
    const { up } = this;
    if (up === this.wasUp) return;
    this.wasUp = up;
    this.listener?.(up);
  }
}

/** A clock whose time of day is wrong. `now` is right: it never jumps. */
export class FaultyClock implements Clock {
  /** The time of day is not known. */
  unknown = false;
  /** Milliseconds by which it is ahead. A change is a jump. */
  ahead = 0;

  constructor(private readonly inner: Clock) {}

  now(): number {
    return this.inner.now();
  }

  unixTime(): number {
    const time = this.inner.unixTime();
    return this.unknown || time === 0 ? 0 : time + this.ahead;
  }
}

/** A source of chance that got stuck: then all that should differ between devices and starts is the same. */
export class FaultyEntropy implements Entropy {
  /** The number that comes always; undefined: chance. */
  stuckAt: number | undefined;

  constructor(private readonly inner: Entropy) {}

  uint32(): number {
    return this.stuckAt ?? this.inner.uint32();
  }
}

/** A Bluetooth radio that hears nothing, or too much. What it makes up is decided by `seed`. */
export class FaultyScanner implements Scanner {
  /** Nothing is heard, and nobody says so. */
  silent = false;
  readonly pause?: () => void;
  readonly resume?: () => void;
  readonly reset?: () => void;

  private handler: ScannerHandler | undefined;
  private paused = false;
  private strangersPerSecond = 0;
  private malformedPerSecond = 0;
  private readonly random: SeededRandom;
  private readonly sending: Timer;
  private readonly made: Advertisement = {
    address: new Uint8Array(6),
    addressType: 1,
    rssi: -60,
    bytes: new Uint8Array(31),
    from: 0,
    to: 0,
  };

  constructor(
    private readonly inner: Scanner,
    timers: Timers,
    seed = 1,
  ) {
    this.random = new SeededRandom(seed);
    this.sending = timers.create(() => this.send());
    // What the other one does not have, this one has not either.
    if (inner.pause) {
      this.pause = () => {
        this.paused = true;
        inner.pause!();
      };
      this.resume = () => {
        this.paused = false;
        inner.resume!();
      };
    }
    if (inner.reset) this.reset = () => inner.reset!();
  }

  /** So many advertisements a second of strangers, each with an address and a name of its own. */
  get storm(): number {
    return this.strangersPerSecond;
  }

  set storm(perSecond: number) {
    this.strangersPerSecond = perSecond;
    this.plan();
  }

  /** So many malformed advertisements a second; see the fault `malformed`. */
  get malformed(): number {
    return this.malformedPerSecond;
  }

  set malformed(perSecond: number) {
    this.malformedPerSecond = perSecond;
    this.plan();
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    this.paused = false;
    this.inner.start(options, {
      onAdvertisement: (advertisement) => {
        if (!this.silent && this.handler === handler) handler.onAdvertisement(advertisement);
      },
    });
    this.plan();
  }

  stop(): void {
    this.handler = undefined;
    this.sending.stop();
    this.inner.stop();
  }

  private plan(): void {
    const rate = this.strangersPerSecond + this.malformedPerSecond;
    if (this.handler && rate > 0) this.sending.start(1000 / rate);
    else this.sending.stop();
  }

  private send(): void {
    const { handler, random, made, strangersPerSecond, malformedPerSecond } = this;
    drawAddress(random, made.address);
    const isMalformed = random.unit() * (strangersPerSecond + malformedPerSecond) < malformedPerSecond;
    made.to = isMalformed ? writeMalformed(random, made.bytes) : writeStranger(random, made.bytes);
    if (!this.silent && !this.paused) handler?.onAdvertisement(made);
    this.plan();
  }
}
