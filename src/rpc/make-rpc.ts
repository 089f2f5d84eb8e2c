import { decodeUtf8 } from '../bytes/utf8.js';
import type { Configuration } from '../settings/configuration.js';
import type { RemoteConfiguration } from '../settings/remote-configuration.js';
import { BuiltInMethods } from './built-in-methods.js';
import type { BuiltInTargets } from './built-in-methods.js';
import { ConfigurationMethods } from './configuration-methods.js';
import type { AnswerMaker } from './rpc-answers.js';
import { RPC_ACCESS_NAMES } from './rpc-options.js';
import type { RpcMethods } from './rpc-options.js';
import { plainRoutes, thingsBoardRoutes } from './rpc-route.js';
import type { RpcRoute } from './rpc-route.js';
import { Rpc } from './rpc.js';

/** What the RPC of a device acts on. It is kept, so a configuration is no part of it. */
export interface RpcTargets extends BuiltInTargets {
  /** Methods beside the built-in ones: those of the cloud. */
  methods?: RpcMethods | undefined;
  recorder?: RpcMethods | undefined;

  /** A call that cannot be answered came in: one line for the log. */
  onFault(text: string): void;
}

/** Bytes of the longest answer, a health report or a configuration; where there is no scanner memory is short. */
const MAX_ANSWER = 1024;
const MAX_ANSWER_WITHOUT_SCANNER = 512;
/** Bytes for answers that wait. */
const QUEUE = 768;
const QUEUE_WITHOUT_SCANNER = 640;

/** What of a configuration concerns the RPC. */
export type RpcConfiguration = Pick<Configuration, 'rpc' | 'rpcAccess' | 'prefix' | 'gateway'>;

/**
 * Makes the RPC of a device in the dialect that its configuration names; undefined when that is `off`. `remote` is what
 * may be seen and changed of the configuration; it counts on a device that can restart. `ownRoutes` are those of
 * the cloud; default: those for any broker. Throws a RangeError when its topics are not valid.
 */
export function makeRpc(
  configuration: RpcConfiguration,
  targets: RpcTargets,
  remote?: RemoteConfiguration,
  ownRoutes?: RpcRoute[],
): Rpc | undefined {
  return makeRpcWith(undefined, configuration, targets, remote, ownRoutes);
}

/** As `makeRpc`, with the answers kept by what `makeAnswers` makes. */
export function makeRpcWith(
  makeAnswers: AnswerMaker | undefined,
  configuration: RpcConfiguration,
  targets: RpcTargets,
  remote: RemoteConfiguration | undefined,
  ownRoutes: RpcRoute[] | undefined,
): Rpc | undefined {
  const { restart } = targets;
  if (configuration.rpc === 'off') return undefined;
  const { rpc, prefix, gateway } = configuration;
  let routes = rpc === 'cloud' ? ownRoutes : undefined;
  routes ??= rpc === 'thingsboard' ? thingsBoardRoutes() : plainRoutes(prefix, gateway);
  const methods: RpcMethods[] = [new BuiltInMethods(targets)];
  if (targets.methods) methods.push(targets.methods);
  if (targets.recorder) methods.push(targets.recorder);
  if (remote && restart) methods.push(new ConfigurationMethods(remote, restart));
  return new Rpc(
    {
      routes,
      methods,
      access: RPC_ACCESS_NAMES.indexOf(configuration.rpcAccess),
      maxAnswer: targets.setScan ? MAX_ANSWER : MAX_ANSWER_WITHOUT_SCANNER,
      queueSize: targets.setScan ? QUEUE : QUEUE_WITHOUT_SCANNER,
    },
    { onFault: (_error, json, from, to) => targets.onFault('rpc: ' + decodeUtf8(json, from, to)) },
    makeAnswers,
  );
}
