import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEVICE_KEYS, FlashStore, USER_KEYS } from '../../boards/moddable/flash-store.js';
import { SimulatedFlash } from '../../sim/virtual/memory/simulated-flash.js';
import { SeededRandom } from '../../sim/world/random.js';
import type { Store } from '../../src/hal/index.js';
import { storeContract } from '../contracts/store.contract.js';

function makeFlash(blocks: number, blockLength: number, seed = 1): SimulatedFlash {
  const random = new SeededRandom(seed);
  return new SimulatedFlash(blocks, blockLength, () => random.unit());
}

/** Stores `length` bytes that all have the value `byte`. */
function put(store: Store, key: string, byte: number, length: number): boolean {
  return store.write(key, new Uint8Array(length).fill(byte), 0, length);
}

/** The value of a key as a list, undefined when there is none. */
function value(store: Store, key: string): number[] | undefined {
  const into = new Uint8Array(1024);
  const length = store.read(key, into);
  return length < 0 ? undefined : [...into.slice(0, length)];
}

storeContract('FlashStore', () => new FlashStore(makeFlash(16, 4096)));

describe('FlashStore', () => {
  it('finds everything again after a restart', () => {
    const flash = makeFlash(4, 4096);
    const store = new FlashStore(flash);
    for (let i = 0; i < 300; i++) expect(put(store, 'key-' + (i % 5), i & 0xff, i % 70)).toBe(true);
    store.remove('key-3');
    const after = new FlashStore(flash);
    for (const i of [295, 296, 297, 299]) {
      expect(value(after, 'key-' + (i % 5))).toEqual(Array.from({ length: i % 70 }, () => i & 0xff));
    }
    expect(value(after, 'key-3')).toBeUndefined();
  });

  it('is empty on a partition that holds something else', () => {
    for (let seed = 1; seed < 50; seed++) {
      const store = new FlashStore(makeFlash(2, 128, seed));
      expect(store.read('a', new Uint8Array(0))).toBe(-1);
      expect(put(store, 'a', seed, 10)).toBe(true);
      expect(value(store, 'a')).toEqual(Array.from({ length: 10 }, () => seed));
    }
  });

  it('takes what fits into one half, and refuses what does not, keeping the old value', () => {
    const store = new FlashStore(makeFlash(4, 4096));
    expect(put(store, 'a', 1, 8192 - 64)).toBe(true);
    expect(put(store, 'a', 2, 8192 - 64)).toBe(true);
    expect(put(store, 'a', 3, 8192 - 63)).toBe(false);
    expect(put(store, 'b', 4, 0)).toBe(false);
    const into = new Uint8Array(8192);
    expect(store.read('a', into)).toBe(8192 - 64);
    expect(into[0]).toBe(2);
    store.remove('a');
    expect(put(store, 'b', 4, 0)).toBe(true);
  });

  it('has room for so many keys and no more', () => {
    const store = new FlashStore(makeFlash(4, 4096));
    for (let i = 0; i < DEVICE_KEYS; i++) expect(put(store, 'k' + i, i, 1)).toBe(true);
    expect(put(store, 'one-more', 0, 1)).toBe(false);
    expect(put(store, 'k3', 33, 1)).toBe(true);
    store.remove('k4');
    expect(put(store, 'one-more', 0, 1)).toBe(true);
  });

  it('wears all blocks alike, and not more than its log is long', () => {
    const flash = makeFlash(16, 4096);
    const store = new FlashStore(flash);
    const saves = 400;
    for (let i = 0; i < saves; i++) put(store, 'outbox', i & 0xff, 6000);
    const record = 32 + 6016;
    const most = Math.ceil((saves * record) / (flash.blocks * flash.blockLength)) * 1.25;
    const least = Math.min(...flash.erasures);
    expect(Math.max(...flash.erasures)).toBeLessThanOrEqual(most);
    expect(least).toBeGreaterThan(0);
    expect(Math.max(...flash.erasures) - least).toBeLessThanOrEqual(2);
  });

  it('says so when the flash fails, and keeps what it has', () => {
    const flash = makeFlash(4, 4096);
    const store = new FlashStore(flash);
    put(store, 'a', 1, 100);
    const { write, eraseBlock } = flash;
    flash.write = () => {
      throw new Error('write failed');
    };
    expect(put(store, 'a', 2, 100)).toBe(false);
    flash.write = () => {}; // A worn flash takes nothing and says nothing.
    expect(put(store, 'a', 3, 100)).toBe(false);
    flash.eraseBlock = () => {
      throw new Error('erase failed');
    };
    expect(put(store, 'a', 4, 100)).toBe(false);
    expect(value(store, 'a')![0]).toBe(1);
    flash.write = write;
    flash.eraseBlock = eraseBlock;
    expect(put(store, 'a', 5, 100)).toBe(true);
    expect(value(new FlashStore(flash), 'a')![0]).toBe(5);
  });

  it('does not hand out a value that was damaged', () => {
    const flash = makeFlash(4, 4096);
    const store = new FlashStore(flash);
    put(store, 'a', 0xff, 100);
    put(store, 'b', 0xff, 100);
    const at = flash.bytes.indexOf(0x61, 32) - 12;
    flash.bytes[at + 32 + 50]! &= 0xfe;
    expect(value(store, 'a')).toBeUndefined();
    const after = new FlashStore(flash);
    expect([value(after, 'a'), value(after, 'b')?.length]).toEqual([undefined, 100]);
    expect(put(after, 'a', 1, 1)).toBe(true);
    expect(value(new FlashStore(flash), 'a')).toEqual([1]);
  });

  it.each(['', 'abcdefghijklmnop', 'Upper', 'a.b', '../up', 'a b', 'ä', 'a\u0000'])('refuses the key %j', (key) => {
    const store = new FlashStore(makeFlash(2, 4096));
    expect(() => store.read(key, new Uint8Array(1))).toThrow(/must have 1 to 15 characters/);
    expect(() => put(store, key, 0, 1)).toThrow(RangeError);
    expect(() => store.remove(key)).toThrow(RangeError);
  });

  it.each([
    [1, 4096, 'the flash partition must have at least 2 blocks, got 1'],
    [4, 100, 'the block length of the flash must be a multiple of 32 from 128, got 100'],
  ])('refuses a partition of %d blocks of %d bytes', (blocks, blockLength, message) => {
    expect(() => new FlashStore(makeFlash(blocks, blockLength))).toThrow(message);
  });
});

const KEYS = ['a', 'b', 'c'];

interface Operation {
  key: string;
  /** Undefined removes. */
  value: number[] | undefined;
}

const operations = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    value: fc.option(fc.array(fc.nat(255), { maxLength: 90 }), { nil: undefined, freq: 4 }),
  }),
  { minLength: 1, maxLength: 14 },
);

/** False when the store refused. */
function apply(store: FlashStore, { key, value }: Operation): boolean {
  if (value) return store.write(key, Uint8Array.from(value), 0, value.length);
  store.remove(key);
  return true;
}

type Content = { [key: string]: number[] | undefined };

function content(store: FlashStore): Content {
  return Object.fromEntries(KEYS.map((key) => [key, value(store, key)]));
}

function after(before: Content, { key, value }: Operation): Content {
  return { ...before, [key]: value };
}

const NOTHING = content(new FlashStore(makeFlash(2, 128)));

describe('a power cut', () => {
  it('at any byte of a sequence leaves each key with its old or its new value', () => {
    fc.assert(
      fc.property(fc.nat(), operations, fc.constantFrom(6, 8), (seed, list, blocks) => {
        const whole = makeFlash(blocks, 128, seed);
        const store = new FlashStore(whole);
        for (const operation of list) expect(apply(store, operation)).toBe(true);

        for (let cut = 0; cut < whole.work; cut++) {
          const flash = makeFlash(blocks, 128, seed);
          const first = new FlashStore(flash);
          flash.cutAfter(cut);
          let old = NOTHING;
          let done = 0;
          while (apply(first, list[done]!) && flash.work < cut) old = after(old, list[done++]!);
          const fresh = after(old, list[done]!);
          flash.restorePower();

          const second = new FlashStore(flash);
          const found = content(second);
          const isNew = JSON.stringify(found) === JSON.stringify(fresh);
          if (!isNew) expect(found).toEqual(old);

          let now = found;
          for (const operation of list.slice(done)) {
            expect(apply(second, operation)).toBe(true);
            now = after(now, operation);
          }
          expect(content(second)).toEqual(now);
          expect(content(new FlashStore(flash))).toEqual(now);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('may come at every start, and the store still loses nothing and fills up never', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.tuple(operations, fc.nat(1500)), { maxLength: 30 }), (seed, starts) => {
        const flash = makeFlash(6, 128, seed);
        let now = NOTHING;
        for (const [list, cut] of starts) {
          flash.restorePower();
          const store = new FlashStore(flash);
          expect(content(store)).toEqual(now);
          flash.cutAfter(cut);
          const end = flash.work + cut;
          for (const operation of list) {
            const taken = apply(store, operation);
            if (flash.work < end) {
              expect(taken).toBe(true);
              now = after(now, operation);
              continue;
            }
            flash.restorePower();
            const found = content(new FlashStore(flash));
            if (JSON.stringify(found) === JSON.stringify(after(now, operation))) now = after(now, operation);
            else expect(found).toEqual(now);
            break;
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the two spaces of a FlashStore', () => {
  storeContract('FlashStore.user', () => new FlashStore(makeFlash(16, 4096)).user);

  it('are apart, also after a restart and after their halves were changed', () => {
    const flash = makeFlash(4, 4096);
    const store = new FlashStore(flash);
    for (let i = 0; i < 400; i++) {
      expect(put(store, 'same', 1, 100)).toBe(true);
      expect(put(store.user, 'same', 2, 100)).toBe(true);
    }
    store.remove('same');
    const after = new FlashStore(flash);
    expect([value(after, 'same'), value(after.user, 'same')]).toEqual([undefined, Array<number>(100).fill(2)]);
  });

  it('have keys of their own', () => {
    const flash = makeFlash(16, 4096);
    const store = new FlashStore(flash);
    for (let i = 0; i < USER_KEYS; i++) expect(put(store.user, `script-${i}`, i, 10)).toBe(true);
    expect(put(store.user, 'one-more', 0, 1)).toBe(false);
    for (let i = 0; i < DEVICE_KEYS; i++) expect(put(store, `key-${i}`, i, 10)).toBe(true);
    expect(put(store, 'one-more', 0, 1)).toBe(false);
    const after = new FlashStore(flash);
    for (let i = 0; i < USER_KEYS; i++) expect(value(after.user, `script-${i}`)).toEqual(Array<number>(10).fill(i));
    for (let i = 0; i < DEVICE_KEYS; i++) expect(value(after, `key-${i}`)).toEqual(Array<number>(10).fill(i));
  });

  it('reserve the bytes of the device, whatever people write', () => {
    const store = new FlashStore(makeFlash(16, 4096), 20480);
    let written = 0;
    while (written < USER_KEYS && put(store.user, `script-${written}`, written, 1000)) written++;
    // 32,768 bytes of a half, 32 of its start and 20,480 reserved, in records of 1,056.
    expect(written).toBe(11);
    expect(put(store.user, 'script-0', 7, 2000)).toBe(false);
    expect(value(store.user, 'script-0')).toHaveLength(1000);
    for (let i = 0; i < 20; i++) expect(put(store, 'outbox', i, 20448)).toBe(true);
    store.user.remove('script-0');
    expect(put(store.user, 'script-11', 1, 1000)).toBe(true);
  });

  it('share a partition that is smaller than what should be reserved', () => {
    const store = new FlashStore(makeFlash(4, 4096), 20480);
    expect(put(store.user, 'script-0', 1, 1900)).toBe(true);
    expect(put(store.user, 'script-1', 1, 1000)).toBe(false);
    expect(put(store, 'outbox', 1, 5000)).toBe(true);
  });

  it('an older firmware put both into the one of the device', () => {
    const flash = makeFlash(16, 4096);
    const old = new FlashStore(flash);
    put(old, 'script-0', 1, 10);
    put(old, 'outbox', 2, 10);
    const store = new FlashStore(flash);
    expect([value(store, 'script-0'), value(store, 'outbox')]).toEqual([
      Array<number>(10).fill(1),
      Array<number>(10).fill(2),
    ]);
  });
});
