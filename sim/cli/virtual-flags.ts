import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { BoardName } from '../virtual/index.js';
import { milliseconds } from '../world/duration.js';
import { positive } from './parse-values.js';

/** The flags of `tagwire sim` that are about virtual time. */
export interface VirtualFlags {
  /** Infinity: as fast as possible. */
  speed?: number;
  /** Milliseconds of the world. */
  until?: number;
  board?: BoardName;
  faults?: string;
}

/** What `--board` takes. */
export const BOARDS: readonly BoardName[] = ['esp32', 'esp8266', 'desktop'];

/** Adds the flags of `VirtualFlags`. */
export function addVirtualFlags(command: Command): void {
  command
    .option(
      '--speed <factor>',
      'virtual time: so many times as fast as real time, or max (default: max, with --broker 1); ' +
        'with --capture replay it so many times faster (default: 1)',
      speed,
    )
    .option('--until <time>', 'virtual time: end at this time of the world, such as 90m or 7d (default: 1h)', time)
    .option('--faults <list>', "virtual time: what goes wrong, such as 'halfopen@10s+30s, powercut@2m'")
    .addOption(new Option('--board <name>', 'run the firmware of this board, with its limits').choices(BOARDS));
}

/** A parser for commander: a number above 0, or max. */
function speed(text: string): number {
  if (text === 'max') return Infinity;
  try {
    return positive(text);
  } catch {
    throw new InvalidArgumentError('It must be a number above 0, or max.');
  }
}

/** A parser for commander: a time above 0, in milliseconds. */
function time(text: string): number {
  const value = milliseconds(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a time above 0 with the unit s, m, h or d, such as 90m or 7d.');
}

/** True when the flags ask for virtual time; real time is what there is without any of them, and with `--speed 1`. */
export function isVirtual(flags: VirtualFlags & { capture?: string }): boolean {
  if (flags.until !== undefined || flags.faults !== undefined) return true;
  return flags.speed !== undefined && flags.speed !== 1 && flags.capture === undefined;
}
