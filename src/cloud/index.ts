/** How readings are put on each cloud. */
export { writeReportCbor } from './cbor/report-cbor.js';
export { Item, itemOfName, ItemType, nextItem, writeItemText } from './items.js';
export { writeHealthJson } from './json/health-json.js';
export { writeItemJson, writeReportJson } from './json/report-json.js';
export { PlainTagProfile } from './plain/plain-tags.js';
export { PlainProfile } from './plain/plain.js';
export type { PlainProfileOptions } from './plain/plain.js';
export type { CloudProfile, ProfileLimits, TagProfile } from './profile.js';
