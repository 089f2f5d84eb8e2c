/** Numbers, UTF-8, JSON and records in ranges of bytes. */
export { parseBase64, writeBase64 } from './base64.js';
export { roundDecimal, writeDecimal } from './decimal.js';
export { CAPITAL_HEX, HEX, parseHex, writeHex } from './hex.js';
export { JsonCheck, JsonFault, jsonFaultText, JsonKind, JsonValue } from './json-reader.js';
export { JsonWriter } from './json-writer.js';
export { RecordQueue } from './record-queue.js';
export { writeUrlEncoded } from './url-encoding.js';
export { decodeUtf8, decodeUtf8Lossy } from './utf8.js';
