import { Event } from '../../boards/xsnap/channel.js';
import type { Timer, Timers } from '../../src/hal/index.js';
import type { EventSource, EventWriter } from './event-writer.js';

/** The firmware's timers, by its numbers. One that is stopped or started anew is not told, even if it was due. */
export class HostTimers implements EventSource {
  private readonly running = new Map<number, Timer>();
  private readonly due = new Set<number>();

  constructor(
    private readonly timers: Timers,
    private readonly wake: () => void,
  ) {}

  start(index: number, milliseconds: number): void {
    this.due.delete(index);
    let timer = this.running.get(index);
    if (timer === undefined) {
      timer = this.timers.create(() => {
        this.due.add(index);
        this.wake();
      });
      this.running.set(index, timer);
    }
    timer.start(milliseconds);
  }

  stop(index: number): void {
    this.due.delete(index);
    this.running.get(index)?.stop();
  }

  next(event: EventWriter): boolean {
    for (const index of this.due) {
      this.due.delete(index);
      event.begin(Event.timer, 0, 0, index);
      return true;
    }
    return false;
  }

  /** Stops all. */
  release(): void {
    for (const timer of this.running.values()) timer.stop();
    this.due.clear();
  }
}
