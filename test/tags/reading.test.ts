import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buttonEventNames,
  ButtonEvent,
  eventNames,
  Field,
  FIELD_COUNT,
  fieldDecimals,
  fieldMaxima,
  fieldMinima,
  fieldNames,
  fieldUnits,
  FORMATS_SIZE,
  formatName,
  formats,
  IDENTITY_SIZE,
  IdentityKind,
  MAX_FIELDS,
  nextOfKind,
  Reading,
  ReadingState,
  State,
  STATE_COUNT,
  stateFlagNames,
} from '../../src/tags/index.js';

describe('the tables', () => {
  it('give every field, state and button event a name of its own', () => {
    expect(fieldNames).toHaveLength(FIELD_COUNT);
    expect(fieldUnits).toHaveLength(FIELD_COUNT);
    expect(stateFlagNames).toHaveLength(STATE_COUNT);
    expect(buttonEventNames).toHaveLength(ButtonEvent.release + 1);
    expect(FIELD_COUNT).toBeLessThanOrEqual(127);
    expect(STATE_COUNT).toBeLessThanOrEqual(64);
    // Fields and states share one JSON object with the identity and what stands around the reading.
    const around = ['address', 'format', 'state', 'rssi', 'time', 'uuid', 'namespace', 'instance', 'url', 'eid'];
    const all = [...fieldNames, ...stateFlagNames, ...around, 'mac', 'text', 'raw'];
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
    for (const decimals of fieldDecimals) expect(decimals).toBeLessThanOrEqual(6);
    expect(new Set(eventNames).size).toBe(eventNames.length);
    expect(new Set(buttonEventNames).size).toBe(buttonEventNames.length);
  });

  it('name each field as its number is named', () => {
    const source = readFileSync(new URL('../../src/tags/field.ts', import.meta.url), 'utf8');
    const members = (name: string) => {
      const [, body] = new RegExp('const enum ' + name + ' \\{([^}]*)\\}').exec(source)!;
      return [...body!.matchAll(/^ {2}(\w+) = (\d+),$/gm)].map(([, member, number]) => [member, Number(number)]);
    };
    expect(members('Field')).toEqual(fieldNames.map((name, field) => [name, field]));
    expect(members('State')).toEqual(stateFlagNames.map((name, state) => [name, state]));
    expect(members('ButtonEvent').map(([, number]) => number)).toEqual(buttonEventNames.map((_, event) => event));
  });

  it('know the next field of the same kind by its name', () => {
    for (let field = 0; field < FIELD_COUNT; field++) {
      const [, kind, number] = /^(.*?)(\d*)$/.exec(fieldNames[field]!)!;
      const next = fieldNames.indexOf(kind + String(Number(number || 1) + 1));
      // Particulate matter is named by its size.
      expect(nextOfKind(field)).toBe(kind === 'pm' ? -1 : next);
    }
  });

  it('list every format once, with a number and a name of its own', () => {
    expect(new Set(formats.map((format) => format.number)).size).toBe(formats.length);
    expect(new Set(formats.map((format) => format.name)).size).toBe(formats.length);
    for (const format of formats) {
      expect(format.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(format.number).toBeGreaterThanOrEqual(1);
      expect(format.number).toBeLessThanOrEqual(63);
      expect(formatName(format.number)).toBe(format.name);
    }
    expect(formatName(0)).toBe('unknown');
    expect(formatName(255)).toBe('unknown');
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

  it('goes over its fields in the order of their numbers', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(FIELD_COUNT - 1), { maxLength: MAX_FIELDS }), (list) => {
        const reading = new Reading();
        for (const field of list) reading.set(field, 1);
        const found: number[] = [];
        for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) found.push(field);
        expect(found).toEqual(list.sort((a, b) => a - b));
        expect(reading.fieldCount).toBe(list.length);
      }),
    );
  });

  it('leaves out what no sensor can mean', () => {
    for (let field = 0; field < FIELD_COUNT; field++) {
      const [min, max] = [fieldMinima[field]!, fieldMaxima[field]!];
      expect(min).toBeLessThan(max);
      for (const value of [NaN, Infinity, -Infinity, min - 0.01 - 2e-16 * Math.abs(min), max + 0.01 + 4e-16 * max]) {
        const reading = new Reading();
        reading.set(field, value);
        expect([field, value, reading.has(field)]).toEqual([field, value, false]);
      }
      for (const value of [min, max]) {
        const reading = new Reading();
        reading.set(field, value);
        expect([field, reading.get(field)]).toEqual([field, value]);
      }
    }
    const kelvin = new Reading();
    kelvin.add(Field.temperature, -300);
    kelvin.add(Field.temperature, 20);
    expect([kelvin.get(Field.temperature), kelvin.has(Field.temperature2)]).toEqual([20, false]);
  });

  it('has one hash for the same fields, states and kind of identity, and another one for others', () => {
    const sets: ((reading: Reading) => void)[] = [
      () => undefined,
      (reading) => reading.set(Field.temperature, 20),
      (reading) => reading.set(Field.humidity, 20),
      (reading) => reading.set(Field.illuminance, 20),
      (reading) => reading.set(Field.moisture, 20),
      (reading) => reading.set(Field.vocPpb, 20),
      (reading) => reading.setState(State.motion, true),
      (reading) => reading.setState(State.light, true),
      (reading) => reading.setState(State.led, true),
      (reading) => reading.setIdentity(IdentityKind.raw, new Uint8Array(4), 0, 4),
      (reading) => reading.setIdentity(IdentityKind.text, new Uint8Array(4), 0, 4),
    ];
    const made = sets.map((set) => {
      const reading = new Reading();
      set(reading);
      return reading;
    });
    // A table of tags keeps the highest bits.
    expect(new Set(made.map((reading) => reading.fieldSet() >>> 22)).size).toBe(made.length);
    const warm = new Reading();
    warm.set(Field.temperature, 30);
    const dark = new Reading();
    dark.setState(State.light, false);
    expect([warm.fieldSet(), dark.fieldSet()]).toEqual([made[1]!.fieldSet(), made[7]!.fieldSet()]);
  });

  it('holds a bounded number of fields and counts what finds no room', () => {
    const reading = new Reading();
    for (let field = 0; field < FIELD_COUNT; field++) reading.set(field, 1);
    expect(reading.fieldCount).toBe(MAX_FIELDS);
    expect(reading.leftOut).toBe(FIELD_COUNT - MAX_FIELDS);
  });

  it('adds a repeated field as the next of its kind, as far as there are any', () => {
    const reading = new Reading();
    for (let i = 1; i <= 9; i++) reading.add(Field.temperature, i);
    reading.add(Field.humidity, 50);
    reading.add(Field.humidity, 51);
    expect(reading.get(Field.temperature)).toBe(1);
    expect(reading.get(Field.temperature2)).toBe(2);
    expect(reading.get(Field.temperature8)).toBe(8);
    expect(reading.get(Field.humidity2)).toBe(51);
    expect(reading.leftOut).toBe(1);
  });

  it("does not take another format's value for a repetition", () => {
    const reading = new Reading();
    reading.set(Field.temperature, 1);
    reading.beginFormat();
    reading.add(Field.temperature, 2);
    expect(reading.get(Field.temperature)).toBe(1);
    expect(reading.has(Field.temperature2)).toBe(false);
  });

  it('keeps each state as true, false or not known', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.nat(63), fc.boolean()), { selector: ([state]) => state }), (list) => {
        const reading = new Reading();
        for (const [state, value] of list) reading.setState(state, value);
        for (const [state, value] of list) reading.setState(state, !value);
        const known = new Map(list);
        for (let state = 0; state < 64; state++) {
          const value = known.get(state);
          expect(reading.getState(state)).toBe(value === undefined ? -1 : Number(value));
        }
      }),
    );
  });

  it('keeps the first sequence with its bits', () => {
    const reading = new Reading();
    reading.setSequence(7, 16);
    reading.setSequence(9, 8);
    expect([reading.get(Field.sequence), reading.sequenceBits]).toEqual([7, 16]);
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
    // The edition says that something was set, not what.
    const content = ({ edition: _edition, ...rest }: Reading): object => rest;
    expect(content(other)).toEqual(content(one));
    other.copy(other);
    expect(content(other)).toEqual(content(one));
  });
});
