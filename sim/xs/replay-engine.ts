import { Replay } from '../virtual/recording/replay.js';
import type { ReplayOutcome } from '../virtual/recording/replay.js';
import { ReplayCommand } from '../virtual/recording/xs-program.js';
import { findXsReplay, findXsWorker } from './engine-paths.js';
import { describeWorkerEnd, WorkerDied, XsWorker } from './worker.js';

/** Of a command. */
const PART_BYTES = 262_144;

/** A replay that goes on in steps, wherever its firmware runs. */
export interface ReplayEngine {
  readonly name: 'node' | 'xs';
  readonly outcome: ReplayOutcome;
  /** See `Replay.advance`. */
  advance(events: number): Promise<boolean>;
  end(): Promise<void>;
}

/** In this process. Throws `BadRecording`. */
export function replayOnNode(file: Uint8Array): ReplayEngine {
  const replaying = new Replay(file);
  return {
    name: 'node',
    get outcome() {
      return replaying.outcome;
    },
    advance: (events) => replaying.advance(events),
    end: () => Promise.resolve(),
  };
}

/** On XS, in a process of its own. Throws `BadRecording`, and `BadInput` when the engine is not there. */
export async function replayOnXs(file: Uint8Array): Promise<ReplayEngine> {
  // What is wrong with its beginning is told by this process.
  let { outcome } = new Replay(file);
  const worker = new XsWorker({ path: findXsWorker(), computeLimit: 0 });
  const command = async (code: ReplayCommand, content: Uint8Array): Promise<Uint8Array> => {
    try {
      return (await worker.command(Buffer.concat([Uint8Array.of(code), content]))).bytes;
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      throw new Error(`the XS engine died: ${describeWorkerEnd(error.end)}`);
    }
  };
  try {
    await worker.ready();
    await worker.importModule(findXsReplay());
    await command(ReplayCommand.length, u32(file.length));
    for (let at = 0; at < file.length; at += PART_BYTES) {
      await command(ReplayCommand.part, file.subarray(at, at + PART_BYTES));
    }
  } catch (error) {
    await worker.quit();
    throw error;
  }
  return {
    name: 'xs',
    get outcome() {
      return outcome;
    },
    async advance(events) {
      const answer = await command(ReplayCommand.advance, u32(events));
      outcome = JSON.parse(Buffer.from(answer.subarray(1)).toString()) as ReplayOutcome;
      return answer[0] === 1;
    },
    async end() {
      await worker.quit();
    },
  };
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
