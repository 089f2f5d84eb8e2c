import type { Command } from 'commander';
import { join } from 'node:path';
import { MovedStore } from '../../src/settings/moved-store.js';
import { BadInput } from '../bad-input.js';
import { isToken } from '../console/console-login.js';
import { SimConsole } from '../console/sim-console.js';
import { DiskStore, FileFlash, MemoryStore } from '../hal/index.js';
import { integer } from './parse-values.js';
import type { SimDisplay } from './sim-display.js';
import type { SimStores } from '../sim-board.js';

/** The flags of `tagwire sim` that concern the console. */
export interface ConsoleFlags {
  console?: boolean;
  consolePort?: number;
  consoleToken?: string;
  store?: string;
}

/** Adds them to a command. */
export function addConsoleFlags(command: Command): void {
  command
    .option('--console', 'open the console of the device on standard input and output; its /log shows what happens')
    .option('--console-port <port>', 'its console on this TCP port of 127.0.0.1, 0 for a free one', integer(0, 65535))
    .option('--console-token <token>', 'what clients of that port send first; default: a new one, shown at the start')
    .option(
      '--store <folder>',
      'folder for what outlives the device: readings that the broker does not have yet, brokers, scripts',
    );
}

/** Undefined when no flag asks for one. `stop` ends the simulation. Throws `BadInput` for flags that do not fit. */
export function makeConsole(
  flags: ConsoleFlags & { engine: string; json?: boolean; duration?: number },
  display: SimDisplay,
  stop: () => void,
): SimConsole | undefined {
  const { console: terminal = false, consolePort: port, consoleToken: token, duration, engine, json } = flags;
  if (token !== undefined) {
    if (port === undefined) throw new BadInput('--console-token needs --console-port');
    if (!isToken(token)) throw new BadInput('--console-token must be 8 to 64 letters, digits, - or _');
  }
  if (!terminal && port === undefined) return undefined;
  if (engine === 'xs') {
    const flag = terminal ? '--console' : '--console-port';
    throw new BadInput(`${flag} and --engine xs exclude each other: the console is there with --engine node`);
  }
  if (terminal && json) {
    throw new BadInput('--console and --json exclude each other: both want standard output; use --console-port');
  }
  return new SimConsole({ terminal, port, token, stays: duration !== undefined || port !== undefined }, display, stop);
}

/** Of the log of readings, in the folder of `--store`. */
const FLASH_FILE = 'outbox.flash';

/** What a simulated device keeps, until `close`. */
export interface OpenStores extends SimStores {
  /** Lets another process have the folder. Nothing can be stored afterwards. */
  close(): void;
}

/** Without a folder nothing outlives the process. Throws `BadInput` when the folder cannot be used. */
export function openStores({ store: folder }: Pick<ConsoleFlags, 'store'>): OpenStores {
  if (folder === undefined) return { store: new MemoryStore(), userStore: new MemoryStore(), close: () => undefined };
  try {
    const store = new DiskStore(folder);
    // An earlier version kept all in one folder.
    const userStore = new MovedStore(new DiskStore(join(folder, 'user')), store);
    const flash = new FileFlash(join(folder, FLASH_FILE));
    return { store, userStore, flash, close: () => flash.close() };
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
}
