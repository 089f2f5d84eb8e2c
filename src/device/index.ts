/** Puts a device together from a board. Begin with `Gateway`. */
export { Gateway } from './gateway.js';
export type { GatewayHandler } from './gateway-handler.js';
export type { GatewayOptions } from './gateway-options.js';
