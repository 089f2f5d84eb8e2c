/**
 * The decoders alone, for boards that link no more of it: without the table of tags, filters, presence, and names and
 * texts for people.
 */
export { AdvertisementDecoder } from './decode.js';
export { KeyTable } from './key-table.js';
export type { KeyTableOptions } from './key-table.js';
export { Reading } from './reading.js';
