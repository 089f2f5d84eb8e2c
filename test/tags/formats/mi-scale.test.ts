import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { littleEndian, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const WEIGHT_SCALE = 0x181d;
const BODY_COMPOSITION = 0x181b;
const decoder = new AdvertisementDecoder();

function decode(service: number, value: ArrayLike<number>) {
  const reading = new Reading();
  const bytes = Uint8Array.from(serviceData(service, value));
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  return { format, reading, fields: describeReading(reading).fields };
}

describe('Mi Smart Scale', () => {
  it('reads a person on the scale', () => {
    const { format, fields } = decode(WEIGHT_SCALE, fromHex('229e43e507040b101301'));
    expect(format).toBe(FormatNumber.miScale);
    expect(fields).toEqual({ mass: 86.55, stabilized: true, massRemoved: false });
  });

  it('reads pounds and catties', () => {
    expect(decode(WEIGHT_SCALE, fromHex('a37233e607020e10293a')).fields.mass).toBeCloseTo(59.738115, 6);
    expect(decode(WEIGHT_SCALE, fromHex('321027e607020e10293a')).fields.mass).toBe(50);
  });
});

describe('Mi Body Composition Scale', () => {
  it('reads mass and impedance', () => {
    const { format, fields } = decode(BODY_COMPOSITION, fromHex('0226b20705040f0201ac018642'));
    expect(format).toBe(FormatNumber.miScale);
    expect(fields).toEqual({ mass: 85.15, impedance: 428, stabilized: true, massRemoved: false });
  });

  it.each([
    ['is not there', '0224b20705040f0201ac018642'],
    ['is 0', '0226b20705040f020100008642'],
    ['could not be measured', '0226b20705040f0201fdff8642'],
    ['is none', '0226b20705040f0201ffff8642'],
  ])('has no impedance where it %s', (_, hex) => {
    expect(decode(BODY_COMPOSITION, fromHex(hex)).fields).toEqual({
      mass: 85.15,
      stabilized: true,
      massRemoved: false,
    });
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        fc.nat(0xffff),
        fc.integer({ min: 1, max: 3000 }),
        (done, off, mass, z) => {
          const control = 0x02 | (done ? 0x20 : 0) | (off ? 0x80 : 0);
          const value = [2, control, ...new Uint8Array(7), ...littleEndian(z, 2), ...littleEndian(mass, 2)];
          expect(decode(BODY_COMPOSITION, value).fields).toEqual({
            mass: mass / 200,
            impedance: z,
            stabilized: done,
            massRemoved: off,
          });
        },
      ),
    );
  });
});

describe('Scales of others', () => {
  it('are left alone', () => {
    for (let length = 0; length < 20; length++) {
      if (length !== 10) expect(decode(WEIGHT_SCALE, new Uint8Array(length)).reading.format).toBe(0);
      if (length !== 13) expect(decode(BODY_COMPOSITION, new Uint8Array(length)).reading.format).toBe(0);
    }
  });
});
