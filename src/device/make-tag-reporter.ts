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
  if (!board.scanner || !configuration.tags) return undefined;
  return new TagReporter({ ...configuration.tags, profile }, board, new TagLog(board));
}
