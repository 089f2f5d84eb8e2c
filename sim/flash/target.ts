import { BadInput, showValue } from '../bad-input.js';

/** What can be flashed or run, by the names of the folders under `boards`. */
export const TARGETS = ['esp32', 'esp8266', 'desktop'] as const;

/** One of `TARGETS`. */
export type Target = (typeof TARGETS)[number];

/** A target with the SDK's name of one board in particular, as in `esp32/m5stack`. */
export interface BoardChoice {
  target: Target;
  /** Absent: any board with that chip. */
  subplatform?: string;
}

/** Reads `esp32`, `esp8266`, `desktop` or `esp32/<board>`. Throws `BadInput` for anything else. */
export function parseBoard(text: string): BoardChoice {
  const [name, subplatform, ...more] = text.split('/');
  const target = TARGETS.find((known) => known === name);
  const isPlain = more.length === 0 && (subplatform === undefined || /^\w[\w-]*$/.test(subplatform));
  if (!target || !isPlain || (target === 'desktop' && subplatform !== undefined)) {
    throw new BadInput(
      `board ${showValue(text)} is not known; allowed: ${TARGETS.join(', ')}, and esp32/<board> as the SDK names it`,
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
