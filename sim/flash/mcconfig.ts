import { CLOUDS } from '../../src/cloud/index.js';
import { CONFIGURATION_KEYS, findKey, isSecret } from '../../src/settings/configuration-keys.js';
import { checkSetting } from '../../src/settings/parse-value.js';
import { BadInput, showValue } from '../bad-input.js';

/** What can be flashed or run, by the names of the folders under `boards`. */
export const TARGETS = ['esp32', 'esp8266', 'desktop'] as const;

/** One of `TARGETS`. */
export type Target = (typeof TARGETS)[number];

/** Chips of the ESP32 family that go by their own names: the SDK has a board of that name for each. */
export const CHIPS = ['esp32c3', 'esp32c6', 'esp32s3'] as const;

/** A target with the SDK's name of one board in particular, as in `esp32/m5stack`. */
export interface BoardChoice {
  target: Target;
  /** Absent: any board with that chip. */
  subplatform?: string;
}

/** Reads `esp32`, `esp8266`, `desktop`, one of `CHIPS`, or `esp32/<board>`. Throws `BadInput` for anything else. */
export function parseBoard(text: string): BoardChoice {
  const chip = CHIPS.find((known) => known === text);
  if (chip) return { target: 'esp32', subplatform: chip };
  const [name, subplatform, ...more] = text.split('/');
  const target = TARGETS.find((known) => known === name);
  const isPlain = more.length === 0 && (subplatform === undefined || /^\w[\w-]*$/.test(subplatform));
  if (!target || !isPlain || (target === 'desktop' && subplatform !== undefined)) {
    throw new BadInput(
      `board ${showValue(text)} is not known; it must be ${[...TARGETS, ...CHIPS].join(', ')}, ` +
        'or esp32/<board> as the SDK names it',
    );
  }
  return subplatform === undefined ? { target } : { target, subplatform };
}

/** The SDK's name of the platform, for `mcconfig -p`. */
export function platformName(board: BoardChoice, hostPlatform: NodeJS.Platform): string {
  const platform =
    board.target === 'desktop' ? hostTools(hostPlatform) : board.target === 'esp8266' ? 'esp' : board.target;
  return board.subplatform === undefined ? platform : `${platform}/${board.subplatform}`;
}

/** The folder of the SDK's tools for this computer, under `build/bin`. */
export function hostTools(hostPlatform: NodeJS.Platform): string {
  return hostPlatform === 'darwin' ? 'mac' : 'lin';
}

/** A setting of the command line. */
export interface Setting {
  name: string;
  value: string;
}

/**
 * Reads `key=value`, where the key may be one of any cloud. Throws `BadInput` of one line, without the value of a
 * secret, when it is not of that form, when there is no such key, or when the value is not allowed.
 */
export function parseSetting(text: string): Setting {
  const at = text.indexOf('=');
  if (at < 1) {
    const allowed = CONFIGURATION_KEYS.map(({ name }) => name).join(', ');
    // Whole, it may be a password whose key was forgotten.
    throw new BadInput(
      `an argument of ${text.length} characters is not key=value; the keys are ${allowed}, and those of the cloud`,
    );
  }
  const setting = { name: text.slice(0, at), value: text.slice(at + 1) };
  try {
    checkSetting(setting.name, setting.value, CLOUDS);
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
  return setting;
}

/** What is built of a board. */
export interface Build {
  /** Without the debugger, and so without its console. */
  release: boolean;
  /** Without the console of Tagwire, which only an ESP32 has. */
  withoutConsole: boolean;
}

/** The variable of the shell by which our manifests choose between minified modules and such with source maps. */
export function bundleVariable({ release }: Build): { TAGWIRE_BUNDLE: string } {
  return { TAGWIRE_BUNDLE: release ? 'release' : 'debug' };
}

/** The arguments of mcconfig, for the folder of this package. */
export function mcconfigArguments(
  board: BoardChoice,
  settings: readonly Setting[],
  { release, withoutConsole }: Build,
  hostPlatform: NodeJS.Platform,
): string[] {
  const pairs = settings.map(({ name, value }) => `${name}=${value}`);
  const manifest = withoutConsole ? ['boards/esp32/manifest_without_console.json'] : [];
  return [...(release ? [] : ['-d']), '-m', '-p', platformName(board, hostPlatform), ...manifest, ...pairs];
}

/** The command as a person would type it, with stars for what is secret. */
export function showCommand(
  board: BoardChoice,
  settings: readonly Setting[],
  build: Build,
  hostPlatform: NodeJS.Platform,
): string {
  const shown = settings.map(({ name, value }) => ({ name, value: isSecret(findKey(name, CLOUDS)!) ? '***' : value }));
  // The manifests have the minified modules by default.
  const variable = build.release ? [] : [`TAGWIRE_BUNDLE=${bundleVariable(build).TAGWIRE_BUNDLE}`];
  return [...variable, 'mcconfig', ...mcconfigArguments(board, shown, build, hostPlatform)].map(quoteWord).join(' ');
}

/** As a word for a shell, on one line. */
function quoteWord(word: string): string {
  if (/^[\w@%+=:,./*-]+$/.test(word)) return word;
  return /\p{Cc}/u.test(word) ? showValue(word) : `'${word.replaceAll("'", "'\\''")}'`;
}
