import type { Endpoint, Transport, TransportFailure, TransportHandler } from '../../src/hal/index.js';

/** What a `RecordingHandler` answers to `onReceive`: how many of the bytes it consumes. */
export type Consume = (bytes: Uint8Array, from: number, to: number) => number;

/**
 * Writes down what a transport tells, and drives the transport, so that it can notice a call of the handler
 * inside a call of the transport, which the rules of `Transport` forbid.
 */
export class RecordingHandler implements TransportHandler {
  /** Names of the handler's calls, in order. */
  readonly calls: string[] = [];
  /** Calls that came while a call of the transport was running. Must stay empty. */
  readonly reentrantCalls: string[] = [];
  /** All bytes that were consumed. */
  readonly received: Buffer[] = [];
  receivedBytes = 0;
  cause: TransportFailure | undefined;
  detail = '';
  /** Consumes all, until a test says otherwise. */
  consume: Consume = (_bytes, from, to) => to - from;
  whenOpen: () => void = () => undefined;
  whenWritable: () => void = () => undefined;

  private inside = 0;
  private readonly waiting: { condition: () => boolean; resolve: () => void }[] = [];

  constructor(readonly transport: Transport) {}

  open(address: string, endpoint: Endpoint): void {
    this.drive(() => this.transport.open(address, endpoint, this));
  }

  write(bytes: Uint8Array, from = 0, to = bytes.length): number {
    return this.drive(() => this.transport.write(bytes, from, to));
  }

  resume(): void {
    this.drive(() => this.transport.resume());
  }

  close(): void {
    this.drive(() => this.transport.close());
  }

  /** How often the call `name` came. */
  count(name: string): number {
    return this.calls.filter((call) => call === name).length;
  }

  /** Resolves when `condition` holds; it is asked after each call of the handler. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ condition, resolve }));
  }

  opened(): Promise<void> {
    return this.until(() => this.calls.includes('onOpen') || this.closedAlready());
  }

  closed(): Promise<void> {
    return this.until(() => this.closedAlready());
  }

  receivedText(): string {
    return Buffer.concat(this.received).toString('latin1');
  }

  onOpen(): void {
    this.note('onOpen');
    this.whenOpen();
    this.wake();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    this.note('onReceive');
    const consumed = this.consume(bytes, from, to);
    // The bytes are valid until the return only, so they are copied.
    this.received.push(Buffer.from(bytes.slice(from, from + consumed)));
    this.receivedBytes += consumed;
    this.wake();
    return consumed;
  }

  onWritable(): void {
    this.note('onWritable');
    this.whenWritable();
    this.wake();
  }

  onClose(cause: TransportFailure, detail: string): void {
    this.note('onClose');
    this.cause = cause;
    this.detail = detail;
    this.wake();
  }

  private closedAlready(): boolean {
    return this.calls.includes('onClose');
  }

  private drive<T>(call: () => T): T {
    this.inside++;
    try {
      return call();
    } finally {
      this.inside--;
    }
  }

  private note(name: string): void {
    this.calls.push(name);
    if (this.inside > 0) this.reentrantCalls.push(name);
  }

  private wake(): void {
    for (let index = this.waiting.length - 1; index >= 0; index--) {
      const entry = this.waiting[index];
      if (entry === undefined || !entry.condition()) continue;
      this.waiting.splice(index, 1);
      entry.resolve();
    }
  }
}
