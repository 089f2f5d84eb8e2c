/** The interfaces of `src/hal` on Node. */
export { NodeClock } from './clock.js';
export { DiskStore } from './disk-store.js';
export { NodeEntropy } from './entropy.js';
export { NodeHealth } from './health.js';
export { MemoryStore } from './memory-store.js';
export { SimulatedNetwork } from './network.js';
export { NodeResolver } from './resolver.js';
export { NodeTimers, startTimer } from './timers.js';
export { checkTlsOptions } from './tls-credentials.js';
export type { TlsOptionNames } from './tls-credentials.js';
export { NodeTransport } from './transport.js';
export type { NodeTransportSizes } from './transport.js';
