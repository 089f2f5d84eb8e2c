import { readFileSync, statSync } from 'node:fs';
import { BadInput, showValue } from './world/bad-input.js';

export { BadInput, showValue };

/**
 * Reads a whole file that the user named. `kind` is what it should be, for example `world file`.
 * Throws `BadInput` when it is absent, not an ordinary file, not readable, or longer than `longest` bytes.
 */
export function readInputFile(path: string, kind: string, longest: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    const status = statSync(path);
    // A pipe or a device may never end.
    if (!status.isFile()) {
      throw new BadInput(`${kind} ${showValue(path)} is not a file; it must be an ordinary file`);
    }
    if (status.size > longest) {
      throw new BadInput(`${kind} ${showValue(path)} has ${status.size} bytes; it must have at most ${longest}`);
    }
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof BadInput) {
      throw error;
    }
    throw unreadable(kind, path, error);
  }
  return bytes;
}

/** What the commonest error codes of Node mean. */
const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space left',
};

/** What is wrong with a file that Node could not open or read: `kind` is what it was to be, such as `--key`. */
export function unreadable(kind: string, path: string, error: unknown): BadInput {
  return new BadInput(
    `${kind} ${showValue(path)} cannot be read (${reasonOf(error)}); it must be a file that can be read`,
  );
}

/** Why a file cannot be used, in words and with Node's code: `ENOENT: no such file or folder`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error && 'code' in error)) return 'unknown error';
  const code = String(error.code);
  const reason = REASONS[code];
  return reason === undefined ? code : `${code}: ${reason}`;
}
