import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { adStructure, littleEndian } from '../advertisement.js';
import { fromHex } from '../hex.js';

const decoder = new AdvertisementDecoder();

function decode(whole: ArrayLike<number> | string, name: string) {
  const reading = new Reading();
  const bytes = Uint8Array.from([
    ...adStructure(0x09, Buffer.from(name)),
    ...adStructure(0xff, typeof whole === 'string' ? fromHex(whole) : whole),
  ]);
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  const { state, fields } = describeReading(reading);
  return { format, state, fields };
}

const ok = (fields: object) => ({ format: FormatNumber.inkbird, state: 'ok', fields });
const none = { format: 0, state: 'unknown', fields: {} };

describe('Inkbird', () => {
  // Captures of bleparser and Theengs Decoder.
  it.each([
    ['9c08f41000ba4e6408', 'sps', { temperature: 22.04, humidity: 43.4, batteryPercent: 100 }],
    ['660a19200010805908', 'tps', { temperature: 26.62, humidity: 82.17, batteryPercent: 89 }],
    ['76fb00000010805908', 'tps', { temperature: -11.62, batteryPercent: 89 }],
    ['840affff00a6066008', 'tps', { temperature: 26.92, batteryPercent: 96 }],
  ])('reads %s of %s', (whole, name, fields) => {
    expect(decode(whole, name)).toEqual(ok(fields));
  });

  it.each(['01', '03'])('takes the probe %s as another one', (probe) => {
    expect(decode(`9c08f410${probe}ba4e6408`, 'sps')).toEqual(
      ok({ temperature2: 22.04, humidity: 43.4, batteryPercent: 100 }),
    );
  });

  it('leaves out a humidity and a battery that cannot be', () => {
    expect(decode('0000112700ba4e6508', 'sps')).toEqual(ok({ temperature: 0 }));
  });

  it('does not know other probes', () => {
    expect(decode('9c08f41002ba4e6408', 'sps')).toEqual({ format: 0, state: 'unsupported version', fields: {} });
  });

  it('takes no other length and no other name', () => {
    for (let length = 2; length < 9; length++) {
      expect(decode('9c08f41000ba4e6408'.slice(0, 2 * length), 'sps')).toEqual(none);
    }
    expect(decode('9c08f41000ba4e640800', 'sps')).toEqual(none);
    for (const name of ['', 'xps', 'sp', 'spss', 'SPS']) expect(decode('9c08f41000ba4e6408', name)).toEqual(none);
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -27315, max: 0x7fff }),
        fc.integer({ min: 1, max: 10000 }),
        fc.nat(100),
        (temperature, humidity, battery) => {
          const whole = [...littleEndian(temperature & 0xffff, 2), ...littleEndian(humidity, 2), 0, 0, 0, battery, 6];
          expect(decode(whole, 'tps')).toEqual(
            ok({ temperature: temperature / 100 + 0, humidity: humidity / 100, batteryPercent: battery }),
          );
        },
      ),
    );
  });
});
