import { randomBytes } from 'node:crypto';
import { startTimer } from '../hal/platform.js';
import type { Timer } from '../../src/hal/index.js';
import { parseJson } from './topics-payload.js';

/** What a device answered to a call, or why it did not. */
export type CallAnswer =
  | { readonly result: unknown }
  | { readonly error: string; /** Of the device, see docs/rpc.md. */ readonly code?: number };

/** Calls under way at once: those of pages and, in a fleet, those to gateways that do not answer. */
const MOST_CALLS = 1000;
/** The longest method. */
const LONGEST_METHOD = 64;

/** What the ids of calls begin with, unlike those of any other process on any computer. */
export function callerName(purpose: string): string {
  return `${purpose}-${randomBytes(4).toString('hex')}`;
}

/** Calls devices by RPC, in the dialect `plain` of docs/rpc.md, and finds the answers. */
export class TopicsCalls {
  private readonly publish: (topic: string, payload: string) => string;
  private readonly name: string;
  private readonly waiting = new Map<string, { timer: Timer; done: (answer: CallAnswer) => void }>();
  private count = 0;

  /** `publish` returns why not. `name`: what the ids of the calls begin with, at most 24 characters. */
  constructor(publish: (topic: string, payload: string) => string, name: string) {
    this.publish = publish;
    this.name = name;
  }

  /** `base`: `{prefix}/{gateway}`. Does not reject. */
  call(base: string, method: string, params: unknown, seconds: number): Promise<CallAnswer> {
    if (method.length > LONGEST_METHOD)
      return Promise.resolve({ error: `a method has at most ${LONGEST_METHOD} characters` });
    if (this.waiting.size >= MOST_CALLS) return Promise.resolve({ error: `${MOST_CALLS} calls are under way already` });
    const id = `${this.name}-${++this.count}`;
    const payload = JSON.stringify({ method, ...(params !== undefined && { params }), timeout: seconds });
    const fault = this.publish(`${base}/cmd/${id}`, payload);
    if (fault !== '') return Promise.resolve({ error: `the call was not sent: ${fault}` });
    return new Promise((resolve) => {
      const key = `${base}/res/${id}`;
      const done = (answer: CallAnswer): void => {
        this.waiting.get(key)?.timer.stop();
        this.waiting.delete(key);
        resolve(answer);
      };
      const timer = startTimer(seconds * 1000, () => done({ error: `no answer within ${seconds} s` }));
      this.waiting.set(key, { timer, done });
    });
  }

  /** A message came on a topic of answers. */
  take(topic: string, payload: Buffer): void {
    const call = this.waiting.get(topic);
    if (!call) return;
    const answer = parseJson(payload.toString());
    if (typeof answer !== 'object' || answer === null) return call.done({ error: 'the answer is not JSON' });
    if ('result' in answer) return call.done({ result: answer.result });
    const error: unknown = 'error' in answer ? answer.error : undefined;
    const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
    call.done({
      error: typeof message === 'string' ? message : 'the answer is neither a result nor an error',
      ...(typeof code === 'number' && { code }),
    });
  }

  close(): void {
    for (const { done } of [...this.waiting.values()]) done({ error: 'the command ends' });
  }
}
