import { encodeUtf8, PacketType, PublishFlag } from '../../../src/mqtt/index.js';

const PACKET_ID = 9;

/** A PUBLISH with QoS 1 as a broker sends it; topic and payload together are shorter than 123 bytes. */
export function publishPacket(topicName: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const topic = encodeUtf8(topicName);
  const bytes = new Uint8Array(2 + 2 + topic.length + 2 + payload.length);
  bytes[0] = (PacketType.publish << 4) | PublishFlag.qos1;
  bytes[1] = bytes.length - 2;
  bytes[3] = topic.length;
  bytes.set(topic, 4);
  bytes[4 + topic.length + 1] = PACKET_ID;
  bytes.set(payload, 4 + topic.length + 2);
  return bytes;
}
