import { RecordQueue } from '../bytes/record-queue.js';
import { Refusal } from '../mqtt/state.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { RpcError } from './rpc-call.js';
import type { RpcConnection, RpcHandler } from './rpc-options.js';

/** A record of an answer that waits: these, then topic and payload. */
const enum Field {
  /** u8 */
  table = 0,
  /** u8 */
  afterwards = 1,
  /** u16 */
  topicLength = 2,
  topic = 4,
}

/** QoS of answers. */
const QOS = 1;
/** How long `RpcCall.afterwards` waits for the acknowledgement. */
const AFTERWARDS_MILLISECONDS = 5000;

const LOST = encodeUtf8('{"error":{"code":-32002,"message":"response dropped: queue full"}}');

/** Takes answers to the session, in order; those for which it has no room wait. Allocates nothing. */
export class RpcAnswers {
  connection: RpcConnection | undefined;
  /** Answers that the session took. */
  given = 0;
  /** Answers that were lost, since neither the session nor the queue had room. */
  lost = 0;
  /** When what follows an answer is due although nobody has acknowledged it; Infinity: nothing follows. */
  deadline = Infinity;
  /** Of what follows: whose methods it is for, and what to tell them. */
  afterTable = 0;
  afterCode = 0;

  /** Answers that wait for room in the session, in order. */
  private readonly queue: RecordQueue;
  private readonly handler: RpcHandler | undefined;
  private afterId = 0;

  /** `queueSize` in bytes. */
  constructor(queueSize: number, handler: RpcHandler | undefined) {
    this.queue = new RecordQueue(queueSize);
    this.handler = handler;
  }

  /** Answers that wait. */
  get waiting(): number {
    return this.queue.count;
  }

  /** Publishes the answer `scratch[0..to)` under the topic `scratch[topicFrom..topicTo)`, or keeps it. */
  give(
    scratch: Uint8Array,
    topicFrom: number,
    topicTo: number,
    to: number,
    table: number,
    afterwards: number,
    now: number,
  ): void {
    if (this.queue.count === 0) {
      const result = this.publish(scratch, topicFrom, topicTo, scratch, 0, to);
      if (!mayWait(result)) return this.noteResult(result, table, afterwards, now);
    }
    const topicLength = topicTo - topicFrom;
    const length = Field.topic + topicLength + to;
    if (!this.queue.fits(length)) return this.noteResult(Refusal.tooLarge, table, afterwards, now);
    let at = this.queue.append(length);
    const { bytes } = this.queue;
    bytes[at + Field.table] = table;
    bytes[at + Field.afterwards] = afterwards;
    bytes[at + Field.topicLength] = topicLength >> 8;
    bytes[at + Field.topicLength + 1] = topicLength;
    at += Field.topic;
    for (let i = topicFrom; i < topicTo; i++) bytes[at++] = scratch[i]!;
    for (let i = 0; i < to; i++) bytes[at++] = scratch[i]!;
  }

  /** Publishes what waits, as much as the session takes. */
  flush(now: number): void {
    const { queue } = this;
    const { bytes } = queue;
    while (queue.count > 0) {
      const from = queue.from(0);
      const topicFrom = from + Field.topic;
      const topicTo = topicFrom + bytes[from + Field.topicLength]! * 256 + bytes[from + Field.topicLength + 1]!;
      const result = this.publish(bytes, topicFrom, topicTo, bytes, topicTo, queue.to(0));
      if (mayWait(result)) return;
      const table = bytes[from + Field.table]!;
      const afterwards = bytes[from + Field.afterwards]!;
      queue.shift();
      this.noteResult(result, table, afterwards, now);
    }
  }

  /** The broker acknowledged a PUBLISH. */
  acknowledged(packetId: number, now: number): void {
    if (this.afterCode !== 0 && packetId === this.afterId) this.deadline = now;
  }

  /** Tells the methods of table number `table` when `packetId` is acknowledged, or the deadline is over. */
  watch(packetId: number, table: number, afterwards: number, deadline: number): void {
    if (afterwards === 0) return;
    this.afterId = packetId;
    this.afterTable = table;
    this.afterCode = afterwards;
    this.deadline = deadline;
  }

  /** What follows the answer is being done. */
  done(): void {
    this.afterCode = 0;
    this.deadline = Infinity;
  }

  /** Returns what `publishRange` does. */
  private publish(
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    from: number,
    to: number,
  ): number {
    const { connection } = this;
    if (!connection) return Refusal.notConnected;
    return connection.publishRange(topic, topicFrom, topicTo, payload, from, to, QOS, false);
  }

  /** The session has taken an answer (`result` is its packet), or never will. */
  private noteResult(result: number, table: number, afterwards: number, now: number): void {
    if (result >= 0) {
      this.given++;
      this.watch(result, table, afterwards, now + AFTERWARDS_MILLISECONDS);
      return;
    }
    this.lost++;
    this.handler?.onFault(RpcError.busy, LOST, 0, LOST.length);
    this.watch(0, table, afterwards, now);
  }
}

/** True for a refusal that may be another answer later. */
function mayWait(result: number): boolean {
  return (
    result === Refusal.full ||
    result === Refusal.notConnected ||
    result === Refusal.wrongState ||
    result === Refusal.streaming
  );
}
