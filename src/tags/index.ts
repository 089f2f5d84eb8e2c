/** Bluetooth advertisements in, readings out. Begin with `AdvertisementDecoder`, `Reading` and `TagTable`. */
export { AdFault, AdStructures } from './ad-structures.js';
export { AdvertisementDigest } from './advertisement-digest.js';
export type { Heard } from './advertisement-digest.js';
export { AdvertisementRing } from './advertisement-ring.js';
export type { AdvertisementRingOptions } from './advertisement-ring.js';
export { Aes128, AES_BLOCK, AesCcm, MAX_CCM_AAD, MAX_CCM_TEXT } from './aes.js';
export { AdvertisementDecoder } from './decode.js';
export { describeReading, stateName } from './describe.js';
export type { FieldValue, ReadingDescription } from './describe.js';
export { buttonEventNames, eventNames, fieldDecimals, fieldNames, fieldUnits, stateFlagNames } from './field-names.js';
export {
  ButtonEvent,
  EventFlag,
  Field,
  FIELD_COUNT,
  fieldMaxima,
  fieldMinima,
  nextOfKind,
  State,
  STATE_COUNT,
} from './field.js';
export { AddressKind, addressKindNames, AddressList } from './filter/address-list.js';
export {
  AdvertisementFilter,
  FILTER_REASON_COUNT,
  FilterReason,
  filterReasonNames,
} from './filter/advertisement-filter.js';
export type { AdvertisementFilterOptions } from './filter/advertisement-filter.js';
export { ServiceList } from './filter/content-filter.js';
export { DuplicateFilter, DuplicateMode, duplicateModeNames } from './filter/duplicate-filter.js';
export type { DuplicateFilterOptions } from './filter/duplicate-filter.js';
export {
  addressPatternText,
  parseAddressPatterns,
  parseCompanies,
  parseDuplicateMode,
  parseServices,
} from './filter/filter-text.js';
export { asciiBytes } from './formats/bytes.js';
export { MAX_URL_LENGTH, writeEddystoneUrl } from './eddystone-url.js';
export { isEddystoneUrl } from './formats/eddystone.js';
export { formatName, formats } from './formats/index.js';
export { FormatNumber, Frame, Precedence, Source } from './frame.js';
export type { Format, Match } from './frame.js';
export { KEY_SIZE, KeyTable, LEGACY_KEY_SIZE } from './key-table.js';
export type { KeyTableOptions } from './key-table.js';
export { addressText, hexBytes, hexText, parseAddress } from './address-text.js';
export { parseKeys, setKeyText } from './key-text.js';
export {
  FORMATS_SIZE,
  IDENTITY_KIND_COUNT,
  IDENTITY_SIZE,
  IdentityKind,
  MAX_FIELDS,
  Reading,
  READING_STATE_COUNT,
  ReadingState,
} from './reading.js';
export { NO_POLICY, TagPlaces } from './tag-places.js';
export { PresenceChange, TagPresence, tagPresenceBytes } from './tag-presence.js';
export type { TagPresenceOptions } from './tag-presence.js';
export { ADDRESS_SIZE, RSSI_UNKNOWN, STREAMS_PER_TAG, TagTable, tagTableBytes } from './tag-table.js';
export type { TagTableOptions } from './tag-table.js';
