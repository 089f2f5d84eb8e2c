import { makeTemporaryFolder } from '../support/temp.js';
import type { BenchBroker } from './brokers.js';
import { measureClient } from './processes.js';
import type { Order } from './processes.js';
import { rates } from './publish.js';
import { OURS } from './rows.js';
import type { BenchRun, Runner, Sample } from './rows.js';

const ROUNDS = 5;
/** The two sides of `--store` differ by little. */
const STORE_ROUNDS = 15;

/**
 * The whole gateway of `tagwire sim` with 200 tags: advertisements that say nothing new, with policies and
 * presence; such that are each reported, to the PUBACK of the last one; and these with a store on disk, to
 * Mosquitto.
 */
export async function benchGateway(bench: BenchRun, sink: BenchBroker, mosquitto: BenchBroker): Promise<void> {
  const row = (name: string) => ({ part: 'gateway', name, unit: 'advertisements' }) as const;
  await bench.measure(row('advertisements that change nothing'), ROUNDS, [
    gateway(bench, sink, OURS, { operations: 2_000_000 }),
  ]);
  await bench.measure(row('advertisements that are each reported to the sink'), ROUNDS, [
    gateway(bench, sink, OURS, { operations: 100_000, changing: true }),
  ]);
  await bench.measure({ part: 'gateway', name: 'readings with --store', unit: 'readings' }, STORE_ROUNDS, [
    gateway(bench, mosquitto, 'with --store', { operations: 15_000, changing: true }, true),
    gateway(bench, mosquitto, 'without --store', { operations: 15_000, changing: true }),
  ]);
}

function gateway(
  bench: BenchRun,
  broker: BenchBroker,
  name: string,
  { operations, changing = false }: { operations: number; changing?: boolean },
  store = false,
): Runner {
  const order: Order = {
    ...{ side: 'gateway', task: 'advertisements', qos: 1, window: 64, changing },
    ...bench.work(operations),
  };
  const run = async (): Promise<Sample> => {
    const folder = store ? makeTemporaryFolder() : undefined;
    try {
      return rates(await measureClient(bench, broker, folder ? { ...order, store: folder.path } : order));
    } finally {
      folder?.remove();
    }
  };
  return { name, run };
}
