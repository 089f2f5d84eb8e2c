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
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new BadInput(`${kind} ${showValue(path)} cannot be read (${reason}); it must be a file that can be read`);
  }
  return bytes;
}
