import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeReading, FormatNumber, ReadingState } from '../../../src/tags/index.js';
import { bigEndian } from '../advertisement.js';
import { fromHex } from '../hex.js';
import { decodeRuuvi } from './ruuvi.js';

/** By the formula of the manual. */
const luminosity = (code: number): number => Math.exp((code * Math.log(65536)) / 254) - 1;

describe('Ruuvi 6', () => {
  const valid = fromHex('06170c5668c79e007000c90501d9ffcd004c884f');

  it('reads the example of its manual', () => {
    const { format, reading } = decodeRuuvi(valid);
    expect(format).toBe(FormatNumber.ruuvi6);
    expect(reading.sequenceBits).toBe(8);
    expect(describeReading(reading)).toEqual({
      format: 'ruuvi6',
      state: 'ok',
      fields: {
        temperature: 29.5,
        humidity: 55.3,
        pressure: 1011.02,
        pm25: 11.2,
        co2: 201,
        vocIndex: 10,
        noxIndex: 2,
        illuminance: expect.closeTo(13026.67, 2) as number,
        sequence: 205,
        calibrating: false,
      },
      ids: {},
    });
  });

  it('has nothing but sequence and flag where each value is marked as missing', () => {
    const { format, reading } = decodeRuuvi(fromHex('068000ffffffffffffffffffffffffffffffffff'));
    expect(format).toBe(FormatNumber.ruuvi6);
    expect(describeReading(reading)).toEqual({
      format: 'ruuvi6',
      state: 'ok',
      fields: { sequence: 255, calibrating: true },
      ids: {},
    });
  });

  it.each([
    [0x00, 0, 0],
    [0x40, 1, 0],
    [0x80, 0, 1],
    [0xc0, 1, 1],
  ])('takes the lowest bits of the indices from the flags %d', (flags, voc, nox) => {
    const bytes = Uint8Array.from(valid);
    bytes[16] = flags;
    const { fields } = describeReading(decodeRuuvi(bytes).reading);
    expect([fields.vocIndex, fields.noxIndex]).toEqual([10 + voc, 2 + nox]);
  });

  it('reads an index of 510, and none of 511', () => {
    const bytes = Uint8Array.from(valid);
    bytes.set([0xff, 0xff], 11);
    expect(describeReading(decodeRuuvi(bytes).reading).fields).toMatchObject({ vocIndex: 510, noxIndex: 510 });
    bytes[16] = 0x40;
    expect(describeReading(decodeRuuvi(bytes).reading).fields).not.toHaveProperty('vocIndex');
    expect(describeReading(decodeRuuvi(bytes).reading).fields).toHaveProperty('noxIndex');
  });

  // The manual gives the value of 7E for 80; all its others, and its formula, agree with this.
  it.each([
    [0x00, 0],
    [0x01, 0.04],
    [0x10, 1.01],
    [0x7e, 244.06],
    [0x80, 266.43],
    [0xfe, 65535],
  ])('reads the luminosity %d as %d lx', (code, expected) => {
    const bytes = Uint8Array.from(valid);
    bytes[13] = code;
    expect(describeReading(decodeRuuvi(bytes).reading).fields.illuminance).toBeCloseTo(expected, 2);
  });

  it.each(Array.from(valid.slice(1), (_, i) => i + 1))('is malformed when cut after %d bytes', (length) => {
    const { format, reading } = decodeRuuvi(valid.slice(0, length));
    expect(format).toBe(0);
    expect([reading.format, reading.state]).toEqual([FormatNumber.ruuvi6, ReadingState.malformed]);
    expect(reading.fieldCount).toBe(0);
  });

  it('is malformed when longer', () => {
    expect(decodeRuuvi([...valid, 0]).reading.state).toBe(ReadingState.malformed);
  });

  it.each([[[]], [[7, ...valid.slice(1)]]])('leaves %j to others', (value) => {
    expect(decodeRuuvi(value).reading.format).toBe(0);
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: -0x7fff, max: 0x7fff }), fc.nat(0xfffe), fc.nat(0xfffe)),
        fc.tuple(fc.nat(0xfffe), fc.nat(0xfffe), fc.nat(0x1fe), fc.nat(0x1fe)),
        fc.tuple(fc.nat(0xfe), fc.nat(0xff), fc.nat(0x3f)),
        ([temperature, humidity, pressure], [particles, co2, voc, nox], [code, sequence, flags]) => {
          const { reading } = decodeRuuvi([
            6,
            ...bigEndian(temperature & 0xffff, 2),
            ...bigEndian(humidity, 2),
            ...bigEndian(pressure, 2),
            ...bigEndian(particles, 2),
            ...bigEndian(co2, 2),
            voc >> 1,
            nox >> 1,
            code,
            0,
            sequence,
            ((nox & 1) << 7) | ((voc & 1) << 6) | flags,
            1,
            2,
            3,
          ]);
          const { illuminance, ...fields } = describeReading(reading).fields;
          expect(illuminance).toBeCloseTo(luminosity(code), 6);
          expect(fields).toEqual({
            temperature: temperature / 200 + 0,
            humidity: humidity / 400,
            pressure: (pressure + 50000) / 100,
            pm25: particles / 10,
            co2,
            vocIndex: voc,
            noxIndex: nox,
            sequence,
            calibrating: (flags & 1) === 1,
          });
        },
      ),
    );
  });
});
