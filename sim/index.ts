/** The simulator's parts, for programs and tests on Node. */
export * from './hal/index.js';
export { BadInput } from './bad-input.js';
export { startEmbeddedBroker } from './broker.js';
export type { EmbeddedBroker, EmbeddedBrokerOptions } from './broker.js';
export { Capture, readCapture } from './capture/capture.js';
export type { CapturedAdvertisement } from './capture/capture.js';
export { nodePlatform } from './hal/platform.js';
export { CaptureScanner } from './scanner/capture-scanner.js';
export { WorldScanner } from './scanner/world-scanner.js';
export { simBoard } from './sim-board.js';
export { defaultWorld } from './world/default-world.js';
export { readWorld } from './read-world.js';
export { parseWorld } from './world/parse-world.js';
export type { WorldFile } from './world/world-file.js';
export { World } from './world/world.js';
export * from './virtual/index.js';
