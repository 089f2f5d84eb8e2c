import type { Board } from '../hal/index.js';
import { BuiltInMethods } from './rpc/built-in-methods.js';
import type { BuiltInTargets } from './rpc/built-in-methods.js';
import { ConfigurationMethods } from './rpc/configuration-methods.js';
import type { RpcMethods } from './rpc/rpc-methods.js';
import { plainRoutes, thingsBoardRoutes } from './rpc/rpc-route.js';
import { Rpc } from './rpc/rpc.js';
import type { Configuration } from './configuration.js';
import { decodeUtf8 } from './decode-utf8.js';
import type { Gateway } from './gateway.js';
import type { LevelLog } from './level-log.js';
import type { RemoteConfiguration } from './remote-configuration.js';
import type { StoredPolicies } from './stored-policies.js';
import type { TagReporter } from './tag-reporter.js';

/** What remote calls act on. */
export interface CallTargets {
  configuration: Configuration;
  board: Board;
  log: LevelLog;
  /** Known only after the gateway was made, of which the calls are a part. */
  gateway(): Gateway;
  /** Absent where the device cannot restart itself. */
  restart?: () => void;
  reporter?: TagReporter;
  policies?: StoredPolicies;
  remote?: RemoteConfiguration;
}

/** Bytes of the longest answer, a health report or a configuration; where there is no scanner memory is short. */
const MAX_ANSWER = 1024;
const MAX_ANSWER_WITHOUT_SCANNER = 512;

/**
 * Makes the remote calls of a device in the dialect that its configuration names; undefined when that is `off`.
 * Throws a RangeError when its topics are none.
 */
export function makeRemoteCalls(targets: CallTargets): Rpc | undefined {
  const { configuration, board, log, remote, restart } = targets;
  if (configuration.calls === 'off') return undefined;
  const isThingsBoard = configuration.calls === 'thingsboard';
  const routes = isThingsBoard ? thingsBoardRoutes() : plainRoutes(configuration.prefix, configuration.gateway);
  const methods: RpcMethods[] = [new BuiltInMethods(builtInTargets(targets))];
  if (remote && restart) methods.push(new ConfigurationMethods(remote, restart));
  return new Rpc(
    { routes, methods, maxAnswer: board.scanner ? MAX_ANSWER : MAX_ANSWER_WITHOUT_SCANNER },
    { onFault: (_error, json, from, to) => log.error('remote call: ' + decodeUtf8(json, from, to)) },
  );
}

function builtInTargets(targets: CallTargets): BuiltInTargets {
  const { board, log, gateway, reporter, policies, restart } = targets;
  const { clock } = board;
  const made: BuiltInTargets = {
    identify(seconds) {
      if (board.identify) board.identify(seconds);
      else log.error('identify: this is the one, for ' + seconds + ' s');
    },
    setLogLevel(level) {
      log.level = level;
    },
    writeStatistics: (into, from, to) => gateway().writeHealth(clock.now(), into, from, to),
  };
  if (restart) made.restart = restart;
  if (policies) {
    made.policyText = () => policies.policyText();
    made.setPolicyText = (text) => policies.setPolicyText(text);
  }
  if (reporter) {
    made.setScan = (on) => {
      if (on) reporter.startScan(clock.now());
      else reporter.endScan(clock.now());
    };
  }
  return made;
}
