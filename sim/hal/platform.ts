import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { SharedNetwork } from '../../src/connection/shared-network.js';
import type { Clock, Entropy, Network, NetworkPlatform, Timer, Timers } from '../../src/hal/index.js';
import { NodeResolver } from './resolver.js';
import { NodeTransport } from './transport.js';

/** What one connection needs, made of Node's parts. */
export function nodePlatform(): NetworkPlatform {
  return {
    clock: new NodeClock(),
    timers: new NodeTimers(),
    entropy: new NodeEntropy(),
    network: new SimulatedNetwork(),
    resolver: new NodeResolver(),
    transport: new NodeTransport(),
  };
}

/** The same, and what makes the parts for further brokers on the same network. */
export function nodePlatforms(): NetworkPlatform & { makePlatform(): NetworkPlatform } {
  const platform = nodePlatform();
  const network = new SharedNetwork(platform.network);
  const makePlatform = (): NetworkPlatform => ({
    ...platform,
    network: network.branch(),
    resolver: new NodeResolver(),
    transport: new NodeTransport(),
  });
  return { ...makePlatform(), makePlatform };
}

/** The computer's clocks, in whole milliseconds. `now` counts from the start of the process. */
export class NodeClock implements Clock {
  now(): number {
    return Math.floor(performance.now());
  }

  unixTime(): number {
    return Date.now();
  }
}

/** The longest delay that setTimeout takes; it would turn a longer one into 1 ms. */
const LONGEST_DELAY = 0x7fff_ffff;

/** Timers over setTimeout. A running timer keeps the process alive. */
export class NodeTimers implements Timers {
  create(callback: () => void): Timer {
    return new NodeTimer(callback);
  }
}

/** A timer that runs: calls back once after `milliseconds`, however many, unless `stop` is called first. */
export function startTimer(milliseconds: number, callback: () => void): Timer {
  const timer = new NodeTimer(callback);
  timer.start(milliseconds);
  return timer;
}

class NodeTimer implements Timer {
  private timeout: NodeJS.Timeout | undefined;
  private remaining = 0;

  constructor(private readonly callback: () => void) {}

  start(milliseconds: number): void {
    this.remaining = Math.max(0, milliseconds);
    this.arm();
  }

  stop(): void {
    clearTimeout(this.timeout);
    this.timeout = undefined;
  }

  private arm(): void {
    clearTimeout(this.timeout);
    const delay = Math.min(this.remaining, LONGEST_DELAY);
    this.remaining -= delay;
    this.timeout = setTimeout(this.onTimeout, delay);
  }

  private readonly onTimeout = (): void => {
    this.timeout = undefined;
    if (this.remaining > 0) this.arm();
    else this.callback();
  };
}

/** Random numbers from the operating system's source. */
export class NodeEntropy implements Entropy {
  uint32(): number {
    return randomInt(0x1_0000_0000);
  }
}

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
