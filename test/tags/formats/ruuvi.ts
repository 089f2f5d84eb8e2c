import { AdvertisementDecoder, Reading } from '../../../src/tags/index.js';
import { manufacturerData } from '../advertisement.js';

const RUUVI = 0x0499;
const decoder = new AdvertisementDecoder();

/** Decodes an advertisement with `value` behind Ruuvi's company id. */
export function decodeRuuvi(value: ArrayLike<number>, address?: Uint8Array): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(manufacturerData(RUUVI, value));
  return { format: decoder.decode(bytes, 0, bytes.length, reading, address), reading };
}
