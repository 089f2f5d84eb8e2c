import { describe, expect, it } from 'vitest';
import { mergeResults } from './results.js';
import type { Results } from './results.js';
import { BenchRun, Interrupted, spread, timesBetter, verdicts } from './rows.js';
import type { Row, Sample } from './rows.js';
import { tableOf } from './table.js';

const flat = (value: number) => ({ median: value, low: value, high: value });
const quiet = (): void => undefined;
const NAME = { part: 'publish', name: 'QoS 0 to the sink', unit: 'messages' } as const;

describe('spread', () => {
  it('is the middle of the values, or halfway between the two in the middle', () => {
    expect(spread([9, 1, 5])).toEqual({ median: 5, low: 1, high: 9 });
    expect(spread([1, 3])).toEqual({ median: 2, low: 1, high: 3 });
  });
});

describe('timesBetter', () => {
  it('is above 1 where more is better and there is more, and where less is better and there is less', () => {
    const ours = { name: 'a', figures: { perSecond: flat(300), cpuMicroseconds: flat(2) } };
    const theirs = { name: 'b', figures: { perSecond: flat(100), cpuMicroseconds: flat(8) } };
    expect(timesBetter(ours, theirs, 'perSecond')).toBe(3);
    expect(timesBetter(ours, theirs, 'cpuMicroseconds')).toBe(4);
    expect(timesBetter(ours, theirs, 'milliseconds')).toBeUndefined();
  });
});

describe('a budget', () => {
  const row = (rate: number): Row => ({
    ...NAME,
    rounds: 1,
    sides: [
      { name: 'Tagwire', figures: { perSecond: flat(rate) } },
      { name: 'MQTT.js', figures: { perSecond: flat(100) } },
    ],
  });

  it('is met or not, and is not judged without its peer', () => {
    expect(verdicts(row(1000))).toMatchObject([{ value: 10, met: true }]);
    expect(verdicts(row(999))).toMatchObject([{ met: false }]);
    expect(verdicts({ ...row(1), sides: [row(1).sides[0]!] })).toEqual([]);
  });
});

/** Measures a row whose sides are these samples, one for each round. */
async function rowOf(sides: Record<string, Sample[]>, limits: readonly string[] = []): Promise<Row> {
  const runners = Object.entries(sides).map(([name, samples]) => {
    const left = [...samples];
    return { name, ...(limits.includes(name) && { isLimit: true }), run: () => left.shift()! };
  });
  const rounds = Object.values(sides)[0]!.length;
  return (await new BenchRun(false, quiet).measure(NAME, rounds, runners))!;
}

describe('BenchRun', () => {
  it('takes the median of the rounds of each side', async () => {
    const row = await rowOf({ a: [{ perSecond: 1 }, { perSecond: 9 }, { perSecond: 4 }], b: [{}, {}, {}] });
    expect(row.rounds).toBe(3);
    expect(row.sides[0]!.figures.perSecond).toEqual({ median: 4, low: 1, high: 9 });
  });

  it('begins each round with another side', async () => {
    const order: string[] = [];
    const runners = ['a', 'b', 'c'].map((name) => ({ name, run: (): Sample => (order.push(name), { perSecond: 1 }) }));
    await new BenchRun(false, quiet).measure(NAME, 3, runners);
    expect(order.join('')).toBe('bcacababc');
  });

  it('labels a row that the broker limits, by its processor or by its own limit', async () => {
    expect((await rowOf({ a: [{ perSecond: 1, brokerBusy: 0.95 }] })).isBrokerBound).toBe(true);
    expect((await rowOf({ a: [{ perSecond: 1, brokerBusy: 0.5 }] })).isBrokerBound).toBeUndefined();
    const limit = { limit: [{ perSecond: 100 }] };
    expect((await rowOf({ a: [{ perSecond: 90 }], ...limit }, ['limit'])).isBrokerBound).toBe(true);
    expect((await rowOf({ a: [{ perSecond: 40 }], ...limit }, ['limit'])).isBrokerBound).toBeUndefined();
  });

  it('keeps the rounds that were whole when it is interrupted', async () => {
    const bench = new BenchRun(false, quiet);
    let runs = 0;
    const run = (): Sample => {
      if (++runs === 4) bench.interrupt();
      return { perSecond: runs };
    };
    const runners = [
      { name: 'a', run },
      { name: 'b', run },
    ];
    await expect(bench.measure(NAME, 5, runners)).rejects.toThrow(Interrupted);
    expect(bench.rows).toMatchObject([{ rounds: 1 }]);
    await expect(bench.measure(NAME, 5, runners)).rejects.toThrow(Interrupted);
    expect(bench.rows).toHaveLength(1);
  });

  it('ends what it waits for when it is interrupted', async () => {
    const bench = new BenchRun(false, quiet);
    let fail: (error: Error) => void;
    const work = new Promise<void>((_, reject) => (fail = reject));
    const guarded = bench.guard(work, () => fail(new Error('killed')));
    bench.interrupt();
    await expect(guarded).rejects.toThrow(Interrupted);
  });
});

describe('results', () => {
  const results = (node: string, part: 'publish' | 'log', quick = false): Results => ({
    machine: { cpu: 'c', processors: 2, memoryGib: 4, system: 'Linux 6', node, mqttjs: '5' },
    ...{ date: '2026-11-30', load: 0, quick },
    parts: { [part]: { date: '2026-11-30', rows: [] } },
  });

  it('of one machine are joined by parts', () => {
    expect(Object.keys(mergeResults(results('20', 'log'), results('20', 'publish')).parts)).toEqual(['log', 'publish']);
  });

  it('of different machines, or of a quick run and a whole one, are not', () => {
    const fresh = results('22', 'publish');
    expect(() => mergeResults(results('20', 'log'), fresh)).toThrow(/measured with node 20, this run with 22/);
    expect(() => mergeResults(results('22', 'log', true), fresh)).toThrow(/quick run/);
  });

  it('say so when there are none', () => {
    expect(tableOf({ ...results('20', 'log'), parts: {} })).toBe('nothing was measured');
  });
});
