import { PlainProfile } from '../cloud/plain.js';
import type { ConnectionFailure } from '../connection/index.js';
import type { CloudProfile } from '../cloud/index.js';
import type { Board } from '../hal/index.js';
import type { Configuration } from './configuration.js';
import { bootLine, configurationLine, connectedLine, failureLine, stoppedLine } from './firmware-lines.js';
import { Gateway } from './gateway.js';
import type { GatewayHandler } from './gateway-handler.js';
import type { TagReporter } from './tag-reporter.js';

/** `makeTagReporter`, on a board that has a scanner: what is not given is not linked. */
export type MakeReporter = (
  configuration: Configuration,
  profile: CloudProfile,
  board: Board,
) => TagReporter | undefined;

/** A board's whole firmware: a `Gateway` from a configuration, which says on the board's log what happens. */
export class Firmware implements GatewayHandler {
  readonly gateway: Gateway;

  private readonly board: Board;

  /**
   * Makes the firmware and starts it. Never throws: settings that make no sense together, or a board that fails, end
   * with a line on the log and undefined.
   */
  static launch(configuration: Configuration, board: Board, makeReporter?: MakeReporter): Firmware | undefined {
    try {
      const firmware = new Firmware(configuration, board, makeReporter);
      firmware.start();
      return firmware;
    } catch (error) {
      board.log?.line('cannot start: ' + (error instanceof Error ? error.message : String(error)));
      return undefined;
    }
  }

  /** Throws a RangeError of one line that names the setting and what is allowed. */
  constructor(configuration: Configuration, board: Board, makeReporter?: MakeReporter) {
    this.board = board;
    const { connection, gateway, prefix, maxPayload, healthSeconds } = configuration;
    const profile = new PlainProfile({ prefix, gateway });
    const reporter = makeReporter?.(configuration, profile, board);
    board.log?.line(bootLine(configuration, board));
    board.log?.line(configurationLine(configuration, reporter !== undefined));
    this.gateway = new Gateway({ connection, profile, maxPayload, healthSeconds }, board, this, reporter);
  }

  /** Begins to connect and to scan. Legal once more after `stop`. */
  start(): void {
    this.gateway.start();
  }

  /** Publishes what it can, disconnects, and saves the rest. */
  stop(): void {
    this.gateway.stop();
  }

  // GatewayHandler

  onConnected(): void {
    this.board.log?.line(connectedLine(this.gateway.connection.endpoint));
  }

  onFailed(failure: ConnectionFailure): void {
    this.board.log?.line(failureLine(failure));
  }

  onStopped(): void {
    this.board.log?.line(stoppedLine(this.gateway.unacknowledged));
  }
}
