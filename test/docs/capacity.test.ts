import { describe, expect, it } from 'vitest';
import { readCoreCosts } from '../xs/core-costs.js';
import { CAPACITY_DOCUMENTS, withFigures } from './capacity-page.js';
import { textOf } from './examples.js';

describe.each(CAPACITY_DOCUMENTS)('docs/%s', (name) => {
  it('has the figures of the committed table (npm run bench:chip -- --docs)', () => {
    const text = textOf(name);
    expect(text).toContain('<!-- begin: ');
    expect(withFigures(text, readCoreCosts())).toBe(text);
  });
});

describe('a part of a document that is made', () => {
  it('has to be known', () => {
    expect(() => withFigures('<!-- begin: nothing -->\n<!-- end -->\n', readCoreCosts())).toThrow(
      'nothing is known of <!-- begin: nothing -->',
    );
  });

  it('changes with the counts', () => {
    const costs = structuredClone(readCoreCosts());
    costs.rv32.instructions.repeatedAdvertisement *= 2;
    const text = textOf('capacity.md');
    expect(withFigures(text, costs)).not.toBe(text);
  });
});
