import type { BrokerFaults } from './options.js';
import { PacketWriter } from './packets.js';

/** One accepted connection, as the broker sees it. */
export interface BrokerLink {
  /** `bytes` is the link's own from now on. */
  send(bytes: Uint8Array): void;
  /** Ends it after what was sent (false), or at once (true). `ended` of the connection need not be called. */
  close(abort: boolean): void;
}

/** Gathers the packets for a link, and lets them out at once or in a trickle. */
export class Output {
  readonly writer = new PacketWriter();
  /** When the next piece of a trickle leaves, ms; Infinity: none waits. */
  deadline = Infinity;

  private waiting = new Uint8Array(0);
  private closing = false;

  constructor(
    private readonly link: BrokerLink,
    private readonly faults: BrokerFaults,
  ) {}

  /** Sends what was written since the last call. */
  flush(now: number): void {
    const { writer, faults } = this;
    if (writer.length === 0) return;
    if (this.waiting.length === 0 && faults.trickleBytes === Infinity) {
      this.link.send(writer.take());
      return;
    }
    const added = writer.take();
    const whole = new Uint8Array(this.waiting.length + added.length);
    whole.set(this.waiting);
    whole.set(added, this.waiting.length);
    this.waiting = whole;
    if (this.deadline === Infinity) this.tick(now, true);
  }

  /** Sends the next piece when it is due, and all when the trickle has ended. */
  tick(now: number, due = now >= this.deadline || this.faults.trickleBytes === Infinity): void {
    if (!due || this.waiting.length === 0) return;
    const { trickleBytes, trickleInterval } = this.faults;
    const size = Math.min(Math.max(1, trickleBytes), this.waiting.length);
    this.link.send(this.waiting.slice(0, size));
    this.waiting = this.waiting.slice(size);
    this.deadline = this.waiting.length === 0 ? Infinity : now + Math.max(1, trickleInterval);
    if (this.closing && this.waiting.length === 0) this.link.close(false);
  }

  /** Ends the link: in order, also behind a trickle, or at once. True when output still waits. */
  close(now: number, abort: boolean): boolean {
    this.flush(now);
    if (!abort && this.waiting.length > 0) {
      this.closing = true;
      return true;
    }
    this.stop();
    this.link.close(abort);
    return false;
  }

  /** Forgets what waits: the link is gone. */
  stop(): void {
    this.writer.length = 0;
    this.waiting = new Uint8Array(0);
    this.deadline = Infinity;
  }
}
