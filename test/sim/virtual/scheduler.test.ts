import { describe, expect, it } from 'vitest';
import { Scheduler, Task } from '../../../sim/virtual/scheduler.js';
import { SeededRandom } from '../../../sim/world/random.js';

describe('Scheduler', () => {
  it('lets things happen by time, then in the order in which they were planned', () => {
    const scheduler = new Scheduler();
    const happened: string[] = [];
    for (const [time, name] of [
      [5, 'c'],
      [1, 'a'],
      [5, 'd'],
      [2.5, 'b'],
    ] as const) {
      scheduler.at(time, () => happened.push(name + scheduler.now()));
    }
    scheduler.runUntil(4);
    expect(happened).toEqual(['a1', 'b2.5']);
    expect(scheduler.now()).toBe(4);
    scheduler.runUntil(5);
    expect(happened).toEqual(['a1', 'b2.5', 'c5', 'd5']);
  });

  it('agrees with a sorted list under any plans, moves and cancellations', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new SeededRandom(seed);
      const scheduler = new Scheduler();
      const happened: number[] = [];
      const tasks = Array.from({ length: 40 }, (_, i) => new Task(() => void happened.push(i)));
      let order = 0;
      const expected = new Map<number, { time: number; order: number }>();
      for (let step = 0; step < 300; step++) {
        const i = random.uint32() % tasks.length;
        if (random.unit() < 0.3) {
          scheduler.cancel(tasks[i]!);
          expected.delete(i);
        } else {
          const time = random.uint32() % 20;
          scheduler.plan(tasks[i]!, time);
          expected.set(i, { time, order: order++ });
        }
      }
      scheduler.runUntil(20);
      const sorted = [...expected].sort(([, a], [, b]) => a.time - b.time || a.order - b.order);
      expect(happened).toEqual(sorted.map(([i]) => i));
    }
  });

  it('lets a task plan itself anew, and takes a time that has passed for now', () => {
    const scheduler = new Scheduler();
    const times: number[] = [];
    const task: Task = new Task(() => {
      times.push(scheduler.now());
      if (times.length < 3) scheduler.plan(task, times.length === 1 ? 0 : 9);
    });
    scheduler.plan(task, 3);
    scheduler.runUntil(10);
    expect(times).toEqual([3, 3, 9]);
    expect(() => scheduler.plan(task, NaN)).toThrow(RangeError);
  });
});
