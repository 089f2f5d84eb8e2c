import { checkTopicName, TopicFault } from '../../mqtt/topic.js';

/*
 * A record of a message of QoS 1, numbers low byte first:
 *
 *   0  u8   version and flags
 *   1  u32  place: what it is for, see `MessageQueueOptions.place`
 *   5  u32  run: the first record of the log that could be of the same run of the program
 *   9  u32  number: counts the messages of one queue and run
 *  13  u32  expiry: seconds since 1970 after which it is not sent any more, 0 for none
 *  17  u16  length of the topic
 *  19       topic, payload
 *
 * The packet identifier under which it was sent is not in it: the log notes that beside the record.
 */
export const enum MessageOffset {
  flags = 0,
  place = 1,
  run = 5,
  number = 9,
  expiry = 13,
  topicLength = 17,
  topic = 19,
}

/** Bits of `MessageOffset.flags`. */
export const enum MessageFlag {
  retain = 0x01,
  /** The version of this layout. */
  version = 0x10,
  versionMask = 0xf0,
}

/**
 * True when `bytes[at..to)` is a record of a message as this firmware writes it. For bytes that an earlier firmware may
 * have written to flash. `view` is of the whole buffer of `bytes`.
 */
export function checkMessageRecord(bytes: Uint8Array, view: DataView, at: number, to: number): boolean {
  if (to - at < MessageOffset.topic) return false;
  if ((bytes[at + MessageOffset.flags]! & MessageFlag.versionMask) !== MessageFlag.version) return false;
  const topicFrom = at + MessageOffset.topic;
  const topicTo = topicFrom + view.getUint16(at + MessageOffset.topicLength, true);
  return topicTo <= to && checkTopicName(bytes, topicFrom, topicTo) === TopicFault.none;
}
