/** Numbers, UTF-8, JSON and records in ranges of bytes. */
export { writeDecimal } from './decimal.js';
export { JsonCheck, JsonFault, jsonFaultText, JsonKind, JsonValue } from './json-reader.js';
export { JsonWriter } from './json-writer.js';
export { RecordQueue } from './record-queue.js';
export { decodeUtf8, decodeUtf8Lossy } from './utf8.js';
