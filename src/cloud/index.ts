/** How readings are put on each cloud. */
export { PlainProfile } from './plain.js';
export type { PlainProfileOptions } from './plain.js';
export { PlainTagProfile } from './plain-tags.js';
export type { CloudProfile, ProfileLimits, TagProfile } from './profile.js';
