import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeReading, FormatNumber, ReadingState } from '../../../src/tags/index.js';
import { bigEndian } from '../advertisement.js';
import { fromHex, toHex } from '../hex.js';
import { decodeRuuvi } from './ruuvi.js';

describe('Ruuvi C5', () => {
  const valid = fromHex('c512fc5394c37cac364200cdcbb8334c884f');

  it('reads the example of its manual, there printed with 05 in place of C5', () => {
    const { format, reading } = decodeRuuvi(valid);
    expect(format).toBe(FormatNumber.ruuviC5);
    expect(reading.sequenceBits).toBe(16);
    expect(describeReading(reading)).toEqual({
      format: 'ruuvi-c5',
      state: 'ok',
      fields: {
        temperature: 24.3,
        humidity: 53.49,
        pressure: 1000.44,
        batteryVoltage: 2.977,
        txPower: 4,
        movementCount: 66,
        sequence: 205,
      },
      ids: { mac: 'CB:B8:33:4C:88:4F' },
    });
  });

  it('reads the greatest and least values of its manual', () => {
    expect(describeReading(decodeRuuvi(fromHex('c57ffffffefffeffdefefffecbb8334c884f')).reading).fields).toEqual({
      temperature: 163.835,
      humidity: 163.835,
      pressure: 1155.34,
      batteryVoltage: 3.646,
      txPower: 20,
      movementCount: 254,
      sequence: 65534,
    });
    expect(describeReading(decodeRuuvi(fromHex('c58001000000000000000000cbb8334c884f')).reading).fields).toEqual({
      temperature: -163.835,
      humidity: 0,
      pressure: 500,
      batteryVoltage: 1.6,
      txPower: -40,
      movementCount: 0,
      sequence: 0,
    });
  });

  it('has nothing where each value is marked as missing', () => {
    const { format, reading } = decodeRuuvi(fromHex('c58000ffffffffffffffffffffffffffffff'));
    expect(format).toBe(FormatNumber.ruuviC5);
    expect(describeReading(reading)).toEqual({ format: 'ruuvi-c5', state: 'ok', fields: {}, ids: {} });
  });

  it("does not repeat the advertiser's address", () => {
    expect(describeReading(decodeRuuvi(valid, fromHex('cbb8334c884f')).reading).ids).toEqual({});
  });

  it.each(Array.from(valid.slice(1), (_, i) => i + 1))('is malformed when cut after %d bytes', (length) => {
    const { format, reading } = decodeRuuvi(valid.slice(0, length));
    expect(format).toBe(0);
    expect([reading.format, reading.state]).toEqual([FormatNumber.ruuviC5, ReadingState.malformed]);
    expect(reading.fieldCount).toBe(0);
  });

  it('is malformed when longer', () => {
    expect(decodeRuuvi([...valid, 0]).reading.state).toBe(ReadingState.malformed);
  });

  it.each([[[]], [[0xc4, ...valid.slice(1)]]])('leaves %j to others', (value) => {
    expect(decodeRuuvi(value).reading.format).toBe(0);
  });

  it('gives back what was encoded', () => {
    const u16 = fc.nat(0xfffe);
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: -0x7fff, max: 0x7fff }), u16, u16),
        fc.tuple(fc.nat(0x7fe), fc.nat(0x1e), fc.nat(0xfe), u16),
        fc.uint8Array({ minLength: 6, maxLength: 6 }),
        ([temperature, humidity, pressure], [battery, power, movements, sequence], mac) => {
          const { reading } = decodeRuuvi([
            0xc5,
            ...bigEndian(temperature & 0xffff, 2),
            ...bigEndian(humidity, 2),
            ...bigEndian(pressure, 2),
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
            batteryVoltage: (battery + 1600) / 1000,
            txPower: 2 * power - 40,
            movementCount: movements,
            sequence,
          });
          const address = toHex(mac);
          expect(ids.mac?.replaceAll(':', '').toLowerCase()).toBe(address === 'ffffffffffff' ? undefined : address);
        },
      ),
    );
  });
});
