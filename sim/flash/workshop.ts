import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostTools } from './mcconfig.js';

/** The computer on which a board is built and flashed, as far as it matters for that. */
export interface Workshop {
  /** Environment variables. */
  variables: { [name: string]: string | undefined };
  hostPlatform: NodeJS.Platform;
  /** As in `process.version`. */
  nodeVersion: string;
  home: string;
  /** Where the files of devices are. */
  deviceFolder: string;
  /** The top folder of this package. */
  packageFolder: string;

  /** True when this user may read and write the file. */
  mayWrite(path: string): boolean;
}

/** This computer. */
export function thisWorkshop(): Workshop {
  return {
    variables: process.env,
    hostPlatform: process.platform,
    nodeVersion: process.version,
    home: homedir(),
    deviceFolder: '/dev',
    packageFolder: packageFolder(),
    mayWrite: (path) => isAccessible(path, constants.R_OK | constants.W_OK),
  };
}

/** PATH as mcconfig is to have it: the SDK's own tools come first. */
export function toolPath({ variables, hostPlatform }: Workshop): string {
  const folders: string[] = [];
  const { MODDABLE, PATH } = variables;
  if (MODDABLE) folders.push(join(MODDABLE, 'build', 'bin', hostTools(hostPlatform), 'release'));
  if (PATH) folders.push(PATH);
  return folders.join(delimiter);
}

/** The path of a program on `toolPath`; undefined when there is none. */
export function findProgram(workshop: Workshop, name: string): string | undefined {
  return toolPath(workshop)
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => isFile(path) && isAccessible(path, constants.X_OK));
}

/** What a program prints on standard output; undefined when it is not found, fails, or takes more than 20 s. */
export function outputOf(workshop: Workshop, name: string, args: readonly string[]): string | undefined {
  const path = findProgram(workshop, name);
  if (path === undefined) return undefined;
  const env = { ...workshop.variables, PATH: toolPath(workshop) };
  const { status, stdout } = spawnSync(path, args, { env, encoding: 'utf8', timeout: 20000 });
  return status === 0 ? stdout.trim() : undefined;
}

/** The text of a file; empty when it cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The serial ports that a board can be at, by the names that USB adapters get on Linux and macOS. */
export function serialPorts({ deviceFolder }: Workshop): string[] {
  if (!existsSync(deviceFolder)) return [];
  const names = readdirSync(deviceFolder).filter((name) => /^(ttyUSB|ttyACM|cu\.(usb|SLAB|wch))/.test(name));
  return names.sort().map((name) => join(deviceFolder, name));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** The top folder of this package, which holds `manifest.json`: above `dist`, above `build`, or above the sources. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const path = join(folder, 'package.json');
    if (existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { name?: string }).name === 'tagwire')
      return folder;
    const above = dirname(folder);
    if (above === folder) throw new Error('the folder of the package tagwire was not found');
    folder = above;
  }
}

/** What was found of one thing that a board needs. */
export interface Check {
  /** The thing. */
  name: string;
  ok: boolean;
  /** What is there, or what is wrong; one line. */
  found: string;
  /** How to get it; one line. Present when `ok` is false. */
  remedy?: string;
}

/** It is there. */
export function ok(name: string, found: string): Check {
  return { name, ok: true, found };
}

/** It is missing, or of no use. */
export function missing(name: string, found: string, remedy: string): Check {
  return { name, ok: false, found, remedy };
}
