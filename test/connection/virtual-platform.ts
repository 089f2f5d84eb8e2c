import { TransportFailure } from '../../src/hal/index.js';
import type {
  Clock,
  Endpoint,
  Entropy,
  Network,
  NetworkPlatform,
  Resolver,
  ResolverHandler,
  Timer,
  Timers,
  Transport,
  TransportHandler,
} from '../../src/hal/index.js';
import { VirtualTime } from '../support/virtual-time.js';
import type { VirtualBroker } from './virtual-broker.js';

/** Milliseconds that bytes, answers and news take on their way. */
export const LATENCY = 1;

/** What answers at a port: a broker, an active refusal, nothing at all, or a failing TLS handshake. */
export type Listener = VirtualBroker | 'refuses' | 'silent' | 'tls fails';

/**
 * A computer and its network in virtual time: implements the board interfaces that a connection needs. Everything
 * that the connection is told comes from the timers of `time`, so never inside one of its own calls.
 */
export class VirtualPlatform implements NetworkPlatform {
  readonly time = new VirtualTime(5000);
  readonly clock: Clock = this.time;
  readonly timers = new CountedTimers(this.time);
  readonly entropy: SeededEntropy;
  readonly network = new VirtualNetwork(this);
  readonly resolver = new VirtualResolver(this);
  readonly transport = new VirtualTransport(this);
  /** What listens, by `host:port`; an absent one refuses. */
  readonly listeners = new Map<string, Listener>();

  constructor(seed = 1) {
    this.entropy = new SeededEntropy(seed);
  }

  /** Calls `callback` after `milliseconds`, as the event loop of the platform does. */
  later(milliseconds: number, callback: () => void): void {
    this.time.create(callback).start(milliseconds);
  }

  listen(host: string, port: number, listener: Listener): void {
    this.listeners.set(`${host}:${port}`, listener);
  }

  /** Lets `milliseconds` pass. */
  run(milliseconds: number): void {
    this.time.run(milliseconds);
  }
}

/** Timers that tell how many run. */
export class CountedTimers implements Timers {
  armed = 0;

  constructor(private readonly time: VirtualTime) {}

  create(callback: () => void): Timer {
    let running = false;
    const set = (now: boolean): void => {
      if (now !== running) this.armed += now ? 1 : -1;
      running = now;
    };
    const timer = this.time.create(() => {
      set(false);
      callback();
    });
    return {
      start: (milliseconds) => {
        if (!(milliseconds >= 0 && milliseconds < Infinity)) throw new RangeError(`timer of ${milliseconds} ms`);
        set(true);
        timer.start(milliseconds);
      },
      stop: () => {
        set(false);
        timer.stop();
      },
    };
  }
}

/** Numbers from a seed (mulberry32), or always `constant`. */
export class SeededEntropy implements Entropy {
  constant: number | undefined;

  constructor(private state: number) {}

  uint32(): number {
    if (this.constant !== undefined) return this.constant;
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
}

/** An interface that goes up and down; going down takes no connection with it: they just go silent. */
export class VirtualNetwork implements Network {
  up = true;
  private listener: ((up: boolean) => void) | undefined;

  constructor(private readonly platform: VirtualPlatform) {}

  get watched(): boolean {
    return this.listener !== undefined;
  }

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  set(up: boolean): void {
    if (up === this.up) return;
    this.up = up;
    this.platform.later(0, () => this.listener?.(up));
  }
}

/** Answers every host with itself as address, except those of `unknown`; says nothing at all when `silent`. */
export class VirtualResolver implements Resolver {
  readonly questions: string[] = [];
  readonly unknown = new Set<string>();
  silent = false;
  /** More addresses of every host. */
  further: readonly string[] | undefined;
  private question = 0;
  private open = false;

  constructor(private readonly platform: VirtualPlatform) {}

  /** True while a question waits for its answer. */
  get asking(): boolean {
    return this.open;
  }

  resolve(host: string, handler: ResolverHandler): void {
    this.questions.push(host);
    const question = ++this.question;
    this.open = true;
    if (this.silent) return;
    this.platform.later(LATENCY, () => {
      if (question !== this.question) return;
      this.open = false;
      if (this.unknown.has(host)) handler.onUnresolved(`${host}: no such name`);
      else handler.onResolved(host, this.further);
    });
  }

  cancel(): void {
    this.question++;
    this.open = false;
  }
}

/** A transport whose connections are `VirtualLink`s to what listens on the platform. */
export class VirtualTransport implements Transport {
  /** Bytes that `write` takes before the other side has them. */
  capacity = Infinity;
  /** Largest piece in which received bytes are delivered. */
  fragment = Infinity;
  /** Endpoints that were tried, in order, as `host:port`. */
  readonly attempts: string[] = [];
  /** Calls of `write`. */
  writes = 0;
  private link: VirtualLink | undefined;

  constructor(private readonly platform: VirtualPlatform) {}

  /** True while a connection is open or being made. */
  get inUse(): boolean {
    return this.link !== undefined && !this.link.over;
  }

  /** Bytes that arrived and that the connection has not consumed. */
  get heldBytes(): number {
    return this.link?.inbox.length ?? 0;
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.close();
    const name = `${address}:${endpoint.port}`;
    this.attempts.push(name);
    this.link = new VirtualLink(this.platform, this, handler);
    this.link.connect(this.platform.listeners.get(name) ?? 'refuses');
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    this.writes++;
    return this.link?.write(bytes, from, to) ?? 0;
  }

  resume(): void {
    this.link?.resume();
  }

  close(): void {
    this.link?.close();
    this.link = undefined;
  }

  /** The platform has room again after `capacity` was raised. */
  unblock(): void {
    this.link?.tellRoom();
  }
}

/** One connection of a `VirtualTransport`, with its way to the broker and back. */
export class VirtualLink {
  /** The connection ended for its owner, who hears nothing more. */
  over = false;
  /** Arrived and not consumed. */
  inbox: Buffer = Buffer.alloc(0);
  private opened = false;
  private onTheWay = 0;
  private wantsRoom = false;
  private delivering = false;
  /** Bytes go nowhere any more, and nobody says so. */
  private dead = false;
  private broker: VirtualBroker | undefined;

  constructor(
    private readonly platform: VirtualPlatform,
    private readonly transport: VirtualTransport,
    private readonly handler: TransportHandler,
  ) {}

  connect(listener: Listener): void {
    if (listener === 'silent') return;
    this.platform.later(LATENCY, () => {
      if (this.over) return;
      if (listener === 'refuses') return this.end(TransportFailure.unreachable, 'nothing listens there');
      if (listener === 'tls fails') return this.end(TransportFailure.tls, 'the certificate has expired');
      this.opened = true;
      this.broker = listener;
      listener.accept(this);
      this.handler.onOpen();
    });
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (!this.opened || this.over) return 0;
    const count = Math.max(0, Math.min(to - from, this.transport.capacity - this.onTheWay));
    if (count < to - from) this.wantsRoom = true;
    if (count === 0) return 0;
    const copy = Buffer.from(bytes.slice(from, from + count));
    this.onTheWay += count;
    this.platform.later(LATENCY, () => {
      this.onTheWay -= count;
      if (!this.dead) this.broker?.receive(this, copy);
      this.tellRoom();
    });
    return count;
  }

  tellRoom(): void {
    if (this.over || !this.wantsRoom || this.onTheWay >= this.transport.capacity) return;
    this.wantsRoom = false;
    this.handler.onWritable();
  }

  resume(): void {
    this.platform.later(0, () => this.deliver());
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.platform.later(LATENCY, () => this.broker?.ended(this));
  }

  /** Of the broker: sends bytes to the client. */
  send(bytes: Buffer): void {
    this.platform.later(LATENCY, () => {
      if (this.over || this.dead) return;
      const held = this.inbox.length > 0;
      this.inbox = Buffer.concat([this.inbox, bytes]);
      // Behind bytes that were not consumed, a transport reads no more until `resume`.
      if (!held) this.deliver();
    });
  }

  /** Of the broker: ends the connection. */
  cut(cause = TransportFailure.ended, detail = 'the broker ended the connection'): void {
    this.platform.later(LATENCY, () => this.end(cause, detail));
  }

  /** From now on nothing passes, in either direction. */
  freeze(): void {
    this.dead = true;
  }

  private deliver(): void {
    if (this.delivering) throw new Error('delivered inside a delivery');
    while (!this.over && this.inbox.length > 0) {
      const piece = this.inbox.subarray(0, Math.min(this.inbox.length, this.transport.fragment));
      this.delivering = true;
      const consumed = this.handler.onReceive(piece, 0, piece.length);
      this.delivering = false;
      if (consumed < 0 || consumed > piece.length) throw new RangeError(`consumed ${consumed} of ${piece.length}`);
      this.inbox = this.inbox.subarray(consumed);
      if (consumed < piece.length) return;
    }
  }

  private end(cause: TransportFailure, detail: string): void {
    if (this.over) return;
    this.over = true;
    this.handler.onClose(cause, detail);
  }
}
