import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { publishPacket } from './publish-packet.js';

/*
 * What both clients of the comparison send and hear: a topic of 30 bytes, a payload of 64, and the packets of a broker.
 */

export const TOPIC_NAME = 'tagwire/shed/tags/DC2C6E0FC03D';
export const TOPIC = encodeUtf8(TOPIC_NAME);
export const PAYLOAD = new Uint8Array(64).fill(0x41);
export const CONNACK = new Uint8Array([0x20, 2, 0, 0]);
export const PUBACK = new Uint8Array([0x40, 2, 0, 0]);

/** A PUBLISH with QoS 1. */
export const MESSAGE = publishPacket(TOPIC_NAME, PAYLOAD);
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
