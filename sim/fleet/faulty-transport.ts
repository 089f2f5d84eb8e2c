import { TransportFailure } from '../../src/hal/index.js';
import type { Endpoint, Transport, TransportHandler } from '../../src/hal/index.js';

/** A transport whose connections can be broken. */
export class FaultyTransport implements Transport, TransportHandler {
  private handler: TransportHandler | undefined;
  /** The connection is dead, and the device does not know. */
  private dead = false;

  constructor(private readonly transport: Transport) {}

  /** The connection breaks, and the device hears of it. */
  reset(): void {
    const { handler } = this;
    if (!handler) return;
    this.close();
    handler.onClose(TransportFailure.reset, 'the connection was reset (a fault of the fleet)');
  }

  /** What is sent gets nowhere, and nothing comes, until the device gives the connection up. */
  halfOpen(): void {
    this.dead = true;
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.dead = false;
    this.handler = handler;
    this.transport.open(address, endpoint, this);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    return this.dead ? to - from : this.transport.write(bytes, from, to);
  }

  resume(): void {
    this.transport.resume();
  }

  close(): void {
    this.handler = undefined;
    this.transport.close();
  }

  // TransportHandler

  onOpen(): void {
    this.handler?.onOpen();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    return this.handler && !this.dead ? this.handler.onReceive(bytes, from, to) : to - from;
  }

  onWritable(): void {
    this.handler?.onWritable();
  }

  onClose(cause: TransportFailure, detail: string): void {
    const { handler } = this;
    // The end of a connection that is dead does not get through either.
    if (this.dead) return;
    this.handler = undefined;
    handler?.onClose(cause, detail);
  }
}
