/** The UDP class of ECMA-419 (2nd edition, clause 10.10), `embedded:io/socket/udp`, in the part that is used here. */
export interface UdpSocket {
  target?: unknown;
  /** The next packet, an ArrayBuffer; undefined when there is none. */
  read(): unknown;
  /** Throws when the network does not take it. */
  write(packet: Uint8Array, address: string, port: number): void;
  close(): void;
}

export interface UdpSocketOptions {
  target?: unknown;
  /** Called from the event loop: so many packets can be read. */
  onReadable(this: UdpSocket, count: number): void;
}

/** Throws when no socket is free. */
export type UdpClass = new (options: UdpSocketOptions) => UdpSocket;

/** The `target` of a socket that has `onReadable` for its callback. */
export interface PacketHandler {
  /** The socket that it listens to: what others bring is dropped. */
  readonly socket: UdpSocket | undefined;
  onPacket(packet: Uint8Array): void;
}

/** Hands packets to the target of a socket. A function of a module is in ROM on a chip: a closure would take slots. */
export function onReadable(this: UdpSocket, count: number): void {
  const target = this.target as PacketHandler;
  for (; count > 0 && target.socket === this; count--) {
    const packet = this.read();
    if (packet instanceof ArrayBuffer) target.onPacket(new Uint8Array(packet));
  }
}
