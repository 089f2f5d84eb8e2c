/** How readings are put on each cloud. */
export { PlainProfile } from './plain.js';
export type { PlainProfileOptions } from './plain.js';
export type { CloudProfile, ProfileLimits } from './profile.js';
