/** Bluetooth advertisements in, readings out. Begin with `AdvertisementDecoder`, `Reading` and `TagTable`. */
export { AdFault, AdStructures } from './ad-structures.js';
export { asciiBytes } from './ascii.js';
export { AdvertisementDecoder } from './decode.js';
export { describeReading, stateName } from './describe.js';
export type { ReadingDescription } from './describe.js';
export { EventFlag, Field, FIELD_COUNT } from './field.js';
export { eventNames, fieldTable } from './field-names.js';
export type { FieldEntry } from './field-names.js';
export { isEddystoneUrl, MAX_URL_LENGTH, writeEddystoneUrl } from './formats/eddystone-url-text.js';
export { FormatNumber, Source } from './formats/format.js';
export type { Format } from './formats/format.js';
export { formatName, formats } from './formats/index.js';
export { FORMATS_SIZE, IDENTITY_SIZE, IdentityKind, Reading, ReadingState } from './reading.js';
export { ADDRESS_SIZE, RSSI_UNKNOWN, STREAMS_PER_TAG, TagTable } from './tag-table.js';
export type { TagTableOptions } from './tag-table.js';
