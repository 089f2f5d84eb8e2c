import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_POLICY, RSSI_UNKNOWN, STREAMS_PER_TAG, TagTable, tagTableBytes } from '../../src/tags/index.js';
import { SAID_NOTE_BITS } from '../../src/tags/tag-table.js';
import type { Digest } from '../../src/tags/tag-table.js';

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

/** The note of `keepSaid` when this is the digest that was kept with it, else -1. */
function noteOf(table: TagTable, tag: number, { sum, remainder }: Digest): number {
  const note = (table.said![2 * tag + 1]! ^ remainder) >>> 0;
  return table.said![2 * tag] === sum && note < 2 ** SAID_NOTE_BITS ? note : -1;
}

describe('TagTable', () => {
  it.each([0, -1, 1.5, 4097, NaN])('refuses a capacity of %d', (capacity) => {
    expect(() => new TagTable({ capacity })).toThrow(
      'tag table capacity must be an integer from 1 to 4096, got ' + capacity,
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
    table.reported(table.stream(index, 3, 0), 6, 7, 8);
    expect(table.update(address(2), 0, 10, -2)).toBe(index);
    expect(table.advertisements[index]).toBe(1);
    expect(table.firstSeen[index]).toBe(10);
    const stream = table.stream(index, 3, 0);
    expect(table.reports[stream]).toBe(0);
    expect(table.reportedEvents[stream]).toBe(0);
    expect(table.reportedHash[stream]).toBe(0);
  });

  it('follows each format of a tag by itself', () => {
    const table = new TagTable({ capacity: 2 });
    const tag = table.update(address(1), 0, 0, -50);
    const other = table.update(address(2), 0, 0, -50);
    const one = table.stream(tag, 1, 0);
    const two = table.stream(tag, 2, 0);
    expect(new Set([one, two, table.stream(other, 1, 0)]).size).toBe(3);
    table.reported(one, 100, 5, 0xffffffff);
    table.reported(one, 200, -1, 6);
    expect([table.reports[one], table.lastReported[one]]).toEqual([2, 200]);
    expect([table.reportedEvents[one], table.reportedHash[one]]).toEqual([5, 6]);
    expect(table.reports[two]).toBe(0);
    expect(table.stream(tag, 1, 0)).toBe(one);
  });

  it('follows each set of fields of a format by itself', () => {
    const table = new TagTable({ capacity: 1 });
    const tag = table.update(address(1), 0, 0, -50);
    const sets = [0, 0x12345678, 0xfedcba98];
    const streams = sets.map((set) => table.stream(tag, 5, set));
    expect(new Set(streams).size).toBe(3);
    expect(sets.map((set) => table.stream(tag, 5, set))).toEqual(streams);
    expect(streams.map((stream) => table.formatOf(stream))).toEqual([5, 5, 5]);
  });

  it('gives the stream reported least recently to a format too many', () => {
    const table = new TagTable({ capacity: 1 });
    const tag = table.update(address(1), 0, 0, -50);
    const streams = Array.from({ length: STREAMS_PER_TAG }, (_, i) => table.stream(tag, i + 1, 0));
    streams.forEach((stream, i) => table.reported(stream, i === 2 ? 10 : 100 + i, 1, 2));
    expect(table.stream(tag, 63, 0)).toBe(streams[2]);
    expect(table.formatOf(streams[2]!)).toBe(63);
    // What was reported is forgotten, but not when: else a tag of many formats would be reported at every packet.
    expect([table.reports[streams[2]!], table.lastReported[streams[2]!]]).toEqual([1, 10]);
    expect([table.reportedEvents[streams[2]!], table.reportedHash[streams[2]!]]).toEqual([0, 0]);
    expect(table.stream(tag, 62, 0)).toBe(streams[2]);
    expect(table.stream(tag, 1, 0)).toBe(streams[0]);
  });

  it('keeps a place for a configured tag, heard or not, whatever else is heard', () => {
    const table = new TagTable({ capacity: 3 });
    const known = table.configure(address(1), 0, 7);
    expect([table.size, table.configuredCount, table.advertisements[known]]).toEqual([1, 1, 0]);
    expect([table.ownPolicy[known], table.isConfigured(known)]).toEqual([7, true]);
    for (let i = 100; i < 200; i++) table.update(address(i), 0, i, -50);
    expect(table.find(address(1), 0)).toBe(known);
    expect(table.replaced).toBe(98);
    expect(table.update(address(1), 0, 500, -40)).toBe(known);
    expect([table.firstSeen[known], table.lastSeen[known], table.advertisements[known]]).toEqual([500, 500, 1]);
    for (let i = 200; i < 300; i++) table.update(address(i), 0, 1000 + i, -50);
    expect(table.find(address(1), 0)).toBe(known);
    expect(table.refused).toBe(0);
  });

  it('refuses and counts what is heard when all places are configured', () => {
    const table = new TagTable({ capacity: 2 });
    table.configure(address(1), 0, 0);
    table.configure(address(2), 0, NO_POLICY);
    expect(table.configure(address(3), 0, 0)).toBe(-1);
    expect(table.update(address(3), 0, 0, -50)).toBe(-1);
    expect([table.size, table.refused, table.replaced]).toEqual([2, 1, 0]);
    expect(table.update(address(2), 0, 0, -50)).toBeGreaterThanOrEqual(0);
    table.remove(table.find(address(1), 0));
    expect([table.size, table.configuredCount]).toEqual([1, 1]);
    const stranger = table.update(address(3), 0, 5, -50);
    expect([table.isConfigured(stranger), table.ownPolicy[stranger]]).toEqual([false, NO_POLICY]);
  });

  it('configures a tag that was heard where it is, and forgets its reports only when its policy changes', () => {
    const table = new TagTable({ capacity: 2 });
    const tag = table.update(address(1), 0, 5, -50);
    table.reported(table.stream(tag, 1, 0), 6, 0, 0);
    expect(table.configure(address(1), 0, NO_POLICY)).toBe(tag);
    expect(table.reports[table.stream(tag, 1, 0)]).toBe(1);
    expect(table.configure(address(1), 0, 3)).toBe(tag);
    expect(table.reports[table.stream(tag, 1, 0)]).toBe(0);
    expect([table.advertisements[tag], table.configuredCount, table.size]).toEqual([1, 1, 1]);
    expect(table.leastRecent()).toBe(-1);
    expect([table.nextUsed(-1), table.nextUsed(tag)]).toEqual([tag, -1]);
  });

  it.each([-1, NaN, 86400001])('refuses a stay of %d', (stay) => {
    expect(() => new TagTable({ stay })).toThrow('tag table stay must be a number from 0 to 86400000 ms, got ' + stay);
  });

  it('leaves a tag that was heard just now its place, but not against a configured one', () => {
    const table = new TagTable({ capacity: 2, stay: 1000 });
    table.update(address(1), 0, 0, -50);
    table.update(address(2), 0, 0, -50);
    table.update(address(1), 0, 500, -50);
    expect(table.update(address(3), 0, 999, -50)).toBe(-1);
    expect([table.refused, table.replaced]).toEqual([1, 0]);
    expect(table.update(address(3), 0, 1000, -50)).toBeGreaterThanOrEqual(0);
    expect(table.find(address(2), 0)).toBe(-1);
    expect(table.update(address(2), 0, 1499, -50)).toBe(-1);
    expect(table.configure(address(4), 0, NO_POLICY)).toBeGreaterThanOrEqual(0);
    expect(table.find(address(1), 0)).toBe(-1);
    expect([table.refused, table.replaced]).toEqual([2, 2]);
  });

  it('tells which tag was replaced last', () => {
    const table = new TagTable({ capacity: 1 });
    table.update(address(1), 0, 5, -51);
    expect(table.replacedIndex).toBe(-1);
    const index = table.update(address(2), 0, 10, -52);
    expect(table.replacedIndex).toBe(index);
    expect(addressOf(table, table.capacity)).toBe(address(1).join());
    expect([table.lastSeen[table.capacity], table.rssi[table.capacity]]).toEqual([5, -51]);
  });

  it('keeps mean and maximum of the signal strength since the last report of the tag', () => {
    const table = new TagTable({ capacity: 2, window: true });
    const tag = table.update(address(1), 0, 0, -60);
    table.update(address(2), 0, 0, -10);
    table.update(address(1), 0, 1, RSSI_UNKNOWN);
    table.update(address(1), 0, 2, -50);
    table.update(address(1), 0, 3, -80);
    expect([table.windowSize(tag), table.windowMax(tag)]).toEqual([3, -50]);
    expect(table.windowMean(tag)).toBeCloseTo(-190 / 3, 9);
    table.reported(table.stream(tag, 1, 0), 4, 0, 0);
    expect([table.windowSize(tag), table.windowMean(tag), table.windowMax(tag)]).toEqual([
      0,
      RSSI_UNKNOWN,
      RSSI_UNKNOWN,
    ]);
    table.update(address(1), 0, 5, -90);
    expect([table.windowSize(tag), table.windowMean(tag), table.windowMax(tag)]).toEqual([1, -90, -90]);
  });

  it('keeps the mean of a window without end in bounds', () => {
    const table = new TagTable({ capacity: 1, window: true });
    for (let i = 0; i < 200000; i++) table.update(address(1), 0, i, i % 2 ? -60 : -62);
    expect(table.windowSize(0)).toBeLessThanOrEqual(65535);
    expect(table.windowMean(0)).toBeCloseTo(-61, 2);
    expect(table.windowMax(0)).toBe(-60);
  });

  it.each([-127, -1, 20])('keeps %d dBm in a window without end', (rssi) => {
    const table = new TagTable({ capacity: 1, window: true });
    for (let i = 0; i < 300000; i++) {
      table.update(address(1), 0, i, rssi);
      const off = Math.abs(table.windowMean(0) - rssi);
      if (!(off < 0.01) || table.windowMax(0) !== rssi) expect.fail(`after ${i + 1}`);
    }
  });

  it('keeps with which type of its address a tag was accepted, until its place has another tag', () => {
    const table = new TagTable({ capacity: 2, repeats: true });
    const tag = table.update(address(1), 0, 0, -60);
    const other = table.update(address(2), 0, 1, -60);
    const accepted = (): boolean[] => [table.isAccepted(tag, 0), table.isAccepted(tag, 1), table.isAccepted(other, 1)];
    table.accept(tag, 1);
    expect(accepted()).toEqual([false, true, false]);
    table.accept(tag, 0);
    expect([accepted(), table.ownPolicy[tag]]).toEqual([[true, true, false], NO_POLICY]);
    expect(table.update(address(3), 0, 2, -60)).toBe(tag);
    expect(accepted()).toEqual([false, false, false]);
    table.accept(other, 1);
    table.forgetAllSaid();
    expect(accepted()).toEqual([false, false, false]);
  });

  it('keeps what a tag said last, until its place has another tag or another policy', () => {
    const table = new TagTable({ capacity: 1, repeats: true });
    const tag = table.update(address(1), 0, 0, -60);
    const said = (sum: number, remainder: number): number => noteOf(table, tag, { sum, remainder });
    const digest = { sum: 5, remainder: 0x923456ff };
    expect(said(5, 0x12345600)).toBe(-1);
    table.keepSaid(tag, digest, 0xa7);
    expect([said(5, 0x923456ff), said(4, 0x923456ff)]).toEqual([0xa7, -1]);
    // The lowest byte is not compared.
    expect([said(5, 0x92345600), said(5, 0x923457ff), said(5, 0x123456ff)]).toEqual([0xa7 ^ 0xff, -1, -1]);
    table.update(address(1), 0, 1, -60);
    expect(noteOf(table, tag, digest)).toBe(0xa7);
    table.update(address(2), 0, 2, -60);
    expect(noteOf(table, tag, digest)).toBe(-1);
    table.keepSaid(tag, digest, 1);
    table.configure(address(2), 0, 3);
    expect(noteOf(table, tag, digest)).toBe(-1);
    table.keepSaid(tag, digest, 1);
    table.forgetAllSaid();
    expect(noteOf(table, tag, digest)).toBe(-1);
    const without = new TagTable({ capacity: 1 });
    expect(without.said).toBeUndefined();
    without.keepSaid(without.update(address(1), 0, 0, -60), digest, 7);
  });

  it('has no window unless asked', () => {
    const table = new TagTable({ capacity: 1 });
    table.update(address(1), 0, 0, -60);
    expect([table.windowSize(0), table.windowMean(0), table.windowMax(0)]).toEqual([0, RSSI_UNKNOWN, RSSI_UNKNOWN]);
    expect([table.reportedStates, table.reportedSequence, table.reportedValues]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    [{}, 64 * 126],
    [{ window: true }, 64 * 132],
    [{ window: true, events: true }, 64 * 164],
    [{ window: true, events: true, deltas: 2 }, 64 * (164 + 8 + 2 + 8)],
    [{ window: true, events: true, deltas: 2, deltaRows: 6 }, 64 * (164 + 8) + 6 * (2 + 8)],
    [{ window: true, events: true, repeats: true }, 64 * (164 + 8)],
  ])('takes with %j %d bytes for 64 tags', (options, bytes) => {
    const table = new TagTable({ ...options, capacity: 64 });
    // Of the tag that was replaced last: address, time and signal strength.
    expect(table.lastSeen.buffer.byteLength).toBe(bytes + 6 + 8 + 1);
    expect(tagTableBytes({ ...options, capacity: 64 })).toBe(bytes + 6 + 8 + 1);
  });

  it('has columns that do not overlap', () => {
    const sizes = fc.record({
      capacity: fc.integer({ min: 1, max: 70 }),
      window: fc.boolean(),
      events: fc.boolean(),
      deltas: fc.nat(8),
      deltaRows: fc.constantFrom(1, 2, 3, 4),
      repeats: fc.boolean(),
    });
    fc.assert(
      fc.property(sizes, (options) => {
        const columns = Object.values(new TagTable(options)).filter((value) => ArrayBuffer.isView(value));
        const ends = columns
          .map(({ byteOffset, byteLength }) => [byteOffset, byteOffset + byteLength] as const)
          .sort((a, b) => a[0] - b[0]);
        ends.forEach(([from], i) => expect(from).toBe(i === 0 ? 0 : ends[i - 1]![1]));
        expect(ends.at(-1)![1]).toBe(columns[0]!.buffer.byteLength);
        expect(tagTableBytes(options)).toBe(columns[0]!.buffer.byteLength);
      }),
    );
  });

  it('does what a map ordered by recency does', () => {
    const command = fc.record({
      number: fc.nat(24),
      action: fc.constantFrom('update', 'update', 'update', 'update', 'find', 'remove', 'configure'),
      rssi: fc.integer({ min: -127, max: 20 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(command, { maxLength: 120 }), (capacity, commands) => {
        const table = new TagTable({ capacity });
        const model = new Map<string, { first: number; last: number; rssi: number; count: number; index: number }>();
        const configured = new Set<string>();
        const strangers = () => [...model.keys()].filter((key) => !configured.has(key));
        let replaced = 0;
        let refused = 0;
        commands.forEach(({ number, action, rssi }, now) => {
          const bytes = address(number);
          const key = bytes.join();
          const known = model.get(key);
          expect(table.find(bytes, 0)).toBe(known ? known.index : -1);
          if (action === 'remove' && known) {
            table.remove(known.index);
            model.delete(key);
            configured.delete(key);
          } else if (!known && model.size === capacity && strangers().length === 0) {
            if (action === 'update') refused++;
            if (action === 'update') expect(table.update(bytes, 0, now, rssi)).toBe(-1);
            if (action === 'configure') expect(table.configure(bytes, 0, 1)).toBe(-1);
          } else if (action === 'configure') {
            const index = table.configure(bytes, 0, 1);
            if (known) expect(index).toBe(known.index);
            if (!known && model.size === capacity) {
              model.delete(strangers()[0]!);
              replaced++;
            }
            if (!known) model.set(key, { first: 0, last: 0, rssi: RSSI_UNKNOWN, count: 0, index });
            configured.add(key);
          } else if (action === 'update') {
            const index = table.update(bytes, 0, now, rssi);
            if (known) expect(index).toBe(known.index);
            if (!known && model.size === capacity) {
              model.delete(strangers()[0]!);
              replaced++;
            }
            model.delete(key);
            model.set(key, {
              first: known?.count ? known.first : now,
              last: now,
              rssi,
              count: (known?.count ?? 0) + 1,
              index,
            });
          }
          expect(table.size).toBe(model.size);
          expect([table.replaced, table.refused]).toEqual([replaced, refused]);
          expect(table.configuredCount).toBe(configured.size);
        });
        expect(order(table)).toEqual(strangers());
        let used = 0;
        for (let i = table.nextUsed(-1); i >= 0; i = table.nextUsed(i)) used++;
        expect(used).toBe(model.size);
        expect(new Set([...model.values()].map((tag) => tag.index)).size).toBe(model.size);
        for (const [key, tag] of model) {
          expect(addressOf(table, tag.index)).toBe(key);
          expect(table.firstSeen[tag.index]).toBe(tag.first);
          expect(table.lastSeen[tag.index]).toBe(tag.last);
          expect(table.rssi[tag.index]).toBe(tag.rssi);
          expect(table.advertisements[tag.index]).toBe(tag.count);
          expect(table.isConfigured(tag.index)).toBe(configured.has(key));
          expect(table.ownPolicy[tag.index]).toBe(configured.has(key) ? 1 : NO_POLICY);
        }
      }),
      { numRuns: 500 },
    );
  });
});
