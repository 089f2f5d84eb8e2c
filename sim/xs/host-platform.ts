import { Event } from '../../boards/xsnap/channel.js';
import { AEAD_NONCE, AEAD_TAG } from '../../src/hal/index.js';
import type {
  Aead,
  AeadMode,
  Ciphers,
  Flash,
  Network,
  Resolver,
  ResolverHandler,
  Store,
  Timer,
  Timers,
} from '../../src/hal/index.js';
import type { EventSource, EventWriter } from './event-writer.js';

const NOTHING = new Uint8Array(0);
/** The answer to a write that was done, and to one that failed: anything but nothing. */
const WRITTEN = NOTHING;
const NOT_WRITTEN = Uint8Array.of(1);

/** The firmware's timers, by its numbers. One that is stopped or started anew is not told, even if it was due. */
export class HostTimers implements EventSource {
  private readonly running = new Map<number, Timer>();
  private readonly due = new Set<number>();

  constructor(
    private readonly timers: Timers,
    private readonly wake: () => void,
  ) {}

  start(index: number, milliseconds: number): void {
    this.due.delete(index);
    let timer = this.running.get(index);
    if (timer === undefined) {
      timer = this.timers.create(() => {
        this.due.add(index);
        this.wake();
      });
      this.running.set(index, timer);
    }
    timer.start(milliseconds);
  }

  stop(index: number): void {
    this.due.delete(index);
    this.running.get(index)?.stop();
  }

  next(event: EventWriter): boolean {
    for (const index of this.due) {
      this.due.delete(index);
      event.begin(Event.timer, 0, 0, index);
      return true;
    }
    return false;
  }

  /** Stops all. */
  release(): void {
    for (const timer of this.running.values()) timer.stop();
    this.due.clear();
  }
}

/** Tells the firmware when the network goes up or down. */
export class HostNetwork implements EventSource {
  /** Not told yet. */
  private change: boolean | undefined;

  constructor(
    private readonly network: Network,
    wake: () => void,
  ) {
    network.watch((up) => {
      // A change and its opposite that were both not told yet are no change.
      this.change = this.change === undefined ? up : undefined;
      wake();
    });
  }

  next(event: EventWriter): boolean {
    if (this.change === undefined) return false;
    event.begin(Event.network, this.change ? 1 : 0);
    this.change = undefined;
    return true;
  }

  release(): void {
    this.network.watch(undefined);
  }
}

/** The firmware's question to the resolver, and its answer. */
export class HostResolver implements EventSource, ResolverHandler {
  private answer: { event: Event.resolved | Event.unresolved; text: string } | undefined;

  constructor(
    private readonly resolver: Resolver,
    private readonly wake: () => void,
  ) {}

  resolve(host: string): void {
    this.answer = undefined;
    this.resolver.resolve(host, this);
  }

  cancel(): void {
    this.answer = undefined;
    this.resolver.cancel();
  }

  next(event: EventWriter): boolean {
    const { answer } = this;
    if (answer === undefined) return false;
    this.answer = undefined;
    event.begin(answer.event);
    event.text(answer.text);
    return true;
  }

  // ResolverHandler

  onResolved(address: string, further: readonly string[] = []): void {
    this.answer = { event: Event.resolved, text: [address, ...further].join(' ') };
    this.wake();
  }

  onUnresolved(detail: string): void {
    this.answer = { event: Event.unresolved, text: detail };
    this.wake();
  }
}

/** The firmware's store; the answers are those of `Call.readStore` and `Call.writeStore`. */
export class HostStore {
  constructor(private readonly store: Store) {}

  /** `most`: the most bytes that the firmware takes. */
  read(key: string, most: number): Uint8Array {
    const value = new Uint8Array(most);
    const length = this.store.read(key, value);
    const fits = length >= 0 && length <= most;
    const answer = new Uint8Array(4 + (fits ? length : 0));
    new DataView(answer.buffer).setInt32(0, length, true);
    if (fits) answer.set(value.subarray(0, length), 4);
    return answer;
  }

  write(key: string, value: Uint8Array): Uint8Array {
    return this.store.write(key, value, 0, value.length) ? WRITTEN : NOT_WRITTEN;
  }

  remove(key: string): Uint8Array {
    return this.store.remove(key) ? WRITTEN : NOT_WRITTEN;
  }
}

/** The firmware's flash; the answers are those of `Call.readFlash` and its neighbours. */
export class HostFlash implements EventSource {
  /** Calls of `syncFlash` that are done and not told yet. */
  private synced = 0;

  constructor(
    private readonly flash: Flash,
    private readonly wake: () => void,
  ) {}

  read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    return this.flash.read(at, bytes, 0, length) ? bytes : NOTHING;
  }

  program(at: number, bytes: Uint8Array): Uint8Array {
    return this.flash.program(at, bytes, 0, bytes.length) ? WRITTEN : NOT_WRITTEN;
  }

  erase(block: number): Uint8Array {
    return this.flash.erase(block) ? WRITTEN : NOT_WRITTEN;
  }

  sync(): void {
    const done = (): void => {
      this.synced++;
      this.wake();
    };
    if (this.flash.sync) this.flash.sync(done);
    else setImmediate(done);
  }

  next(event: EventWriter): boolean {
    if (this.synced === 0) return false;
    this.synced--;
    event.begin(Event.flashSynced);
    return true;
  }
}

/** The firmware's ciphers; see `Call.hmac` and those behind it. */
export class HostCiphers {
  private readonly aeads: Aead[] = [];

  constructor(private readonly ciphers: Ciphers) {}

  hmac(body: Uint8Array, keyLength: number): Uint8Array {
    return this.ciphers.hmacSha256(body.subarray(0, keyLength), body.subarray(keyLength));
  }

  /** Returns the number of the cipher. */
  makeAead(mode: AeadMode, key: Uint8Array): number {
    return this.aeads.push(this.ciphers.makeAead(mode, key)) - 1;
  }

  seal(number: number, headerLength: number, body: Uint8Array): Uint8Array {
    const from = AEAD_NONCE + headerLength;
    const bytes = new Uint8Array(body.length + AEAD_TAG);
    bytes.set(body);
    this.aeads[number]!.seal(bytes, 0, AEAD_NONCE, from, body.length);
    return bytes.subarray(from);
  }

  unseal(number: number, headerLength: number, body: Uint8Array): Uint8Array {
    const from = AEAD_NONCE + headerLength;
    const to = body.length - AEAD_TAG;
    const bytes = Uint8Array.from(body);
    if (!this.aeads[number]!.open(bytes, 0, AEAD_NONCE, from, to)) return NOTHING;
    return Uint8Array.of(1, ...bytes.subarray(from, to));
  }
}
