import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));

/** A document of the folder `docs`. */
export function textOf(document: string): string {
  return readFileSync(join(DOCS, document), 'utf8');
}

/** The blocks between fences that have this word behind the opening one, without their last line end. */
export function blocksOf(document: string, language: string): string[] {
  return [...textOf(document).matchAll(/^```(\S+)\n([^]*?)\n```$/gm)].flatMap(([, word, block]) =>
    word === language ? [block!] : [],
  );
}

/** What is given, and what is shown for it. */
export interface Example {
  given: string;
  shown: string;
}

/** The examples of a block: a line that begins with `> ` is given, what follows is shown. */
export function examplesOf(block: string): Example[] {
  const examples: Example[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('> ')) examples.push({ given: line.slice(2), shown: '' });
    else examples.at(-1)!.shown += `${line}\n`;
  }
  return examples;
}
