import { expect, it } from 'vitest';
import { MemoryStore } from '../../sim/hal/index.js';
import { FaultyStore } from '../../sim/virtual/wrappers/faulty-memory.js';
import { MovedStore } from '../../src/settings/moved-store.js';
import { storeContract } from '../contracts/store.contract.js';

const EMPTY = new Uint8Array(0);

function filled(key: string, ...value: number[]): MemoryStore {
  const store = new MemoryStore();
  store.write(key, Uint8Array.from(value), 0, value.length);
  return store;
}

storeContract('MovedStore', () => new MovedStore(new MemoryStore(), new MemoryStore()));

it('moves a value when it is read, and not before', () => {
  const [fresh, old] = [new MemoryStore(), filled('script-0', 1, 2, 3)];
  const store = new MovedStore(fresh, old);
  expect([store.read('script-0', EMPTY), old.read('script-0', EMPTY), fresh.read('script-0', EMPTY)]).toEqual([
    3, 3, -1,
  ]);
  const into = new Uint8Array(3);
  expect([store.read('script-0', into), ...into]).toEqual([3, 1, 2, 3]);
  expect([old.read('script-0', EMPTY), fresh.read('script-0', EMPTY)]).toEqual([-1, 3]);
});

it('leaves a value where it is when the new place does not take it', () => {
  const old = filled('script-0', 1, 2, 3);
  const store = new MovedStore(new MemoryStore(2), old);
  expect([store.read('script-0', new Uint8Array(3)), old.read('script-0', EMPTY)]).toEqual([3, 3]);
  expect(store.write('script-0', new Uint8Array(4), 0, 4)).toBe(false);
  expect(store.read('script-0', EMPTY)).toBe(3);
});

it.each(['new', 'old'])('removes nothing when the %s place fails, and says so', (which) => {
  const [fresh, old] = [new FaultyStore(filled('a', 1)), new FaultyStore(filled('a', 2))];
  const store = new MovedStore(fresh, old);
  (which === 'new' ? fresh : old).full = true;
  const into = new Uint8Array(1);
  expect([store.remove('a'), store.read('a', into), into[0]]).toEqual([false, 1, 1]);
});

it('what is written or removed does not come back from the old place', () => {
  const old = filled('a', 1);
  old.write('b', Uint8Array.of(2), 0, 1);
  const store = new MovedStore(new MemoryStore(), old);
  store.write('a', Uint8Array.of(7), 0, 1);
  store.remove('a');
  store.remove('b');
  expect([store.read('a', EMPTY), store.read('b', EMPTY)]).toEqual([-1, -1]);
});
