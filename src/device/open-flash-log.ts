import type { Board } from '../hal/index.js';
import type { Configuration } from '../settings/configuration.js';
import { logHandles } from '../settings/tag-configuration.js';
import { FlashLog } from '../telemetry/outbox/flash-log.js';

/**
 * Mounts the log of a board that has flash for it; undefined where there is none, or it cannot be used, which is told
 * to `notice`. All that goes to the board's flash shares it, by channels.
 */
export function openFlashLog(
  board: Pick<Board, 'flash'>,
  configuration: Pick<Configuration, 'connection' | 'retention'>,
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
