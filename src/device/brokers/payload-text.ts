import { scanUtf8, Utf8Finding } from '../../mqtt/utf8.js';
import { decodeUtf8 } from '../decode-utf8.js';

/** What stands for a byte that is not part of UTF-8. */
const REPLACEMENT = '\ufffd';

/** The text of a payload, which may be anything: each byte that is not part of well-formed UTF-8 becomes U+FFFD. */
export function payloadText(bytes: Uint8Array): string {
  const length = bytes.length;
  if ((scanUtf8(bytes, 0, length) & Utf8Finding.malformed) === 0) return decodeUtf8(bytes, 0, length);
  let text = '';
  for (let at = 0; at < length;) {
    const first = bytes[at]!;
    const end = at + (first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);
    if (end > length || scanUtf8(bytes, at, end) & Utf8Finding.malformed) {
      text += REPLACEMENT;
      at++;
    } else {
      text += decodeUtf8(bytes, at, end);
      at = end;
    }
  }
  return text;
}
