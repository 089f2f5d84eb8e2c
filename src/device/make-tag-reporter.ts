import { PlainTagProfile } from '../cloud/plain-tags.js';
import type { Board } from '../hal/index.js';
import type { Configuration } from './configuration.js';
import type { LevelLog } from './level-log.js';
import { TagLog } from './tag-log.js';
import { TagReporter } from './tag-reporter.js';

/**
 * Makes the tag side of a board that has a scanner; it says on the log which tags it hears. Throws a RangeError that
 * names the option and what is allowed.
 */
export function makeTagReporter(configuration: Configuration, board: Board, log: LevelLog): TagReporter | undefined {
  if (!board.scanner || !configuration.tags) return undefined;
  const profile = new PlainTagProfile(configuration);
  return new TagReporter({ ...configuration.tags, profile }, board, new TagLog(board.clock, log));
}
