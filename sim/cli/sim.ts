import { Option } from 'commander';
import type { Command } from 'commander';
import { openFlashLog } from '../../src/device/open-flash-log.js';
import type { Board, Scanner } from '../../src/hal/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import type { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { LogChannel } from '../../src/telemetry/outbox/outbox.js';
import { BadInput, showValue } from '../bad-input.js';
import { startEmbeddedBroker } from '../broker.js';
import type { EmbeddedBroker } from '../broker.js';
import { readCapture } from '../capture/capture.js';
import type { GatewayEngine } from '../gateway-engine.js';
import { NodeEngine } from '../node-engine.js';
import { RecordedEngine } from '../recorded-engine.js';
import { CaptureScanner } from '../scanner/capture-scanner.js';
import { MqttScanner } from '../scanner/mqtt-scanner.js';
import { WorldScanner } from '../scanner/world-scanner.js';
import { simBoard } from '../sim-board.js';
import { defaultWorld } from '../world/default-world.js';
import { readWorld } from '../read-world.js';
import { SIM_BACKOFF } from '../virtual/recording/sim-tape.js';
import { World } from '../world/world.js';
import { findXsWorker } from '../xs/engine-paths.js';
import { XsEngine } from '../xs/engine.js';
import { parseBrokerUrl } from './broker-url.js';
import { addTlsFlags, tlsOptions } from './connection-flags.js';
import { addConsoleFlags, makeConsole, openStores } from './console-flags.js';
import { addGatewayFlags, readKeys } from './gateway-flags.js';
import type { SimFlags } from './gateway-flags.js';
import { integer } from './parse-values.js';
import { addRecordingFlags, openRecordings, realStart, tapBoard } from './recording-flags.js';
import { addPageFlags } from './page-flags.js';
import { runPage, wantsPage } from './page-sim.js';
import { readRelayFlags } from './relay-flags.js';
import { runReplay } from './replay.js';
import {
  addConfigurationFlags,
  addTls,
  builtInSettings,
  checkConfiguration,
  givenSettings,
  givenText,
  IN_FLIGHT,
  readTls,
  simTarget,
} from './sim-configuration.js';
import { brokerName, JsonDisplay, TextDisplay } from './sim-display.js';
import { Simulation } from './simulation.js';
import { warn } from './terminal.js';
import { addVirtualFlags, isVirtual } from './virtual-flags.js';
import { runVirtual } from './virtual-sim.js';

const EXAMPLES = `
It shows a world on a page, whose address it prints: gateways with the firmware of their boards, tags, network and
broker, all of which can be broken by a click. With --broker the gateways talk to that broker; without, clients reach
the broker of the world on a free port of the loopback interface.

With --engine xs the firmware of its chips also runs on XS, in lockstep: the page shows their slots, chunks and garbage
collections.

--duration, --console, --store, --capture, --json and what records a run are for one gateway in real time, without a
page, as --no-page; so is a configuration that names its broker.

Examples:
  $ tagwire sim
  $ tagwire sim --broker mqtt://localhost --duration 60
  $ tagwire sim --broker mqtts://ann:secret@broker.example --cafile ca.pem --gateway shed
  $ tagwire sim --capture btsnoop_hci.log --json
  $ tagwire sim --engine xs
  $ tagwire sim --engine xs --no-page
  $ tagwire sim --duration 60 --pcap traffic.pcap --btsnoop heard.log   (then: wireshark traffic.pcap)
  $ tagwire sim --until 1d --faults 'powercut@2h' --record day.tagwire
  $ tagwire sim --replay day.tagwire --engine xs
  $ tagwire sim --until 7d
  $ tagwire sim --world greenhouse --speed 1000 --board esp32 --set inFlight=4
  $ tagwire sim --until 1h --faults 'halfopen@10s+30s, powercut@2m' --seed 7 --json
  $ tagwire sim --until 1h --faults 'halfopen@1m+30s' --broker mqtt://localhost
  $ tagwire sim --page --speed 60 --faults 'powercut@2h'
  $ tagwire sim --set 'policies=ruuvi5 interval=30 temperature=0.2' --set rssiFloor=-90
  $ tagwire sim --cloud plain --config shed.json
  $ tagwire sim --console
  $ echo '/iot mqtt brokers print' | tagwire sim --console --store device
  $ tagwire sim --broker mqtt://localhost --gateway shed   (then: tagwire pub -t tagwire/shed/cmd/1 -m
      '{"method":"statistics"}', which is answered on tagwire/shed/res/1)
  $ tagwire sim --console-port 4023   (then: telnet 127.0.0.1 4023, and the token that is shown)

With --speed other than 1, --until or --faults, a whole world runs in virtual time: every gateway of the world file with
the firmware of its board, a model of the broker (with --broker that one, at --speed 1), people and faults.
docs/simulation.md lists the faults and the rules that are checked. With --page it is shown on a page, at that speed,
with those faults, and pauses where it would have ended.

The console takes the commands of RouterOS's /iot. Press ? or Tab to see what can be typed, Ctrl-C to cancel a line, and
Ctrl-D or Ctrl-C twice to quit.

Exit codes: 0 success, 1 readings were lost in real time or on a page, a rule broke or the engine died, 2 bad input.
`;

/** Adds `tagwire sim`. */
export function addSimCommand(program: Command): void {
  const command = program
    .command('sim')
    .description('run a simulated gateway that scans for tags and publishes their readings')
    .option('--world <file>', 'a world file, or the name of a world that comes with it (default: warehouse)')
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
      const settings = givenSettings(given, command);
      if (wantsPage(given, settings, command)) {
        process.exitCode = await runPage(given, settings);
        return;
      }
      if (isVirtual(given)) {
        process.exitCode = await runVirtual(given, settings);
        return;
      }
      process.exitCode = await runSimulation(given, settings, program.version() ?? '');
    });
  addPageFlags(command);
  addVirtualFlags(command);
  addGatewayFlags(command, 'sim-gateway');
  addConfigurationFlags(command);
  addConsoleFlags(command);
  addRecordingFlags(command);
  addTlsFlags(command);
}

/** Runs a gateway with these settings to its end, and returns the exit code. Throws `BadInput`. */
export async function runSimulation(flags: SimFlags, given: RawConfiguration, version: string): Promise<number> {
  const { engine: engineName, board: boardName } = flags;
  const plainDisplay = flags.json ? new JsonDisplay() : new TextDisplay(flags.verbose ?? false);
  const deviceConsole = makeConsole(flags, plainDisplay, () => simulation.stop());
  if (flags.world !== undefined && flags.capture !== undefined) {
    throw new BadInput('--world and --capture exclude each other: tags come from one of them');
  }
  if (flags.record !== undefined) checkRecorded(flags);
  const settings: RawConfiguration = { gateway: flags.gateway, ...given };
  if (flags.keys !== undefined) settings['tagKeys'] = readKeys(flags.keys);
  const urls = (flags.broker ?? givenText(settings, 'broker')?.split(',') ?? []).map(parseBrokerUrl);
  const tls = readTls(flags, settings, urls);
  const target = simTarget(flags, givenText(settings, 'cloud') ?? 'plain');
  const builtIn = (broker?: string): RawConfiguration =>
    builtInSettings(settings, urls, tls, target, boardName, broker);
  const configuration = checkConfiguration(builtIn(), target);
  const configure = (configured: Configuration): void => {
    addTls(configured, tls);
    if (boardName === undefined) configured.connection.backoff ??= SIM_BACKOFF;
  };
  configure(configuration);
  const worker = engineName === 'xs' ? findXsWorker() : '';
  const display = deviceConsole?.display ?? plainDisplay;
  const simulation = new Simulation(display, flags.duration, flags.store !== undefined && urls.length > 0, builtIn());
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
    const { gateway } = configuration;
    const { flash, ...withoutFlash } = tapBoard(madeBoard, gateway, recordings.captures);
    // An ESP8266 has none.
    const board: Board = flash && target.tags ? { ...withoutFlash, flash } : withoutFlash;

    // Last, because everything above may find bad input.
    broker = urls.length === 0 ? await startEmbeddedBroker() : undefined;
    let flashLog: FlashLog | undefined;
    if (engineName === 'node') {
      const about = { name: gateway, version, tls: tlsOptions(flags, false) };
      const { recording } = recordings;
      const keepsReadings = urls.length > 0;
      const start = realStart(gateway, () => node?.firmware);
      const conditions = {
        ...(boardName && { board: boardName }),
        ...{ settings: builtIn(broker?.url), cloud: configuration.cloud, keepsReadings },
        ...{ inFlight: IN_FLIGHT[engineName], unchecked: flags.unchecked ?? false },
      };
      let node: NodeEngine | undefined = undefined;
      node = new NodeEngine(
        {
          settings: conditions.settings,
          target,
          configure,
          keepsReadings,
          ...(deviceConsole && {
            ring: deviceConsole.ring,
            makeParts: (reporter, { tags }, log) =>
              deviceConsole.makeParts(board, reporter, { ...tags, ...(log && { flashLog: log }) }, about),
          }),
        },
        recording ? recording.wrapBoard(board, start, conditions) : board,
        simulation,
      );
      engine = recording ? new RecordedEngine(node, recording, start) : node;
      flashLog = node.flashLog;
    } else {
      if (urls.length === 0) flashLog = openFlashLog(board, configuration, (text) => simulation.onLog(text));
      const reached = urls.length > 0 ? board : withoutFlash;
      const backoff = configuration.connection.backoff;
      engine = await XsEngine.create(
        { worker, board: reached, settings: builtIn(broker?.url), target, tls, ...(backoff && { backoff }) },
        simulation,
      );
    }
    // Nobody hears the broker of this process: what was kept for another one stays in the log.
    const held = flashLog && urls.length === 0 ? flashLog.waiting(LogChannel.reports) : 0;
    if (held > 0) {
      simulation.onLog(`${held} readings in ${flags.store} wait for a broker: name it with --broker`);
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

/** Throws `BadInput` for what cannot be recorded. */
function checkRecorded(flags: SimFlags): void {
  if (flags.engine === 'xs') {
    throw new BadInput('--record needs --engine node; what it writes is replayed on either engine');
  }
  if (flags.console || flags.consolePort !== undefined) {
    throw new BadInput(
      '--record and a console exclude each other in real time: with --until, "people" in the world file type',
    );
  }
}
