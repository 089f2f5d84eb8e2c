/** The interfaces of `src/hal` on Node. */
export { FILE_FLASH_BLOCKS, FileFlash, MAX_FILE_FLASH_BLOCKS } from './file-flash.js';
export { NodeCiphers } from './ciphers.js';
export { NodeHealth } from './health.js';
export { NodeClock, NodeEntropy, NodeTimers, SimulatedNetwork, startTimer } from './platform.js';
export { NodeResolver } from './resolver.js';
export { DiskStore, MemoryStore } from './stores.js';
export { checkTlsOptions } from './tls-credentials.js';
export type { TlsOptionNames } from './tls-credentials.js';
export { NodeTransport } from './transport.js';
export type { NodeTransportSizes } from './transport.js';
