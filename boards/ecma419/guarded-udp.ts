/** The UDP class of ECMA-419 (2nd edition, clause 10.10), `embedded:io/socket/udp`, in the part that is used here. */
export interface UdpSocket {
  target?: unknown;
  read(): unknown;
  write(packet: unknown, address: string, port: number): void;
  close(): void;
}

/** Its options, as the SDK's resolver gives them. */
export interface UdpSocketOptions {
  target?: unknown;
  onReadable(this: UdpSocket, count: number): void;
}

export type UdpClass = new (options: UdpSocketOptions) => UdpSocket;

/**
 * The UDP socket below the SDK's resolver. That reads all packets that came, also when the first of them made it close
 * the socket, and throws at a packet that does not parse; nobody would catch either, and anyone can send a packet.
 */
export class GuardedUdp implements UdpSocket {
  readonly target: unknown;
  private readonly socket: UdpSocket;
  private readonly above: UdpSocketOptions;
  private closed = false;

  /** `heard` is called when a packet came. */
  constructor(
    udp: UdpClass,
    options: UdpSocketOptions,
    private readonly heard: () => void,
  ) {
    this.target = options.target;
    this.above = options;
    this.socket = new udp({ target: this, onReadable });
  }

  read(): unknown {
    return this.socket.read();
  }

  write(packet: unknown, address: string, port: number): void {
    this.socket.write(packet, address, port);
  }

  close(): void {
    this.closed = true;
    this.socket.close();
  }

  deliver(count: number): void {
    while (count-- > 0 && !this.closed) {
      this.heard();
      try {
        this.above.onReadable.call(this, 1);
      } catch {
        // Not an answer. If none comes, the resolver asks again.
      }
    }
  }
}

function onReadable(this: UdpSocket, count: number): void {
  (this.target as GuardedUdp).deliver(count);
}
