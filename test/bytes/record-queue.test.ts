import fc from 'fast-check';
import { RecordQueue } from '../../src/bytes/record-queue.js';
import { describe, expect, it } from 'vitest';

function record(queue: RecordQueue, index: number): number[] {
  return [...queue.bytes.slice(queue.from(index), queue.to(index))];
}

function append(queue: RecordQueue, content: readonly number[]): void {
  queue.bytes.set(content, queue.append(content.length));
}

describe('RecordQueue', () => {
  it('gives records back in order, whole, until it is full to the last byte', () => {
    const queue = new RecordQueue(20);
    append(queue, [1, 2, 3]);
    append(queue, []);
    expect([queue.count, queue.used, queue.fits(5), queue.fits(6)]).toEqual([2, 11, true, false]);
    append(queue, [4, 5, 6, 7, 8]);
    expect([record(queue, 2), record(queue, 0), record(queue, 1)]).toEqual([[4, 5, 6, 7, 8], [1, 2, 3], []]);
    queue.shift();
    // Nothing is lost to where the records lie: the seven bytes of the first are free for one that ends behind.
    append(queue, [9, 10, 11]);
    expect([queue.used, record(queue, 0), record(queue, 1), record(queue, 2)]).toEqual([
      20,
      [],
      [4, 5, 6, 7, 8],
      [9, 10, 11],
    ]);
  });

  it('takes records of any length that its capacity has', () => {
    const queue = new RecordQueue(70000);
    append(queue, [1]);
    expect(queue.fits(69991)).toBe(true);
    queue.append(69991);
    expect([queue.to(1) - queue.from(1), queue.to(1), queue.fits(0)]).toEqual([69991, 70000, false]);
  });

  it('is a list that loses its oldest or newest entry, whatever is done in whatever order', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.array(fc.nat(255), { maxLength: 30 }) },
      { weight: 2, arbitrary: fc.constant('shift') },
      { weight: 1, arbitrary: fc.constantFrom('pop', 'clear') },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
        const queue = new RecordQueue(capacity);
        const list: number[][] = [];
        for (const one of steps) {
          if (one === 'clear') {
            queue.clear();
            list.length = 0;
          } else if (typeof one === 'string') {
            if (list.length === 0) continue;
            queue[one as 'shift' | 'pop']();
            list[one as 'shift' | 'pop']();
          } else {
            const used = list.reduce((sum, { length }) => sum + 4 + length, 0);
            expect(queue.fits(one.length)).toBe(used + 4 + one.length <= capacity);
            if (!queue.fits(one.length)) continue;
            append(queue, one);
            list.push(one);
          }
          expect(Array.from({ length: queue.count }, (_, i) => record(queue, i))).toEqual(list);
          for (let i = list.length - 1; i >= 0; i -= 2) expect(record(queue, i)).toEqual(list[i]);
        }
      }),
    );
  });
});
