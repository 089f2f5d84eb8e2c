import { ModdableTimers } from '../../../boards/moddable/platform.js';
import { SdkTimerImitation } from './support/sdk-timer.js';
import { describe, expect, it } from 'vitest';

function bench() {
  const sdk = new SdkTimerImitation();
  const calls: number[] = [];
  const timer = new ModdableTimers(sdk).create(() => calls.push(sdk.time.now()));
  return { sdk, calls, timer, time: sdk.time };
}

describe('ModdableTimers', () => {
  it('makes a stopped timer', () => {
    const { time, calls } = bench();
    time.run(3000000000);
    expect(calls).toEqual([]);
  });

  it('calls back once, as often as it is started, with one timer of the SDK', () => {
    const { sdk, time, timer, calls } = bench();
    for (const delay of [100, 100, 0, 2.5]) {
      timer.start(delay);
      time.run(1000);
    }
    expect(calls).toEqual([100, 1100, 2001, 3002.5]);
    expect(sdk.made).toBe(1);
  });

  it('starts anew when it runs, and stops', () => {
    const { time, timer, calls } = bench();
    timer.start(100);
    time.run(50);
    timer.start(100);
    time.run(99);
    expect(calls).toEqual([]);
    timer.stop();
    timer.stop();
    time.run(1000);
    expect(calls).toEqual([]);
  });

  it('may be started by its own callback', () => {
    const sdk = new SdkTimerImitation();
    const calls: number[] = [];
    const timer = new ModdableTimers(sdk).create(() => {
      calls.push(sdk.time.now());
      if (calls.length < 3) timer.start(10);
    });
    timer.start(0);
    sdk.time.run(1000);
    expect(calls).toEqual([1, 11, 21]);
  });

  it('takes times that are longer than those of the SDK', () => {
    const { time, timer, calls } = bench();
    timer.start(3000000000);
    time.run(0x7fffffff);
    expect(calls).toEqual([0x7fffffff]);
  });
});
