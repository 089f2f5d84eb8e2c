import { parseAddress } from '../../src/tags/index.js';
import { BadInput, readInputFile, showValue } from '../bad-input.js';
import { isCapture, readCapture } from '../capture/capture.js';

/** One advertisement to decode. */
export interface DecodeInput {
  /** AD structures. */
  bytes: Uint8Array;
  /** 6 bytes, most significant first; absent when nobody said. */
  address?: Uint8Array;
  /** dBm. */
  rssi?: number;
}

/** The longest payload of an extended advertisement (Core 5.4, Vol 4, Part E, 7.8.54). */
const LONGEST = 1650;
const LONGEST_LIST = 64 * 1024 * 1024;

/** Reads hexadecimal with spaces, colons or hyphens between bytes. `where` begins the error. Throws `BadInput`. */
export function parseHex(text: string, where: string): Uint8Array {
  const digits = text
    .trim()
    .replace(/^0x/i, '')
    .replace(/[\s:-]/g, '');
  if (!/^([0-9a-fA-F]{2})+$/.test(digits)) {
    throw new BadInput(`${where} ${showValue(text)} must be hexadecimal with an even number of digits`);
  }
  if (digits.length > 2 * LONGEST) {
    throw new BadInput(`${where} of ${digits.length / 2} bytes; an advertisement has at most ${LONGEST}`);
  }
  return Buffer.from(digits, 'hex');
}

/**
 * The advertisements of a capture, or of a list: a line each, its hexadecimal behind the advertiser's address and a
 * comma, where it may be missing, or alone. Empty lines and those that begin with # are passed over. Throws `BadInput`,
 * which names the line.
 */
export function* readDecodeInputs(path: string): Generator<DecodeInput> {
  const file = Buffer.from(readInputFile(path, 'file', LONGEST_LIST));
  if (isCapture(file)) {
    for (const { bytes, address, rssi } of readCapture(path).advertisements()) yield { bytes, address, rssi };
    return;
  }
  let number = 0;
  for (const line of file.toString('utf8').split('\n')) {
    number++;
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const where = `${showValue(path)} line ${number}:`;
    const comma = text.indexOf(',');
    const hex = text.slice(comma + 1).trim();
    // A scan response without data is normal.
    const bytes = hex === '' ? new Uint8Array(0) : parseHex(hex, `${where} hex`);
    yield comma < 0 ? { bytes } : { bytes, address: addressOf(text.slice(0, comma), where) };
  }
}

/** An address of the user. `where` begins the error. Throws `BadInput`. */
export function addressOf(text: string, where: string): Uint8Array {
  try {
    return parseAddress(text.trim());
  } catch (error) {
    throw new BadInput(`${where} ${(error as Error).message}`);
  }
}
