import type { Board } from '../hal/index.js';
import type { SessionOptions } from '../mqtt/options.js';
import { logHandles } from '../settings/tag-configuration.js';
import type { Retention } from '../telemetry/index.js';
import { FlashLog } from '../telemetry/outbox/flash-log.js';

/**
 * Mounts the log of a board that has flash for it; undefined where there is none, or it cannot be used, which is told
 * to `notice`. All that goes to the board's flash shares it, by channels.
 */
export function openFlashLog(
  board: Pick<Board, 'flash'>,
  configuration: { connection: Pick<SessionOptions, 'maxInFlight'>; retention: Pick<Retention, 'rule'> },
  notice: (text: string) => void,
): FlashLog | undefined {
  if (!board.flash) return undefined;
  const { connection, retention } = configuration;
  try {
    return new FlashLog(board.flash, { rule: retention.rule, maxHeld: logHandles(connection.maxInFlight ?? 8) });
  } catch (error) {
    notice('outbox: ' + (error as Error).message + '; readings are kept in memory only');
    return undefined;
  }
}
