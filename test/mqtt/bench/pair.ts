import { Session } from '../../../src/mqtt/session.js';
import type { SessionOptions } from '../../../src/mqtt/options.js';
import type { SessionHandler } from '../../../src/mqtt/session.js';
import { BrokerModel } from './broker.js';
import { join, utf8 } from './bytes.js';
import { Lane } from './link.js';
import type { LinkOptions } from './link.js';
import { Recorder } from './recorder.js';

export interface PairOptions extends LinkOptions {
  session?: Partial<SessionOptions>;
  react?: Partial<SessionHandler>;
  /** Milliseconds after the end of a connection until the next one opens. Default: there is no next one. */
  reconnectAfter?: number;
}

/** Our session and a broker model at the two ends of a simulated link. Time passes only in `run`. */
export class Pair {
  readonly session: Session;
  readonly broker = new BrokerModel();
  readonly heard: Recorder;
  /** Milliseconds. */
  now = 0;

  private readonly up: Lane;
  private readonly down: Lane;
  private waiting = new Uint8Array(0);
  private open = false;
  private writable = true;
  private writableAt = Infinity;
  private reconnectAt = Infinity;

  constructor(private readonly options: PairOptions = {}) {
    const { react = {} } = options;
    this.up = new Lane(options);
    this.down = new Lane({ ...options, seed: (options.seed ?? 1) + 1 });
    this.heard = new Recorder({
      ...react,
      onClosed: (reason) => {
        this.closeTransport();
        react.onClosed?.(reason);
      },
    });
    this.session = new Session({ clientId: 'pair', ...options.session }, this.heard);
  }

  /** Opens the link and runs until CONNACK was heard. */
  connect(): void {
    this.openTransport();
    this.runUntil(() => this.session.connected);
  }

  /** The link breaks: bytes under way are lost, and both ends learn it. */
  cut(): void {
    if (this.open) this.session.lost();
  }

  publish(topic: string, payload: string, qos: number): number {
    const result = this.session.publish(utf8(topic), utf8(payload), qos, false);
    this.pump();
    return result;
  }

  subscribe(filter: string, qos: number): number {
    const result = this.session.subscribe(utf8(filter), qos);
    this.pump();
    return result;
  }

  unsubscribe(filter: string): number {
    const result = this.session.unsubscribe(utf8(filter));
    this.pump();
    return result;
  }

  deliver(topic: string, payload: string, qos: 0 | 1): boolean {
    return this.broker.deliver(topic, payload, qos);
  }

  /** Lets time pass. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    this.pump();
    while (this.nextTime <= end) this.step();
    this.now = end;
  }

  /** Lets time pass until `condition` holds; throws when an hour was not enough. */
  runUntil(condition: () => boolean): void {
    const end = this.now + 3600000;
    this.pump();
    while (!condition()) {
      if (!(this.nextTime <= end)) {
        throw new Error('nothing happens any more: ' + this.heard.calls.slice(-5).join('; '));
      }
      this.step();
    }
  }

  private get nextTime(): number {
    return Math.min(this.up.arrival, this.down.arrival, this.writableAt, this.reconnectAt, this.session.deadline);
  }

  private step(): void {
    this.now = Math.max(this.now, this.nextTime);
    if (this.reconnectAt <= this.now) {
      this.openTransport();
    } else if (this.writableAt <= this.now) {
      this.writableAt = Infinity;
      this.writable = true;
    } else if (this.up.arrival <= this.now) {
      this.broker.receive(this.up.take());
    } else if (this.down.arrival <= this.now) {
      this.receive(this.down.take());
    } else {
      this.session.tick(this.now);
    }
    this.pump();
  }

  private openTransport(): void {
    this.reconnectAt = Infinity;
    this.open = true;
    this.writable = true;
    this.broker.attach((bytes) => this.down.send(bytes, this.now));
    this.session.open(this.now);
  }

  private closeTransport(): void {
    // A DISCONNECT that was written still arrives; after a loss nothing does.
    while (this.heard.closed.at(-1) === 1 && this.up.arrival < Infinity) this.broker.receive(this.up.take());
    this.open = false;
    this.up.clear();
    this.down.clear();
    this.waiting = new Uint8Array(0);
    this.writableAt = Infinity;
    this.broker.detach();
    if (this.options.reconnectAfter !== undefined) this.reconnectAt = this.now + this.options.reconnectAfter;
  }

  private receive(bytes: Uint8Array): void {
    this.waiting = join(this.waiting, bytes) as Uint8Array<ArrayBuffer>;
    this.offerWaiting();
  }

  private offerWaiting(): void {
    if (!this.open || this.waiting.length === 0) return;
    const consumed = this.session.receive(this.waiting, 0, this.waiting.length, this.now);
    if (this.open) this.waiting = this.waiting.slice(consumed);
  }

  private pump(): void {
    const { session } = this;
    while (this.open && this.writable && session.next(this.now)) {
      const { output, outputFrom, outputTo } = session;
      const count = this.up.taken(outputTo - outputFrom);
      this.up.send(output.slice(outputFrom, outputFrom + count), this.now);
      if (count < outputTo - outputFrom) {
        this.writable = false;
        this.writableAt = this.now + 1;
      }
      session.sent(count, this.now);
      this.offerWaiting();
    }
  }
}
