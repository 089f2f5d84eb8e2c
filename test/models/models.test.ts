import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TOP } from '../support/folders.js';
import { describeUnless } from '../support/require.js';
import { missingForModels, MUTANTS, readOutcome, search, SEARCHES, SHORT_MUTANTS, SHORT_SEARCHES } from './spin.js';

/* `npm run models` in short. */

const { signal } = new AbortController();
const read = (path: string): string => readFileSync(join(TOP, path), 'utf8');

describeUnless(missingForModels())('a model', () => {
  it.each(SHORT_SEARCHES)('of $model, $name, has no violation in any state', async (what) => {
    const { violation, complete, states } = await search(what, signal);
    expect([violation, complete]).toEqual([undefined, true]);
    expect(states).toBeGreaterThan(1000);
  });

  it.each(SHORT_MUTANTS)('of $model in which $name is found out', async (what) => {
    expect((await search(what, signal)).violation).toBeDefined();
  });
});

describe.each(['session', 'outbox'] as const)('%s.pml', (model) => {
  const text = read(`test/models/${model}.pml`);
  const comment = text.slice(0, text.indexOf('*/'));

  it('names functions that are in the source', () => {
    const files = comment.match(/[\w/-]+\.ts\b/g) ?? [];
    const folder = model === 'outbox' ? 'src/telemetry/outbox/' : '';
    const sources = [...new Set(files)].map((file) => {
      expect(existsSync(join(TOP, folder + file)), file).toBe(true);
      return read(folder + file);
    });
    const names = new Set(comment.match(/\b[A-Z]\w+\.[a-z]\w+\b/g));
    expect(names.size).toBeGreaterThan(15);
    for (const name of names) {
      const [owner, member] = name.split('.') as [string, string];
      const source = sources.find((one) => new RegExp(`\\b(class|enum) ${owner}\\b`).test(one));
      expect(source, `${owner} is in none of the files that the comment names`).toBeDefined();
      expect(source, name).toMatch(new RegExp(`^ +(private |readonly |get )*${member}\\b[ (:=,]`, 'm'));
    }
    for (const [, name] of comment.matchAll(/\b(next\w+State|importMessage|MAX_SPAN)\b/g)) {
      expect(
        sources.some((one) => new RegExp(`export (function|const) ${name}\\b`).test(one)),
        name,
      ).toBe(true);
    }
  });

  it('has the parts that its comment maps', () => {
    const code = text.slice(comment.length);
    const rows = [...comment.matchAll(/^ {1,2}\*\s{3}(\S.{0,18}\S)\s{2,}\S/gm)].map(([, parts]) => parts!);
    expect(rows.length).toBeGreaterThan(10);
    for (const part of rows.flatMap((row) => row.replace('arena:', '').split(/[ ,]+/).filter(Boolean))) {
      expect(code, part).toMatch(new RegExp(`\\b${part}\\b`));
    }
  });

  it('has the mutants that are searched, and no others', () => {
    const switches = new Set([...text.matchAll(/\bMUTANT_(\w+)/g)].map(([, name]) => name));
    const searched = MUTANTS.filter((one) => one.model === model).map(({ mutant }) => mutant);
    expect([...switches].sort()).toEqual(searched.sort());
    expect(searched.length).toBeGreaterThanOrEqual(3);
  });

  it('has the bounds that are set', () => {
    for (const { bounds } of [...SEARCHES, ...SHORT_SEARCHES].filter((one) => one.model === model)) {
      for (const name of Object.keys(bounds)) expect(text, name).toContain(`#ifndef ${name}\n`);
    }
  });
});

describe('what a verifier prints', () => {
  it.each([
    ['ends for want of memory', 'pan: reached -DMEMLIM bound\n 12 states, stored\n', false],
    ['ends for want of depth', 'error: max search depth too small\n 12 states, stored\n', false],
    ['ends by itself', ' 12 states, stored\n', true],
  ])('is complete only when it ends by itself: it %s', (_, text, complete) => {
    expect(readOutcome(text).complete).toBe(complete);
  });

  it('is an error when it has no figures', () => {
    expect(() => readOutcome('Segmentation fault')).toThrow('the verifier ended early: Segmentation fault');
  });
});
