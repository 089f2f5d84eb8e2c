import { CONFIGURATION_KEYS, findKey, isSecret } from '../../src/settings/configuration-keys.js';
import { checkSetting } from '../../src/settings/parse-value.js';
import { BadInput, showValue } from '../bad-input.js';
import { platformName } from './target.js';
import type { BoardChoice } from './target.js';

/** A setting of the command line. */
export interface Setting {
  name: string;
  value: string;
}

/**
 * Reads `key=value`. Throws `BadInput` of one line, without the value of a secret, when it is not of that form, when
 * there is no such key, or when the value is not allowed.
 */
export function parseSetting(text: string): Setting {
  const at = text.indexOf('=');
  if (at < 1) {
    const allowed = CONFIGURATION_KEYS.map(({ name }) => name).join(', ');
    // Whole, it may be a password whose key was forgotten.
    throw new BadInput(`an argument of ${text.length} characters is not key=value; allowed keys: ${allowed}`);
  }
  const setting = { name: text.slice(0, at), value: text.slice(at + 1) };
  try {
    checkSetting(setting.name, setting.value);
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
  return setting;
}

/** The arguments of mcconfig. Without `release`, the build is one for the debugger, which is also the console. */
export function mcconfigArguments(
  board: BoardChoice,
  settings: readonly Setting[],
  release: boolean,
  hostPlatform: NodeJS.Platform,
): string[] {
  const pairs = settings.map(({ name, value }) => `${name}=${value}`);
  return [...(release ? [] : ['-d']), '-m', '-p', platformName(board, hostPlatform), ...pairs];
}

/** The command as a person would type it, with stars for what is secret. */
export function showCommand(
  board: BoardChoice,
  settings: readonly Setting[],
  release: boolean,
  hostPlatform: NodeJS.Platform,
): string {
  const shown = settings.map(({ name, value }) => ({ name, value: isSecret(findKey(name)!) ? '***' : value }));
  return ['mcconfig', ...mcconfigArguments(board, shown, release, hostPlatform)].map(quoteWord).join(' ');
}

/** As a word for a shell, on one line. */
function quoteWord(word: string): string {
  if (/^[\w@%+=:,./*-]+$/.test(word)) return word;
  return /\p{Cc}/u.test(word) ? showValue(word) : `'${word.replaceAll("'", "'\\''")}'`;
}
