import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { measure } from '../measure-operations.js';
import { buildHost } from './build.js';
import type { Bits } from './build.js';
import { LARGE, Machine, MEMORY_FULL, STACK_OVERFLOW } from './machine.js';
import type { Heap } from './machine.js';
import { missingFor } from './missing.js';
import { requireXs } from './require.js';

const FIXED: Heap = { ...LARGE, chunkBytes: 100_000, chunkIncrement: 0, slots: 8000, slotIncrement: 0 };

describe.each([
  { bits: 32, slotSize: 16, chunkHeader: 8 },
  { bits: 64, slotSize: 32, chunkHeader: 16 },
] as const)('a machine of $bits bits', ({ bits, slotSize, chunkHeader }) => {
  requireXs(bits)('', () => {
    let machine: Machine | undefined;

    beforeAll(async () => {
      await buildHost(bits);
    }, 300_000);

    afterEach(() => machine?.stop());

    async function start(heap?: Heap): Promise<Machine> {
      machine = await Machine.start(bits as Bits, 'prices', heap);
      return machine;
    }

    it('has slots of the right size', async () => {
      expect((await (await start()).meter()).slotSize).toBe(slotSize);
    });

    it('sees that nothing is allocated', async () => {
      expect(await measure(await start(), 'nothing')).toMatchObject({ slots: 0, chunkBytes: 0 });
    });

    it('sees an object literal, though it is garbage at once', async () => {
      expect(await measure(await start(), 'objectLiteral')).toMatchObject({ slots: 3, chunkBytes: 0 });
    });

    it('sees a typed array', async () => {
      expect(await measure(await start(), 'typedArray')).toMatchObject({ slots: 7, chunkBytes: 64 + chunkHeader });
    });

    it('counts the same instructions each time', async () => {
      const first = await measure(await start(), 'objectLiteral');
      expect(await measure(machine!, 'objectLiteral')).toEqual(first);
    });

    it('tells a collection', async () => {
      const before = await (await start()).meter();
      await machine!.collect();
      expect((await machine!.meter()).collections).toBe(before.collections + 1);
    });

    it('collects by itself when the heap is small, which a measurement refuses', async () => {
      await start(FIXED);
      await expect(measure(machine!, 'typedArray')).rejects.toThrow('typedArray: garbage was collected');
    });

    it('refuses an operation that did not happen', async () => {
      await start();
      await expect(measure(machine!, 'seldom')).rejects.toThrow('seldom was to happen 100 times, and 50 times it did');
    });

    it('ends when a fixed heap is full', async () => {
      await start(FIXED);
      await expect(machine!.call('hoard', 10_000)).rejects.toMatchObject({
        code: MEMORY_FULL,
        reason: expect.stringMatching(/^memory full: \d+ slots of 7999 and \d+ chunk bytes of 100000 are in use$/),
      });
      await expect(machine!.meter()).rejects.toThrow('the XS host ended with 11: memory full');
    });

    it('ends when a block is full', async () => {
      const baseline = await (await start()).live();
      await machine!.stop();
      const { slots, chunkBytes } = baseline;
      const blockBytes = (slots + 4096) * slotSize + chunkBytes + 20_000;
      await start({ chunkBytes, chunkIncrement: 512, slots, slotIncrement: 64, stack: 4096, blockBytes });
      expect(await machine!.call('hoard', 100)).toBe(100);
      await expect(machine!.call('hoard', 10_000)).rejects.toMatchObject({ code: MEMORY_FULL });
    });

    it('ends when the stack is full', async () => {
      await start();
      expect(await machine!.call('deep', 100)).toBe(100);
      await machine!.limitStack(256);
      expect(await machine!.call('deep', 5)).toBe(5);
      await expect(machine!.call('deep', 100)).rejects.toMatchObject({
        code: STACK_OVERFLOW,
        reason: 'stack overflow',
      });
    });

    it('tells the error of a call, and goes on', async () => {
      await start();
      await expect(machine!.call('fail')).rejects.toThrow('RangeError: kept is undefined');
      await expect(machine!.call('missing')).rejects.toThrow('TypeError');
      expect(await machine!.call('nothing', 3)).toBe(3);
    });
  });
});

describe('a program', () => {
  it('that is not compiled is named', async () => {
    await expect(Machine.start(64, 'nowhere')).rejects.toThrow('nowhere.js is not compiled: run npm run build');
  });
});

describe('what is missing for the host', () => {
  it('is told in one line', () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      expect(missingFor(32)).toBe('gcc is not on PATH (Debian: apt-get install build-essential util-linux)');
    } finally {
      process.env['PATH'] = path;
    }
  });
});
