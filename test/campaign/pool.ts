import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Replacement } from './mutant-hooks.js';
import type { SearchOptions, SeedResult } from './search.js';
import type { SeedTask } from './worker.js';

/** How to run the seeds of a campaign. */
export interface PoolOptions {
  /** Processes. */
  workers: number;
  /** The firmware in them has this fault. */
  mutant?: Replacement;
  /** Heard as seeds end, which is not in their order. True: no more is started, and what runs is ended. */
  onResult(result: SeedResult): boolean;
  signal?: AbortSignal;
  /** The program that runs them; default: the Node of this process. */
  node?: string;
}

/** As `npm run build` compiled it: the hooks of a mutant work on compiled files, and a test runs from its source. */
const WORKER = fileURLToPath(new URL('worker.js', import.meta.url)).replace(
  /^(?!.*\/build\/)(.*)\/test\//,
  '$1/build/test/',
);

type Answer = { ready: true } | { result: SeedResult } | { error: string };

/** Runs `seeds` in processes of their own. Resolves when all are done, or one of them was the last. */
export async function runSeeds(seeds: Iterable<number>, options: SearchOptions, pool: PoolOptions): Promise<void> {
  const waiting = seeds[Symbol.iterator]();
  const { signal } = pool;
  const children = new Set<ChildProcess>();
  const env = { ...process.env, TAGWIRE_MUTANT: pool.mutant ? JSON.stringify(pool.mutant) : '' };
  let over = false;
  const end = (): void => {
    over = true;
    for (const child of children) child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', end);
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(WORKER, { env, execArgv: [], ...(pool.node !== undefined && { execPath: pool.node }) });
      children.add(child);
      let seed: number | undefined;
      const next = (): void => {
        const { value, done } = over ? { value: 0, done: true } : waiting.next();
        seed = value as number;
        if (done) child.kill('SIGKILL');
        else child.send({ seed, options } satisfies SeedTask);
        idle = done === true;
      };
      let idle = false;
      child.on('message', (answer: Answer) => {
        if ('error' in answer) {
          end();
          reject(new Error(`seed ${seed}: ${answer.error}`));
          return;
        }
        if ('result' in answer && !over && pool.onResult(answer.result)) end();
        next();
      });
      child.on('error', reject);
      child.on('exit', (code, by) => {
        children.delete(child);
        if (idle || over) resolve();
        else reject(new Error(`the process that ran seed ${seed} ended by itself (${by ?? code})`));
      });
    });
  try {
    if (!signal?.aborted) await Promise.all(Array.from({ length: pool.workers }, worker));
  } finally {
    end();
    signal?.removeEventListener('abort', end);
  }
}
