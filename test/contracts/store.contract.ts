import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/hal/index.js';

const EMPTY = new Uint8Array(0);

/** The rules of `Store` in src/hal/store.ts as tests. `makeStore` makes an empty store. */
export function storeContract(name: string, makeStore: () => Store): void {
  describe(name, () => {
    it('has nothing under a key that was not written', () => {
      const into = Uint8Array.of(7, 7);
      expect(makeStore().read('absent', into)).toBe(-1);
      expect([...into]).toEqual([7, 7]);
    });

    it('reads back the range that was written, and touches nothing behind it', () => {
      const store = makeStore();
      expect(store.write('key', Uint8Array.of(1, 2, 3, 4, 5), 1, 4)).toBe(true);
      const into = new Uint8Array(5).fill(9);
      expect(store.read('key', into)).toBe(3);
      expect([...into]).toEqual([2, 3, 4, 9, 9]);
    });

    it('copies what it stores', () => {
      const store = makeStore();
      const bytes = Uint8Array.of(1, 2, 3);
      store.write('key', bytes, 0, 3);
      bytes.fill(0);
      const into = new Uint8Array(3);
      store.read('key', into);
      into.fill(0);
      store.read('key', into);
      expect([...into]).toEqual([1, 2, 3]);
    });

    it('tells the length of a value that is too long to copy, and copies nothing of it', () => {
      const store = makeStore();
      store.write('key', Uint8Array.of(1, 2, 3), 0, 3);
      const into = new Uint8Array(2).fill(9);
      expect(store.read('key', into)).toBe(3);
      expect([...into]).toEqual([9, 9]);
      expect(store.read('key', EMPTY)).toBe(3);
    });

    it('tells an empty value from none', () => {
      const store = makeStore();
      expect(store.write('empty', EMPTY, 0, 0)).toBe(true);
      expect(store.read('empty', EMPTY)).toBe(0);
    });

    it('replaces the whole value, longer or shorter', () => {
      const store = makeStore();
      const into = new Uint8Array(8);
      store.write('key', Uint8Array.of(1, 2, 3), 0, 3);
      store.write('key', Uint8Array.of(4, 5, 6, 7, 8), 0, 5);
      expect([store.read('key', into), ...into]).toEqual([5, 4, 5, 6, 7, 8, 0, 0, 0]);
      store.write('key', Uint8Array.of(9), 0, 1);
      into.fill(0);
      expect([store.read('key', into), ...into]).toEqual([1, 9, 0, 0, 0, 0, 0, 0, 0]);
    });

    it('keeps values of all byte values and of several kilobytes', () => {
      const store = makeStore();
      const value = Uint8Array.from({ length: 4096 }, (_value, index) => (index * 7) & 0xff);
      expect(store.write('large', value, 0, value.length)).toBe(true);
      const into = new Uint8Array(4096);
      expect(store.read('large', into)).toBe(4096);
      expect(into).toEqual(value);
    });

    it('keeps keys apart, of 1 to 15 characters', () => {
      const store = makeStore();
      const keys = ['a', '0', '-', 'abcdefghijklmno', 'session-1', 'session-2'];
      keys.forEach((key, index) => expect(store.write(key, Uint8Array.of(index), 0, 1)).toBe(true));
      const into = new Uint8Array(1);
      keys.forEach((key, index) => expect([store.read(key, into), into[0]]).toEqual([1, index]));
    });

    it('removes a key and no other, also one that is absent', () => {
      const store = makeStore();
      store.write('one', Uint8Array.of(1), 0, 1);
      store.write('two', Uint8Array.of(2), 0, 1);
      expect(['one', 'one', 'never'].map((key) => store.remove(key))).toEqual([true, true, true]);
      expect(store.read('one', EMPTY)).toBe(-1);
      expect(store.read('two', EMPTY)).toBe(1);
      expect(store.write('one', Uint8Array.of(3), 0, 1)).toBe(true);
      expect(store.read('one', EMPTY)).toBe(1);
    });
  });
}
