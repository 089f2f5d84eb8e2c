import { afterEach, describe, expect, it, vi } from 'vitest';
import { NodeClock, NodeEntropy, NodeTimers, SimulatedNetwork, startTimer } from '../../../sim/hal/index.js';
import { settle } from '../../support/settle.js';

describe('NodeClock', () => {
  it('counts whole milliseconds that never go back, and knows the time of day', () => {
    const clock = new NodeClock();
    let last = clock.now();
    expect(Number.isInteger(last)).toBe(true);
    for (let reading = 0; reading < 1000; reading++) {
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    const before = Date.now();
    const unixTime = clock.unixTime();
    expect(unixTime).toBeGreaterThanOrEqual(before);
    expect(unixTime).toBeLessThanOrEqual(Date.now());
  });

  it('does not jump when the time of day is set', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const clock = new NodeClock();
    const before = clock.now();
    vi.setSystemTime(4_000_000_000_000);
    expect(clock.unixTime()).toBe(4_000_000_000_000);
    expect(clock.now() - before).toBeLessThan(1_000_000_000);
    vi.useRealTimers();
  });
});

describe('NodeEntropy', () => {
  it('gives unsigned 32-bit numbers that differ, with every bit in use', () => {
    const entropy = new NodeEntropy();
    const seen = new Set<number>();
    let ones = 0;
    let zeros = 0;
    for (let draw = 0; draw < 200; draw++) {
      const value = entropy.uint32();
      expect(value).toBe(value >>> 0);
      seen.add(value);
      ones |= value;
      zeros |= ~value;
    }
    expect(seen.size).toBeGreaterThan(190);
    expect([ones >>> 0, zeros >>> 0]).toEqual([0xffff_ffff, 0xffff_ffff]);
  });
});

describe('NodeTimers', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('calls back once, at its time, and never inside start', () => {
    vi.useFakeTimers();
    let calls = 0;
    const timer = new NodeTimers().create(() => calls++);
    vi.advanceTimersByTime(1000);
    timer.start(100);
    vi.advanceTimersByTime(99);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(calls).toBe(1);
    timer.start(0);
    expect(calls).toBe(1);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(2);
  });

  it('starts anew while it runs, and stops', () => {
    vi.useFakeTimers();
    let calls = 0;
    const timer = new NodeTimers().create(() => calls++);
    timer.start(100);
    vi.advanceTimersByTime(90);
    timer.start(100);
    vi.advanceTimersByTime(90);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(10);
    expect(calls).toBe(1);
    timer.start(100);
    timer.stop();
    timer.stop();
    vi.advanceTimersByTime(1000);
    expect(calls).toBe(1);
  });

  it('waits longer than setTimeout can', () => {
    vi.useFakeTimers();
    const month = 30 * 86_400_000;
    let calls = 0;
    const timer = new NodeTimers().create(() => calls++);
    timer.start(month);
    vi.advanceTimersByTime(month - 1);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
  });

  it('starts one at once, and waits a month for it too', () => {
    vi.useFakeTimers();
    const month = 2_592_000_000;
    let calls = 0;
    startTimer(month, () => calls++);
    const stopped = startTimer(month, () => calls++);
    vi.advanceTimersByTime(month - 1);
    expect(calls).toBe(0);
    stopped.stop();
    vi.advanceTimersByTime(month);
    expect(calls).toBe(1);
  });

  it('may start itself from its callback', () => {
    vi.useFakeTimers();
    let calls = 0;
    const timer = new NodeTimers().create(() => {
      if (++calls < 3) timer.start(10);
    });
    timer.start(10);
    vi.advanceTimersByTime(100);
    expect(calls).toBe(3);
  });
});

describe('SimulatedNetwork', () => {
  it('is up from the start, and tells each change once, in order, from the event loop', async () => {
    const network = new SimulatedNetwork();
    expect(network.up).toBe(true);
    const heard: boolean[] = [];
    network.watch((up) => heard.push(up));
    network.set(true);
    network.set(false);
    expect(network.up).toBe(false);
    network.set(false);
    network.set(true);
    expect(heard).toEqual([]);
    await settle();
    expect(heard).toEqual([false, true]);
  });

  it('tells only the last listener, and none after undefined', async () => {
    const network = new SimulatedNetwork();
    const heard: string[] = [];
    network.watch(() => heard.push('first'));
    network.watch(() => heard.push('second'));
    network.set(false);
    await settle();
    network.set(true);
    network.watch(undefined);
    await settle();
    network.set(false);
    await settle();
    expect(heard).toEqual(['second']);
  });
});
