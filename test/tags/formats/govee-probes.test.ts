import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { adStructure, littleEndian } from '../advertisement.js';
import { fromHex } from '../hex.js';

const BEACON = '4c000215494e54454c4c495f524f434b535f48575075f2ff0c';
const decoder = new AdvertisementDecoder();

function decode(whole: string, service: number, name = '') {
  const reading = new Reading();
  const bytes = Uint8Array.from([
    ...(service ? adStructure(0x03, littleEndian(service, 2)) : []),
    ...adStructure(0xff, fromHex(whole)),
    ...(name ? adStructure(0x09, Buffer.from(name)) : []),
  ]);
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  const { state, fields } = describeReading(reading);
  return { format, state, fields };
}

const ok = (fields: object) => ({ format: FormatNumber.govee, state: 'ok', fields });
const none = { format: 0, state: 'unknown', fields: {} };
const unsupported = { format: 0, state: 'unsupported version', fields: {} };

describe("Govee's thermometers with probes", () => {
  // Captures of bleparser, Theengs Decoder and govee-ble.
  it.each([
    ['H5181', '8a38d801000101e4018608981d100000', 0x8151, { temperature: 22, highAlarm: 74.4 }],
    ['H5181 without its probe', '42eaba01000101640006ffff1ce80000', 0x8151, { highAlarm: 74 }],
    ['H5183', 'dd67ef01000101e401800834ffff0000', 0x8351, { temperature: 21 }],
    [
      'H5182',
      '30554401000101e4018608341cdc8609602249',
      0x8251,
      { temperature: 21, highAlarm: 73.88, temperature2: 24, highAlarm2: 87.77 },
    ],
    ['H5184', '361b2001000101e401860c1cffff860af0ffff', 0x8451, { temperature: 31, temperature2: 28 }],
    ['H5184, 3 and 4', '361b2001000101e402860bb8ffff860b54ffff', 0x8451, { temperature3: 30, temperature4: 29 }],
    [
      'H5185',
      '32490a01000101e4c19609c41bbcffff0a282474ffff',
      0x8551,
      { temperature: 25, highAlarm: 71, temperature2: 26, highAlarm2: 93.32 },
    ],
    [
      'H5191',
      '63ac83010001014c5d040fa01324ffff0af0ffffffff',
      0x9151,
      { temperature: 40, highAlarm: 49, temperature2: 28 },
    ],
    ['H5198', '22306c01000101c0010fffff1ce8ffffffff189c0dac', 0x9851, { highAlarm: 74, highAlarm2: 63, lowAlarm2: 35 }],
    ['H5198, 3 and 4', '22306c01000101a4c20f0e10ffffffff08fcffffffff', 0x9851, { temperature3: 36, temperature4: 23 }],
    // One number of a pair that is plugged in; the other one has an old temperature.
    ['H5055', '2faf55006401201a00ffffffff201900ffffffff0000', 0x5550, { temperature: 26, batteryPercent: 100 }],
    [
      'H5055, 3 and 4',
      '2faf5500644c201a00ffffffff2019001400b1000000',
      0x5550,
      { temperature3: 26, temperature4: 25, lowAlarm4: 20, highAlarm4: 177, batteryPercent: 100 },
    ],
    [
      'H5055, 5 and 6',
      'cf04040061bf065c00ffff2c01063700ffff2c010000',
      0x5550,
      { temperature5: 92, temperature6: 55, batteryPercent: 97 },
    ],
  ] as const)('reads the %s', (model, whole, service, fields) => {
    expect(decode(whole, service)).toEqual(ok(fields));
    expect(decode(whole + BEACON, service)).toEqual(ok(fields));
    expect(decode(whole, 0, `Govee_${model.slice(0, 5)}_2EC8`)).toEqual(ok(fields));
  });

  it('has nothing where each value is marked as missing', () => {
    expect(decode('8a38d801000101e40106ffffffff0000', 0x8151)).toEqual(ok({}));
    expect(decode('22306c01000101b5020fffffffffffffffffffffffff', 0x9851)).toEqual(ok({}));
    expect(decode('1cea3500ff81' + '20ffffffffffff'.repeat(2) + '0000', 0x5550)).toEqual(ok({}));
  });

  it('does not know other probes than it has', () => {
    expect(decode('361b2001000101e4ff860c1cffff860af0ffff', 0x8451)).toEqual(unsupported);
    expect(decode('22306c01000101a3d40f0bb8ffffffff0960ffffffff', 0x9851)).toEqual(unsupported);
    expect(decode('2faf550064fb201a00ffffb100201900ffffffff0000', 0x5550)).toEqual(unsupported);
  });

  it('takes no other length, and nothing of which neither name nor service say the model', () => {
    const whole = '32490a01000101e4c19609c41bbcffff0a282474ffff';
    for (let length = 2; length < 22; length++) {
      expect(decode(whole.slice(0, 2 * length), 0x8551)).toEqual(none);
    }
    expect(decode(whole + '00', 0x8551)).toEqual(none);
    expect(decode(whole, 0)).toEqual(none);
    expect(decode(whole, 0x5185)).toEqual(none);
    expect(decode(whole, 0, 'GVH5182_2EC8')).toEqual(none);
    expect(decode(whole.replace('01000101', '02000101'), 0x8551)).toEqual(none);
    expect(decode('8a38d801000101e4018608981d100000', 0x8251)).toEqual(none);
    expect(decode('361b2001000101e401860c1cffff860af0ffff', 0x8551)).toEqual(none);
  });
});
