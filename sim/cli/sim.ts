import { Option } from 'commander';
import type { Command } from 'commander';
import { CLOUDS } from '../../src/cloud/index.js';
import type { GatewayPart, TagReporter } from '../../src/device/index.js';
import type { Scanner } from '../../src/hal/index.js';
import { parseTagSettings } from '../../src/settings/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { stricterLimits } from '../../src/telemetry/index.js';
import { openFlashLog } from '../../src/device/open-flash-log.js';
import { LogChannel } from '../../src/telemetry/outbox/outbox.js';
import { BadInput, showValue } from '../bad-input.js';
import { startEmbeddedBroker } from '../broker.js';
import type { EmbeddedBroker } from '../broker.js';
import { readCapture } from '../capture/capture.js';
import type { GatewayEngine } from '../gateway-engine.js';
import { NodeEngine } from '../node-engine.js';
import { CaptureScanner } from '../scanner/capture-scanner.js';
import { MqttScanner } from '../scanner/mqtt-scanner.js';
import { WorldScanner } from '../scanner/world-scanner.js';
import { simBoard } from '../sim-board.js';
import { defaultWorld } from '../world/default-world.js';
import { readWorld } from '../read-world.js';
import { World } from '../world/world.js';
import { findXsWorker } from '../xs/engine-paths.js';
import { XsEngine } from '../xs/engine.js';
import type { XsEngineOptions } from '../xs/engine.js';
import { parseBrokerUrl } from './broker-url.js';
import type { BrokerUrl } from './broker-url.js';
import { addTlsFlags, tlsFlagsGiven, tlsOptions } from './connection-flags.js';
import { cloudOf } from './configuration-file.js';
import { addConsoleFlags, makeConsole, openStores } from './console-flags.js';
import { addGatewayFlags, readKeys } from './gateway-flags.js';
import type { SimFlags } from './gateway-flags.js';
import { integer } from './parse-values.js';
import { addCloudFlags, makeSimCloud, readConfigFlag, simConfiguration, tagSettings } from './sim-cloud.js';
import { addRecordingFlags, openRecordings, tapBoard } from './recording-flags.js';
import { readRelayFlags } from './relay-flags.js';
import { runReplay } from './replay.js';
import { addRpcFlags, checkRpcFlags, makeSimRpc } from './sim-rpc.js';
import { brokerName, JsonDisplay, TextDisplay } from './sim-display.js';
import { Simulation } from './simulation.js';
import { warn } from './terminal.js';
import { addVirtualFlags, isVirtual } from './virtual-flags.js';
import { runVirtual } from './virtual-sim.js';

const EXAMPLES = `
Without --broker, a broker runs inside the process, on a free port of the loopback interface.

Examples:
  $ tagwire sim
  $ tagwire sim --broker mqtt://localhost --duration 60
  $ tagwire sim --broker mqtts://ann:secret@broker.example --cafile ca.pem --gateway shed
  $ tagwire sim --capture btsnoop_hci.log --json
  $ tagwire sim --engine xs
  $ tagwire sim --duration 60 --pcap traffic.pcap --btsnoop heard.log   (then: wireshark traffic.pcap)
  $ tagwire sim --until 1d --faults 'powercut@2h' --record day.tagwire
  $ tagwire sim --replay day.tagwire --engine xs
  $ tagwire sim --until 7d
  $ tagwire sim --world sim/worlds/greenhouse.json --speed 1000 --board esp32 --set inFlight=4
  $ tagwire sim --until 1h --faults 'halfopen@10s+30s, powercut@2m' --seed 7 --json
  $ tagwire sim --set 'policies=ruuvi5 interval=30 temperature=0.2' --set rssiFloor=-90
  $ tagwire sim --cloud plain --config shed.json
  $ tagwire sim --console
  $ echo '/iot mqtt brokers print' | tagwire sim --console --store device
  $ tagwire sim --broker mqtt://localhost --gateway shed   (then: tagwire pub -t tagwire/shed/cmd/1 -m
      '{"method":"statistics"}', which is answered on tagwire/shed/res/1)
  $ tagwire sim --console-port 4023   (then: telnet 127.0.0.1 4023, and the token that is shown)

With --speed other than 1, --until or --faults, a whole world runs in virtual time: every gateway of the world file with
the firmware of its board, a model of the broker, people and faults. docs/simulation.md lists the faults and the rules
that are checked.

The console takes the commands of RouterOS's /iot. Press ? or Tab to see what can be typed, Ctrl-C to cancel a line, and
Ctrl-D or Ctrl-C twice to quit.

Exit codes: 0 success, 1 readings were lost, a rule broke or the engine died, 2 bad input.
`;

const BACKOFF = { minimum: 500, maximum: 15000 };

/** Adds `tagwire sim`. */
export function addSimCommand(program: Command): void {
  const command = program
    .command('sim')
    .description('run a simulated gateway that scans for tags and publishes their readings')
    .option('--world <file>', 'read the tags from a world file (default: a built-in warehouse)')
    .option(
      '--capture <file>',
      'replay a capture: btsnoop (btmon -w, Android), pcap or pcapng (Wireshark, nRF Sniffer)',
    )
    .option('--seed <number>', 'seed for the random numbers of the world', integer(0, 4294967295), 1)
    .addOption(
      new Option('--engine <name>', 'run the firmware on Node, or on XS, the engine of the chips, with a memory meter')
        .choices(['node', 'xs'])
        .default('node'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (given: SimFlags) => {
      if (given.replay !== undefined) {
        process.exitCode = await runReplay(given, command);
        return;
      }
      if (isVirtual(given)) {
        process.exitCode = await runVirtual(given, command);
        return;
      }
      const flags = readConfigFlag(given, command);
      process.exitCode = await runSimulation(flags, program.version() ?? '');
    });
  addVirtualFlags(command);
  addGatewayFlags(command, 'sim-gateway');
  addCloudFlags(command);
  addRpcFlags(command);
  addConsoleFlags(command);
  addRecordingFlags(command);
  addTlsFlags(command);
}

/** QoS 1 messages that wait for their PUBACK at once: on XS as many as on an ESP32. */
const IN_FLIGHT = { node: 64, xs: 16 };
/** Of a reading's PUBLISH, at most. */
const PACKET_BYTES = 320;

/** Runs a gateway to its end, and returns the exit code. Throws `BadInput`. */
export async function runSimulation(flags: SimFlags, version: string): Promise<number> {
  const plainDisplay = flags.json ? new JsonDisplay() : new TextDisplay(flags.verbose ?? false);
  const deviceConsole = makeConsole(flags, plainDisplay, () => simulation.stop());
  if (flags.world !== undefined && flags.capture !== undefined) {
    throw new BadInput('--world and --capture exclude each other: tags come from one of them');
  }
  if (flags.board !== undefined) throw new BadInput('--board needs virtual time: add --until or --faults');
  if (flags.record !== undefined) throw new BadInput('--record needs virtual time: add --until or --faults');
  checkRpcFlags(flags, flags.engine);
  const urls = (flags.broker ?? []).map(parseBrokerUrl);
  const configuration = readSimConfiguration(flags, urls);
  if (flags.engine === 'xs' && configuration.cloud !== 'plain') throw new BadInput('--cloud needs --engine node');
  const seal = configuration.cloudValues['seal'] ?? 'off';
  // The engine is started without ciphers; readings must not go out in the clear.
  if (flags.engine === 'xs' && seal !== 'off') throw new BadInput('seal needs --engine node');
  const connection = simConnectionOptions(configuration, flags.engine);
  const tags = readTagSettings(flags);
  const worker = flags.engine === 'xs' ? findXsWorker() : '';
  const display = deviceConsole?.display ?? plainDisplay;
  const simulation = new Simulation(display, flags.duration, flags.store !== undefined && urls.length > 0);
  const stores = openStores(flags);
  const recordings = openRecordings(flags);
  let broker: EmbeddedBroker | undefined;
  let engine: GatewayEngine | undefined;
  let relay: MqttScanner | undefined;
  try {
    const madeBoard = simBoard((clock, timers): Scanner => {
      if (flags.from !== undefined) {
        const onNotice = (text: string): void => simulation.onLog(text);
        relay = new MqttScanner({ ...readRelayFlags(flags, configuration), onNotice }, clock);
        return relay;
      }
      if (flags.capture === undefined) {
        const world = new World(flags.world === undefined ? defaultWorld : readWorld(flags.world), {
          seed: flags.seed,
        });
        return new WorldScanner(world, clock, timers);
      }
      // Whoever is at the console wants to look at what was heard.
      const onEnd = (): void => {
        if (!deviceConsole) simulation.stopOnceConnected();
      };
      const capture = readCapture(flags.capture);
      if (capture.counts.cut) warn(`${showValue(flags.capture)}: the last record is cut short and left out`);
      return new CaptureScanner(capture, clock, timers, { speed: flags.speed ?? 1, onEnd });
    }, stores);
    const board = tapBoard(madeBoard, flags.gateway, recordings.taps);

    // Last, because everything above may find bad input.
    broker = urls.length === 0 ? await startEmbeddedBroker() : undefined;
    if (broker) connection.endpoints = [{ host: '127.0.0.1', port: broker.port }];
    const { gateway, prefix } = flags;
    const tagConfiguration = parseTagSettings(tags);
    const usesLog = flags.engine === 'node' || urls.length === 0;
    const { retention } = tagConfiguration;
    const notice = (text: string): void => simulation.onLog(text);
    const log = usesLog ? openFlashLog(stores, { connection, retention }, notice) : undefined;
    // Nobody hears the broker of this process: what was kept for another one stays in the log.
    const held = log && urls.length === 0 ? log.waiting(LogChannel.reports) : 0;
    if (held > 0) {
      simulation.onLog(`${held} readings in ${flags.store} wait for a broker: name it with --broker`);
    }
    if (flags.engine === 'node') {
      const cloud = makeSimCloud({ ...configuration, tags: tagConfiguration }, board, (text) => simulation.onLog(text));
      const options = {
        ...tagConfiguration,
        ...(log && urls.length > 0 && { flashLog: log }),
        outbox: { ...tagConfiguration.outbox, maxInFlight: IN_FLIGHT.node },
        ...(!flags.unchecked && { pace: stricterLimits(cloudOf(configuration).limits, tagConfiguration.pace) }),
        connection,
        profile: cloud.tagProfile!,
        ...(cloud.login && { login: cloud.login }),
        ...(cloud.pace && { cloudPace: cloud.pace }),
        ...(cloud.registration && { registration: cloud.registration }),
        ...(flags.set?.['maxPayload'] !== undefined && { maxPayload: configuration.maxPayload }),
        ...(flags.set?.['health'] !== undefined && { healthSeconds: configuration.healthSeconds }),
        ...(deviceConsole && { ring: deviceConsole.ring }),
      };
      // Messages of brokers that are named on the console are kept all the same.
      const logged = log ? { ...options, flashLog: log } : options;
      const about = { name: gateway, version, tls: tlsOptions(flags, false) };
      const parts = (reporter: TagReporter): GatewayPart[] => [
        ...makeSimRpc(
          flags,
          board,
          reporter,
          logged,
          { routes: cloud.routes ?? cloudOf(configuration).routes(configuration), methods: cloud.methods },
          () => node,
          (text) => simulation.onLog(text),
        ),
        ...cloud.parts,
        ...(deviceConsole ? deviceConsole.makeParts(board, reporter, logged, about) : []),
      ];
      const node = new NodeEngine(options, board, simulation, parts);
      engine = node;
    } else {
      const { flash, ...withoutFlash } = board;
      const reached = flash && urls.length > 0 ? { ...withoutFlash, flash } : withoutFlash;
      engine = await XsEngine.create(
        { worker, board: reached, configuration: { connection, tags, gateway, prefix } },
        simulation,
      );
    }
    const from = relay && `gateways on ${relay.name}`;
    const source = from ?? flags.capture ?? flags.world ?? `the world "${defaultWorld.name}"`;
    display.started(gateway, brokerName(engine.endpoint), broker !== undefined, source);
    await deviceConsole?.open();
    const exitCode = await simulation.run(engine);
    if (relay) simulation.onLog(relay.summary());
    return exitCode;
  } finally {
    relay?.close();
    await deviceConsole?.close();
    await engine?.end();
    await broker?.close();
    stores.close();
    recordings.close();
  }
}

/** What the gateway is told about tags: the flags, and over them what `--set` says. */
function readTagSettings(flags: SimFlags): RawConfiguration {
  const { interval, heartbeat, outbox } = flags;
  const raw: RawConfiguration = {
    interval,
    heartbeat: Math.max(heartbeat, interval),
    outbox,
    tags: 256,
    silent: 0,
    ...flagKeys(flags),
    ...(flags.keys !== undefined && { tagKeys: readKeys(flags.keys) }),
    ...tagSettings(flags),
  };
  try {
    parseTagSettings(raw);
  } catch (error) {
    throw new BadInput((error as Error).message.split('\n').join('; '));
  }
  return raw;
}

/** The flags that are no more than names for configuration keys; their values are checked with those. */
function flagKeys({ persist, outboxFull, maxAge, rate }: SimFlags): RawConfiguration {
  return {
    ...(persist !== undefined && { persist }),
    ...(outboxFull !== undefined && { outboxFull }),
    ...(maxAge !== undefined && { maxAge }),
    ...(rate !== undefined && { maxMessageRate: rate }),
  };
}

/** Throws `BadInput` for flags that would have no effect, and for what the cloud would refuse. */
function readSimConfiguration(flags: SimFlags, urls: BrokerUrl[]): Configuration {
  const asked = tlsFlagsGiven(flags);
  const plain = urls.find((url) => !url.tls);
  if (plain && asked.length > 0) {
    const { host, port } = plain;
    throw new BadInput(`${asked.join(', ')}: the broker ${host}:${port} is without TLS; its URL must be mqtts://…`);
  }
  if (urls.length === 0 && asked.length > 0 && !flags.console && flags.consolePort === undefined) {
    throw new BadInput(
      `${asked.join(', ')}: the broker inside the process is without TLS; name one with --broker mqtts://…`,
    );
  }
  const tls = urls.length === 0 ? undefined : tlsOptions(flags, plain === undefined);
  if (flags.pw !== undefined && flags.username === undefined && urls[0]?.username === undefined) {
    throw new BadInput('-P needs a user name: give one with -u, or in the URL');
  }
  return simConfiguration(flags, urls, tls);
}

/** What the session of a simulated gateway has room for. */
function simConnectionOptions(
  { connection, cloud }: Configuration,
  engine: SimFlags['engine'],
): XsEngineOptions['configuration']['connection'] {
  const limit = CLOUDS.find(({ name }) => name === cloud)?.limits.inFlight ?? Infinity;
  const maxInFlight = Math.min(IN_FLIGHT[engine], limit);
  const transmitArenaSize = IN_FLIGHT[engine] * PACKET_BYTES;
  // A password from flags is text.
  const options = connection as XsEngineOptions['configuration']['connection'];
  return { backoff: BACKOFF, ...options, maxInFlight, transmitArenaSize };
}
