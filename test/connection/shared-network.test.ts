import { describe, expect, it } from 'vitest';
import { SharedNetwork } from '../../src/connection/index.js';
import type { Network } from '../../src/hal/index.js';

/** A network that is set by hand, and counts how often it is watched. */
class HandNetwork implements Network {
  up = true;
  watches = 0;
  listener: ((up: boolean) => void) | undefined;

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.watches++;
    this.listener = listener;
  }

  set(up: boolean): void {
    this.up = up;
    this.listener?.(up);
  }
}

describe('a shared network', () => {
  it('tells every branch that watches, in the order in which they were made', () => {
    const network = new HandNetwork();
    const shared = new SharedNetwork(network);
    const [first, second, third] = [shared.branch(), shared.branch(), shared.branch()];
    const told: string[] = [];
    second.watch((up) => told.push(`second ${up}`));
    first.watch((up) => told.push(`first ${up}`));
    network.set(false);
    expect(told).toEqual(['first false', 'second false']);
    expect([first.up, second.up, third.up]).toEqual([false, false, false]);
    network.set(true);
    expect(told.slice(2)).toEqual(['first true', 'second true']);
  });

  it('watches the network below while a branch is watched, and no longer', () => {
    const network = new HandNetwork();
    const shared = new SharedNetwork(network);
    const [first, second] = [shared.branch(), shared.branch()];
    expect(network.watches).toBe(0);
    first.watch(() => {});
    second.watch(() => {});
    first.watch(() => {});
    expect(network.watches).toBe(1);
    first.watch(undefined);
    expect(network.listener).toBeDefined();
    second.watch(undefined);
    expect(network.listener).toBeUndefined();
    second.watch(undefined);
    expect(network.watches).toBe(2);
  });

  it('lets a branch stop, and another begin, while it is told', () => {
    const network = new HandNetwork();
    const shared = new SharedNetwork(network);
    const [first, second] = [shared.branch(), shared.branch()];
    const told: string[] = [];
    first.watch(() => {
      told.push('first');
      second.watch(undefined);
      shared.branch().watch(() => told.push('third'));
    });
    second.watch(() => told.push('second'));
    network.set(false);
    expect(told).toEqual(['first']);
    first.watch(undefined);
    network.set(true);
    expect(told).toEqual(['first', 'third']);
  });
});
