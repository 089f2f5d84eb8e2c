import type { Clock, Timer, Timers } from '../hal/index.js';
import { Refusal } from '../mqtt/state.js';
import { refusalText } from '../mqtt/texts.js';

/** What a call waits for. */
export const enum Awaited {
  connection = 1,
  disconnection = 2,
  /** PUBACK: `key` is the packet identifier. */
  acknowledgement = 3,
  /** Room in the session: `send` tries again. */
  room = 4,
  /** SUBACK: `filter` is the topic filter. */
  subscription = 5,
  /** UNSUBACK: `filter` is the topic filter. */
  unsubscription = 6,
}

/** A call that waits. */
export interface WaitingCall {
  awaited: Awaited;
  key: number;
  filter: Uint8Array | undefined;
  /** Of a call that waits for room: tries again, and returns a packet identifier, 0 or a `Refusal`. */
  send: (() => number) | undefined;
  /** When it waits no longer. */
  deadline: number;
  /** What to say then. */
  lateText: string;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** The calls of one broker that wait for something, each with its deadline. None waits for ever. */
export class WaitingCalls {
  private readonly calls: WaitingCall[] = [];
  private readonly timer: Timer;
  private readonly clock: Clock;
  /** When the timer will fire. */
  private wakeAt = Infinity;

  /** `onLate` is called after a call was rejected because its deadline has passed. */
  constructor(
    clock: Clock,
    timers: Timers,
    private readonly onLate: (call: WaitingCall) => void,
  ) {
    this.clock = clock;
    this.timer = timers.create(() => this.wake());
  }

  /** Waits at most `milliseconds`; then rejects with an Error of `lateText`. */
  add(
    awaited: Awaited,
    milliseconds: number,
    lateText: string,
    of: { key?: number; filter?: Uint8Array; send?: () => number } = {},
  ): Promise<void> {
    const now = this.clock.now();
    const { key = 0, filter, send } = of;
    return new Promise((resolve, reject) => {
      this.calls.push({ awaited, key, filter, send, deadline: now + milliseconds, lateText, resolve, reject });
      this.arm(now);
    });
  }

  count(awaited: Awaited): number {
    return this.calls.filter((call) => call.awaited === awaited).length;
  }

  /** Resolves those that wait for this; returns whether there was one. */
  resolve(awaited: Awaited): boolean {
    return this.end((call) => call.awaited === awaited, undefined);
  }

  /** Rejects those that wait for this. */
  reject(awaited: Awaited, error: Error): void {
    this.end((call) => call.awaited === awaited, error);
  }

  /** Rejects those that need a connection. */
  rejectAnswers(error: Error): void {
    this.end((call) => call.awaited >= Awaited.acknowledgement, error);
  }

  /** The PUBACK for `packetId` came. Allocates nothing when nobody waits for it. */
  acknowledged(packetId: number): void {
    for (let i = 0; i < this.calls.length; i++) {
      const call = this.calls[i]!;
      if (call.awaited !== Awaited.acknowledgement || call.key !== packetId) continue;
      this.remove(i);
      return call.resolve();
    }
  }

  /** The broker answered for `filter`; `error` when it refused. */
  answered(awaited: Awaited, filter: Uint8Array, error: Error | undefined): void {
    this.end((call) => call.awaited === awaited && isSame(call.filter!, filter), error);
  }

  /** There is room: tries again, in order, until there is none. Allocates nothing when nobody waits. */
  room(): void {
    for (let i = 0; i < this.calls.length;) {
      const call = this.calls[i]!;
      if (call.awaited !== Awaited.room) {
        i++;
        continue;
      }
      const result = call.send!();
      if (result === Refusal.full || result === Refusal.streaming) return;
      if (result > 0) {
        call.awaited = Awaited.acknowledgement;
        call.key = result;
        i++;
        continue;
      }
      this.remove(i);
      if (result < 0) call.reject(new Error(refusalText(result)));
      else call.resolve();
    }
  }

  private remove(index: number): void {
    this.calls.splice(index, 1);
    if (this.calls.length > 0) return;
    this.wakeAt = Infinity;
    this.timer.stop();
  }

  private end(which: (call: WaitingCall) => boolean, error: Error | undefined): boolean {
    const ended = this.calls.filter(which);
    for (const call of ended) {
      this.remove(this.calls.indexOf(call));
      if (error) call.reject(error);
      else call.resolve();
    }
    return ended.length > 0;
  }

  private wake(): void {
    this.wakeAt = Infinity;
    const now = this.clock.now();
    for (const call of this.calls.filter(({ deadline }) => deadline <= now)) {
      this.remove(this.calls.indexOf(call));
      call.reject(new Error(call.lateText));
      this.onLate(call);
    }
    this.arm(now);
  }

  /** A timer that fires too early does no harm; so it is only ever set to an earlier time. */
  private arm(now: number): void {
    let next = Infinity;
    for (const { deadline } of this.calls) if (deadline < next) next = deadline;
    if (next >= this.wakeAt) return;
    this.wakeAt = next;
    this.timer.start(next > now ? next - now : 0);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
