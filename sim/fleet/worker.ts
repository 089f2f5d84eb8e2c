import { parentPort, workerData } from 'node:worker_threads';
import { collectGarbage } from './thread-meter.js';
import type { GeneratorFigures, SubscriberFigures } from './figures.js';
import type { FromWorker, ToWorker, WorkerStart } from './messages.js';
import { Generator } from './generator.js';
import { MessageForm } from './message-form.js';
import { Subscriber } from './subscriber.js';

// A thread of a fleet: some of its devices, or the subscriber.

const start = workerData as WorkerStart;
const port = parentPort!;
const tell = (message: FromWorker): void => port.postMessage(message);
const problem = (error: unknown): void =>
  tell({ type: 'problem', text: error instanceof Error ? error.message : String(error) });

try {
  if (start.role === 'devices') runDevices(start);
  else runSubscriber(start);
  tell({ type: 'loaded' });
} catch (error) {
  problem(error);
}

function runDevices({ plan, range }: WorkerStart): void {
  const generator = new Generator(plan, range);
  listen({
    prepare: () => generator.prepare(),
    start: (wait) => generator.start(wait),
    figures: () => generator.figures(),
    counts: () => generator.readings(),
    stop: () => generator.stop(),
  });
}

function runSubscriber({ plan, range, form, connection }: Extract<WorkerStart, { role: 'subscriber' }>): void {
  const subscriber = new Subscriber(range, new MessageForm(plan, form), connection, {
    onReady: () => tell({ type: 'ready' }),
    onProblem: problem,
  });
  listen({
    figures: () => subscriber.figures(),
    counts: () => subscriber.counts(),
    stop: () => subscriber.stop(),
  });
  subscriber.start();
}

function listen(work: {
  prepare?(): Promise<void>;
  start?(wait: number): void;
  figures(): GeneratorFigures | SubscriberFigures;
  counts(): Uint32Array;
  stop(): Promise<void>;
}): void {
  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'prepare':
        work.prepare!().then(() => tell({ type: 'ready' }), problem);
        return;
      case 'start':
        work.start!(message.wait);
        return;
      case 'measure':
        if (message.collect) collectGarbage();
        tell({ type: 'figures', figures: work.figures(), ...(message.counts && { counts: work.counts() }) });
        return;
      case 'stop':
        work.stop().then(() => tell({ type: 'stopped' }), problem);
    }
  });
}
