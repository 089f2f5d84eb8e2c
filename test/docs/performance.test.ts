import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readResults } from '../bench/results.js';
import { BUDGETS, PARTS } from '../bench/rows.js';
import { TOP } from '../support/folders.js';
import { drawPerformance, PERFORMANCE_FILE, plotFiles, renderPerformance } from './render-performance.js';

const read = (path: string): string => readFileSync(join(TOP, path), 'utf8');
const REMEDY = 'write it anew: npm run performance';

describe('docs/performance.md', () => {
  const results = readResults();

  it('is what test/performance.json makes of it', () => {
    expect(read(PERFORMANCE_FILE), REMEDY).toBe(renderPerformance(results));
  });

  it('has the plots that test/performance.json makes, and no other', async () => {
    const plots = await drawPerformance(results);
    expect(plotFiles().sort(), REMEDY).toEqual([...plots.keys()].sort());
    for (const [path, text] of plots) {
      expect(read(path) === text, `${path}: ${REMEDY}`).toBe(true);
      // Thousandths, for the prefix of SI: nobody reads 487m as 0.487.
      expect(text).not.toMatch(/>\d+m</);
    }
    for (const [, path] of read(PERFORMANCE_FILE).matchAll(/(?:src|srcset)="([^"]+)"/g)) {
      expect([...plots.keys()]).toContain(`docs/${path}`);
    }
  });

  it('has all parts, and a row for each budget', () => {
    expect(Object.keys(results.parts)).toEqual([...PARTS]);
    const rows = PARTS.flatMap((part) => results.parts[part]!.rows);
    for (const { row, against } of BUDGETS) {
      const sides = rows.find(({ name }) => name === row)?.sides.map(({ name }) => name);
      expect(sides, row).toBeDefined();
      if (against !== undefined) expect(sides, row).toContain(against);
    }
  });
});
