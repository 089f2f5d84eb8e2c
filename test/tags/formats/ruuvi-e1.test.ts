import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeReading, FormatNumber, ReadingState } from '../../../src/tags/index.js';
import { bigEndian } from '../advertisement.js';
import { fromHex, toHex } from '../hex.js';
import { decodeRuuvi } from './ruuvi.js';

describe('Ruuvi E1', () => {
  const valid = fromHex('e1170c5668c79e0065007004bd11ca00c90a0213e0acffffffdecdee10ffffffffffcbb8334c884f');

  it('reads the example of its manual, whose table has the calibration bit wrong', () => {
    const { format, reading } = decodeRuuvi(valid);
    expect(format).toBe(FormatNumber.ruuviE1);
    expect(reading.sequenceBits).toBe(24);
    expect(describeReading(reading)).toEqual({
      format: 'ruuvi-e1',
      state: 'ok',
      fields: {
        temperature: 29.5,
        humidity: 55.3,
        pressure: 1011.02,
        pm1: 10.1,
        pm25: 11.2,
        pm4: 121.3,
        pm10: 455.4,
        co2: 201,
        vocIndex: 20,
        noxIndex: 4,
        illuminance: 13027,
        sequence: 14601710,
        calibrating: false,
      },
      ids: { mac: 'CB:B8:33:4C:88:4F' },
    });
  });

  it('has nothing but the flag where each value is marked as missing', () => {
    const bytes = fromHex('e18000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff');
    bytes[28] = 0xfe;
    expect(describeReading(decodeRuuvi(bytes).reading)).toEqual({
      format: 'ruuvi-e1',
      state: 'ok',
      fields: { calibrating: false },
      ids: {},
    });
  });

  it("does not repeat the advertiser's address", () => {
    expect(describeReading(decodeRuuvi(valid, fromHex('cbb8334c884f')).reading).ids).toEqual({});
  });

  it.each(Array.from(valid.slice(1), (_, i) => i + 1))('is malformed when cut after %d bytes', (length) => {
    const { format, reading } = decodeRuuvi(valid.slice(0, length));
    expect(format).toBe(0);
    expect([reading.format, reading.state]).toEqual([FormatNumber.ruuviE1, ReadingState.malformed]);
    expect(reading.fieldCount).toBe(0);
  });

  it('is malformed when longer', () => {
    expect(decodeRuuvi([...valid, 0]).reading.state).toBe(ReadingState.malformed);
  });

  it.each([[[]], [[0xe0, ...valid.slice(1)]], [[0xe2, ...valid.slice(1)]]])('leaves %j to others', (value) => {
    expect(decodeRuuvi(value).reading.format).toBe(0);
  });

  it('gives back what was encoded', () => {
    const u16 = fc.nat(0xfffe);
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: -0x7fff, max: 0x7fff }), u16, u16),
        fc.tuple(u16, u16, u16, u16),
        fc.tuple(u16, fc.nat(0x1fe), fc.nat(0x1fe)),
        fc.tuple(fc.nat(0xfffffe), fc.nat(0xfffffe), fc.nat(0x3f)),
        fc.uint8Array({ minLength: 6, maxLength: 6, max: 0xfe }),
        ([temperature, humidity, pressure], particles, [co2, voc, nox], [luminosity, sequence, flags], mac) => {
          const { reading } = decodeRuuvi([
            0xe1,
            ...bigEndian(temperature & 0xffff, 2),
            ...bigEndian(humidity, 2),
            ...bigEndian(pressure, 2),
            ...particles.flatMap((one) => bigEndian(one, 2)),
            ...bigEndian(co2, 2),
            voc >> 1,
            nox >> 1,
            ...bigEndian(luminosity, 3),
            ...[0, 0, 0],
            ...bigEndian(sequence, 3),
            ((nox & 1) << 7) | ((voc & 1) << 6) | flags,
            ...[0, 0, 0, 0, 0],
            ...mac,
          ]);
          const { fields, ids } = describeReading(reading);
          expect(fields).toEqual({
            temperature: temperature / 200 + 0,
            humidity: humidity / 400,
            pressure: (pressure + 50000) / 100,
            pm1: particles[0] / 10,
            pm25: particles[1] / 10,
            pm4: particles[2] / 10,
            pm10: particles[3] / 10,
            co2,
            vocIndex: voc,
            noxIndex: nox,
            illuminance: luminosity / 100,
            sequence,
            calibrating: (flags & 1) === 1,
          });
          expect(ids.mac!.replaceAll(':', '').toLowerCase()).toBe(toHex(mac));
        },
      ),
    );
  });
});
