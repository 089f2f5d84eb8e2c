import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boardProgram } from './board-program.js';
import { PROGRAMS } from './host/paths.js';
import { supportFor } from './host/support.js';
import { LARGE, Machine } from './host/machine.js';
import { measure, measureNative } from './measure-operations.js';
import type { Cost } from './measure-operations.js';

/** What is compared. */
export const PEER_OPERATIONS = ['Qos0', 'Qos1', 'Receive'] as const;

/** The SDK's client, and ours by what of it takes part. */
export const PEER_CLIENTS = ['sdk', 'session', 'connection', 'tcp'] as const;

/** `native`: instructions of a core of RV32, what it does in C included; undefined where that is not counted. */
export interface PeerCost extends Cost {
  native: number | undefined;
}

export type PeerCosts = Record<(typeof PEER_CLIENTS)[number], Record<(typeof PEER_OPERATIONS)[number], PeerCost>>;

/** The SDK's own client, from the root of the SDK. */
const CLIENT = 'examples/io/tcp/mqttclient/mqttclient.js';

/** An emulator is slow, and a count is exact. */
const CORE_COUNT = 10;

/** Why the SDK's client cannot be measured, in one line; undefined: it can. */
export function peerMissing(sdk: string | undefined): string | undefined {
  if (sdk === undefined || sdk === '') return 'MODDABLE does not name the folder of the Moddable SDK';
  return existsSync(join(sdk, CLIENT)) ? undefined : `no ${CLIENT} in ${sdk}`;
}

/**
 * Measures the SDK's client and ours on the same engine. The peer is in the same engine as well, and as small as it can
 * be: it takes what is written, counts its bytes, and hands over packets that were made once.
 */
export async function measurePeer(sdk: string): Promise<PeerCosts> {
  const folder = mkdtempSync(join(tmpdir(), 'tagwire-peer-'));
  try {
    return { sdk: await clientCosts(prepare(sdk, folder), 'sdk'), ...(await ourCosts()) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ourCosts(): Promise<Omit<PeerCosts, 'sdk'>> {
  const program = await boardProgram('peer-ours');
  return {
    session: await clientCosts(program, 'session'),
    connection: await clientCosts(program, 'connection'),
    tcp: await clientCosts(program, 'tcp'),
  };
}

async function clientCosts(program: string, client: (typeof PEER_CLIENTS)[number]): Promise<PeerCosts['sdk']> {
  const costs: [string, PeerCost][] = [];
  const isSdk = client === 'sdk';
  const machine = await Machine.start(32, program, LARGE, isSdk);
  const core =
    supportFor('rv32').missing === undefined ? await Machine.start('rv32', program, LARGE, isSdk) : undefined;
  try {
    for (const operation of PEER_OPERATIONS) {
      const name = client + operation;
      const native = core && (await measureNative(core, name, CORE_COUNT));
      costs.push([operation, { ...(await measure(machine, name)), native }]);
    }
  } finally {
    await machine.stop();
    await core?.stop();
  }
  return Object.fromEntries(costs) as PeerCosts['sdk'];
}

/** Puts the SDK's client and its program into `folder`, with imports by path; returns the program's, without `.js`. */
function prepare(sdk: string, folder: string): string {
  const copy = (from: string, to: string, imports: Record<string, string>): void => {
    let text = readFileSync(from, 'utf8');
    for (const [name, path] of Object.entries(imports))
      text = text.replace(`from ${quoted(text, name)}`, `from '${path}'`);
    writeFileSync(join(folder, to), text);
  };
  const packets = join(PROGRAMS, 'peer-packets.js');
  copy(join(sdk, CLIENT), 'mqttclient.js', { timer: './sdk-timer.js', time: './time.js' });
  copy(join(PROGRAMS, 'peer-sdk.js'), 'peer-sdk.js', { mqttclient: './mqttclient.js', './peer-packets.js': packets });
  copyFileSync(join(PROGRAMS, 'sdk-timer.js'), join(folder, 'sdk-timer.js'));
  // The keep alive is off, so nobody asks for the time.
  writeFileSync(join(folder, 'time.js'), 'export default {};\n');
  return join(folder, 'peer-sdk');
}

/** The name of a module as the text has it, in its quotes. */
function quoted(text: string, name: string): string {
  return text.includes(`from "${name}"`) ? `"${name}"` : `'${name}'`;
}
