import type { Network, Resolver, ResolverHandler, Timer, Timers } from '../../../src/hal/index.js';

const ADDRESS = '127.0.0.1';
const NO_SUCH_NAME = 'no such name';
const MILLISECONDS = 20;

/** Wi-Fi that goes up and down by `set`. */
export class VirtualNetwork implements Network {
  up = true;
  private listener: ((up: boolean) => void) | undefined;

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  set(up: boolean): void {
    if (up === this.up) return;
    this.up = up;
    this.listener?.(up);
  }
}

/** Answers every host with one address, or with none. */
export class VirtualResolver implements Resolver {
  knows = true;
  private readonly timer: Timer;
  private handler: ResolverHandler | undefined;

  constructor(timers: Timers) {
    this.timer = timers.create(() => this.reply());
  }

  resolve(_host: string, handler: ResolverHandler): void {
    this.handler = handler;
    this.timer.start(MILLISECONDS);
  }

  cancel(): void {
    this.timer.stop();
  }

  private reply(): void {
    if (this.knows) this.handler?.onResolved(ADDRESS);
    else this.handler?.onUnresolved(NO_SUCH_NAME);
  }
}
