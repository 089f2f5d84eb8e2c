import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DiskStore, MemoryStore } from '../../../sim/hal/index.js';
import { storeContract } from '../../contracts/store.contract.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const temporary = makeTemporaryFolder();
afterAll(() => temporary.remove());

let folders = 0;
const newFolder = (): string => temporary.file(`store-${folders++}`);

storeContract('MemoryStore', () => new MemoryStore());
storeContract('DiskStore', () => new DiskStore(newFolder()));

describe('MemoryStore', () => {
  it('refuses what does not fit, and keeps the old value', () => {
    const store = new MemoryStore(4);
    expect(store.write('a', new Uint8Array(3), 0, 3)).toBe(true);
    expect(store.write('b', new Uint8Array(2), 0, 2)).toBe(false);
    expect(store.write('a', new Uint8Array(5), 0, 5)).toBe(false);
    expect(store.read('a', new Uint8Array(0))).toBe(3);
    expect(store.write('a', new Uint8Array(4), 0, 4)).toBe(true);
    store.remove('a');
    expect(store.write('b', new Uint8Array(4), 0, 4)).toBe(true);
  });
});

describe('DiskStore', () => {
  it('outlives its object', () => {
    const folder = newFolder();
    new DiskStore(folder).write('key', Uint8Array.of(1, 2), 0, 2);
    const into = new Uint8Array(2);
    expect(new DiskStore(folder).read('key', into)).toBe(2);
    expect([...into]).toEqual([1, 2]);
  });

  it('ignores and replaces the temporary file that a crash in the middle of a write leaves', () => {
    const folder = newFolder();
    const store = new DiskStore(folder);
    store.write('key', Uint8Array.of(1, 2, 3), 0, 3);
    writeFileSync(join(folder, 'key.tmp'), 'half of a long new val');
    writeFileSync(join(folder, 'other.tmp'), 'half');
    const after = new DiskStore(folder);
    const into = new Uint8Array(3);
    expect(after.read('key', into)).toBe(3);
    expect([...into]).toEqual([1, 2, 3]);
    expect(after.read('other', into)).toBe(-1);
    expect(after.write('key', Uint8Array.of(4), 0, 1)).toBe(true);
    expect(after.read('key', into)).toBe(1);
    expect(existsSync(join(folder, 'key.tmp'))).toBe(false);
  });

  it('keeps the old value when the medium fails', () => {
    const folder = newFolder();
    const store = new DiskStore(folder);
    store.write('key', Uint8Array.of(1), 0, 1);
    // A folder in the place of the temporary file makes the write fail, for root too.
    new DiskStore(join(folder, 'key.tmp'));
    expect(store.write('key', Uint8Array.of(2), 0, 1)).toBe(false);
    const into = new Uint8Array(1);
    expect(store.read('key', into)).toBe(1);
    expect(into[0]).toBe(1);
  });

  it.skipIf(process.platform === 'win32')('lets only its owner read the values', () => {
    const folder = newFolder();
    new DiskStore(folder).write('password', Uint8Array.of(1), 0, 1);
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o600]);
  });

  it('names a folder that cannot be made', () => {
    const file = temporary.file('a-file');
    writeFileSync(file, '');
    expect(() => new DiskStore(join(file, 'inside'))).toThrow(/a-file.inside: cannot be made \(ENOTDIR\)/);
  });
});

describe.each([
  ['MemoryStore', () => new MemoryStore()],
  ['DiskStore', () => new DiskStore(newFolder())],
])('%s', (_name, makeStore) => {
  it.each(['', 'abcdefghijklmnop', 'Upper', 'a.b', '../up', 'a/b', 'a b', 'ä', 'line\n'])(
    'refuses the key %j',
    (key) => {
      const store = makeStore();
      expect(() => store.read(key, new Uint8Array(1))).toThrow(/must have 1 to 15 characters/);
      expect(() => store.write(key, new Uint8Array(1), 0, 1)).toThrow(RangeError);
      expect(() => store.remove(key)).toThrow(RangeError);
    },
  );
});
