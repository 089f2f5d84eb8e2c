/** Numbers, text and JSON in ranges of bytes, without strings. */
export { writeDecimal } from './decimal.js';
export { JsonCheck, JsonFault, jsonFaultText } from './json-check.js';
export { JsonKind, JsonValue } from './json-value.js';
export { JsonWriter } from './json-writer.js';
export { decodeUtf8 } from './utf8.js';
