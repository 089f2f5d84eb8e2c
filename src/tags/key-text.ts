import { hexBytes, isHexadecimal, parseAddress } from './address-text.js';
import { KEY_SIZE, KeyTable, LEGACY_KEY_SIZE } from './key-table.js';

/**
 * Gives a tag its key: `address` as `AA:BB:CC:DD:EE:FF` (or with hyphens, or without), `key` as 32 hexadecimal digits,
 * or 24 for MiBeacon version 2 and 3. Throws a RangeError that names the address and never shows the key. For start-up.
 */
export function setKeyText(table: KeyTable, address: string, key: string): void {
  const bytes = parseAddress(address);
  const expected = 'key of tag ' + address + ' must be 32 hexadecimal digits, or 24 for MiBeacon version 2 and 3, got ';
  if (!isHexadecimal(key)) throw new RangeError(expected + 'other characters');
  const length = key.length / 2;
  if (length !== KEY_SIZE && length !== LEGACY_KEY_SIZE) {
    throw new RangeError(expected + key.length + ' digits');
  }
  if (!table.set(bytes, 0, hexBytes(key, length), length)) {
    throw new RangeError('key of tag ' + address + ': the table is full (' + table.capacity + ' keys)');
  }
}

/**
 * A table of the keys in `text`: `AA:BB:CC:DD:EE:FF=KEY` each, with commas or line breaks between; see `setKeyText`.
 * Throws a RangeError that names the entry by its number or address and never shows a key. For start-up.
 */
export function parseKeys(text: string): KeyTable {
  const entries = text
    .split('\n')
    .join(',')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const table = new KeyTable({ capacity: Math.max(1, entries.length) });
  entries.forEach((entry, i) => {
    const equals = entry.indexOf('=');
    // Without the sign it may be the key alone, which must not be shown.
    if (equals < 0) throw new RangeError('key ' + (i + 1) + ' of ' + entries.length + ' must be ADDRESS=KEY');
    setKeyText(table, entry.slice(0, equals).trim(), entry.slice(equals + 1).trim());
  });
  return table;
}
