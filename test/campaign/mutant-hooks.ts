/** Hooks of Node's module loader that replace a text in one module; see `register` of node:module. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A fault that is put into the compiled firmware. */
export interface Replacement {
  /** Below build, such as `src/mqtt/session.js`. */
  file: string;
  /** Occurs in the file exactly once. */
  text: string;
  by: string;
}

let replacement: Replacement | undefined;

/** Called by Node with the data of `register`. */
export function initialize(data: Replacement): void {
  replacement = data;
}

interface Loaded {
  format: string;
  source?: string;
  shortCircuit?: boolean;
}

/** Called by Node for each module. */
export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  if (!replacement || !url.endsWith('/build/' + replacement.file)) return next(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  return { format: 'module', source: mutate(source, replacement), shortCircuit: true };
}

/** `source` with the fault. Throws when the text is not there exactly once. */
export function mutate(source: string, { file, text, by }: Replacement): string {
  const parts = source.split(text);
  if (parts.length === 2) return parts.join(by);
  throw new Error(`the text of a mutant must occur once in ${file}, it occurs ${parts.length - 1} times: ${text}`);
}
