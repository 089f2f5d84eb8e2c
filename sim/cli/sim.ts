import type { Command } from 'commander';
import { PlainProfile } from '../../src/cloud/index.js';
import type { ConnectionFailure, ConnectionOptions } from '../../src/connection/index.js';
import { Gateway } from '../../src/device/index.js';
import type { GatewayHandler } from '../../src/device/index.js';
import type { Endpoint, Scanner } from '../../src/hal/index.js';
import { formatName } from '../../src/tags/index.js';
import type { Reading } from '../../src/tags/index.js';
import type { Report } from '../../src/telemetry/index.js';
import { BadInput } from '../bad-input.js';
import { startEmbeddedBroker } from '../broker.js';
import type { EmbeddedBroker } from '../broker.js';
import { readCapture } from '../capture/btsnoop.js';
import { CaptureScanner } from '../scanner/capture-scanner.js';
import { WorldScanner } from '../scanner/world-scanner.js';
import { simBoard } from '../sim-board.js';
import { defaultWorld } from '../world/default-world.js';
import { readWorld } from '../world/parse-world.js';
import { World } from '../world/world.js';
import { parseBrokerUrl } from './broker-url.js';
import type { BrokerUrl } from './broker-url.js';
import { addTlsFlags, tlsOptions } from './connection-flags.js';
import type { TlsFlags } from './connection-flags.js';
import { ExitCode } from './exit-codes.js';
import { formatAddress } from './format-address.js';
import { onInterrupt } from './interruption.js';
import { positive, seconds, wholeNumber } from './parse-values.js';
import { JsonDisplay, TextDisplay } from './sim-display.js';
import type { SimDisplay, SimFigures } from './sim-display.js';

interface SimFlags extends TlsFlags {
  broker?: string[];
  username?: string;
  pw?: string;
  world?: string;
  capture?: string;
  speed: number;
  seed: number;
  gateway: string;
  prefix: string;
  interval: number;
  heartbeat: number;
  outbox: number;
  duration?: number;
  verbose?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Without --broker, a broker runs inside the process, on a free port of the loopback interface.

Examples:
  $ tagwire sim
  $ tagwire sim --broker mqtt://localhost --duration 60
  $ tagwire sim --broker mqtts://ann:secret@broker.example --cafile ca.pem --gateway shed
  $ tagwire sim --capture btsnoop_hci.log --json

Exit codes: 0 done, 1 readings were lost, 2 bad input.
`;

const BACKOFF = { minimum: 500, maximum: 15000 };

/** Adds `tagwire sim`. */
export function addSimCommand(program: Command): void {
  const command = program
    .command('sim')
    .description('run a simulated gateway: tags are scanned, decoded, and their readings published')
    .option(
      '--broker <url>',
      'mqtt(s)://[user[:password]@]host[:port]; may be repeated: the next is used when one fails',
      (url: string, before: string[] | undefined) => [...(before ?? []), url],
    )
    .option('-u, --username <name>', 'user name, when the URL has none')
    .option('-P, --pw <password>', 'password, when the URL has none')
    .option('--world <file>', 'tags from a world file (default: a built-in warehouse)')
    .option('--capture <file>', 'tags from a btsnoop capture: of btmon -w, or btsnoop_hci.log of Android')
    .option('--speed <factor>', 'replay the capture so many times faster', positive, 1)
    .option('--seed <number>', 'seed of the random numbers in the world', wholeNumber(0, 4294967295), 1)
    .option('--gateway <name>', "the gateway's name in topics and client identifier", 'sim-gateway')
    .option('--prefix <topic>', 'first levels of all topics', 'tagwire')
    .option('--interval <seconds>', 'least time between reports of a tag', seconds, 2)
    .option('--heartbeat <seconds>', 'report an unchanged tag after this time', seconds, 60)
    .option('--outbox <bytes>', 'memory for readings that wait for the broker', wholeNumber(256, 16777216), 65536)
    .option('--duration <seconds>', 'end after this time', seconds)
    .option('-v, --verbose', 'print each reading')
    .option('--json', 'print one JSON object an event, and a last one as summary')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SimFlags) => {
      process.exitCode = await runSimulation(flags);
    });
  addTlsFlags(command);
}

async function runSimulation(flags: SimFlags): Promise<number> {
  if (flags.world !== undefined && flags.capture !== undefined) {
    throw new BadInput('--world and --capture exclude each other: tags come from one of them');
  }
  const urls = (flags.broker ?? []).map(parseBrokerUrl);
  const profile = new PlainProfile({ gateway: flags.gateway, prefix: flags.prefix });
  const options = simConnectionOptions(flags, urls);
  let simulation: Simulation | undefined;
  const board = simBoard((clock, timers): Scanner => {
    if (flags.capture === undefined) {
      const world = new World(flags.world === undefined ? defaultWorld : readWorld(flags.world), { seed: flags.seed });
      return new WorldScanner(world, clock, timers);
    }
    const onEnd = (): void => simulation?.stop();
    return new CaptureScanner(readCapture(flags.capture), clock, timers, { speed: flags.speed, onEnd });
  });

  // Last, because everything above may find bad input.
  const broker = urls.length === 0 ? await startEmbeddedBroker() : undefined;
  if (broker) options.endpoints = [{ host: '127.0.0.1', port: broker.port }];
  try {
    simulation = new Simulation(flags, profile, options, board);
    return await simulation.run(broker);
  } finally {
    await broker?.close();
  }
}

function simConnectionOptions(flags: SimFlags, urls: BrokerUrl[]): ConnectionOptions {
  const tls = tlsOptions(
    flags,
    urls.some((url) => url.tls),
  );
  const options: ConnectionOptions = {
    clientId: `tagwire-${flags.gateway}`,
    backoff: BACKOFF,
    endpoints: urls.map((url): Endpoint => {
      const { host, port } = url;
      return tls && url.tls ? { host, port, tls } : { host, port };
    }),
  };
  const username = flags.username ?? urls[0]?.username;
  const password = flags.pw ?? urls[0]?.password;
  if (username !== undefined) options.username = username;
  if (password !== undefined) {
    if (username === undefined) throw new BadInput('-P needs a user name: give one with -u, or in the URL');
    options.password = password;
  }
  return options;
}

/** One run of `tagwire sim`. */
class Simulation implements GatewayHandler {
  private readonly display: SimDisplay;
  private readonly gateway: Gateway;
  private readonly flags: SimFlags;
  private readonly source: string;
  private readonly begin = performance.now();
  private tags = 0;
  private done: (() => void) | undefined;

  constructor(
    flags: SimFlags,
    profile: PlainProfile,
    connection: ConnectionOptions,
    board: ReturnType<typeof simBoard>,
  ) {
    this.flags = flags;
    this.source = flags.capture ?? flags.world ?? `the world "${defaultWorld.name}"`;
    this.display = flags.json ? new JsonDisplay() : new TextDisplay(flags.verbose ?? false);
    const policy = {
      minimumInterval: flags.interval * 1000,
      maximumInterval: Math.max(flags.heartbeat, flags.interval) * 1000,
    };
    this.gateway = new Gateway(
      { connection, profile, policy, outbox: { capacity: flags.outbox }, tags: { capacity: 256 } },
      board,
      this,
    );
  }

  async run(broker: EmbeddedBroker | undefined): Promise<number> {
    const { flags, gateway, display } = this;
    display.started(flags.gateway, this.brokerName, broker !== undefined, this.source);
    const removeListener = onInterrupt(() => {
      display.stopping();
      this.stop();
    });
    process.stdout.on('error', () => this.stop());
    const progress = setInterval(() => display.progress(this.figures()), 1000);
    const duration = flags.duration;
    const end = duration === undefined ? undefined : setTimeout(() => this.stop(), duration * 1000);
    await new Promise<void>((resolve) => {
      this.done = resolve;
      gateway.start();
    });
    clearInterval(progress);
    clearTimeout(end);
    removeListener();
    const lost = gateway.unacknowledged;
    display.summary(this.figures(), lost);
    return lost === 0 ? ExitCode.success : ExitCode.failure;
  }

  stop(): void {
    this.gateway.stop();
  }

  onConnected(): void {
    this.display.connected(this.brokerName);
  }

  onFailed(failure: ConnectionFailure): void {
    this.display.failed(failure);
  }

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    this.tags++;
    this.display.tag(formatAddress(address), formatName(reading.format), rssi);
  }

  onPublished(_report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void {
    this.display.reading(packetId, Buffer.from(payload.subarray(from, to)).toString());
  }

  onStopped(): void {
    this.done?.();
  }

  private get brokerName(): string {
    const { host, port, tls } = this.gateway.connection.endpoint;
    return `${tls ? 'mqtts' : 'mqtt'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  private figures(): SimFigures {
    const { gateway } = this;
    return {
      seconds: (performance.now() - this.begin) / 1000,
      advertisements: gateway.advertisements,
      tags: this.tags,
      readings: gateway.outbox.appendedCount,
      published: gateway.published,
      acknowledged: gateway.outbox.acknowledgedCount,
      inFlight: gateway.outbox.inFlightCount,
      waiting: gateway.outbox.waitingCount,
      dropped: gateway.outbox.droppedCount + gateway.outbox.refusedCount,
      reconnections: Math.max(0, gateway.connects - 1),
    };
  }
}
