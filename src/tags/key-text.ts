import { KEY_SIZE, KeyTable, LEGACY_KEY_SIZE } from './key-table.js';
import { ADDRESS_SIZE } from './tag-table.js';

/**
 * Gives a tag its key: `address` as `AA:BB:CC:DD:EE:FF` (or with hyphens, or without), `key` as 32 hexadecimal digits,
 * or 24 for MiBeacon version 2 and 3. Throws a RangeError that names the address and what is allowed, and never shows
 * the key. For start-up.
 */
export function setKeyText(table: KeyTable, address: string, key: string): void {
  const bytes = parseAddress(address);
  const allowed = 'allowed are 32 hexadecimal digits, or 24 for MiBeacon version 2 and 3';
  if (!/^[0-9a-fA-F]*$/.test(key)) {
    throw new RangeError('key of tag ' + address + ': not hexadecimal; ' + allowed);
  }
  const length = key.length / 2;
  if (length !== KEY_SIZE && length !== LEGACY_KEY_SIZE) {
    throw new RangeError('key of tag ' + address + ': ' + key.length + ' digits; ' + allowed);
  }
  if (!table.set(bytes, 0, hexBytes(key, length), length)) {
    throw new RangeError('key of tag ' + address + ': there is room for ' + table.capacity + ' keys');
  }
}

/**
 * A table of the keys in `text`: `AA:BB:CC:DD:EE:FF=KEY` each, with commas or line breaks between; see `setKeyText`.
 * Throws a RangeError that names the entry by its number or its address, and never shows a key. For start-up.
 */
export function parseKeys(text: string): KeyTable {
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const table = new KeyTable({ capacity: Math.max(1, entries.length) });
  entries.forEach((entry, i) => {
    const equals = entry.indexOf('=');
    // Without the sign it may be the key alone, which nobody is to read.
    if (equals < 0) throw new RangeError('key ' + (i + 1) + ' of ' + entries.length + ': allowed are ADDRESS=KEY');
    setKeyText(table, entry.slice(0, equals).trim(), entry.slice(equals + 1).trim());
  });
  return table;
}

/** The 6 bytes of an address in the order in which they are written. Throws a RangeError that says what is allowed. */
export function parseAddress(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}([:-]?[0-9a-f]{2}){5}$/i.test(text)) {
    throw new RangeError('address "' + text + '": allowed are six bytes in hexadecimal, such as AA:BB:CC:DD:EE:FF');
  }
  return hexBytes(text.replace(/[:-]/g, ''), ADDRESS_SIZE);
}

function hexBytes(digits: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = parseInt(digits.charAt(2 * i) + digits.charAt(2 * i + 1), 16);
  return bytes;
}
