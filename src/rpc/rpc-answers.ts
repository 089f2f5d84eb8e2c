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
  /** u32: seconds of `Clock.now` after which nobody waits for it any more. */
  expiry = 4,
  topic = 8,
}

/** QoS of answers. */
const QOS = 1;
/** How long `RpcCall.afterwards` waits for the acknowledgement. */
const AFTERWARDS_MILLISECONDS = 5000;

/** The error that tells people that an answer was lost. */
export function lostAnswer(reason: string): Uint8Array {
  return encodeUtf8('{"error":{"code":-32002,"message":"response dropped: ' + reason + '"}}');
}

/** Makes what keeps answers of at most `maxAnswer` bytes with their topics. */
export type AnswerMaker = (queueSize: number, maxAnswer: number, handler: RpcHandler | undefined) => RpcAnswers;

const QUEUE_FULL = lostAnswer('queue full');
export const EXPIRED = lostAnswer('its caller waits no longer');

/**
 * Takes answers to the session, in order; those for which it has no room, or that are made without a connection, wait
 * in memory. Allocates nothing.
 */
export class RpcAnswers {
  /** Answers that the session took. */
  given = 0;
  /** Answers that were lost, since neither the session nor the queue had room, or that came too late. */
  lost = 0;
  /** When what follows an answer is due although nobody has acknowledged it; Infinity: nothing follows. */
  afterDeadline = Infinity;
  /** Of what follows: whose methods it is for, and what to tell them. */
  afterTable = 0;
  afterCode = 0;

  protected connection: RpcConnection | undefined;
  protected readonly handler: RpcHandler | undefined;
  /** The packet identifier of the answer that something follows; 0 until the session has it. */
  protected afterId = 0;

  private readonly queue: RecordQueue;
  private open = false;

  /** `queueSize` in bytes. */
  constructor(queueSize: number, handler: RpcHandler | undefined) {
    this.queue = new RecordQueue(queueSize);
    this.handler = handler;
  }

  /** Answers that wait. */
  get waiting(): number {
    return this.queue.count;
  }

  /** When `tick` must be called at the latest. */
  get deadline(): number {
    return this.afterDeadline;
  }

  /** The gateway starts; `connection` stays the same over all starts. */
  start(connection: RpcConnection, _now: number): void {
    this.connection = connection;
  }

  connected(now: number): void {
    this.open = true;
    this.flush(now);
  }

  disconnected(_now: number): void {
    this.open = false;
  }

  /** The chip will restart. */
  persist(_now: number): void {}

  tick(_now: number): void {}

  /**
   * Publishes the answer `scratch[0..to)` under the topic `scratch[topicFrom..topicTo)`, or keeps it, for at most
   * `lifetime` seconds (0 or less: it is too late). `table` and `afterwards` say what follows it: see `watch`.
   */
  give(
    scratch: Uint8Array,
    topicFrom: number,
    topicTo: number,
    to: number,
    lifetime: number,
    table: number,
    afterwards: number,
    now: number,
  ): void {
    if (lifetime <= 0) return this.noteResult(Refusal.wrongState, EXPIRED, table, afterwards, now);
    const { queue } = this;
    const topicLength = topicTo - topicFrom;
    const length = Field.topic + topicLength + to;
    const fits = queue.fits(length);
    if (queue.count === 0 && (this.open || !fits)) {
      const result = this.publish(scratch, topicFrom, topicTo, scratch, 0, to);
      if (!mayWait(result) || !fits) return this.noteResult(result, QUEUE_FULL, table, afterwards, now);
    }
    if (!fits) return this.noteResult(Refusal.full, QUEUE_FULL, table, afterwards, now);
    let at = queue.append(length);
    const { bytes } = queue;
    const expiry = Math.ceil(now / 1000) + lifetime;
    bytes[at + Field.table] = table;
    bytes[at + Field.afterwards] = afterwards;
    bytes[at + Field.topicLength] = topicLength >> 8;
    bytes[at + Field.topicLength + 1] = topicLength;
    for (let i = 0; i < 4; i++) bytes[at + Field.expiry + i] = expiry >>> (24 - 8 * i);
    at += Field.topic;
    for (let i = topicFrom; i < topicTo; i++) bytes[at++] = scratch[i]!;
    for (let i = 0; i < to; i++) bytes[at++] = scratch[i]!;
  }

  /** Publishes what waits, as much as the session takes. */
  flush(now: number): void {
    const { queue } = this;
    const { bytes } = queue;
    while (this.open && queue.count > 0) {
      const from = queue.from(0);
      const topicFrom = from + Field.topic;
      const topicTo = topicFrom + bytes[from + Field.topicLength]! * 256 + bytes[from + Field.topicLength + 1]!;
      let expiry = 0;
      for (let i = 0; i < 4; i++) expiry = expiry * 256 + bytes[from + Field.expiry + i]!;
      const expired = now > expiry * 1000;
      const result = expired ? Refusal.tooLarge : this.publish(bytes, topicFrom, topicTo, bytes, topicTo, queue.to(0));
      if (mayWait(result)) return;
      const table = bytes[from + Field.table]!;
      const afterwards = bytes[from + Field.afterwards]!;
      queue.shift();
      this.noteResult(result, expired ? EXPIRED : QUEUE_FULL, table, afterwards, now);
    }
  }

  /** The broker acknowledged a PUBLISH. */
  acknowledged(packetId: number, now: number): void {
    if (this.afterCode !== 0 && packetId === this.afterId) this.afterDeadline = now;
  }

  /** What follows the answer is being done. */
  done(): void {
    this.afterCode = 0;
    this.afterDeadline = Infinity;
  }

  /** A call gets no answer; what follows it waits all the same. */
  skip(table: number, afterwards: number, now: number): void {
    this.watch(0, table, afterwards, now);
  }

  /**
   * Tells the methods of table number `table` when `packetId` is acknowledged, or after `AFTERWARDS_MILLISECONDS`.
   * Never at once, also without a packet: the PUBACK of the call must leave before a restart, or a persistent session
   * brings the call again.
   */
  protected watch(packetId: number, table: number, afterwards: number, now: number): void {
    if (afterwards === 0) return;
    this.afterId = packetId;
    this.afterTable = table;
    this.afterCode = afterwards;
    this.afterDeadline = now + AFTERWARDS_MILLISECONDS;
  }

  /** Returns what `publishRange` does. */
  protected publish(
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

  /** The session has taken an answer (`result` is its packet), or never will, for the reason in `error`. */
  protected noteResult(result: number, error: Uint8Array, table: number, afterwards: number, now: number): void {
    if (result >= 0) {
      this.given++;
      this.watch(result, table, afterwards, now);
      return;
    }
    this.lose(1, error);
    this.watch(0, table, afterwards, now);
  }

  protected lose(count: number, error: Uint8Array): void {
    this.lost += count;
    this.handler?.onFault(RpcError.busy, error, 0, error.length);
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
