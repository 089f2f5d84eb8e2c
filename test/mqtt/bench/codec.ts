import { generate, parser } from 'mqtt-packet';
import type { IConnectPacket, IPublishPacket, ISubscribePacket, IUnsubscribePacket, Packet } from 'mqtt-packet';

/** The packets of a byte stream as mqtt-packet reads them. Throws on what it does not accept. */
export class PacketReader {
  private packets: Packet[] = [];
  private readonly parser = parser();
  /** Bytes of a packet that is not complete. */
  left = 0;

  constructor() {
    this.parser.on('packet', (packet) => this.packets.push(packet));
    this.parser.on('error', (error: Error) => {
      throw error;
    });
  }

  read(bytes: Uint8Array): Packet[] {
    this.packets = [];
    if (bytes.length > 0) this.left = this.parser.parse(Buffer.from(bytes));
    return this.packets;
  }
}

/** The packets in `bytes`, none of which may be cut short. */
export function packetsOf(bytes: Uint8Array): Packet[] {
  const reader = new PacketReader();
  const packets = reader.read(bytes);
  if (reader.left > 0) throw new Error(reader.left + ' bytes are left of a packet that is cut short');
  return packets;
}

/** The bytes of a packet that a broker sends. */
export function encode(packet: Packet): Uint8Array {
  return new Uint8Array(generate(packet));
}

export function connack(sessionPresent = false, returnCode = 0): Uint8Array {
  return new Uint8Array([0x20, 2, sessionPresent ? 1 : 0, returnCode]);
}

export function puback(messageId: number): Uint8Array {
  return new Uint8Array([0x40, 2, messageId >> 8, messageId & 255]);
}

export function suback(messageId: number, ...granted: number[]): Uint8Array {
  return new Uint8Array([0x90, 2 + granted.length, messageId >> 8, messageId & 255, ...granted]);
}

export function unsuback(messageId: number): Uint8Array {
  return new Uint8Array([0xb0, 2, messageId >> 8, messageId & 255]);
}

export const pingresp = new Uint8Array([0xd0, 0]);

/** A PUBLISH from a broker; `messageId` counts only with QoS 1. */
export function publish(
  topic: string,
  payload: string | Uint8Array,
  qos: 0 | 1 = 0,
  messageId = 0,
  flags: { dup?: boolean; retain?: boolean } = {},
): Uint8Array {
  const packet: IPublishPacket = {
    cmd: 'publish',
    topic,
    payload: Buffer.from(payload as string),
    qos,
    dup: flags.dup ?? false,
    retain: flags.retain ?? false,
  };
  if (qos > 0) packet.messageId = messageId;
  return encode(packet);
}

export function publishes(packets: Packet[]): IPublishPacket[] {
  return packets.filter((packet) => packet.cmd === 'publish');
}

export function connects(packets: Packet[]): IConnectPacket[] {
  return packets.filter((packet) => packet.cmd === 'connect');
}

export function subscribes(packets: Packet[]): ISubscribePacket[] {
  return packets.filter((packet) => packet.cmd === 'subscribe');
}

export function unsubscribes(packets: Packet[]): IUnsubscribePacket[] {
  return packets.filter((packet) => packet.cmd === 'unsubscribe');
}

/** The names of the packets, in order. */
export function names(packets: Packet[]): string {
  return packets.map((packet) => packet.cmd).join(' ');
}
