import { TransportFailure } from '../../src/hal/index.js';
import type { Endpoint, TransportHandler } from '../../src/hal/index.js';
import { NodeResolver, NodeTransport } from '../hal/index.js';
import type { Listener, ServerLink, ServerProgram } from '../virtual/index.js';

/**
 * A broker of the computer's network at an address of a virtual one: what devices send there goes to it, and what it
 * sends comes to them at the time that the world has then. The path between a device and that address is the world's,
 * with its faults.
 */
export class RealBroker implements Listener {
  private readonly bridges = new Set<Bridge>();

  /** `notice` hears why there is no connection, in one line. */
  constructor(
    private readonly endpoint: Endpoint,
    private readonly notice: (text: string) => void,
  ) {}

  accept(link: ServerLink): ServerProgram {
    const bridge = new Bridge(link, this.endpoint, this.notice, () => this.bridges.delete(bridge));
    this.bridges.add(bridge);
    return bridge;
  }

  /** Ends all connections. */
  close(): void {
    for (const bridge of this.bridges) bridge.ended();
  }
}

/** One connection of a device, and its continuation on the computer's network. */
class Bridge implements ServerProgram, TransportHandler {
  private readonly resolver = new NodeResolver();
  private readonly transport = new NodeTransport();
  /** What the device has sent and the transport has not taken. */
  private waiting: Uint8Array[] = [];
  private isOpen = false;

  constructor(
    private readonly link: ServerLink,
    private readonly endpoint: Endpoint,
    private readonly notice: (text: string) => void,
    private readonly onEnd: () => void,
  ) {
    this.resolver.resolve(endpoint.host, {
      onResolved: (address) => this.transport.open(address, endpoint, this),
      onUnresolved: (detail) => this.onClose(TransportFailure.unreachable, detail),
    });
  }

  // ServerProgram: what comes from the device

  receive(bytes: Uint8Array, from: number, to: number): void {
    this.waiting.push(bytes.slice(from, to));
    this.write();
  }

  ended(): void {
    this.resolver.cancel();
    this.transport.close();
    this.onEnd();
  }

  // TransportHandler: what comes from the broker

  onOpen(): void {
    this.isOpen = true;
    this.write();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    this.link.send(bytes.subarray(from, to));
    return to - from;
  }

  onWritable(): void {
    this.write();
  }

  onClose(cause: TransportFailure, detail: string): void {
    const { host, port } = this.endpoint;
    if (!this.isOpen) this.notice(detail.includes(host) ? detail : `${host} port ${port}: ${detail}`);
    this.link.close(cause !== TransportFailure.ended);
    this.onEnd();
  }

  private write(): void {
    while (this.isOpen && this.waiting.length > 0) {
      const bytes = this.waiting[0]!;
      const taken = this.transport.write(bytes, 0, bytes.length);
      if (taken < bytes.length) {
        this.waiting[0] = bytes.subarray(taken);
        return;
      }
      this.waiting.shift();
    }
  }
}
