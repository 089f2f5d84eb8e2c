import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventNames,
  Field,
  FIELD_COUNT,
  fieldTable,
  FORMATS_SIZE,
  formatName,
  formats,
  IDENTITY_SIZE,
  IdentityKind,
  Reading,
  ReadingState,
} from '../../src/tags/index.js';

describe('the tables', () => {
  it('list every field at its number, with names and decimals of their own', () => {
    expect(fieldTable.map((entry) => entry.field)).toEqual(Array.from({ length: FIELD_COUNT }, (_, i) => i));
    expect(new Set(fieldTable.map((entry) => entry.name)).size).toBe(FIELD_COUNT);
    expect(FIELD_COUNT).toBeLessThanOrEqual(128);
    for (const entry of fieldTable) {
      expect(entry.name).toMatch(/^[a-z][A-Za-z0-9]*$/);
      expect(entry.decimals).toBeLessThanOrEqual(6);
    }
    expect(new Set(eventNames).size).toBe(eventNames.length);
  });

  it('list every format at its number, with a name of its own', () => {
    expect(formats.map((format) => format.number)).toEqual(formats.map((_, i) => i + 1));
    expect(new Set(formats.map((format) => format.name)).size).toBe(formats.length);
    for (const format of formats) expect(format.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(formatName(0)).toBe('unknown');
    expect(formatName(formats.length + 1)).toBe('unknown');
  });
});

describe('Reading', () => {
  it('keeps the first value of a field until it is cleared', () => {
    const reading = new Reading();
    expect(reading.has(Field.temperature)).toBe(false);
    expect(reading.get(Field.temperature)).toBe(0);
    reading.set(Field.temperature, 21.5);
    reading.set(Field.temperature, 3);
    expect(reading.get(Field.temperature)).toBe(21.5);
    reading.clear();
    expect(reading.has(Field.temperature)).toBe(false);
    reading.set(Field.temperature, 3);
    expect(reading.get(Field.temperature)).toBe(3);
  });

  it.each([NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)])('leaves a field absent for %d', (value) => {
    const reading = new Reading();
    reading.set(Field.pressure, value);
    expect(reading.has(Field.pressure)).toBe(false);
  });

  it('keeps the first identity, and none that is too long', () => {
    const reading = new Reading();
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => i);
    reading.setIdentity(IdentityKind.url, bytes, 0, IDENTITY_SIZE + 1);
    expect(reading.identityKind).toBe(IdentityKind.none);
    reading.setIdentity(IdentityKind.eid, bytes, 3, 8);
    reading.setIdentity(IdentityKind.uuid, bytes, 0, 16);
    expect(reading.identityKind).toBe(IdentityKind.eid);
    expect(Array.from(reading.identity.slice(0, reading.identityLength))).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('lists as many formats as it has room for', () => {
    const reading = new Reading();
    for (let format = 1; format <= FORMATS_SIZE + 2; format++) reading.addFormat(format);
    expect(Array.from(reading.formats)).toEqual([1, 2, 3, 4]);
    expect(reading.formatCount).toBe(FORMATS_SIZE);
  });

  it('copies all there is', () => {
    const one = new Reading();
    one.format = 4;
    one.state = ReadingState.ok;
    one.addFormat(4);
    one.setIdentity(IdentityKind.uuid, new Uint8Array(16).fill(7), 0, 16);
    one.set(Field.txPower, -12);
    const other = new Reading();
    other.set(Field.humidity, 3);
    other.copy(one);
    expect(other).toEqual(one);
    other.copy(other);
    expect(other).toEqual(one);
  });
});

describe('stateHash', () => {
  it('is the same for the same state, whatever was there before', () => {
    const values = fc.array(fc.tuple(fc.nat(FIELD_COUNT - 1), fc.double({ noNaN: true, min: -1e6, max: 1e6 })));
    fc.assert(
      fc.property(values, values, (before, list) => {
        const used = new Reading();
        for (const [field, value] of before) used.set(field, value);
        used.clear();
        const fresh = new Reading();
        for (const [field, value] of list) {
          used.set(field, value);
          fresh.set(field, value);
        }
        expect(used.stateHash()).toBe(fresh.stateHash());
      }),
    );
  });

  it('does not see what changes by itself, nor the sign of zero', () => {
    const reading = new Reading();
    reading.set(Field.temperature, 0);
    const hash = reading.stateHash();
    reading.set(Field.uptime, 17);
    reading.set(Field.advertisementCount, 17);
    expect(reading.stateHash()).toBe(hash);
    const negative = new Reading();
    negative.set(Field.temperature, -0);
    expect(negative.stateHash()).toBe(hash);
  });

  it('sees a value, its field, its absence, the state, the format and the identity', () => {
    const variants: ((reading: Reading) => void)[] = [
      () => undefined,
      (reading) => reading.set(Field.temperature, 0),
      (reading) => reading.set(Field.temperature, 1 / 256),
      (reading) => reading.set(Field.humidity, 0),
      (reading) => (reading.state = ReadingState.encrypted),
      (reading) => (reading.format = 2),
      (reading) => reading.setIdentity(IdentityKind.eid, new Uint8Array(8), 0, 8),
      (reading) => reading.setIdentity(IdentityKind.eid, new Uint8Array(8).fill(1), 0, 8),
    ];
    const hashes = variants.map((change) => {
      const reading = new Reading();
      change(reading);
      return reading.stateHash();
    });
    expect(new Set(hashes).size).toBe(variants.length);
  });
});
