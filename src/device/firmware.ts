import { PlainProfile } from '../cloud/plain.js';
import type { ConnectionFailure } from '../connection/index.js';
import type { Board } from '../hal/index.js';
import type { Configuration } from './configuration.js';
import { bootLine, configurationLine, connectedLine, failureLine, stoppedLine } from './firmware-lines.js';
import { Gateway } from './gateway.js';
import type { GatewayHandler } from './gateway-handler.js';
import type { GatewayPart } from './gateway-part.js';
import { LevelLog } from './level-log.js';
import type { RemoteConfiguration } from './remote-configuration.js';
import type { CallTargets } from './remote-calls.js';
import { trialText } from './settings-trial.js';
import type { SettingsTrial } from './settings-trial.js';
import type { StoredPolicies } from './stored-policies.js';
import type { TagReporter } from './tag-reporter.js';
import { VERSION } from './version.js';

/** What a board's firmware has beside its connection. What its main program does not name is not linked. */
export interface FirmwareFeatures {
  /** `makeTagReporter`, where there is a scanner. */
  makeReporter?(configuration: Configuration, board: Board, log: LevelLog): TagReporter | undefined;

  /** Makes a `StoredPolicies`, for the remote calls that show and set policies. */
  makePolicies?(reporter: TagReporter, configuration: Configuration, board: Board): StoredPolicies;

  /** `makeRemoteCalls`. */
  makeCalls?(targets: CallTargets): GatewayPart | undefined;

  /** Makes further parts, such as a console. */
  makeParts?(reporter: TagReporter | undefined, configuration: Configuration, board: Board): GatewayPart[];

  /** Settings that are on trial; see `loadOnTrial`. */
  trial?: SettingsTrial;
  /** What remote calls may see and change of the configuration. */
  remote?: RemoteConfiguration;
}

/** A board's whole firmware: a `Gateway` from a configuration, which says on the board's log what happens. */
export class Firmware implements GatewayHandler {
  readonly gateway: Gateway;
  readonly log: LevelLog;

  private readonly board: Board;

  /**
   * Makes the firmware and starts it. Never throws: settings that make no sense together, or a board that fails, end
   * with a line on the log and undefined.
   */
  static launch(configuration: Configuration, board: Board, features: FirmwareFeatures = {}): Firmware | undefined {
    try {
      const firmware = new Firmware(configuration, board, features);
      firmware.start();
      return firmware;
    } catch (error) {
      board.log?.line('cannot start: ' + (error instanceof Error ? error.message : String(error)));
      features.trial?.giveUp();
      return undefined;
    }
  }

  /** Throws a RangeError of one line that names the setting and what is allowed. */
  constructor(configuration: Configuration, board: Board, features: FirmwareFeatures = {}) {
    const { connection, maxPayload, healthSeconds } = configuration;
    const { trial, remote, makeCalls } = features;
    const log = new LevelLog(board.log);
    this.log = log;
    this.board = board;
    const reporter = features.makeReporter?.(configuration, board, log);
    log.line(bootLine(configuration, board));
    log.line(configurationLine(configuration, reporter !== undefined));
    const parts: GatewayPart[] = [];
    if (trial) {
      parts.push(trial);
      if (board.restart) trial.restart = () => this.restart();
    }
    const policies = reporter && features.makePolicies?.(reporter, configuration, board);
    // Not called on `features`: on XS the function of the gateway would keep that, and all that it refers to.
    const calls = makeCalls?.({
      configuration,
      board,
      log,
      gateway: () => this.gateway,
      ...(board.restart && { restart: () => this.restart() }),
      ...(reporter && { reporter }),
      ...(policies && { policies }),
      ...(remote && { remote }),
    });
    if (calls) parts.push(calls);
    if (features.makeParts) parts.push(...features.makeParts(reporter, configuration, board));
    const profile = reporter ? reporter.queue.profile : new PlainProfile(configuration);
    const identity = {
      firmware: VERSION,
      board: board.name,
      restartReason: board.health?.restartReason ?? '',
      notice: trial ? trialText(trial) : '',
    };
    const options = { connection, profile, maxPayload, healthSeconds, identity };
    this.gateway = new Gateway(options, board, this, reporter, parts);
  }

  /** Begins to connect and to scan. Legal once more after `stop`. */
  start(): void {
    this.gateway.start();
  }

  /** Publishes what it can, disconnects, and saves the rest. */
  stop(): void {
    this.gateway.stop();
  }

  /** Saves the readings that were not acknowledged, and restarts the chip. Does nothing where that cannot be. */
  restart(): void {
    if (!this.board.restart) return;
    this.gateway.reporter?.queue.save();
    this.board.restart();
  }

  // GatewayHandler

  onConnected(): void {
    this.log.line(connectedLine(this.gateway.connection.endpoint));
  }

  onFailed(failure: ConnectionFailure): void {
    this.log.error(failureLine(failure));
  }

  onStopped(): void {
    this.log.line(stoppedLine(this.gateway.unacknowledged));
  }
}
