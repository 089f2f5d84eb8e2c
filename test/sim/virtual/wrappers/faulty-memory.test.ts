import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../sim/hal/index.js';
import { FaultyFlash, FaultyStore } from '../../../../sim/virtual/index.js';
import { NorFlash, PowerCut } from '../../../../sim/virtual/memory/nor-flash.js';

const BLOCK = 256;

function flashWith(): { chip: NorFlash; flash: FaultyFlash } {
  const chip = new NorFlash({ blocks: 2, blockLength: BLOCK, unit: 4, random: () => 0.5 });
  const flash = new FaultyFlash(chip);
  for (let block = 0; block < 2; block++) flash.erase(block);
  return { chip, flash };
}

function read(flash: FaultyFlash, at: number, length: number): number[] {
  const into = new Uint8Array(length);
  expect(flash.read(at, into, 0, length)).toBe(true);
  return [...into];
}

describe('FaultyFlash', () => {
  it('turns over bits either way, until the block is erased', () => {
    const { flash } = flashWith();
    flash.program(4, Uint8Array.of(1, 2, 3, 4), 0, 4);
    flash.flipBit(5, 0);
    flash.flipBit(6, 1);
    expect(read(flash, 4, 4)).toEqual([1, 3, 1, 4]);
    expect(read(flash, 6, 1)).toEqual([1]);
    flash.erase(1);
    expect(read(flash, 5, 1)).toEqual([3]);
    flash.erase(0);
    expect(read(flash, 4, 4)).toEqual([255, 255, 255, 255]);
  });

  it('takes nothing when it is full, and nothing in a bad block', () => {
    const { flash } = flashWith();
    flash.full = true;
    expect([flash.program(0, new Uint8Array(4), 0, 4), flash.erase(0)]).toEqual([false, false]);
    flash.full = false;
    flash.badBlocks.add(1);
    expect([flash.program(BLOCK, new Uint8Array(4), 0, 4), flash.erase(1)]).toEqual([false, false]);
    expect([flash.program(0, new Uint8Array(4), 0, 4), flash.erase(0)]).toEqual([true, true]);
  });

  it.each([0, 1, 3, 4, 7])('keeps %i of eight bytes when its power is cut there', (bytes) => {
    const { flash } = flashWith();
    flash.cutAfterBytes = bytes;
    expect(() => flash.program(8, new Uint8Array(8), 0, 8)).toThrow(PowerCut);
    expect(() => flash.read(8, new Uint8Array(1), 0, 1)).toThrow(PowerCut);
    flash.restorePower();
    expect(read(flash, 8, 8)).toEqual(Array.from({ length: 8 }, (_, i) => (i < bytes ? 0 : 255)));
    expect(flash.erase(0)).toBe(true);
  });
});

describe('FaultyStore', () => {
  const value = Uint8Array.of(7);

  it.each([true, false])('has the new value or the old one after a power cut: %s', (keeps) => {
    const store = new FaultyStore(new MemoryStore());
    expect(store.write('a', Uint8Array.of(1), 0, 1)).toBe(true);
    store.cutAtWrite = 2;
    store.cutKeeps = keeps;
    expect(store.write('b', value, 0, 1)).toBe(true);
    expect(() => store.write('a', value, 0, 1)).toThrow(PowerCut);
    expect(() => store.remove('a')).toThrow(PowerCut);
    store.restorePower();
    const into = new Uint8Array(1);
    expect(store.read('a', into)).toBe(1);
    expect(into[0]).toBe(keeps ? 7 : 1);
  });

  it('takes and removes nothing when it is full', () => {
    const store = new FaultyStore(new MemoryStore());
    store.write('b', value, 0, 1);
    store.full = true;
    expect(store.write('a', value, 0, 1)).toBe(false);
    expect(store.read('a', new Uint8Array(1))).toBe(-1);
    expect([store.remove('b'), store.read('b', new Uint8Array(1))]).toEqual([false, 1]);
  });
});
