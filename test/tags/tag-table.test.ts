import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STREAMS_PER_TAG, TagTable } from '../../src/tags/index.js';

const address = (number: number) => Uint8Array.from([0xdc, 0x2c, 0x6e, number >> 16, number >> 8, number]);

function addressOf(table: TagTable, index: number): string {
  const bytes = new Uint8Array(8);
  table.copyAddress(index, bytes, 1);
  expect([bytes[0], bytes[7]]).toEqual([0, 0]);
  return bytes.slice(1, 7).join();
}

/** Addresses from the least to the most recently heard. */
function order(table: TagTable): string[] {
  const list: string[] = [];
  for (let i = table.leastRecent(); i >= 0; i = table.nextNewer(i)) list.push(addressOf(table, i));
  return list;
}

describe('TagTable', () => {
  it.each([0, -1, 1.5, 4097, NaN])('refuses a capacity of %d', (capacity) => {
    expect(() => new TagTable({ capacity })).toThrow(
      'tag table capacity ' + capacity + ': allowed are whole numbers from 1 to 4096',
    );
  });

  it('has room for 64 tags unless told otherwise', () => {
    const table = new TagTable();
    for (let i = 0; i < 64; i++) table.update(address(i), 0, i, -50);
    expect(table.size).toBe(64);
    expect(table.replaced).toBe(0);
    table.update(address(64), 0, 64, -50);
    expect(table.size).toBe(64);
    expect(table.replaced).toBe(1);
    expect(table.find(address(0), 0)).toBe(-1);
  });

  it('follows a tag', () => {
    const table = new TagTable({ capacity: 4 });
    const bytes = Uint8Array.from([9, 9, ...address(7), 9]);
    const index = table.update(bytes, 2, 1000, -60);
    expect(table.advertisements[index]).toBe(1);
    expect(table.update(address(7), 0, 1500, 127)).toBe(index);
    expect(table.find(address(7), 0)).toBe(index);
    expect(table.firstSeen[index]).toBe(1000);
    expect(table.lastSeen[index]).toBe(1500);
    expect(table.rssi[index]).toBe(127);
    expect(table.advertisements[index]).toBe(2);
    expect(table.size).toBe(1);
  });

  it('starts a tag afresh that takes the place of another', () => {
    const table = new TagTable({ capacity: 1 });
    const index = table.update(address(1), 0, 5, -1);
    table.reported(table.stream(index, 3), 6, 7, 8);
    expect(table.update(address(2), 0, 10, -2)).toBe(index);
    expect(table.advertisements[index]).toBe(1);
    expect(table.firstSeen[index]).toBe(10);
    const stream = table.stream(index, 3);
    expect(table.reports[stream]).toBe(0);
    expect(table.reportedEvents[stream]).toBe(0);
    expect(table.reportedHash[stream]).toBe(0);
  });

  it('follows each format of a tag by itself', () => {
    const table = new TagTable({ capacity: 2 });
    const tag = table.update(address(1), 0, 0, -50);
    const other = table.update(address(2), 0, 0, -50);
    const one = table.stream(tag, 1);
    const two = table.stream(tag, 2);
    expect(new Set([one, two, table.stream(other, 1)]).size).toBe(3);
    table.reported(one, 100, 5, 0xffffffff);
    table.reported(one, 200, -1, 6);
    expect([table.reports[one], table.lastReported[one]]).toEqual([2, 200]);
    expect([table.reportedEvents[one], table.reportedHash[one]]).toEqual([5, 6]);
    expect(table.reports[two]).toBe(0);
    expect(table.stream(tag, 1)).toBe(one);
  });

  it('gives the stream reported least recently to a format too many', () => {
    const table = new TagTable({ capacity: 1 });
    const tag = table.update(address(1), 0, 0, -50);
    const streams = Array.from({ length: STREAMS_PER_TAG }, (_, i) => table.stream(tag, i + 1));
    streams.forEach((stream, i) => table.reported(stream, i === 2 ? 10 : 100 + i, 0, 0));
    expect(table.stream(tag, 99)).toBe(streams[2]);
    expect(table.reports[streams[2]!]).toBe(0);
    expect(table.stream(tag, 98)).toBe(streams[2]);
    expect(table.stream(tag, 1)).toBe(streams[0]);
  });

  it('does what a map ordered by recency does', () => {
    const command = fc.record({
      number: fc.nat(24),
      action: fc.constantFrom('update', 'update', 'update', 'find', 'remove'),
      rssi: fc.integer({ min: -127, max: 20 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(command, { maxLength: 120 }), (capacity, commands) => {
        const table = new TagTable({ capacity });
        const model = new Map<string, { first: number; last: number; rssi: number; count: number; index: number }>();
        let replaced = 0;
        commands.forEach(({ number, action, rssi }, now) => {
          const bytes = address(number);
          const key = bytes.join();
          const known = model.get(key);
          expect(table.find(bytes, 0)).toBe(known ? known.index : -1);
          if (action === 'remove' && known) {
            table.remove(known.index);
            model.delete(key);
          } else if (action === 'update') {
            const index = table.update(bytes, 0, now, rssi);
            if (known) expect(index).toBe(known.index);
            if (!known && model.size === capacity) {
              model.delete(model.keys().next().value!);
              replaced++;
            }
            model.delete(key);
            model.set(key, { first: known?.first ?? now, last: now, rssi, count: (known?.count ?? 0) + 1, index });
          }
          expect(table.size).toBe(model.size);
          expect(table.replaced).toBe(replaced);
        });
        expect(order(table)).toEqual([...model.keys()]);
        expect(new Set([...model.values()].map((tag) => tag.index)).size).toBe(model.size);
        for (const [key, tag] of model) {
          expect(addressOf(table, tag.index)).toBe(key);
          expect(table.firstSeen[tag.index]).toBe(tag.first);
          expect(table.lastSeen[tag.index]).toBe(tag.last);
          expect(table.rssi[tag.index]).toBe(tag.rssi);
          expect(table.advertisements[tag.index]).toBe(tag.count);
        }
      }),
      { numRuns: 500 },
    );
  });
});
