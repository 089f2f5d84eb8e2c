import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The page of the dashboard as it is built, relative to the top of the project. */
export const PAGE_FOLDER = 'dist/page';

/** Bytes of all files of the page together, compressed. */
export const MOST_PAGE_BYTES = 150_000;

export interface FileSize {
  readonly name: string;
  readonly bytes: number;
  /** By gzip, as servers do it. */
  readonly compressed: number;
}

/** The files of the page. Throws when it is not built. */
export function pageSizes(): FileSize[] {
  return readdirSync(PAGE_FOLDER)
    .sort()
    .map((name) => {
      const content = readFileSync(join(PAGE_FOLDER, name));
      return { name, bytes: content.length, compressed: gzipSync(content, { level: 9 }).length };
    });
}

/** What a browser loads, compressed. */
export function compressedBytes(sizes: readonly FileSize[]): number {
  return sizes.reduce((sum, { compressed }) => sum + compressed, 0);
}
