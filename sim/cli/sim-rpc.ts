import { Option } from 'commander';
import type { Command } from 'commander';
import type { GatewayPart, TagReporter } from '../../src/device/index.js';
import type { Board } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/index.js';
import type { RpcMethods, RpcRoute } from '../../src/rpc/index.js';
import type { Configuration, TagConfiguration } from '../../src/settings/index.js';
import { parsePolicies, policyText } from '../../src/telemetry/index.js';
import type { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { BadInput } from '../bad-input.js';
import type { NodeEngine } from '../node-engine.js';

/** The flags that say how a simulated gateway answers RPC. */
export interface RpcFlags {
  rpc?: Configuration['rpc'];
  rpcAccess?: Configuration['rpcAccess'];
}

/** Adds the flags of `RpcFlags`. */
export function addRpcFlags(command: Command): void {
  command
    .addOption(
      new Option('--rpc <dialect>', 'answer RPC as a board does (default: that of the cloud; on XS: off)').choices([
        'cloud',
        'plain',
        'thingsboard',
        'off',
      ]),
    )
    .addOption(
      new Option('--rpc-access <level>', 'what may be called (default: operate)').choices([
        'none',
        'read',
        'operate',
        'all',
      ]),
    );
}

/** Throws a BadInput for flags that would have no effect. */
export function checkRpcFlags(flags: RpcFlags, engine: 'node' | 'xs'): void {
  if (engine !== 'xs') return;
  if (flags.rpc !== undefined && flags.rpc !== 'off') throw new BadInput('--rpc needs --engine node');
  if (flags.rpcAccess !== undefined) throw new BadInput('--rpc-access needs --engine node');
}

/**
 * The RPC of a simulated gateway. It has the methods of a board but for `reboot`, `log` and those of the configuration,
 * which are for the command line; policies count until it ends.
 */
export function makeSimRpc(
  flags: RpcFlags & { prefix: string; gateway: string },
  board: Board,
  reporter: TagReporter,
  options: TagConfiguration & { connection: Configuration['connection']; flashLog?: FlashLog },
  { routes, methods }: { routes: RpcRoute[] | undefined; methods: RpcMethods | undefined },
  engine: () => NodeEngine,
  onLog: (text: string) => void,
): GatewayPart[] {
  const { defaults, connection, flashLog } = options;
  const retention = { persistSeconds: options.outbox?.persistSeconds ?? 5 };
  const { rpc = 'cloud', rpcAccess = 'operate', prefix, gateway } = flags;
  const { clock } = board;
  const part = makeKeptRpc(
    { rpc, rpcAccess, prefix, gateway, connection, retention },
    {
      methods,
      identify: (seconds) => onLog(`identify: this is the one, for ${seconds} s`),
      writeStatistics: (into, from, to) => engine().writeHealth(clock.now(), into, from, to),
      writeOutbox: (into) => {
        reporter.writeOutbox(into);
        return true;
      },
      onFault: onLog,
      setScan: (on) => {
        if (on) reporter.startScan(clock.now());
        else reporter.endScan(clock.now());
      },
      policyText: () => policyText(reporter.policies.rules()),
      setPolicyText: (text) => reporter.setRules(parsePolicies(text, defaults)),
    },
    undefined,
    routes,
    board,
    flashLog,
  );
  return part ? [part] : [];
}
