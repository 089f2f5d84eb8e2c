import type { Network } from '../../src/hal/index.js';

/** A simulated interface: up from the start, until `set` says otherwise. It does not touch open connections. */
export class SimulatedNetwork implements Network {
  private isUp = true;
  private listener: ((up: boolean) => void) | undefined;

  get up(): boolean {
    return this.isUp;
  }

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  /** Brings the interface up or down. The listener hears each change, in order, from the event loop. */
  set(up: boolean): void {
    if (up === this.isUp) return;
    this.isUp = up;
    const listener = this.listener;
    if (listener === undefined) return;
    setImmediate(() => {
      if (this.listener === listener) listener(up);
    });
  }
}
