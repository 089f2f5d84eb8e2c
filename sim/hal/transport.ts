import { isIP } from 'node:net';
import type { Endpoint, Transport, TransportHandler } from '../../src/hal/index.js';
import { NodeConnection } from './transport-connection.js';

/** How much a `NodeTransport` holds. A connection takes twice `send` and once `receive`. */
export interface NodeTransportSizes {
  /** Bytes gathered before the socket takes them. Default 65536. */
  send: number;
  /** Bytes read from the socket at once (TCP; TLS reads up to 64 KiB). Default 65536. */
  receive: number;
  /** Milliseconds that a closed connection may take to send its last bytes and see the peer's end. Default 2000. */
  linger: number;
}

/** A transport over node:net and node:tls. `open` on an open transport closes the connection it had. */
export class NodeTransport implements Transport {
  private readonly sizes: NodeTransportSizes;
  private connection: NodeConnection | undefined;

  constructor(sizes: Partial<NodeTransportSizes> = {}) {
    this.sizes = { send: 65536, receive: 65536, linger: 2000, ...sizes };
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.close();
    const connection = new NodeConnection(this.sizes, handler);
    this.connection = connection;
    const fault = addressFault(address, endpoint.port);
    if (fault === undefined) connection.connect(address, endpoint);
    else connection.failLater(fault);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    return this.connection === undefined ? 0 : this.connection.write(bytes, from, to);
  }

  resume(): void {
    this.connection?.resume();
  }

  close(): void {
    const connection = this.connection;
    this.connection = undefined;
    connection?.close();
  }
}

/** Node would throw for these inside `open`, or ask a name server. */
function addressFault(address: string, port: number): string | undefined {
  if (isIP(address) === 0) return `${JSON.stringify(address.slice(0, 64))} is not an IP address`;
  if (!Number.isInteger(port) || port < 1 || port > 65535) return `port ${port}: allowed are 1 to 65535`;
  return undefined;
}
