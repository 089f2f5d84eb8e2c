import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { SharedTimers } from '../../../sim/fleet/shared-timers.js';

describe('SharedTimers', () => {
  const timers = new SharedTimers();
  afterEach(() => timers.lag.clear());

  it('fire in order, once, not early; a running one starts anew and a stopped one does not fire', async () => {
    const fired: string[] = [];
    await new Promise<void>((resolve) => {
      const begin = performance.now();
      const note = (name: string, least: number) => (): void => {
        expect(performance.now() - begin).toBeGreaterThanOrEqual(least);
        fired.push(name);
        if (name === 'last') resolve();
      };
      timers.create(note('last', 60)).start(60);
      const stopped = timers.create(note('stopped', 0));
      stopped.start(5);
      stopped.stop();
      timers.create(note('b', 20)).start(20);
      timers.create(note('a', 10)).start(10);
      const again = timers.create(note('again', 40));
      again.start(1);
      again.start(40);
    });
    expect(fired).toEqual(['a', 'b', 'again', 'last']);
    expect(timers.lag.count).toBe(4);
  });

  it('let sockets have their turn, also beside one that is always due', async () => {
    let turns = 0;
    let other = false;
    await new Promise<void>((resolve) => {
      const busy = timers.create(() => {
        if (++turns === 1) setImmediate(() => (other = true));
        if (other) resolve();
        else busy.start(0);
      });
      busy.start(0);
    });
    expect(turns).toBeGreaterThan(1);
  });

  it('tell how late they were', async () => {
    const done = new Promise<void>((resolve) => timers.create(resolve).start(1));
    const until = performance.now() + 40;
    while (performance.now() < until);
    await done;
    expect(timers.lag.max).toBeGreaterThan(30);
  });

  it('fire no more after close', async () => {
    const ended = new SharedTimers();
    let fired = false;
    ended.create(() => (fired = true)).start(1);
    ended.close();
    await sleep(10);
    expect(fired).toBe(false);
  });
});
