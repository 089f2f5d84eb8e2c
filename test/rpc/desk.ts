import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { Refusal } from '../../src/mqtt/state.js';
import type { AnswerMaker } from '../../src/rpc/rpc-answers.js';
import type { RpcOptions } from '../../src/rpc/rpc-options.js';
import { plainRoutes } from '../../src/rpc/rpc-route.js';
import { Rpc } from '../../src/rpc/rpc.js';

/** An answer as it was published. */
export interface Answer {
  topic: string;
  payload: string;
  packetId: number;
}

/** How a message came. */
export interface Arrival {
  dup?: boolean;
  retain?: boolean;
  /** Bytes of the first piece; absent: it comes whole. */
  piece?: number;
}

/** An `Rpc` whose connection is a list. */
export class Desk {
  readonly rpc: Rpc;
  readonly answers: Answer[] = [];
  readonly filters: string[] = [];
  readonly faults: string[] = [];
  now = 1000;
  wakes = 0;
  /** What the session says instead of taking an answer; 0: it takes it. */
  refusal: Refusal | 0 = 0;

  /** `makeAnswers` as for `Rpc`. */
  constructor(options: Partial<RpcOptions> = {}, makeAnswers?: AnswerMaker) {
    this.rpc = new Rpc(
      { routes: plainRoutes('site', 'shed'), methods: [], ...options },
      { onFault: (_error, json, from, to) => this.faults.push(text(json, from, to)) },
      makeAnswers,
    );
    this.rpc.start(this.now, {
      connection: {
        publishRange: (topic, topicFrom, topicTo, payload, from, to, qos, retain) => {
          if (this.refusal !== 0) return this.refusal;
          if (qos !== 1 || retain) throw new Error('an answer has QoS 1 and is not retained');
          const packetId = this.answers.length + 1;
          this.answers.push({ topic: text(topic, topicFrom, topicTo), payload: text(payload, from, to), packetId });
          return packetId;
        },
        subscribe: (filter, qos) => {
          this.filters.push(`${text(filter, 0, filter.length)} ${qos}`);
          return 0;
        },
      },
      wake: () => void this.wakes++,
    });
    this.rpc.connected(this.now);
  }

  /** A message arrives; false when it is none of the Rpc's. */
  arrive(topic: string, payload: string | Uint8Array, how: Arrival = {}): boolean {
    const topicBytes = encodeUtf8(`??${topic}??`);
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    const around = new Uint8Array(bytes.length + 4).fill(0x7b);
    around.set(bytes, 2);
    const whole: IncomingMessage = {
      topic: topicBytes,
      topicFrom: 2,
      topicTo: topicBytes.length - 2,
      payload: around,
      payloadFrom: 2,
      payloadTo: 2 + bytes.length,
      offset: 0,
      total: bytes.length,
      qos: 1,
      retain: how.retain ?? false,
      dup: how.dup ?? false,
      packetId: 1,
    };
    if (how.piece === undefined) return this.rpc.message(whole, this.now);
    const first = this.rpc.message({ ...whole, payloadTo: 2 + how.piece }, this.now);
    return this.rpc.message({ ...whole, offset: how.piece, payloadFrom: 2 + how.piece }, this.now) && first;
  }

  /** Calls `cmd/{id}` and returns what is answered at once, without the topic; undefined: nothing is. */
  call(payload: string | Uint8Array | object, id = '1', how: Arrival = {}): unknown {
    const before = this.answers.length;
    const isBytes = typeof payload === 'string' || payload instanceof Uint8Array;
    this.arrive(`site/shed/cmd/${id}`, isBytes ? payload : JSON.stringify(payload), how);
    if (this.answers.length === before) return undefined;
    const answer = this.answers.at(-1)!;
    if (this.answers.length !== before + 1) throw new Error('more than one answer');
    if (answer.topic !== `site/shed/res/${id}`) throw new Error(`the answer went to ${answer.topic}`);
    return JSON.parse(answer.payload) as unknown;
  }

  /** The error of a call. */
  error(payload: string | Uint8Array | object, id?: string, how?: Arrival): { code: number; message: string } {
    const answer = this.call(payload, id, how) as { error: { code: number; message: string } };
    return answer.error;
  }

  /** Lets time pass as an owner does that obeys the deadline. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    while (this.rpc.deadline <= end) {
      this.now = Math.max(this.now, this.rpc.deadline);
      this.rpc.tick(this.now);
    }
    this.now = end;
  }
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes.slice(from, to));
}
