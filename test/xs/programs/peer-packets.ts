import { encodeUtf8, PacketType, PublishFlag } from '../../../src/mqtt/index.js';

/*
 * What both clients of the comparison send and hear: a topic of 30 bytes, a payload of 64, and the packets of a broker.
 */

export const TOPIC_NAME = 'tagwire/shed/tags/DC2C6E0FC03D';
export const TOPIC = encodeUtf8(TOPIC_NAME);
export const PAYLOAD = new Uint8Array(64).fill(0x41);
export const CONNACK = new Uint8Array([0x20, 2, 0, 0]);
export const PUBACK = new Uint8Array([0x40, 2, 0, 0]);

/** A PUBLISH with QoS 1. */
export const MESSAGE = new Uint8Array(2 + 2 + TOPIC.length + 2 + PAYLOAD.length);
MESSAGE[0] = (PacketType.publish << 4) | PublishFlag.qos1;
MESSAGE[1] = MESSAGE.length - 2;
MESSAGE[3] = TOPIC.length;
MESSAGE.set(TOPIC, 4);
MESSAGE.set(PAYLOAD, 4 + TOPIC.length + 2);
const MESSAGE_ID = 4 + TOPIC.length;

/** What the socket takes at once, in bytes. */
export const ROOM = 5744;

export function acknowledge(packetId: number): void {
  PUBACK[2] = packetId >> 8;
  PUBACK[3] = packetId & 255;
}

export function number(packetId: number): void {
  MESSAGE[MESSAGE_ID] = packetId >> 8;
  MESSAGE[MESSAGE_ID + 1] = packetId & 255;
}
