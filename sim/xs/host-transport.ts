import { Event } from '../../boards/xsnap/channel.js';
import type { Endpoint, Transport, TransportFailure, TransportHandler } from '../../src/hal/index.js';
import { TransportFailure as Failure } from '../../src/hal/index.js';
import { LONGEST_BODY } from './event-writer.js';
import type { EventSource, EventWriter } from './event-writer.js';

/** Bytes that may wait for the firmware; more are left with the transport, which then holds the peer back. */
const ROOM = 16384;

/**
 * The firmware's connection. What arrives waits in one buffer until the firmware has consumed it; what the firmware
 * did not consume comes again after its `resume`. Nothing of a connection is told after its `close`.
 */
export class HostTransport implements EventSource, TransportHandler {
  private readonly bytes = new Uint8Array(ROOM);
  private from = 0;
  private to = 0;
  /** The transport was left with bytes. */
  private refused = false;
  /** The firmware did not consume all, and has not called `resume` since. */
  private held = false;
  private openPending = false;
  private writablePending = false;
  private closePending: { cause: TransportFailure; detail: string } | undefined;
  /** Bytes offered in the event under way; 0 when it is another event, or its connection was closed meanwhile. */
  private offered = 0;
  private resumed = false;

  constructor(
    private readonly transport: Transport,
    private readonly wake: () => void,
  ) {}

  // Calls of the firmware

  open(address: string, endpoint: Endpoint): void {
    this.reset();
    this.transport.open(address, endpoint, this);
  }

  write(bytes: Uint8Array): number {
    return this.transport.write(bytes, 0, bytes.length);
  }

  resume(): void {
    this.resumed = true;
    this.held = false;
  }

  close(): void {
    this.reset();
    this.transport.close();
  }

  // EventSource

  next(event: EventWriter): boolean {
    this.offered = 0;
    if (this.openPending) {
      this.openPending = false;
      event.begin(Event.opened);
    } else if (this.from < this.to && !this.held) {
      this.offered = Math.min(this.to - this.from, LONGEST_BODY);
      this.resumed = false;
      event.begin(Event.received);
      event.bytes(this.bytes, this.from, this.from + this.offered);
    } else if (this.closePending && this.from === this.to) {
      event.begin(Event.closed, this.closePending.cause);
      event.text(this.closePending.detail);
      this.reset();
    } else if (this.writablePending) {
      this.writablePending = false;
      event.begin(Event.writable);
    } else {
      return false;
    }
    return true;
  }

  /** The firmware consumed so many bytes of the event that `next` wrote last. */
  consumed(count: number): void {
    const { offered } = this;
    if (offered === 0) return;
    this.offered = 0;
    this.from += Math.min(count, offered);
    this.held = count < offered && !this.resumed;
    if (!this.refused) return;
    this.bytes.copyWithin(0, this.from, this.to);
    this.to -= this.from;
    this.from = 0;
    if (this.to === ROOM) return;
    this.refused = false;
    this.transport.resume();
  }

  // TransportHandler

  onOpen(): void {
    this.openPending = true;
    this.wake();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    // Not while an event is under way whose bytes are still to be counted from `from`.
    if (this.from === this.to) this.from = this.to = 0;
    const count = Math.min(to - from, ROOM - this.to);
    this.bytes.set(bytes.subarray(from, from + count), this.to);
    this.to += count;
    this.refused = count < to - from;
    this.wake();
    return count;
  }

  onWritable(): void {
    this.writablePending = true;
    this.wake();
  }

  onClose(cause: TransportFailure, detail: string): void {
    // What came before an orderly end is still to be delivered; what a broken connection brought is not missed.
    if (cause !== Failure.ended) this.from = this.to = this.offered = 0;
    this.openPending = this.openPending && cause === Failure.ended;
    this.writablePending = false;
    this.closePending = { cause, detail };
    this.wake();
  }

  private reset(): void {
    this.from = this.to = this.offered = 0;
    this.refused = this.held = this.openPending = this.writablePending = false;
    this.closePending = undefined;
  }
}
