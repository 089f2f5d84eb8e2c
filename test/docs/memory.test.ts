import { describe, expect, it } from 'vitest';
import { HEAP_CLOUDS, heapTable, heapTerms, sumOf } from '../bench/heap-terms.js';
import { readSizes } from '../xs/sizes.js';
import { blocksOf } from './examples.js';

const sizes = readSizes();

/** Rows without their figures, which change with the firmware. */
function rows(table: string): string[] {
  return table.split('\n').map((row) => row.replaceAll(/ -?[\d,]+(?= )/g, '').replaceAll(/ +/g, ' '));
}

describe('the RAM of an ESP32 with TLS', () => {
  it('is shown in docs/memory.md as npm run bench:heap prints it', () => {
    expect(rows(blocksOf('memory.md', 'heap')[0]!.trimEnd())).toEqual(rows(heapTable(sizes)));
  });

  it('has a source for every term, and is enough', () => {
    const { held, connecting, system } = heapTerms(sizes);
    for (const { bytes, source } of [...held, ...connecting, ...system]) {
      expect(source).not.toBe('');
      expect(bytes).toHaveLength(HEAP_CLOUDS.length);
    }
    const total = sumOf([...held, ...connecting]);
    for (const [cloud, bytes] of sumOf(system).entries()) expect(bytes).toBeGreaterThan(total[cloud]!);
  });
});
