import { JsonCheck, JsonFault } from '../../src/bytes/json-reader.js';
import { decodeUtf8Lossy } from '../../src/bytes/utf8.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';

const COMMA = 0x2c;
const CLOSING = ['}', ']'];

/**
 * The place at which `text` stops being JSON, to follow "is not JSON" in an error: ` at line 3, column 5`, with the
 * reason for the most frequent mistakes. `JSON.parse` must have refused the text. Returns an empty text if the place is
 * not known. Quotes only brackets of the text, which may be a file of secrets.
 */
export function jsonPlace(text: string): string {
  // Half a surrogate pair has no UTF-8.
  const bytes = encodeUtf8(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
  const check = new JsonCheck();
  // It refuses deep nesting, which JSON allows: then the mistake is further down.
  if (check.check(bytes, 0, bytes.length) || check.fault === JsonFault.deep) return '';
  if (check.fault === JsonFault.empty) return ' (it is empty)';
  const before = decodeUtf8Lossy(bytes.subarray(0, check.at));
  const lines = before.split('\n');
  const place = ` at line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
  if (check.fault === JsonFault.cutShort) return `${place} (the text ends too early)`;
  const found = String.fromCharCode(bytes[check.at]!);
  const last = encodeUtf8(before.trimEnd()).at(-1);
  if (check.fault === JsonFault.unexpected && last === COMMA && CLOSING.includes(found)) {
    return `${place} (no comma is allowed before "${found}")`;
  }
  return place;
}
