/** How readings are put on each cloud. */
export { CborBatch, writeReportCbor } from './cbor/report-cbor.js';
export { Item, itemOfName, ItemType, nextItem, writeItemText } from './items.js';
export { writeHealthJson } from './json/health-json.js';
export { JsonBatch, writeItemJson, writeReportJson } from './json/report-json.js';
export { writeOfflineJson, writeOnlineJson } from './json/status-json.js';
export { PlainTagProfile } from './plain/plain-tags.js';
export { PlainProfile } from './plain/plain.js';
export type { PlainProfileOptions } from './plain/plain.js';
export { PLAIN } from './plain/definition.js';
export { CLOUDS } from './profiles.js';
export { CloudDefinition } from './definition.js';
export type { Cloud, CloudDevice, CloudFeatures, CloudLogin } from './definition.js';
export { MQTT_LIMITS } from './limits.js';
export type { CloudLimits, LimitRange, TopicUse } from './limits.js';
export type { BatchWriter } from './batch.js';
export type { GatewayHost, GatewayPart } from './part.js';
export type { CloudProfile, DeviceStatus, Publication, TagProfile } from './profile.js';
export { SenmlBatch, writeReportSenml, writeSenmlRecords } from './senml/report-senml.js';
