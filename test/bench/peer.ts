import { Command } from 'commander';
import { supportFor } from '../xs/host/support.js';
import { measurePeer, PEER_CLIENTS, PEER_OPERATIONS, peerMissing } from '../xs/measure-peer.js';
import type { PeerCosts } from '../xs/measure-peer.js';

const program = new Command('bench:peer')
  .description("measures the Moddable SDK's own MQTT client and ours on the same XS engine, built for 32 bits")
  .option('--json', 'print one JSON object')
  .addHelpText(
    'after',
    `
MODDABLE names the folder of the SDK; without it there is nothing to compare, and the exit code is 0.

Examples:
  $ npm run bench:peer
  $ npm run --silent bench:peer -- --json`,
  )
  .parse();
const { json } = program.opts<{ json?: boolean }>();

const OPERATION_TEXTS: Record<(typeof PEER_OPERATIONS)[number], string> = {
  Qos0: 'publish QoS 0',
  Qos1: 'publish QoS 1 and PUBACK',
  Receive: 'receive QoS 1 and PUBACK',
};

const CLIENT_TEXTS: Record<(typeof PEER_CLIENTS)[number], string> = {
  sdk: "the SDK's mqttclient.js",
  session: 'Session',
  connection: 'Connection',
  tcp: 'Connection, TcpTransport',
};

try {
  await main();
} catch (error) {
  program.error(`bench:peer: ${error instanceof Error ? error.message : String(error)}`);
}

async function main(): Promise<void> {
  const sdk = process.env['MODDABLE'];
  const missing = peerMissing(sdk) ?? supportFor(32).missing;
  if (missing !== undefined) {
    console.error(`skipped: ${missing}`);
    return;
  }
  const costs = await measurePeer(sdk!);
  if (json) console.log(JSON.stringify(costs));
  else print(costs);
}

function print(costs: PeerCosts): void {
  console.log(row('operation', 'client', 'slots', 'chunk B', 'instructions', 'ratio', 'RV32', 'ratio'));
  for (const operation of PEER_OPERATIONS) {
    for (const client of PEER_CLIENTS) {
      const { slots, chunkBytes, compute, native } = costs[client][operation];
      const ratio = compute / costs.sdk[operation].compute;
      const cells: (string | number)[] = [slots, chunkBytes, compute, ratio.toFixed(2)];
      if (native !== undefined) cells.push(native, (native / costs.sdk[operation].native!).toFixed(2));
      console.log(row(OPERATION_TEXTS[operation], CLIENT_TEXTS[client], ...cells));
    }
  }
}

function row(operation: string, client: string, ...cells: (string | number)[]): string {
  const figures = cells.map((cell) => cell.toLocaleString('en').padStart(13)).join('');
  return operation.padEnd(26) + client.padEnd(24) + figures;
}
