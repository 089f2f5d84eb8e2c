import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeReading, FormatNumber, ReadingState } from '../../../src/tags/index.js';
import { bigEndian } from '../advertisement.js';
import { fromHex } from '../hex.js';
import { decodeRuuvi } from './ruuvi.js';

describe('Ruuvi 3', () => {
  const valid = fromHex('03291a1ece1efc18f94202ca0b53');

  it('reads the example of its manual', () => {
    const { format, reading } = decodeRuuvi(valid);
    expect(format).toBe(FormatNumber.ruuvi3);
    expect(describeReading(reading)).toEqual({
      format: 'ruuvi3',
      state: 'ok',
      fields: {
        temperature: 26.3,
        humidity: 20.5,
        pressure: 1027.66,
        accelerationX: -1,
        accelerationY: -1.726,
        accelerationZ: 0.714,
        batteryVoltage: 2.899,
      },
      ids: {},
    });
  });

  it('reads 18 bytes, to which early firmware pads it', () => {
    const { format, reading } = decodeRuuvi(Uint8Array.from([...valid, 0, 0, 0, 0]));
    expect(format).toBe(FormatNumber.ruuvi3);
    expect(describeReading(reading)).toEqual(describeReading(decodeRuuvi(valid).reading));
  });

  it.each([
    ['0000', 0],
    ['8145', -1.69],
    ['0145', 1.69],
    ['8000', 0],
    ['0063', 0.99],
    ['8063', -0.99],
    ['ff63', -127.99],
  ])('reads the temperature %s as %d', (hex, temperature) => {
    const bytes = Uint8Array.from(valid);
    bytes.set(fromHex(hex), 2);
    expect(describeReading(decodeRuuvi(bytes).reading).fields.temperature).toBe(temperature);
  });

  it('has no temperature of more than 99 hundredths, and no acceleration of -32768 mg', () => {
    const { reading } = decodeRuuvi(fromHex('03291a64ce1e8000800080000b53'));
    expect(Object.keys(describeReading(reading).fields)).toEqual(['humidity', 'pressure', 'batteryVoltage']);
  });

  it.each(Array.from(valid.slice(1), (_, i) => i + 1))('is malformed when cut after %d bytes', (length) => {
    const { format, reading } = decodeRuuvi(valid.slice(0, length));
    expect(format).toBe(0);
    expect([reading.format, reading.state]).toEqual([FormatNumber.ruuvi3, ReadingState.malformed]);
    expect(reading.fieldCount).toBe(0);
  });

  it('is malformed when longer', () => {
    expect(decodeRuuvi([...valid, 0]).reading.state).toBe(ReadingState.malformed);
  });

  it.each([[[]], [[2, ...valid.slice(1)]], [[4, ...valid.slice(1)]]])('leaves %j to others', (value) => {
    expect(decodeRuuvi(value).reading.format).toBe(0);
  });

  it('gives back what was encoded', () => {
    const axis = fc.integer({ min: -0x7fff, max: 0x7fff });
    fc.assert(
      fc.property(
        fc.tuple(fc.boolean(), fc.nat(127), fc.nat(99)),
        fc.tuple(fc.nat(0xff), fc.nat(0xffff), fc.integer({ min: 1, max: 60000 })),
        fc.tuple(axis, axis, axis),
        ([below, whole, hundredths], [humidity, pressure, battery], acceleration) => {
          const { reading } = decodeRuuvi([
            3,
            humidity,
            (below ? 0x80 : 0) | whole,
            hundredths,
            ...bigEndian(pressure, 2),
            ...acceleration.flatMap((one) => bigEndian(one & 0xffff, 2)),
            ...bigEndian(battery, 2),
          ]);
          expect(describeReading(reading).fields).toEqual({
            temperature: ((below ? -1 : 1) * (100 * whole + hundredths)) / 100 + 0,
            humidity: humidity / 2,
            pressure: (pressure + 50000) / 100,
            accelerationX: acceleration[0] / 1000 + 0,
            accelerationY: acceleration[1] / 1000 + 0,
            accelerationZ: acceleration[2] / 1000 + 0,
            batteryVoltage: battery / 1000,
          });
        },
      ),
    );
  });
});
