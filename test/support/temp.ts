import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that lives as long as a test needs it. */
export interface TemporaryFolder {
  readonly path: string;
  /** The path of `name` inside the folder. */
  file(name: string): string;
  /** Deletes the folder and all in it; legal twice. */
  remove(): void;
}

/** Makes an empty folder that only this user can read. */
export function makeTemporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'tagwire-'));
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
