import type { ReceivedMessage } from './ledger.js';

/** A report that a broker received. */
export interface ReceivedReport {
  readonly message: ReceivedMessage;
  readonly gateway: string;
  /** 12 hexadecimal digits, from the topic. */
  readonly address: string;
  readonly isReading: boolean;
  readonly boot: number;
  readonly sequence: number;
}

/**
 * Reads topic and `id` of a report of the plain profile, `{prefix}/{gateway}/tags|presence/{ADDRESS}`; undefined for
 * other messages. The `id` is -1/-1 when there is none.
 */
export function receivedReport(message: ReceivedMessage): ReceivedReport | undefined {
  const { topic, payload } = message;
  const addressAt = topic.lastIndexOf('/') + 1;
  if (topic.length - addressAt !== 12) return undefined;
  const kindAt = topic.lastIndexOf('/', addressAt - 2) + 1;
  const isReading = topic.startsWith('tags/', kindAt);
  if (!isReading && !topic.startsWith('presence/', kindAt)) return undefined;
  const gateway = topic.slice(topic.lastIndexOf('/', kindAt - 2) + 1, kindAt - 1);
  const address = topic.slice(addressAt);
  let at = idAt(payload);
  let boot = -1;
  let sequence = -1;
  if (at > 0) {
    boot = sequence = 0;
    for (; payload[at] !== 0x2f && at < payload.length; at++) boot = boot * 10 + payload[at]! - 0x30;
    for (at++; payload[at] !== 0x22 && at < payload.length; at++) sequence = sequence * 10 + payload[at]! - 0x30;
  }
  return { message, gateway, address, isReading, boot, sequence };
}

/** Where the value behind `"id":"` begins; -1 when there is none. */
function idAt(payload: Uint8Array): number {
  for (let i = 0; i + 6 < payload.length; i++) {
    if (payload[i] !== 0x22 || payload[i + 1] !== 0x69 || payload[i + 2] !== 0x64) continue;
    if (payload[i + 3] === 0x22 && payload[i + 4] === 0x3a && payload[i + 5] === 0x22) return i + 6;
  }
  return -1;
}
