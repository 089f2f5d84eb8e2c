import type { Endpoint, Transport, TransportFailure, TransportHandler } from '../../src/hal/index.js';
import { Call, CallOffset, ChannelSize } from './channel.js';
import type { Calls } from './calls.js';

/** Bytes of one write. */
const LARGEST_WRITE = ChannelSize.command - CallOffset.body;

/**
 * The host's TCP and TLS connections. The host keeps what was not consumed, knows the TLS settings of the endpoints,
 * and drops the events of a connection that was closed.
 */
export class ChannelTransport implements Transport {
  /** Those of the configuration, in its order. */
  endpoints: readonly Endpoint[] = [];
  /** Index of the endpoint that was opened last. */
  opened = 0;

  private readonly calls: Calls;
  private handler: TransportHandler | undefined;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.opened = this.endpoints.indexOf(endpoint);
    if (this.opened < 0) throw new RangeError('endpoint ' + endpoint.host + ' is not in the configuration');
    this.handler = handler;
    this.calls.issueText(Call.open, this.opened, address);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (!this.handler) return 0;
    let at = from;
    while (at < to) {
      const count = to - at < LARGEST_WRITE ? to - at : LARGEST_WRITE;
      const answer = this.calls.issueBytes(Call.write, 0, 0, bytes, at, at + count);
      if (answer.byteLength !== 0) return at - from + new DataView(answer).getUint32(0, true);
      at += count;
    }
    return at - from;
  }

  resume(): void {
    if (this.handler) this.calls.issue(Call.resume, 0, 0, 0, 0);
  }

  close(): void {
    if (!this.handler) return;
    this.handler = undefined;
    this.calls.issue(Call.close, 0, 0, 0, 0);
  }

  // What the host tells

  onOpen(): void {
    this.handler?.onOpen();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    return this.handler ? this.handler.onReceive(bytes, from, to) : to - from;
  }

  onWritable(): void {
    this.handler?.onWritable();
  }

  onClose(cause: TransportFailure, detail: string): void {
    const handler = this.handler;
    this.handler = undefined;
    handler?.onClose(cause, detail);
  }
}
