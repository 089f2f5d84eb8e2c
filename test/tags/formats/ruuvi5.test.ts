import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeReading, FormatNumber, ReadingState } from '../../../src/tags/index.js';
import { bigEndian } from '../advertisement.js';
import { fromHex, toHex } from '../hex.js';
import { decodeRuuvi } from './ruuvi.js';

describe('Ruuvi 5', () => {
  const valid = fromHex('0512fc5394c37c0004fffc040cac364200cdcbb8334c884f');

  it('reads the example of its manual', () => {
    const { format, reading } = decodeRuuvi(valid);
    expect(format).toBe(FormatNumber.ruuvi5);
    expect(reading.sequenceBits).toBe(16);
    expect(describeReading(reading)).toEqual({
      format: 'ruuvi5',
      state: 'ok',
      fields: {
        temperature: 24.3,
        humidity: 53.49,
        pressure: 1000.44,
        accelerationX: 0.004,
        accelerationY: -0.004,
        accelerationZ: 1.036,
        batteryVoltage: 2.977,
        txPower: 4,
        movementCount: 66,
        sequence: 205,
      },
      ids: { mac: 'CB:B8:33:4C:88:4F' },
    });
  });

  it("does not repeat the advertiser's address", () => {
    expect(describeReading(decodeRuuvi(valid, fromHex('cbb8334c884f')).reading).ids).toEqual({});
    expect(describeReading(decodeRuuvi(valid, fromHex('cbb8334c8840')).reading).ids).toEqual({
      mac: 'CB:B8:33:4C:88:4F',
    });
  });

  it('has nothing where each value is marked as missing', () => {
    const { format, reading } = decodeRuuvi(fromHex('058000ffffffff800080008000ffffffffffffffffffffff'));
    expect(format).toBe(FormatNumber.ruuvi5);
    expect(describeReading(reading)).toEqual({ format: 'ruuvi5', state: 'ok', fields: {}, ids: {} });
  });

  it.each([0, 1, 17, 22, 24])('is malformed with %d bytes behind its number', (length) => {
    const { format, reading } = decodeRuuvi([5, ...new Uint8Array(length)]);
    expect(format).toBe(0);
    expect([reading.format, reading.state]).toEqual([FormatNumber.ruuvi5, ReadingState.malformed]);
    expect(reading.fieldCount).toBe(0);
  });

  it.each([[[]], [[4, 0]], [[0xff]]])('leaves %j to others', (value) => {
    expect(decodeRuuvi(value).reading.format).toBe(0);
  });

  it('gives back what was encoded', () => {
    const s16 = fc.integer({ min: -0x7fff, max: 0x7fff });
    const u16 = fc.nat(0xfffe);
    const address = fc.uint8Array({ minLength: 6, maxLength: 6, max: 0xfe });
    fc.assert(
      fc.property(
        fc.tuple(s16, u16, u16),
        fc.tuple(s16, s16, s16),
        fc.tuple(fc.nat(0x7fe), fc.nat(0x1e), fc.nat(0xfe), u16),
        address,
        ([temperature, humidity, pressure], acceleration, [battery, power, movements, sequence], mac) => {
          const { reading } = decodeRuuvi([
            5,
            ...bigEndian(temperature & 0xffff, 2),
            ...bigEndian(humidity, 2),
            ...bigEndian(pressure, 2),
            ...acceleration.flatMap((one) => bigEndian(one & 0xffff, 2)),
            ...bigEndian((battery << 5) | power, 2),
            movements,
            ...bigEndian(sequence, 2),
            ...mac,
          ]);
          const { fields, ids } = describeReading(reading);
          expect(fields).toEqual({
            temperature: temperature / 200 + 0,
            humidity: humidity / 400,
            pressure: (pressure + 50000) / 100,
            accelerationX: acceleration[0] / 1000 + 0,
            accelerationY: acceleration[1] / 1000 + 0,
            accelerationZ: acceleration[2] / 1000 + 0,
            batteryVoltage: (battery + 1600) / 1000,
            txPower: 2 * power - 40,
            movementCount: movements,
            sequence,
          });
          expect(ids.mac!.replaceAll(':', '').toLowerCase()).toBe(toHex(mac));
        },
      ),
    );
  });
});
