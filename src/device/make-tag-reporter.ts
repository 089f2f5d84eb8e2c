import type { CloudProfile } from '../cloud/index.js';
import type { Board } from '../hal/index.js';
import type { Configuration } from './configuration.js';
import { TagLog } from './tag-log.js';
import { TagReporter } from './tag-reporter.js';

/**
 * Makes the tag side of a board that has a scanner; it says on the board's log which tags it hears. Throws a RangeError
 * that names the option and what is allowed.
 */
export function makeTagReporter(
  configuration: Configuration,
  profile: CloudProfile,
  board: Board,
): TagReporter | undefined {
  if (!board.scanner) return undefined;
  const { policy, scan, tags, keys, outbox, persistSeconds, silentSeconds } = configuration;
  return new TagReporter(
    {
      profile,
      policy,
      scan,
      tags,
      ...(keys && { keys }),
      outbox,
      persistSeconds,
      silentSeconds,
    },
    board,
    new TagLog(board),
  );
}
