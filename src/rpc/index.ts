/** Remote procedure calls over MQTT: dialects, JSON in place, built-in methods. Begin with `Rpc`. */
export { BuiltInMethods } from './built-in-methods.js';
export type { BuiltInTargets } from './built-in-methods.js';
export { ConfigurationMethods } from './configuration-methods.js';
export { makeRpc } from './make-rpc.js';
export type { RpcTargets } from './make-rpc.js';
export { KeptAnswers, makeKeptRpc } from './kept-answers.js';
export { RpcError } from './rpc-call.js';
export type { RpcCall } from './rpc-call.js';
export { RpcFunctions } from './rpc-functions.js';
export { RpcAccess } from './rpc-options.js';
export type { RpcHandler, RpcMethods, RpcOptions } from './rpc-options.js';
export { plainRoutes, thingsBoardRoutes, tutorialRoutes } from './rpc-route.js';
export type { RpcRoute } from './rpc-route.js';
export { RpcRequest } from './rpc-shape.js';
export type { RpcShape } from './rpc-shape.js';
export { Rpc } from './rpc.js';
