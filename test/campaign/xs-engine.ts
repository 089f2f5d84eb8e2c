import type { Trace } from '../../sim/virtual/index.js';
import { findXsWorker } from '../../sim/xs/engine-paths.js';
import { XsWorker } from '../../sim/xs/worker.js';
import type { WorkerMeter } from '../../sim/xs/worker.js';
import { bundleScript } from '../sim/virtual/bundle.js';
import type { SeedOptions, SeedOutcome } from './seed.js';

/** What the engine says of a run: its outcome, or what it threw. */
type Answer = { outcome: SeedOutcome } | { error: string };

/**
 * What the engine does with a request: seed, options, places of faults, and whether it is traced. It answers with JSON
 * in ASCII; the lines of a trace are calls, which wait.
 */
const PROGRAM = `
globalThis.runSeed = (number, options, only, traced) => {
  const reply = {};
  const escaped = (character) => '\\\\u' + ('000' + character.charCodeAt(0).toString(16)).slice(-4);
  const bytes = (value) => {
    const text = JSON.stringify(value).replace(/[^ -~]/g, escaped);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes.buffer;
  };
  const trace = { line: (...event) => void issueCommand(bytes(event)) };
  seed.runSeed(number, options, only, traced ? trace : undefined).then(
    (outcome) => { reply.result = bytes({ outcome }); },
    (error) => { reply.result = bytes({ error: error + '\\n' + error.stack }); },
  );
  return reply;
};`;

/** XS with the simulation in it, in a process of its own. */
export class XsEngine {
  /** What the engine counted at the end of the last run. */
  meter: WorkerMeter = { compute: 0, slots: 0 };
  private trace: Trace | undefined;
  private readonly worker: XsWorker;

  private constructor(path: string) {
    this.worker = new XsWorker({
      path,
      // A virtual day takes more steps than can be counted.
      computeLimit: 0,
      onCall: (bytes) => {
        this.trace?.line(...(JSON.parse(Buffer.from(bytes).toString()) as Parameters<Trace['line']>));
        return new Uint8Array(0);
      },
    });
  }

  /** Throws `BadInput` when the engine is not installed. Needs `npm run build`. */
  static async start(): Promise<XsEngine> {
    const engine = new XsEngine(findXsWorker());
    try {
      const script = await bundleScript('build/test/campaign/seed.js', 'seed');
      await engine.worker.evaluate(`${script}\nglobalThis.seed = seed;${PROGRAM}`);
    } catch (error) {
      await engine.end();
      throw error;
    }
    return engine;
  }

  /** As the `runSeed` of Node. */
  async runSeed(seed: number, options: SeedOptions, only?: readonly number[], trace?: Trace): Promise<SeedOutcome> {
    this.trace = trace;
    const values = [seed, options, only, trace !== undefined].map((value) => JSON.stringify(value) ?? 'undefined');
    const { bytes, meter } = await this.worker.evaluate(`runSeed(${values.join(', ')})`);
    this.meter = meter;
    const answer = JSON.parse(Buffer.from(bytes).toString()) as Answer;
    if ('error' in answer) throw new Error('on XS: ' + answer.error);
    return answer.outcome;
  }

  async end(): Promise<void> {
    await this.worker.quit();
  }
}
