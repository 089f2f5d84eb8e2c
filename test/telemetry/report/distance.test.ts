import { AdvertisementDecoder, Field, Reading, RSSI_UNKNOWN } from '../../../src/tags/index.js';
import { checkDistanceOptions, estimateDistance, PATH_LOSS_EXPONENT } from '../../../src/telemetry/index.js';
import { fromHex } from '../../tags/hex.js';
import { describe, expect, it } from 'vitest';

function decoded(advertisement: string): Reading {
  const reading = new Reading();
  const bytes = fromHex(advertisement);
  new AdvertisementDecoder().decode(bytes, 0, bytes.length, reading);
  return reading;
}

describe('estimateDistance', () => {
  it('is 1 m at the signal strength that the tag says', () => {
    const ibeacon = decoded('1aff4c00021500112233445566778899aabbccddeeff01234567c5'); // -59 dBm
    expect(estimateDistance(ibeacon, -59, 0, 2.7)).toBeCloseTo(1, 9);
    expect(estimateDistance(ibeacon, -59, -20, 2.7)).toBeCloseTo(1, 9);
    expect(estimateDistance(ibeacon, -86, 0, 2.7)).toBeCloseTo(10, 9);
    expect(estimateDistance(ibeacon, -79, 0, 2)).toBeCloseTo(10, 9);
    expect(estimateDistance(ibeacon, -39, 0, 2)).toBeCloseTo(0.1, 9);
  });

  it('takes 41 dB from the transmit power', () => {
    const eddystone = decoded('1716aafe00fc00112233445566778899aabbccddeeff0000'); // -4 dBm at 0 m
    expect(estimateDistance(eddystone, -45, 0, 2.7)).toBeCloseTo(1, 9);
    const ruuvi = new Reading();
    ruuvi.set(Field.txPower, 4);
    expect(estimateDistance(ruuvi, -37, 0, 2.7)).toBeCloseTo(1, 9);
  });

  it('takes what is configured for a tag that says nothing', () => {
    expect(estimateDistance(new Reading(), -87, -60, 2.7)).toBeCloseTo(10, 9);
    expect(estimateDistance(new Reading(), -87, 0, 2.7)).toBe(0);
  });

  it('is not known without a signal strength', () => {
    expect(estimateDistance(new Reading(), RSSI_UNKNOWN, -60, 2.7)).toBe(0);
  });
});

describe('checkDistanceOptions', () => {
  it('fills up', () => {
    expect(checkDistanceOptions({})).toEqual({ rssiAt1m: 0, pathLossExponent: PATH_LOSS_EXPONENT });
    expect(checkDistanceOptions({ rssiAt1m: -59, pathLossExponent: 3 })).toEqual({
      rssiAt1m: -59,
      pathLossExponent: 3,
    });
  });

  it.each([
    [{ rssiAt1m: -128 }, 'rssiAt1m must be a number from -127 to 20 dBm (0: unknown), got -128'],
    [{ rssiAt1m: NaN }, 'rssiAt1m must be a number from -127 to 20 dBm (0: unknown), got NaN'],
    [{ pathLossExponent: 0.5 }, 'pathLossExponent must be a number from 1 to 6, got 0.5'],
  ])('refuses %j', (options, message) => {
    expect(() => checkDistanceOptions(options)).toThrow(message);
  });
});
