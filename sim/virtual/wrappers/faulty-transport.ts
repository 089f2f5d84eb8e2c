import { TransportFailure } from '../../../src/hal/transport.js';
import type { Endpoint, Timer, Timers, Transport, TransportHandler } from '../../../src/hal/index.js';

/** Bytes that the stack of a chip takes while nothing gets through. */
const SEND_BUFFER = 5744;

/**
 * A transport on which things go wrong: put it round any other one, and change its fields at any time. As long as
 * nothing was changed, it does what the other one does.
 *
 * It keeps the rules of `Transport`, whatever goes wrong: its handler is called from the event loop only, hears of the
 * end once, and no byte is lost, changed or out of order on a connection that goes on.
 */
export class FaultyTransport implements Transport, TransportHandler {
  /** `open` fails: the address answers that nothing listens there. */
  refuses = false;
  /** `open` fails in the TLS handshake, with this line for people; see `TransportFailure.tls`. */
  tlsFailure: string | undefined;
  /** Bytes that arrive come in pieces of so many at most. */
  pieceBytes = Infinity;
  /** `write` takes so many bytes at most. */
  writeBytes = Infinity;
  /** Bytes in a second, each way; 1 for the slowest network that there is. */
  bytesPerSecond = Infinity;

  private handler: TransportHandler | undefined;
  private opened = false;
  private isStalled = false;
  private hasZeroWindow = false;
  /** The connection is half-open; so many of its bytes are in the stack. */
  private dead = false;
  private swallowed = 0;
  /** The handler has not consumed all: it calls `resume`. */
  private held = false;
  /** It has done so, perhaps before it said that it has not consumed all. */
  private resumed = false;
  /** What arrived last takes its time. */
  private paced = false;
  /** `write` took less than it was given: the handler waits for `onWritable`. */
  private waits = false;
  /** What happened while the path was stalled, and is told afterwards. */
  private opensLater = false;
  private failure: { cause: TransportFailure; detail: string } | undefined;
  private readonly reading: Timer;
  private readonly writing: Timer;
  private readonly failing: Timer;

  constructor(
    private readonly inner: Transport,
    timers: Timers,
  ) {
    this.reading = timers.create(() => this.readOn());
    this.writing = timers.create(() => this.writeOn());
    this.failing = timers.create(() => this.end());
  }

  /** Nothing gets through, and nobody says so; after it everything goes on where it was, as TCP does. */
  get stalled(): boolean {
    return this.isStalled;
  }

  set stalled(stalled: boolean) {
    this.isStalled = stalled;
    if (stalled || this.dead || !this.handler) return;
    this.reading.start(0);
    this.writing.start(0);
  }

  /** The peer's window is zero: it lives, sends, and takes no byte. */
  get zeroWindow(): boolean {
    return this.hasZeroWindow;
  }

  set zeroWindow(zero: boolean) {
    this.hasZeroWindow = zero;
    if (!zero && this.handler) this.writing.start(0);
  }

  /** Breaks the connection that there is. */
  reset(): void {
    if (this.handler) this.fail(TransportFailure.reset, 'connection reset');
  }

  /** Makes the connection that there is half-open: it is gone, and nobody is told. The next one is as usual. */
  halfOpen(): void {
    if (!this.handler || this.failure) return;
    this.inner.close();
    this.stopTimers();
    this.dead = true;
    this.swallowed = 0;
  }

  // Transport

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.handler = handler;
    this.opened = this.dead = this.held = this.paced = this.waits = this.opensLater = false;
    this.failure = undefined;
    this.stopTimers();
    if (this.refuses) {
      this.fail(TransportFailure.unreachable, `connection refused by ${address}:${endpoint.port}`);
    } else if (this.tlsFailure !== undefined && endpoint.tls) {
      this.fail(TransportFailure.tls, this.tlsFailure);
    } else {
      this.inner.open(address, endpoint, this);
    }
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    const offered = to - from;
    if (this.failure) return 0;
    if (this.dead) {
      const taken = Math.min(offered, SEND_BUFFER - this.swallowed);
      this.swallowed += taken;
      return taken;
    }
    if (this.waits || this.isStalled || this.hasZeroWindow) {
      this.waits ||= offered > 0;
      return 0;
    }
    const most = this.limit(offered, this.writeBytes);
    const taken = this.inner.write(bytes, from, from + most);
    if (taken === offered) return taken;
    this.waits = true;
    // When the other transport took all that it was given, it does not tell of room.
    if (taken === most) this.writing.start(this.delay(taken));
    return taken;
  }

  resume(): void {
    this.resumed = true;
    if (!this.held) return;
    this.held = false;
    if (!this.isStalled && !this.dead) this.reading.start(0);
  }

  close(): void {
    this.stopTimers();
    this.handler = undefined;
    this.failure = undefined;
    if (!this.dead) this.inner.close();
    this.dead = false;
  }

  // TransportHandler: what the other transport tells

  onOpen(): void {
    if (this.isStalled) {
      this.opensLater = true;
      return;
    }
    this.opened = true;
    this.handler?.onOpen();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    const { handler } = this;
    if (!handler || this.failure || this.isStalled || this.paced || !this.opened) return 0;
    const offered = to - from;
    const most = this.limit(offered, this.pieceBytes);
    this.resumed = false;
    const taken = handler.onReceive(bytes, from, from + most);
    // The other transport keeps the rest until `resume`.
    if (taken < most && !this.resumed) this.held = true;
    else if (this.handler === handler && (taken < offered || this.bytesPerSecond < Infinity)) {
      this.paced = true;
      this.reading.start(this.delay(taken));
    }
    return taken;
  }

  onWritable(): void {
    if (this.isStalled || this.hasZeroWindow) return;
    this.waits = false;
    this.handler?.onWritable();
  }

  onClose(cause: TransportFailure, detail: string): void {
    if (this.failure || !this.handler) return;
    this.failure = { cause, detail };
    if (!this.isStalled) this.end();
  }

  private readOn(): void {
    const { handler } = this;
    this.paced = false;
    if (!handler || this.isStalled || this.dead) return;
    if (this.opensLater) {
      this.opensLater = false;
      this.onOpen();
    }
    if (this.failure) this.end();
    else if (!this.held && this.handler === handler) this.inner.resume();
  }

  private writeOn(): void {
    if (!this.waits || this.isStalled || this.hasZeroWindow || this.dead) return;
    this.waits = false;
    this.handler?.onWritable();
  }

  /** How many of `offered` bytes pass at once: what a tenth of a second takes, when there is a rate. */
  private limit(offered: number, most: number): number {
    return Math.min(offered, Math.max(1, most), Math.max(1, Math.floor(this.bytesPerSecond / 10)));
  }

  /** Milliseconds that `bytes` take. */
  private delay(bytes: number): number {
    return this.bytesPerSecond < Infinity ? Math.ceil((1000 * bytes) / this.bytesPerSecond) : 0;
  }

  private fail(cause: TransportFailure, detail: string): void {
    if (this.failure) return;
    if (!this.dead) this.inner.close();
    this.stopTimers();
    this.dead = false;
    this.failure = { cause, detail };
    this.failing.start(0);
  }

  private end(): void {
    const { handler, failure } = this;
    this.stopTimers();
    this.handler = undefined;
    this.failure = undefined;
    if (failure) handler?.onClose(failure.cause, failure.detail);
  }

  private stopTimers(): void {
    this.reading.stop();
    this.writing.stop();
    this.failing.stop();
  }
}
