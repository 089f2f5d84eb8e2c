import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { littleEndian, manufacturerData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const TEXAS_INSTRUMENTS = 0x000d;
const NORDIC = 0x0059;
const INGICS = 0x082c;
const decoder = new AdvertisementDecoder();

function decode(company: number, value: ArrayLike<number>): Reading {
  const reading = new Reading();
  const bytes = Uint8Array.from(manufacturerData(company, value));
  decoder.decode(bytes, 0, bytes.length, reading);
  return reading;
}

const fields = (company: number, hex: string) => {
  const { format, state, fields } = describeReading(decode(company, fromHex(hex)));
  expect([format, state], hex).toEqual(['ingics', 'ok']);
  return fields;
};

describe('Ingics', () => {
  it.each([
    ['iBS02PIR2', '83bc4a0110aaaaffff000001140000', { batteryVoltage: 3.3, motion: true }],
    ['iBS02IR2', '83bc4d0120aaaa05000000020a0600', { batteryVoltage: 3.33, present: true, count: 5 }],
    ['iBS02IR2 without counter', '83bc200120aaaaffff000002070000', { batteryVoltage: 2.88, present: true }],
    ['iBS02M2', '83bc240100aaaa37060000040b0600', { batteryVoltage: 2.92, contact: false, count: 1591 }],
    ['iBS03T', '83bc2801020a09ffff000015030000', { batteryVoltage: 2.96, temperature: 23.14, buttonPressed: false }],
    [
      'iBS03T with humidity',
      '83bc3e0100aa073100000014130000',
      { batteryVoltage: 3.18, temperature: 19.62, humidity: 49, buttonPressed: false },
    ],
    ['iBS03P', '83bc2c0100bf0ad00a0000120a0600', { batteryVoltage: 3, temperature: 27.51, temperature2: 27.68 }],
    ['iBS03P without sensor', '83bc280100aaaad207000012080000', { batteryVoltage: 2.96, temperature2: 20.02 }],
    ['iBS03R', '83bc280100aaaa7200000013090000', { batteryVoltage: 2.96, distance: 0.114 }],
    ['iBS03RS', '83bc430100aaaa150000001a040600', { batteryVoltage: 3.23 }],
    [
      'iBS03G',
      '83bc28010aaaaaffff000016030000',
      { batteryVoltage: 2.96, buttonPressed: false, moving: true, events: ['freeFall'] },
    ],
    ['iBS03QY', '83bc290108aaaaff0000001d090000', { batteryVoltage: 2.97, count: 255, contact: false, generic: true }],
    [
      'iRS02RG',
      '83bc4d010000002400fcfe22074b58',
      { batteryVoltage: 3.33, magnet: false, accelerationX: 0, accelerationY: 0.144, accelerationZ: -1.04 },
    ],
    ['iBS03AD-V', '83bc280100d809060a640024040000', { batteryVoltage: 2.96, voltage: 2.566 }],
    ['iBS03AD-A', '83bc280140d809060a640026040000', { batteryVoltage: 2.96, current: 0.002566 }],
    ['no values', '83bcffff00ffff6400000015030000', { buttonPressed: false, temperature: -0.01 }],
    ['a humidity that cannot be', '83bcffff00aaaa6500000014030000', { buttonPressed: false }],
    ['RS', '82bc280104aaaaffff000004050000', { batteryVoltage: 2.96, contact: true }],
    [
      'iBS03RG',
      '81bc3e110a00f4ff00ff1600f6ff00ff1400f6ff08ff',
      {
        batteryVoltage: 3.18,
        moving: true,
        buttonPressed: false,
        accelerationX: 0.08,
        accelerationY: -0.04,
        accelerationZ: -0.992,
      },
    ],
    [
      'iBS03GP',
      '85bc3111160082ff9efe4e001200d2fe10003a005cffd9c5',
      {
        batteryVoltage: 3.05,
        moving: true,
        buttonPressed: false,
        accelerationX: 0.064,
        accelerationY: 0.232,
        accelerationZ: -0.656,
        pressure: 1012.98,
      },
    ],
  ])("reads the maker's example of %s", (_, hex, expected) => {
    expect(fields(TEXAS_INSTRUMENTS, hex)).toEqual(expected);
    expect(fields(INGICS, hex)).toEqual(expected);
  });

  it.each([
    ['iBS05G-Flip', '83bc3c012002ff000000003a0a1000', { batteryVoltage: 3.16, buttonPressed: false, flipped: true }],
    ['iBS05CO2', '83bc290101aaaabc02000034000000', { batteryVoltage: 2.97, buttonPressed: true, co2: 700 }],
    [
      'iBS07',
      '87bc330100110b31005a002aff02007b0050070000',
      {
        batteryVoltage: 3.07,
        buttonPressed: false,
        temperature: 28.33,
        humidity: 49,
        illuminance: 90,
        accelerationX: -0.856,
        accelerationY: 0.008,
        accelerationZ: 0.492,
      },
    ],
    [
      'iBS07 without its rod',
      '87bc330101aaaaffff00002aff02007b0050070000',
      { batteryVoltage: 3.07, buttonPressed: true, accelerationX: -0.856, accelerationY: 0.008, accelerationZ: 0.492 },
    ],
    [
      'iBS09R',
      '88bc470120aaaa74000000000000000000000042100000',
      { batteryVoltage: 3.27, buttonPressed: false, present: true },
    ],
    ['iBS09PIR', '88bcfa0000aaaaffff0000000000000000000044100000', { batteryVoltage: 2.5, motion: false }],
    [
      'iBS08T',
      '88bc4701010b0ba3010102000000000000000045100000',
      { batteryVoltage: 3.27, buttonPressed: true, temperature: 28.27, humidity: 41.9, illuminance: 513 },
    ],
    [
      'iBS08IAQ',
      '88bc4901000f091f025a0232004c00de030a0046040000',
      {
        batteryVoltage: 3.29,
        buttonPressed: false,
        temperature: 23.19,
        humidity: 54.3,
        co2: 602,
        pm25: 5,
        pm10: 7.6,
        vocIndex: 99,
        noxIndex: 1,
      },
    ],
    [
      'iBS08IAQ while it starts',
      '88bc4701001a091c02ffffffffffff0000ffff46041000',
      { batteryVoltage: 3.27, buttonPressed: false, temperature: 23.3, humidity: 54 },
    ],
    [
      'iBS09IR',
      '88bc390120aaaad1000000060000000000000047080000',
      { batteryVoltage: 3.13, buttonPressed: false, present: true, count: 209 },
    ],
    [
      'iBS08AD-NTC',
      '88bccc00010000c409000000000000000000004a100000',
      { batteryVoltage: 2.04, buttonPressed: true, temperature2: 25 },
    ],
  ])("reads the maker's example of %s, newer", (_, hex, expected) => {
    expect(fields(INGICS, hex)).toEqual(expected);
  });

  it.each([
    ['80bc360101ffffffffffffffffffff', { batteryVoltage: 3.1, buttonPressed: true }],
    ['80bc2b0104ffffffffffffffffffff', { batteryVoltage: 2.99, buttonPressed: false, magnet: true }],
    [
      '80bc2b010affffffffffffffffffff',
      { batteryVoltage: 2.99, buttonPressed: false, moving: true, events: ['freeFall'] },
    ],
    ['80bcff00007a0d4300ffffffffffff', { batteryVoltage: 2.55, temperature: 34.5, humidity: 67 }],
    [
      '80bc2e0100bf0a3900000005000000',
      { batteryVoltage: 3.02, buttonPressed: false, temperature: 27.51, humidity: 57 },
    ],
    ['80bc2c0101ffffffff000003000000', { batteryVoltage: 3, buttonPressed: true }],
  ])('reads iBS01 %s, with and without its model', (hex, expected) => {
    expect(fields(NORDIC, hex)).toEqual(expected);
  });

  it.each([
    ['83bc280100d809060a640017', 12],
    ['81bc3e110a00f4ff00ff1600f6ff00ff1400f6ff08ff', 22],
    ['85bc3111160082ff9efe4e001200d2fe10003a005cffd9c5', 24],
    ['87bc330100110b31005a002aff02007b0050', 18],
    ['88bc4701010b0ba30101020000000000000000451000', 20],
    ['82bc280104', 5],
  ])('is malformed when %s is cut short of %d bytes', (hex, least) => {
    const whole = fromHex(hex);
    for (let length = 2; length <= whole.length; length++) {
      const reading = decode(INGICS, whole.subarray(0, length));
      expect(reading.state, `${length} bytes`).toBe(length < least ? ReadingState.malformed : ReadingState.ok);
      expect(reading.format).toBe(FormatNumber.ingics);
      if (length < least) expect(reading.fieldCount).toBe(0);
    }
  });

  it('says that a model or a code is not known', () => {
    for (const hex of [
      '83bc280100d809060a6400ff040000',
      '80bc280100d809060a640010040000',
      '87bc330100110b31005a002aff02007b0051070000',
      '88bc4701010b0ba3010102000000000000000041100000',
      '89bc4701010b0ba3010102000000000000000041100000',
    ]) {
      const reading = decode(INGICS, fromHex(hex));
      expect([reading.format, reading.state, reading.fieldCount]).toEqual([25, ReadingState.unsupported, 0]);
    }
  });

  it.each([
    [TEXAS_INSTRUMENTS, ''],
    [TEXAS_INSTRUMENTS, '83'],
    [NORDIC, '0215'],
    [NORDIC, '89bc'],
    [INGICS, '83bd280100d809060a640017040000'],
  ])('leaves company %d, %s to others', (company, hex) => {
    expect(decode(company, fromHex(hex)).format).toBe(0);
  });

  it('gives back what was encoded', () => {
    const temperature = fc.integer({ min: -27315, max: 0x7fff }).filter((value) => value !== -0x5556);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6000 }),
        temperature,
        fc.nat(100),
        fc.boolean(),
        (battery, celsius, humidity, button) => {
          const words = [celsius & 0xffff, humidity, 0].flatMap((word) => littleEndian(word, 2));
          const value = [0x83, 0xbc, ...littleEndian(battery, 2), button ? 1 : 0, ...words, 0x14, 0, 0, 0];
          expect(describeReading(decode(TEXAS_INSTRUMENTS, value)).fields).toEqual({
            batteryVoltage: battery / 100,
            temperature: celsius / 100 + 0,
            humidity,
            buttonPressed: button,
          });
        },
      ),
    );
  });
});
