import { register } from 'node:module';
import type { Replacement } from './mutant-hooks.js';
import type { SearchOptions } from './search.js';

/** A message to a worker: the seed to run next. */
export interface SeedTask {
  seed: number;
  options: SearchOptions;
}

// The process that started this one ends it; Ctrl-C comes to both.
process.on('SIGINT', () => undefined);
// An engine that this process has started ends when its pipe does.
process.on('disconnect', () => process.exit());

const mutant = process.env['TAGWIRE_MUTANT'];
if (mutant) register('./mutant-hooks.js', import.meta.url, { data: JSON.parse(mutant) as Replacement });
// Only now, so that the hooks see it.
const { searchSeed } = await import('./search.js');

process.on('message', (task: SeedTask) => {
  searchSeed(task.seed, task.options).then(
    (result) => process.send!({ result }),
    (error: Error) => process.send!({ error: error.stack }),
  );
});
process.send!({ ready: true });
