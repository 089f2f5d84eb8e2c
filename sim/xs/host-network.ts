import { Event } from '../../boards/xsnap/channel.js';
import type { Network } from '../../src/hal/index.js';
import type { EventSource, EventWriter } from './event-writer.js';

/** Tells the firmware when the network goes up or down. */
export class HostNetwork implements EventSource {
  /** Not told yet. */
  private change: boolean | undefined;

  constructor(
    private readonly network: Network,
    wake: () => void,
  ) {
    network.watch((up) => {
      // A change and its opposite that were both not told yet are no change.
      this.change = this.change === undefined ? up : undefined;
      wake();
    });
  }

  next(event: EventWriter): boolean {
    if (this.change === undefined) return false;
    event.begin(Event.network, this.change ? 1 : 0);
    this.change = undefined;
    return true;
  }

  release(): void {
    this.network.watch(undefined);
  }
}
