import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { BadInput } from '../../sim/bad-input.js';
import { findXsWorker } from '../../sim/xs/engine-paths.js';
import { describeWorkerEnd, ScriptException, WorkerDied, XsWorker } from '../../sim/xs/worker.js';
import type { WorkerOptions } from '../../sim/xs/worker.js';
import { requireXs } from '../sim/xs/require-xs.js';
import { makeTemporaryFolder } from '../support/temp.js';

const folder = makeTemporaryFolder();
const workers: XsWorker[] = [];

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.kill();
});
afterAll(() => folder.remove());

function startWorker(options: Partial<WorkerOptions> = {}): XsWorker {
  const worker = new XsWorker({ path: findXsWorker(), ...options });
  workers.push(worker);
  return worker;
}

const bytesOf = (text: string): string => `Uint8Array.from([${[...Buffer.from(text)].join()}]).buffer`;

requireXs()('XsWorker', () => {
  it('evaluates a script, and replies with the ArrayBuffer that it gives', async () => {
    const worker = startWorker();
    await worker.ready();
    expect(Buffer.from((await worker.evaluate(bytesOf('ä1'))).bytes).toString()).toBe('ä1');
    expect((await worker.evaluate('"not an ArrayBuffer"')).bytes).toHaveLength(0);
  });

  it('counts steps and slots, the same in every process', async () => {
    const script = 'globalThis.kept = []; for (let i = 0; i < 100; i++) kept.push({ i }); gc();';
    const replies = [];
    for (const worker of [startWorker(), startWorker()]) {
      const before = await worker.evaluate('gc()');
      const after = await worker.evaluate(script);
      replies.push({ added: after.meter.slots - before.meter.slots, compute: after.meter.compute });
    }
    expect(replies[0]).toEqual(replies[1]);
    expect(replies[0]!.added).toBeGreaterThanOrEqual(200);
    expect(replies[0]!.compute).toBeGreaterThan(500);
  });

  it('gives commands to handleCommand, and answers issueCommand', async () => {
    const asked: string[] = [];
    const worker = startWorker({
      onCall: (bytes) => {
        asked.push(Buffer.from(bytes).toString());
        return Buffer.from(`answer ${asked.length}`);
      },
    });
    await worker.evaluate(
      'globalThis.handleCommand = (command) => { issueCommand(command); return issueCommand(command); };',
    );
    const { bytes } = await worker.command(Buffer.from('question'));
    expect(asked).toEqual(['question', 'question']);
    expect(Buffer.from(bytes).toString()).toBe('answer 2');
  });

  it('keeps requests in order, although the script of the first waits for an answer', async () => {
    const worker = startWorker({ onCall: (bytes) => bytes });
    await worker.evaluate('globalThis.handleCommand = (command) => issueCommand(command);');
    const texts = Array.from({ length: 50 }, (_, i) => `command ${i}`);
    const replies = await Promise.all(texts.map((text) => worker.command(Buffer.from(text))));
    expect(replies.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts);
  });

  it('carries a megabyte each way', async () => {
    const worker = startWorker({ onCall: (bytes) => bytes });
    await worker.evaluate('globalThis.handleCommand = (command) => issueCommand(command);');
    const sent = Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 7));
    expect(sent.equals((await worker.command(sent)).bytes)).toBe(true);
  });

  it('imports a module and what that imports', async () => {
    writeFileSync(folder.file('part.js'), 'export const word = "imported";');
    writeFileSync(
      folder.file('main.js'),
      `import { word } from './part.js';
       globalThis.handleCommand = () => word === 'imported' ? ${bytesOf('yes')} : undefined;`,
    );
    const worker = startWorker();
    await worker.importModule(folder.file('main.js'));
    expect(Buffer.from((await worker.command(Buffer.from('?'))).bytes).toString()).toBe('yes');
  });

  it('says what a script or a module threw, and goes on', async () => {
    const worker = startWorker();
    await expect(worker.evaluate('throw new RangeError("too far")')).rejects.toThrow('RangeError: too far');
    await expect(worker.evaluate('}')).rejects.toBeInstanceOf(ScriptException);
    await expect(worker.importModule(folder.file('absent.js'))).rejects.toThrow(/absent\.js/);
    expect(Buffer.from((await worker.evaluate(bytesOf('alive'))).bytes).toString()).toBe('alive');
  });

  it('rejects the request under way with what the answer threw, and ends', async () => {
    const worker = startWorker({
      onCall: () => {
        throw new Error('no answer for that');
      },
    });
    await expect(worker.evaluate('issueCommand(new ArrayBuffer(1))')).rejects.toThrow('no answer for that');
    expect((await worker.ended).signal).toBe('SIGKILL');
  });

  it('ends in order, once, and takes nothing more', async () => {
    const worker = startWorker();
    const last = worker.evaluate(bytesOf('last'));
    const end = await worker.quit();
    expect(Buffer.from((await last).bytes).toString()).toBe('last');
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(await worker.quit()).toEqual(end);
    await expect(worker.evaluate('1')).rejects.toBeInstanceOf(WorkerDied);
  });

  it.each([
    ['out of memory', 'new ArrayBuffer(2000000000)', 11],
    ['stack overflow', '(function again() { again(); })()', 12],
    ['too much computation', 'for (;;);', 17],
  ])('tells %s by how it ended', async (said, script, code) => {
    const worker = startWorker({ computeLimit: 1_000_000 });
    // Whatever XS replies after it aborted, it makes no sense.
    await worker.evaluate(script).catch(() => undefined);
    const end = await worker.quit();
    expect(end.code).toBe(code);
    expect(describeWorkerEnd(end)).toContain(said);
  });

  it('rejects what waits when the process is killed', async () => {
    const worker = startWorker();
    await worker.ready();
    process.kill(worker.pid, 'SIGSTOP');
    const waiting = worker.evaluate('1');
    const next = worker.evaluate('2');
    process.kill(worker.pid, 'SIGKILL');
    await expect(waiting).rejects.toThrow('ended by SIGKILL');
    await expect(next).rejects.toBeInstanceOf(WorkerDied);
  });

  it('rejects when there is no such program', async () => {
    const worker = startWorker({ path: folder.file('no-such-program') });
    await expect(worker.ready()).rejects.toThrow(/cannot be started \(.*ENOENT\)/);
  });
});

describe('findXsWorker', () => {
  const whereIs = (from: string): unknown => {
    try {
      return findXsWorker(from);
    } catch (error) {
      return error;
    }
  };

  it('says how to install the package when it is missing', () => {
    const error = whereIs(folder.file('program.js'));
    expect(error).toBeInstanceOf(BadInput);
    expect((error as Error).message).toMatch(
      /@agoric\/xsnap, which is not installed: .* npm install @agoric\/xsnap@[\d.]+$/,
    );
  });

  it('says how to build the package when it was not built', () => {
    const path = folder.file('node_modules/@agoric/xsnap');
    mkdirSync(path, { recursive: true });
    writeFileSync(`${path}/package.json`, '{"name":"@agoric/xsnap","version":"0.0.0"}');
    const error = whereIs(folder.file('program.js'));
    expect(error).toBeInstanceOf(BadInput);
    expect((error as Error).message).toMatch(
      / was not built: .*C compiler.* npm run engine .* npm rebuild @agoric\/xsnap \(.*npm approve-scripts @agoric\/xsnap first\)$/,
    );
  });
});
