import { afterEach, describe, expect, it } from 'vitest';
import type { Flash } from '../../src/hal/index.js';

const ERASED = 0xff;
const UNITS = [1, 4, 16, 32];

/** A medium under test. */
export interface FlashUnderTest {
  flash: Flash;
  /** Ends its use, and opens the same medium again. Absent where it is gone with its object. */
  reopen?(): Flash;
  /** Frees what the last object holds. */
  release?(): void;
}

/** The rules of `Flash` in src/hal/flash.ts as tests. `make` makes a medium whose bytes may have any value. */
export function flashContract(name: string, make: () => FlashUnderTest): void {
  describe(`${name} as a Flash`, () => {
    let medium: FlashUnderTest | undefined;
    const open = (): Flash => {
      medium = make();
      return medium.flash;
    };
    afterEach(() => {
      medium?.release?.();
      medium = undefined;
    });

    it('has blocks that are a multiple of its unit', () => {
      const { blocks, blockLength, unit } = open();
      expect(UNITS).toContain(unit);
      expect(blockLength % unit).toBe(0);
      expect(blockLength).toBeGreaterThanOrEqual(4 * unit);
      expect(blocks).toBeGreaterThanOrEqual(2);
    });

    it('sets every bit of the block that is erased, and of no other', () => {
      const flash = open();
      const { blocks, blockLength } = flash;
      const zeros = new Uint8Array(blockLength);
      for (const block of [0, 1, blocks - 1]) expect(flash.erase(block)).toBe(true);
      for (const block of [0, 1, blocks - 1])
        expect(flash.program(block * blockLength, zeros, 0, blockLength)).toBe(true);
      expect(flash.erase(1)).toBe(true);
      expect(bytesOf(flash, 0, blockLength)).toEqual(zeros);
      expect(bytesOf(flash, blockLength, blockLength)).toEqual(new Uint8Array(blockLength).fill(ERASED));
      if (blocks > 2) expect(bytesOf(flash, (blocks - 1) * blockLength, blockLength)).toEqual(zeros);
    });

    it('programs the range of the caller, and touches nothing beside it', () => {
      const flash = open();
      const { blockLength, unit } = flash;
      flash.erase(0);
      const source = pattern(unit * 5);
      expect(flash.program(2 * unit, source, unit, 4 * unit)).toBe(true);
      const expected = new Uint8Array(blockLength).fill(ERASED);
      expected.set(source.subarray(unit, 4 * unit), 2 * unit);
      expect(bytesOf(flash, 0, blockLength)).toEqual(expected);
      expect(source).toEqual(pattern(unit * 5));
    });

    it('takes a block unit by unit, in any order, and as a whole', () => {
      const flash = open();
      const { blocks, blockLength, unit } = flash;
      const at = (blocks - 1) * blockLength;
      const source = pattern(blockLength);
      flash.erase(blocks - 1);
      for (let i = blockLength - unit; i >= 0; i -= unit) expect(flash.program(at + i, source, i, i + unit)).toBe(true);
      expect(bytesOf(flash, at, blockLength)).toEqual(source);
      flash.erase(0);
      expect(flash.program(0, source, 0, blockLength)).toBe(true);
      expect(bytesOf(flash, 0, blockLength)).toEqual(source);
    });

    it('programs again what was erased', () => {
      const flash = open();
      const { blockLength } = flash;
      for (let round = 1; round < 4; round++) {
        const source = pattern(blockLength, round);
        expect(flash.erase(1)).toBe(true);
        expect(flash.program(blockLength, source, 0, blockLength)).toBe(true);
        expect(bytesOf(flash, blockLength, blockLength)).toEqual(source);
      }
    });

    it('reads at any offset of a block, any length, into the range of the caller', () => {
      const flash = open();
      const { blockLength } = flash;
      const source = pattern(2 * blockLength);
      flash.erase(0);
      flash.erase(1);
      flash.program(0, source, 0, blockLength);
      flash.program(blockLength, source, blockLength, 2 * blockLength);
      for (const [at, length] of [
        [0, 1],
        [1, 1],
        [3, 7],
        [5, 64],
        [7, 1000],
        [blockLength - 3, 3],
        [2 * blockLength - 1, 1],
        [9, 0],
        [blockLength, blockLength],
      ] as const) {
        const into = new Uint8Array(length + 5).fill(0x55);
        expect(flash.read(at, into, 2, 2 + length)).toBe(true);
        const expected = new Uint8Array(length + 5).fill(0x55);
        expected.set(source.subarray(at, at + length), 2);
        expect(into, `${length} bytes from ${at}`).toEqual(expected);
      }
    });

    it('keeps what was programmed when it is opened anew', () => {
      const flash = open();
      if (!medium!.reopen) return;
      const { blocks, blockLength, unit } = flash;
      const source = pattern(2 * unit);
      flash.erase(0);
      flash.erase(blocks - 1);
      flash.program(unit, source, 0, 2 * unit);
      const again = medium!.reopen();
      expect([again.blocks, again.blockLength, again.unit]).toEqual([blocks, blockLength, unit]);
      const expected = new Uint8Array(blockLength).fill(ERASED);
      expected.set(source, unit);
      expect(bytesOf(again, 0, blockLength)).toEqual(expected);
      expect(bytesOf(again, (blocks - 1) * blockLength, blockLength)).toEqual(new Uint8Array(blockLength).fill(ERASED));
    });

    it('answers each call of sync from the event loop, once', async () => {
      const flash = open();
      if (!flash.sync) return;
      flash.erase(0);
      let answers = 0;
      const all = [1, 2, 3].map(
        () =>
          new Promise<void>((resolve) => {
            flash.sync!(() => {
              answers++;
              resolve();
            });
            flash.program(0, pattern(flash.unit), 0, flash.unit);
          }),
      );
      expect(answers).toBe(0);
      await Promise.all(all);
      expect(answers).toBe(3);
    });
  });
}

function bytesOf(flash: Flash, at: number, length: number): Uint8Array {
  const into = new Uint8Array(length);
  expect(flash.read(at, into, 0, length)).toBe(true);
  return into;
}

/** Bytes of all values. */
function pattern(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_value, i) => (i * 7 + (i >> 8) + seed * 31) & 0xff);
}
