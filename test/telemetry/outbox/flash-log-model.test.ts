import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../../sim/world/random.js';
import { FlashLog, FullRule, RecordRank } from '../../../src/telemetry/outbox/flash-log.js';

const CHANNELS = 3;
const MAX_HELD = 4;
const OPTIONS = { maxHeld: MAX_HELD, rule: FullRule.newest };

interface Item {
  channel: number;
  rank: number;
  bytes: number[];
}

/** What a log is, without flash: a list of all that was stored, a set of what is done, and what is held. */
class Model {
  readonly list: Item[] = [];
  readonly done = new Set<Item>();
  readonly held = new Map<number, Item>();

  waiting(channel: number): Item[] {
    const held = new Set(this.held.values());
    return this.list.filter((item) => item.channel === channel && !this.done.has(item) && !held.has(item));
  }

  mark(handle: number): void {
    this.done.add(this.held.get(handle)!);
    this.held.delete(handle);
  }

  release(handle: number): void {
    this.held.delete(handle);
  }

  restart(): void {
    this.held.clear();
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.constantFrom('append' as const, 'append' as const, 'appendHeld' as const),
      channel: fc.nat(CHANNELS - 1),
      rank: fc.constantFrom(RecordRank.reading, RecordRank.health),
      bytes: fc.array(fc.nat(255), { maxLength: 90 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ name: fc.constant('take' as const), channel: fc.nat(CHANNELS - 1) }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constant('mark' as const), which: fc.nat(MAX_HELD) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('release' as const), which: fc.nat(MAX_HELD) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('restart' as const) }) },
);

it('a log on flash is a list and a set, however often it is started', () => {
  const run = (seed: number, unit: number, steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): void => {
    const random = new SeededRandom(seed);
    const flash = new NorFlash({ blocks: 6, blockLength: 512, unit, random: () => random.unit() });
    const model = new Model();
    const into = new Uint8Array(512);
    let log = new FlashLog(flash, OPTIONS);
    for (const one of steps) {
      switch (one.name) {
        case 'append':
        case 'appendHeld': {
          const { channel, rank, bytes } = one;
          const from = Uint8Array.from([9, ...bytes, 9]);
          const result = log[one.name](channel, rank, 0, from, 1, bytes.length + 1);
          if (result < 0) break;
          const item = { channel, rank, bytes };
          model.list.push(item);
          if (one.name === 'appendHeld') model.held.set(result, item);
          break;
        }
        case 'take': {
          const [item] = model.waiting(one.channel);
          expect(log.next(one.channel)).toBe(item !== undefined);
          if (!item) break;
          expect([log.recordLength, log.recordRank]).toEqual([item.bytes.length, item.rank]);
          expect(log.read(into, 3)).toBe(true);
          expect([...into.subarray(3, 3 + log.recordLength)]).toEqual(item.bytes);
          const handle = log.hold();
          expect(handle >= 0).toBe(model.held.size < MAX_HELD);
          if (handle >= 0) model.held.set(handle, item);
          break;
        }
        case 'mark':
        case 'release': {
          const handle = [...model.held.keys()][one.which];
          if (handle === undefined) break;
          log[one.name](handle);
          model[one.name](handle);
          break;
        }
        case 'restart':
          log = new FlashLog(flash, OPTIONS);
          model.restart();
          break;
      }
      for (let channel = 0; channel < CHANNELS; channel++) {
        expect(log.waiting(channel)).toBe(model.waiting(channel).length);
      }
    }
  };
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 4, 16, 32), fc.array(step, { maxLength: 150, size: 'max' }), run),
    {
      numRuns: 300,
    },
  );
});
