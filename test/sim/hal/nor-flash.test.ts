import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NorFlash, PowerCut } from '../../../sim/virtual/memory/nor-flash.js';
import type { NorFlashOptions } from '../../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../../sim/world/random.js';
import { flashContract } from '../../contracts/flash.contract.js';

const BLOCK = 256;

function makeChip(seed: number, options: Partial<NorFlashOptions> = {}): NorFlash {
  const random = new SeededRandom(seed);
  return new NorFlash({ blocks: 4, blockLength: BLOCK, random: () => random.unit(), ...options });
}

/** Bytes of one value. */
function bytesOf(value: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function readBack(chip: NorFlash, at: number, length: number): number[] {
  const into = new Uint8Array(length);
  expect(chip.read(at, into, 0, length)).toBe(true);
  return [...into];
}

const distinct = (chips: NorFlash[]): number => new Set(chips.map((chip) => chip.bytes.join())).size;

for (const unit of [1, 4, 16, 32]) {
  flashContract(`NorFlash with units of ${unit}`, () => ({ flash: makeChip(unit, { unit, blockLength: 4096 }) }));
}

describe('NorFlash', () => {
  it('has any bytes when new, erases a block to ones, and programs what it is given', () => {
    const chip = makeChip(1);
    expect(new Set(chip.bytes).size).toBeGreaterThan(100);
    expect(chip.erase(1)).toBe(true);
    expect(readBack(chip, BLOCK, BLOCK)).toEqual([...bytesOf(0xff, BLOCK)]);
    expect(chip.program(BLOCK + 8, Uint8Array.of(9, 1, 2, 3, 4, 9), 1, 5)).toBe(true);
    expect(readBack(chip, BLOCK + 7, 6)).toEqual([0xff, 1, 2, 3, 4, 0xff]);
  });

  it('counts calls, bytes and erasures', () => {
    const chip = makeChip(1);
    chip.erase(0);
    chip.erase(0);
    chip.program(0, bytesOf(0, 12), 0, 12);
    chip.read(0, new Uint8Array(7), 0, 7);
    const { readCalls, readBytes, programCalls, programmedBytes, eraseCalls, erasedBytes, work } = chip;
    expect([readCalls, readBytes, programCalls, programmedBytes]).toEqual([1, 7, 1, 12]);
    expect([eraseCalls, erasedBytes, work]).toEqual([2, 2 * BLOCK, 2 * BLOCK + 12]);
    expect(chip.erasures).toEqual([2, 0, 0, 0]);
  });

  it.each([
    ['sets a bit', 'program of 255 over 0 at 8: a program only clears bits', 8, 4, { reprogram: true }],
    ['meets a unit twice', 'program at 8: the unit was programmed since the last erasure', 8, 4, {}],
    ['begins within a unit', 'program at 18, length 4: the unit has 4 bytes', 18, 4, {}],
    ['ends within a unit', 'program at 16, length 6: the unit has 4 bytes', 16, 6, {}],
    ['crosses the end of a block', 'offset 248, length 16: the call crosses the end of block 0', 248, 16, {}],
    ['leaves the chip', 'offset 1020, length 8: the chip has 1024 bytes', 1020, 8, {}],
  ])('throws when a program %s', (_what, message, at, length, options) => {
    const chip = makeChip(1, options);
    for (let block = 0; block < 4; block++) chip.erase(block);
    chip.program(8, bytesOf(0, 4), 0, 4);
    expect(() => chip.program(at, bytesOf(0xff, length), 0, length)).toThrow(new RangeError(message));
  });

  it('wants an erasure before the first program, also of what an erasure that was cut left', () => {
    const chip = makeChip(1);
    const program = (): boolean => chip.program(0, bytesOf(0, 4), 0, 4);
    expect(program).toThrow(/was programmed since the last erasure/);
    chip.cutAfter(0);
    expect(() => chip.erase(0)).toThrow(PowerCut);
    chip.restorePower();
    chip.bytes[0] = 0;
    expect(program).toThrow(/was programmed since the last erasure/);
    chip.erase(0);
    expect(program()).toBe(true);
  });

  it('does nothing more when its power was cut, until it is restored', () => {
    const chip = makeChip(1);
    chip.erase(0);
    chip.cutAfter(4);
    expect(chip.program(0, bytesOf(0, 4), 0, 4)).toBe(true);
    expect(() => chip.program(4, bytesOf(0, 4), 0, 4)).toThrow(PowerCut);
    const before = [...chip.bytes];
    expect(() => chip.program(8, bytesOf(0, 4), 0, 4)).toThrow(PowerCut);
    expect(() => chip.erase(1)).toThrow(PowerCut);
    expect(() => chip.read(0, new Uint8Array(1), 0, 1)).toThrow(PowerCut);
    expect([...chip.bytes]).toEqual(before);
    chip.restorePower();
    expect(chip.erase(1)).toBe(true);
  });

  it('can be cut within a call that is counted, at any byte of it', () => {
    const cuts = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const chip = makeChip(seed);
      chip.cutWithin(3);
      chip.erase(0);
      chip.program(0, bytesOf(0, 4), 0, 4);
      expect(() => chip.program(4, bytesOf(0, 8), 0, 8)).toThrow(PowerCut);
      cuts.add(chip.programmedBytes - 4);
    }
    expect([...cuts].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('leaves of a program that is cut the bytes before the cut, or any bits of the range', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(31), (seed, cut) => {
        for (const torn of ['prefix', 'anywhere'] as const) {
          const chip = makeChip(seed, { torn });
          chip.erase(0);
          const wanted = Uint8Array.from({ length: 32 }, (_, i) => (i * 37) & 0xff);
          chip.cutAfter(cut);
          expect(() => chip.program(16, wanted, 0, 32)).toThrow(PowerCut);
          chip.restorePower();
          const left = readBack(chip, 16, 32);
          left.forEach((byte, i) => {
            expect(byte & wanted[i]!).toBe(wanted[i]);
          });
          if (torn === 'prefix') {
            expect(left.slice(0, cut)).toEqual([...wanted.slice(0, cut)]);
            expect(left.slice(cut + 1)).toEqual([...bytesOf(0xff, 31 - cut)]);
          }
          expect(readBack(chip, 0, 16)).toEqual([...bytesOf(0xff, 16)]);
          expect(readBack(chip, 48, 16)).toEqual([...bytesOf(0xff, 16)]);
        }
      }),
    );
    const chips = Array.from({ length: 300 }, (_, seed) => {
      const chip = makeChip(1);
      chip.erase(0);
      const torn = makeChip(seed);
      torn.bytes.set(chip.bytes);
      torn.erase(0);
      torn.cutAfter(0);
      expect(() => torn.program(0, bytesOf(0, 32), 0, 32)).toThrow(PowerCut);
      torn.bytes.fill(0, 32);
      return torn;
    });
    expect(distinct(chips)).toBeGreaterThan(150);
    // The last byte may be there and the first not, and all or nothing may be.
    expect(chips.some(({ bytes }) => bytes[0] === 0xff && bytes[31] === 0)).toBe(true);
    expect(chips.some(({ bytes }) => bytes.every((byte) => byte === 0))).toBe(true);
    expect(chips.some(({ bytes }) => bytes.subarray(0, 32).every((byte) => byte === 0xff))).toBe(true);
  });

  it('lets what a cut left as it was be programmed, and nothing else of the range', () => {
    for (let seed = 0; seed < 50; seed++) {
      const chip = makeChip(seed);
      chip.erase(0);
      chip.cutAfter(8);
      expect(() => chip.program(0, bytesOf(0, 16), 0, 16)).toThrow(PowerCut);
      chip.restorePower();
      for (let at = 0; at < 16; at += 4) {
        const blank = readBack(chip, at, 4).every((byte) => byte === 0xff);
        const program = (): boolean => chip.program(at, bytesOf(0, 4), 0, 4);
        if (blank) expect(program()).toBe(true);
        else expect(program).toThrow(/was programmed since/);
      }
    }
  });

  it('leaves of an erasure that is cut every byte between what it was and all ones', () => {
    const chips = Array.from({ length: 300 }, (_, seed) => {
      const chip = makeChip(seed);
      const before = chip.bytes.slice(0, BLOCK);
      chip.cutAfter(100);
      expect(() => chip.erase(0)).toThrow(PowerCut);
      before.forEach((byte, i) => {
        expect(chip.bytes[i]! & byte).toBe(byte);
      });
      expect(chip.erasures[0]).toBe(1);
      return chip;
    });
    expect(chips.some(({ bytes }) => bytes.subarray(0, BLOCK).every((byte) => byte === 0xff))).toBe(true);
    expect(chips.some(({ bytes }) => bytes[0] !== 0xff && bytes[BLOCK - 1] === 0xff)).toBe(true);
    expect(chips.some(({ bytes }) => bytes[0] === 0xff && bytes[BLOCK - 1] !== 0xff)).toBe(true);
  });

  it('has blocks that say they are bad, and blocks that do not', () => {
    const results = { fails: 0, lies: 0 };
    for (let seed = 0; seed < 100; seed++) {
      for (const fault of ['fails', 'lies'] as const) {
        const chip = makeChip(seed);
        chip.erase(2);
        chip.setFault(2, undefined, fault);
        expect(chip.program(2 * BLOCK, bytesOf(0, 64), 0, 64)).toBe(fault === 'lies');
        if (readBack(chip, 2 * BLOCK, 64).some((byte) => byte !== 0)) results[fault]++;
        chip.setFault(2, fault, undefined);
        expect(chip.erase(2)).toBe(fault === 'lies');
        chip.setFault(2, undefined, undefined);
        expect([chip.erase(2), chip.program(2 * BLOCK, bytesOf(0, 4), 0, 4)]).toEqual([true, true]);
      }
    }
    expect(Math.min(results.fails, results.lies)).toBeGreaterThan(50);
  });

  it('wears blocks out', () => {
    const chip = makeChip(1, { endurance: 100 });
    for (let i = 0; i < 99; i++) {
      expect(chip.erase(0)).toBe(true);
      expect(chip.program(0, bytesOf(0, 4), 0, 4)).toBe(true);
      expect(readBack(chip, 0, 4)).toEqual([0, 0, 0, 0]);
    }
    const good = Array.from({ length: 40 }, () => {
      if (!chip.erase(0) || readBack(chip, 0, BLOCK).some((byte) => byte !== 0xff)) return false;
      return chip.program(0, bytesOf(0, 64), 0, 64) && readBack(chip, 0, 64).every((byte) => byte === 0);
    });
    expect(good).toContain(false);
    expect(chip.erase(1)).toBe(true);
  });

  it('turns bits over', () => {
    const chip = makeChip(1);
    const before = chip.bytes.slice();
    chip.flipBit(8 * 300 + 5);
    expect(chip.bytes[300]! ^ before[300]!).toBe(1 << 5);
    before[300] = chip.bytes[300]!;
    expect(chip.bytes).toEqual(before);
  });

  it('takes no program as it should be where a bit is turned over, until the next erasure', () => {
    const chip = makeChip(1);
    chip.erase(0);
    chip.flipBit(8 * 5);
    expect(chip.program(0, bytesOf(0xff, 8), 0, 8)).toBe(true);
    expect(readBack(chip, 4, 2)).toEqual([0xff, 0xfe]);
    chip.erase(0);
    chip.program(0, bytesOf(0xff, 8), 0, 8);
    expect(readBack(chip, 4, 2)).toEqual([0xff, 0xff]);
  });
});
