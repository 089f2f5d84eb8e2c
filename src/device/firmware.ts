import type { JsonWriter } from '../bytes/json-writer.js';
import type { Cloud, CloudDefinition, CloudDevice } from '../cloud/definition.js';
import type { GatewayPart } from '../cloud/part.js';
import { PlainProfile } from '../cloud/plain/plain.js';
import type { TagProfile } from '../cloud/profile.js';
import { FailureKind } from '../connection/connection.js';
import type { ConnectionFailure } from '../connection/index.js';
import { LogLevel } from '../hal/board.js';
import type { Log } from '../hal/board.js';
import type { Board, Endpoint, Flash } from '../hal/index.js';
import type { Configuration, ConfigurationTarget, RawConfiguration } from '../settings/configuration.js';
import { loadConfiguration, loadOnTrial } from '../settings/load-configuration.js';
import type { RemoteConfiguration } from '../settings/remote-configuration.js';
import type { PersistedSettings } from '../settings/persisted-settings.js';
import { loadSettings } from '../settings/settings.js';
import { TrialState, trialText } from '../settings/settings-trial.js';
import type { SettingsTrial } from '../settings/settings-trial.js';
import type { PersistedPolicies } from '../settings/persisted-policies.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import { stricterLimits } from '../telemetry/outbox/pace-limits.js';
import { Gateway } from './gateway.js';
import type { GatewayHandler, GatewayOptions } from './gateway.js';
import type { Recorder } from './recorder.js';
import type { TagReporter } from './tag-reporter.js';

/** The version of this firmware; a test compares it with package.json. */
export const VERSION = '0.1.0';

/** Milliseconds of a second, and some more: two packets take different times to the cloud. */
const CONNECT_MARGIN = 1200;

/** A board's log that says as much as it is told to. */
export class LevelLog implements Log {
  level: LogLevel = LogLevel.info;

  private readonly log: Log | undefined;

  constructor(log: Log | undefined) {
    this.log = log;
  }

  /** What people should know when all goes well. */
  line(text: string): void {
    if (this.level >= LogLevel.info) this.log?.line(text);
  }

  /** What went wrong, or was asked for. */
  error(text: string): void {
    if (this.level >= LogLevel.error) this.log?.line(text);
  }

  /** What happens all the time. Check `debugging` before making the text. */
  debug(text: string): void {
    if (this.debugging) this.log?.line(text);
  }

  get debugging(): boolean {
    return this.level >= LogLevel.debug;
  }
}

// The lines that `Firmware` prints. None of them has a password, a key, or a user name, which is a token at some
// brokers.

/** By `FailureKind` - 1. */
const failureNames = ['network', 'name', 'connect', 'TLS', 'refused', 'lost'];

export function bootLine(configuration: Configuration, board: Board): string {
  const reason = board.health?.restartReason;
  return 'tagwire: ' + configuration.gateway + ' on ' + board.name + (reason ? ', started by ' + reason : '');
}

export function configurationLine(configuration: Configuration, scanner: boolean, flash?: Flash): string {
  const { connection, tags } = configuration;
  let line = 'broker ' + connection.endpoints.map(brokerName).join(', then ');
  line += ', client ' + connection.clientId;
  if (connection.username !== undefined) line += ' with user name';
  line += ', topics ' + configuration.prefix + '/' + configuration.gateway + '/...';
  if (scanner && tags) {
    const { name, connected } = tags.scan;
    line += ', scan ' + name + ', ' + connected.windowMilliseconds + ' of ' + connected.intervalMilliseconds + ' ms';
    line += connected.active ? ' active' : ' passive';
    line += ', a tag at most every ' + tags.rules[0]!.minimumInterval / 1000 + ' s';
    line += ', outbox ' + (tags.outbox?.capacity ?? 'default') + ' B';
    line += flash ? ' and ' + (flash.blocks * flash.blockLength) / 1024 + ' KB of flash' : ' without flash';
  } else {
    line += ', no scanner';
  }
  return line + (configuration.healthSeconds > 0 ? ', health every ' + configuration.healthSeconds + ' s' : '');
}

export function connectedLine(endpoint: Endpoint): string {
  return 'connected to ' + brokerName(endpoint);
}

export function failureLine(failure: ConnectionFailure): string {
  const { kind, detail, endpoint, retryIn } = failure;
  let line = failureNames[kind - 1] + ': ' + detail;
  if (kind !== FailureKind.network) line += ' (' + brokerName(endpoint) + ')';
  if (retryIn < Infinity) return line + '; next attempt in ' + (retryIn / 1000).toFixed(1) + ' s';
  return line + '; next attempt when the network is up';
}

/** `unacknowledged`: readings since the start that the broker did not acknowledge; `kept`: those that flash has. */
export function stoppedLine(unacknowledged: number, kept: number): string {
  let line = 'stopped';
  if (kept > 0) line += ', readings kept on flash: ' + kept;
  if (unacknowledged > kept) line += ', readings lost: ' + (unacknowledged - kept);
  return line;
}

function brokerName(endpoint: Endpoint): string {
  const host = endpoint.host.includes(':') ? '[' + endpoint.host + ']' : endpoint.host;
  return (endpoint.tls ? 'mqtts://' : 'mqtt://') + host + ':' + endpoint.port;
}

/** What a device hands to those that control it from afar, such as RPC. What it cannot do is absent. */
export interface DeviceControls {
  /** What can be called in its cloud, beside what every device can be asked. */
  methods?: Cloud['methods'];
  /** The methods of its recorder. */
  recorder?: Cloud['methods'];

  /** Lets a person find the device, for so many seconds. */
  identify(seconds: number): void;

  setLogLevel(level: LogLevel): void;

  /** Writes a health report of now to `into[from..to)` and returns its length, or -1 when it does not fit. */
  writeStatistics(into: Uint8Array, from: number, to: number): number;

  onFault(text: string): void;

  /** Writes what waits in the outbox of reports, and what became of the rest. False when there is no outbox. */
  writeOutbox(into: JsonWriter): boolean;

  restart?(): void;

  /** Begins or ends scanning. */
  setScan?(on: boolean): void;

  policyText?(): string;

  /** Throws a RangeError of one line, and changes nothing then. */
  setPolicyText?(text: string): void;
}

/** What a board's firmware has beside its connection. What its main program does not name is not linked. */
export interface FirmwareFeatures {
  /** The clouds that are linked: those of `ConfigurationTarget`. Default: the plain profile. */
  clouds?: readonly CloudDefinition[];

  /**
   * `makeTagReporter`, where there is a scanner. `profile` is that of the cloud; undefined: the plain one. `flashLog`:
   * where its reports outlive a restart.
   */
  makeReporter?(
    configuration: Configuration,
    board: Board,
    log: LevelLog,
    profile: TagProfile | undefined,
    flashLog: FlashLog | undefined,
  ): TagReporter | undefined;

  /** `openFlashLog`, on a board with flash for a log. */
  openFlashLog?(board: Board, configuration: Configuration, notice: (text: string) => void): FlashLog | undefined;

  /** Makes a `PersistedPolicies`, for the RPC that shows and sets policies. */
  makePolicies?(reporter: TagReporter, configuration: Configuration, board: Board): PersistedPolicies;

  /** `makeRpc`, or with a log `makeKeptRpc`. */
  makeRpc?(
    configuration: Configuration,
    controls: DeviceControls,
    remote: RemoteConfiguration | undefined,
    routes: ReturnType<CloudDefinition['routes']>,
    board: Board,
    flashLog: FlashLog | undefined,
  ): GatewayPart | undefined;

  /** `makeRecorder`, on a board that can keep its last inputs. */
  makeRecorder?(
    configuration: Configuration,
    board: Board,
    clouds: readonly CloudDefinition[] | undefined,
  ): Recorder | undefined;

  /** Makes further parts, such as a console. */
  makeParts?(
    reporter: TagReporter | undefined,
    configuration: Configuration,
    board: Board,
    flashLog: FlashLog | undefined,
  ): GatewayPart[];

  /** Settings that are on trial; see `loadOnTrial`. */
  trial?: SettingsTrial;
  /** Something that the status should tell of this start; see `bootFirmware`. */
  notice?: string;
  /** What RPC may see and change of the configuration. */
  remote?: RemoteConfiguration;
}

/** A board's whole firmware: a `Gateway` from a configuration, which says on the board's log what happens. */
export class Firmware implements GatewayHandler, CloudDevice {
  readonly gateway: Gateway;
  readonly log: LevelLog;

  readonly board: Board;
  readonly remote: RemoteConfiguration | undefined;
  readonly policies: PersistedPolicies | undefined;

  /**
   * Makes the firmware and starts it. Throws an Error of one line when the settings make no sense together or the board
   * fails; nothing of it goes on running then.
   */
  static launch(configuration: Configuration, board: Board, features: FirmwareFeatures = {}): Firmware {
    const firmware = new Firmware(configuration, board, features);
    try {
      firmware.start();
    } catch (error) {
      firmware.gateway.close();
      throw error;
    }
    return firmware;
  }

  /** Throws a RangeError of one line that names the setting and what is allowed. */
  constructor(configuration: Configuration, board: Board, features: FirmwareFeatures = {}) {
    const { connection, maxPayload, healthSeconds } = configuration;
    const { trial, makeRpc } = features;
    const log = new LevelLog(board.log);
    this.log = log;
    const recorder = features.makeRecorder?.(configuration, board, features.clouds);
    if (recorder?.scanner) board = { ...board, scanner: recorder.scanner };
    this.board = board;
    const definition = findCloud(features.clouds, configuration.cloud);
    const { remote } = features;
    this.remote = remote;
    // Itself, since on XS an object of closures takes memory when there is least of it.
    const cloud = definition?.make(configuration, this);
    const isMute = cloud !== undefined && !cloud.tagProfile;
    const flashLog = features.openFlashLog?.(board, configuration, (text) => log.error(text));
    const tagProfile = cloud?.tagProfile;
    const reporter = isMute ? undefined : features.makeReporter?.(configuration, board, log, tagProfile, flashLog);
    log.line(bootLine(configuration, board));
    log.line(configurationLine(configuration, reporter !== undefined, flashLog && board.flash));
    const parts: GatewayPart[] = [];
    if (recorder) parts.push(recorder);
    if (trial) parts.push(trial);
    const policies = reporter && features.makePolicies?.(reporter, configuration, board);
    this.policies = policies;
    // Not called on `features`: on XS the functions of the controls would keep that, and all that it refers to.
    const controls = this.controls(reporter, policies);
    if (cloud?.methods) controls.methods = cloud.methods;
    if (recorder) controls.recorder = recorder;
    const routes = cloud?.routes ?? definition?.routes(configuration);
    const rpc = makeRpc?.(configuration, controls, remote, routes, board, flashLog);
    if (rpc) parts.push(rpc);
    if (cloud) parts.push(...cloud.parts);
    if (features.makeParts) parts.push(...features.makeParts(reporter, configuration, board, flashLog));
    const profile = cloud?.profile ?? reporter?.queue.profile ?? new PlainProfile(configuration);
    const identity = {
      firmware: VERSION,
      board: board.name,
      restartReason: board.health?.restartReason ?? '',
      notice: features.notice || (trial ? trialText(trial) : ''),
    };
    const pace = definition ? stricterLimits(definition.limits, configuration.pace) : configuration.pace;
    const options: GatewayOptions = { connection, profile, maxPayload, healthSeconds, identity, pace };
    const filters = definition?.limits.filtersPerSubscribe;
    if (filters !== undefined) connection.maxFiltersPerPacket = filters;
    const connects = definition?.limits.connectsPerSecond;
    if (connects !== undefined) options.connectInterval = CONNECT_MARGIN / connects;
    if (cloud?.login) options.login = cloud.login;
    if (cloud?.pace) options.cloudPace = cloud.pace;
    if (cloud?.registration) options.registration = cloud.registration;
    this.gateway = new Gateway(options, board, this, reporter, parts);
    if (trial && controls.restart) trial.restart = controls.restart;
  }

  /** Begins to connect and to scan. Legal once more after `stop`. */
  start(): void {
    this.gateway.start();
  }

  /** Publishes what it can, disconnects, and persists the rest. */
  stop(): void {
    this.gateway.stop();
  }

  /** Persists what was not acknowledged, and restarts the chip. Does nothing where that cannot be. */
  restart(): void {
    if (!this.board.restart) return;
    this.gateway.persist();
    this.board.restart();
  }

  private controls(reporter: TagReporter | undefined, policies: PersistedPolicies | undefined): DeviceControls {
    const { board } = this;
    const { clock } = board;
    const controls: DeviceControls = new FirmwareControls(this, board);
    if (board.restart) controls.restart = () => this.restart();
    if (policies) {
      controls.policyText = () => policies.policyText();
      controls.setPolicyText = (text) => policies.setPolicyText(text);
    }
    if (reporter) {
      controls.setScan = (on) => {
        if (on) reporter.startScan(clock.now());
        else reporter.endScan(clock.now());
      };
    }
    return controls;
  }

  // GatewayHandler

  onConnected(): void {
    this.log.line(connectedLine(this.gateway.connection.endpoint));
  }

  onFailed(failure: ConnectionFailure): void {
    this.log.error(failureLine(failure));
  }

  onNotice(text: string): void {
    this.log.error(text);
  }

  // CloudDevice

  get firmware(): string {
    return VERSION;
  }

  notice(text: string): void {
    this.log.error(text);
  }

  onStopped(): void {
    const kept = this.gateway.reporter?.queue.persistedCount ?? 0;
    this.log.line(stoppedLine(this.gateway.unacknowledged, kept));
  }
}

/** The cloud of this name; undefined where no clouds are linked. Throws a RangeError when it is not among them. */
function findCloud(clouds: readonly CloudDefinition[] | undefined, name: string): CloudDefinition | undefined {
  if (!clouds) return undefined;
  for (const cloud of clouds) if (cloud.name === name) return cloud;
  throw new RangeError('cloud is not linked: ' + name);
}

/** What every device can do. Methods of a class, since on a chip each function of an object takes memory. */
class FirmwareControls implements DeviceControls {
  constructor(
    private readonly firmware: Firmware,
    private readonly board: Board,
  ) {}

  identify(seconds: number): void {
    const { board, firmware } = this;
    if (board.identify) board.identify(seconds);
    else firmware.log.error('identify: this is the one, for ' + seconds + ' s');
  }

  setLogLevel(level: LogLevel): void {
    this.firmware.log.level = level;
  }

  writeStatistics(into: Uint8Array, from: number, to: number): number {
    return this.firmware.gateway.writeHealth(this.board.clock.now(), into, from, to);
  }

  writeOutbox(into: JsonWriter): boolean {
    const { reporter } = this.firmware.gateway;
    reporter?.writeOutbox(into);
    return reporter !== undefined;
  }

  onFault(text: string): void {
    this.firmware.log.error(text);
  }
}

/** How long a device that cannot start waits before it restarts, in minutes. */
const RESTART_MINUTES = 5;

/** How a board starts its firmware. */
export interface FirmwareBoot {
  builtIn: RawConfiguration;
  target: ConfigurationTarget;
  /** The parts of the board that no configuration is needed for. */
  board: Pick<Board, 'store' | 'timers' | 'log' | 'restart'>;

  /**
   * Makes the board for `configuration`, and starts its firmware with `notice`. May throw an Error of one line; then it
   * is called again with the built-in configuration.
   */
  launch(configuration: Configuration, loaded: LoadedConfiguration, notice: string): Firmware;

  /** There is no configuration to start with: lets people give one. Absent on a board that has no way for that. */
  setUp?(settings: PersistedSettings): void;
}

/** What is loaded at a start. */
export type LoadedConfiguration = ReturnType<typeof loadOnTrial>;

/**
 * Starts a device with its persisted settings, or when it cannot start with them, with what is built in alone, so that
 * nothing that was persisted can keep it dead: the log and the status tell what was wrong. A device that cannot start
 * with that either says so, and restarts later where it can. Undefined when nothing was started. Never throws.
 */
export function bootFirmware(boot: FirmwareBoot): Firmware | undefined {
  const { builtIn, target, board } = boot;
  const { store, log, restart, timers } = board;
  const loaded = loadOnTrial(builtIn, target, store, log);
  const { configuration, trial } = loaded;
  // The log says what is wrong.
  if (!configuration) {
    boot.setUp?.(loaded.settings);
    return undefined;
  }
  if (restart) trial.restart = restart;
  let fault: string;
  try {
    return boot.launch(configuration, loaded, '');
  } catch (error) {
    fault = textOf(error);
  }
  if (trial.state === TrialState.running && restart) {
    log?.line('cannot start: ' + fault);
    trial.giveUp();
    return undefined;
  }
  const plain = trial.counts || loadSettings(store, {}) > 0 ? loadConfiguration(builtIn, target) : undefined;
  if (plain) {
    log?.line('cannot start: ' + fault);
    log?.line('starting with the built-in configuration: the persisted settings are left out');
    try {
      return boot.launch(plain, loaded, 'settings: left out, the device could not start with them: ' + fault);
    } catch (error) {
      fault = textOf(error);
    }
  }
  if (!restart) {
    log?.line('cannot start: ' + fault);
    return undefined;
  }
  log?.line('cannot start: ' + fault + '; restarting in ' + RESTART_MINUTES + ' min');
  timers.create(restart).start(RESTART_MINUTES * 60000);
  return undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
