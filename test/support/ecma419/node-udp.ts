import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { UdpClass, UdpSocket, UdpSocketOptions } from '../../../boards/ecma419/index.js';

/** The UDP class of ECMA-419 over node:dgram, on which every port is `port`. `onClose` is called when one is closed. */
export function nodeUdp(port: number, onClose: () => void): UdpClass {
  return class implements UdpSocket {
    readonly target: unknown;
    private readonly packets: ArrayBuffer[] = [];
    private readonly socket: Socket = createSocket('udp4');

    constructor(options: UdpSocketOptions) {
      this.target = options.target;
      this.socket.on('close', onClose);
      this.socket.on('message', (packet) => {
        this.packets.push(Uint8Array.from(packet).buffer);
        options.onReadable.call(this, 1);
      });
    }

    read(): unknown {
      return this.packets.shift();
    }

    write(packet: Uint8Array, address: string): void {
      this.socket.send(packet, port, address);
    }

    close(): void {
      this.socket.close();
    }
  };
}
