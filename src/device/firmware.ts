import { PlainProfile } from '../cloud/plain.js';
import type { ConnectionFailure } from '../connection/index.js';
import type { Board } from '../hal/index.js';
import type { Reading } from '../tags/index.js';
import type { Configuration } from './configuration.js';
import { bootLine, configurationLine, connectedLine, failureLine, stoppedLine, tagLine } from './firmware-lines.js';
import { Gateway } from './gateway.js';
import type { GatewayHandler } from './gateway-handler.js';

/** What counts when the configuration says nothing: boards have flash that outlives a restart, and a radio. */
const PERSIST_SECONDS = 60;
const SILENT_SECONDS = 120;

/** Lines about new tags in one minute; many tags, or a table too small for them, must not drown the others. */
const TAG_LINES = 10;
const MINUTE = 60000;

/** A board's whole firmware: a `Gateway` from a configuration, which says on the board's log what happens. */
export class Firmware implements GatewayHandler {
  readonly gateway: Gateway;

  private readonly board: Board;
  /** When the minute began in which tag lines are counted. */
  private minuteBegan = 0;
  private tagLines = 0;
  private quietTags = 0;

  /**
   * Makes the firmware and starts it. Never throws: settings that make no sense together, or a board that fails, end
   * with a line on the log and undefined.
   */
  static launch(configuration: Configuration, board: Board): Firmware | undefined {
    try {
      const firmware = new Firmware(configuration, board);
      firmware.start();
      return firmware;
    } catch (error) {
      board.log?.line('cannot start: ' + (error instanceof Error ? error.message : String(error)));
      return undefined;
    }
  }

  /** Throws a RangeError of one line that names the setting and what is allowed. */
  constructor(configuration: Configuration, board: Board) {
    const persistSeconds = configuration.persistSeconds ?? PERSIST_SECONDS;
    this.board = board;
    board.log?.line(bootLine(configuration, board));
    board.log?.line(configurationLine(configuration, board.scanner !== undefined, persistSeconds));
    this.gateway = new Gateway(
      {
        connection: configuration.connection,
        profile: new PlainProfile({ prefix: configuration.prefix, gateway: configuration.gateway }),
        policy: configuration.policy,
        scan: configuration.scan,
        tags: configuration.tags,
        ...(configuration.keys && { keys: configuration.keys }),
        outbox: configuration.outbox,
        maxPayload: configuration.maxPayload,
        healthSeconds: configuration.healthSeconds,
        persistSeconds,
        silentSeconds: configuration.silentSeconds ?? SILENT_SECONDS,
      },
      board,
      this,
    );
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

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    const log = this.board.log;
    if (!log) return;
    const now = this.board.clock.now();
    if (now - this.minuteBegan >= MINUTE) {
      if (this.quietTags > 0) log.line('more tags in the minute before: ' + this.quietTags);
      this.minuteBegan = now;
      this.tagLines = 0;
      this.quietTags = 0;
    }
    if (this.tagLines < TAG_LINES) {
      this.tagLines++;
      log.line(tagLine(address, rssi, reading.format));
    } else {
      this.quietTags++;
    }
  }

  onPublished(): void {}

  onStopped(): void {
    this.board.log?.line(stoppedLine(this.gateway.unacknowledged));
  }

  onNotice(text: string): void {
    this.board.log?.line(text);
  }
}
