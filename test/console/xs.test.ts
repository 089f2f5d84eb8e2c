import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findXsWorker } from '../../sim/xs/engine-paths.js';
import { XsWorker } from '../../sim/xs/worker.js';
import { requireXs } from '../sim/xs/require-xs.js';
import { Bench } from './fakes.js';
import { GRAMMAR_ROWS } from './grammar-rows.js';
import { ADD_STATISTICS_SCRIPT } from './statistics-script.js';

const PROGRAM = fileURLToPath(new URL('../../build/test/console/xs-program.js', import.meta.url));

requireXs()('the console on XS', () => {
  let worker: XsWorker;

  beforeAll(async () => {
    if (!existsSync(PROGRAM)) throw new Error('xs-program.js is not compiled: run npm run build');
    worker = new XsWorker({ path: findXsWorker() });
    await worker.ready();
    await worker.importModule(PROGRAM);
  });
  afterAll(() => worker.kill());

  async function type(...lines: string[]): Promise<string> {
    const { bytes } = await worker.command(Buffer.from(JSON.stringify(lines)));
    return Buffer.from(bytes).toString();
  }

  it('reads the grammar as it does on Node', async () => {
    for (const [line, shown] of GRAMMAR_ROWS) {
      expect([line, await type(line)]).toEqual([line, shown === '' ? '' : shown + '\n']);
    }
  });

  it('runs the script of the statistics as it does on Node', async () => {
    const lines = [
      '/iot mqtt brokers add name=broker address=h',
      ADD_STATISTICS_SCRIPT,
      '/system script run mqttpublish',
    ];
    const written = await type(...lines);
    expect(written).toContain('[*] Total message size: 124 bytes\n');
    expect(written).toBe(await new Bench().type(...lines));
  });

  it('ends scripts that would not', async () => {
    expect(await type(':while (true) do={}')).toBe('script takes too long (more than 10000 steps)\n');
    expect(await type('/system script add name=a source={/system script run a}', '/system script run a')).toContain(
      'script nested too deeply',
    );
    expect(await type(':put ' + '('.repeat(500))).toMatch(/^nested too deeply/);
  });
});
