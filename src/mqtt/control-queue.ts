import { PacketType } from './packet-type.js';

/** Kept free of acknowledgements: a PINGREQ and a DISCONNECT always fit. */
const RESERVED = 4;
const PUBACK_SIZE = 4;

/**
 * Packets that need no answer of their own and must not wait for room in the arena: PUBACK, PINGREQ and DISCONNECT.
 * They are written between two packets of the arena, in the order in which they were queued [MQTT-4.6.0-2].
 */
export class ControlQueue {
  readonly bytes: Uint8Array;
  /** The bytes that wait are `bytes[from..to)`. */
  from = 0;
  to = 0;

  /** Begin of the packet that `from` lies in. */
  private packet = 0;

  /** `acknowledgements` is how many PUBACKs can wait before the socket is no longer read. */
  constructor(acknowledgements: number) {
    this.bytes = new Uint8Array(acknowledgements * PUBACK_SIZE + RESERVED);
  }

  get hasRoomForPuback(): boolean {
    return this.bytes.length - RESERVED - (this.to - this.packet) >= PUBACK_SIZE;
  }

  reset(): void {
    this.from = 0;
    this.to = 0;
    this.packet = 0;
  }

  puback(packetId: number): void {
    this.append(PacketType.puback << 4, 2);
    this.bytes[this.to++] = packetId >> 8;
    this.bytes[this.to++] = packetId & 255;
  }

  pingreq(): void {
    this.append(PacketType.pingreq << 4, 0);
  }

  disconnect(): void {
    this.append(PacketType.disconnect << 4, 0);
  }

  /** `count` bytes were written. Adds the packets that this finished to `sentByType`. */
  sent(count: number, sentByType: Uint32Array): void {
    this.from += count;
    for (;;) {
      const end = this.packet + 2 + this.bytes[this.packet + 1]!;
      if (end > this.from) return;
      sentByType[this.bytes[this.packet]! >> 4]!++;
      this.packet = end;
      if (end === this.to) return this.reset();
    }
  }

  private append(first: number, length: number): void {
    if (this.to + 2 + length > this.bytes.length) {
      this.bytes.copyWithin(0, this.packet, this.to);
      this.to -= this.packet;
      this.from -= this.packet;
      this.packet = 0;
    }
    this.bytes[this.to++] = first;
    this.bytes[this.to++] = length;
  }
}
