import type { Command } from 'commander';
import { BadInput } from '../bad-input.js';
import type { SimFlags } from './gateway-flags.js';
import { integer } from './parse-values.js';
import { isVirtual } from './virtual-flags.js';

/** The flags of a command that serves a page. */
export interface PageFlags {
  /** False: `--no-page`. True: `--page`; absent: neither. */
  page?: boolean;
  pagePort?: number;
}

/** Adds the flags of `PageFlags`. */
export function addPageFlags(command: Command): void {
  command
    .option('--page', 'with --replay: show the recording on a page, at --speed (default: 1)')
    .option('--no-page', 'serve no page: run one gateway in real time')
    .option('--page-port <port>', 'port of the page on 127.0.0.1 (default: a free one)', integer(1, 65535));
}

/** What the page has no place for, since it is of the computer and not of a world, or for programs. */
const REAL_TIME: readonly (keyof SimFlags)[] = [
  ...(['capture', 'console', 'consolePort', 'consoleToken', 'duration', 'json', 'store', 'unchecked'] as const),
  ...(['record', 'pcap', 'btsnoop'] as const),
];
/** A run in virtual time has an end, and is over when somebody could look. */
const VIRTUAL: readonly (keyof SimFlags)[] = ['until', 'faults', 'speed'];

/** Whether `tagwire sim` shows a world. Throws `BadInput` for `--page-port` and `--page` where it does not. */
export function wantsPage(flags: SimFlags, command: Command): boolean {
  const given = [...REAL_TIME, ...VIRTUAL].find((name) => flags[name] !== undefined && flags[name] !== false);
  const isReal = given !== undefined || isVirtual(flags) || flags.engine === 'xs' || flags.page === false;
  if (!isReal) return true;
  if (flags.pagePort !== undefined || flags.page === true) {
    const asked = flags.pagePort !== undefined ? '--page-port' : '--page';
    const option = command.options.find((one) => one.attributeName() === given)?.long;
    const other = flags.page === false ? '--no-page' : (option ?? '--engine xs');
    throw new BadInput(`${asked} and ${other} exclude each other: there is no page with ${other}`);
  }
  return false;
}
