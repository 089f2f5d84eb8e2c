import type { Command } from 'commander';
import { integer } from './parse-values.js';

/** The flags of a command that serves a page. */
export interface PageFlags {
  /** False: `--no-page`. True: `--page`; absent: neither. */
  page?: boolean;
  pagePort?: number;
}

/** Adds the flags of `PageFlags`. */
export function addPageFlags(command: Command): void {
  command
    .option(
      '--page',
      'show on a page what else is not: a recording (--replay), or a world with --speed, --faults (which it begins ' +
        'with) or --until (where it pauses)',
    )
    .option('--no-page', 'serve no page: run one gateway in real time')
    .option('--page-port <port>', 'port of the page on 127.0.0.1 (default: a free one)', integer(1, 65535));
}
