import type { Board, Clock } from '../../../src/hal/index.js';
import { statisticsOf, tapeParts } from './board-tape.js';
import { RecordCode, RecordingWriter } from './recording-file.js';
import type { EndCause } from './recording-file.js';
import type { FileSink } from './pcap-file.js';
import type { Tap, TappedParts, TappedStart } from './tap.js';
import { tapeBoard } from './sim-tape.js';
import type { SimConditions } from './sim-tape.js';
import { Recorder, RecordTape } from './tape.js';
import type { EventCode } from './tape.js';
import { abilitiesOf, Memories } from './taped-parts.js';

/**
 * Records the inputs of a run, and a hash of the outputs for each: `replay` repeats it. The configuration of the
 * devices is in the recording, with its secrets, as it is in what they send.
 */
export class RecordTap implements Tap {
  private readonly recorder: Recorder;
  private readonly memories = new Map<number, Memories>();
  private readonly tapes = new Map<TappedStart, RecordTape>();

  constructor(sink: FileSink) {
    this.recorder = new Recorder(new RecordingWriter(sink));
  }

  wrap<P extends TappedParts>(parts: P, start: TappedStart): P {
    const { board, settings, restartReason, mac } = start;
    const { clock } = parts as unknown as { clock: Clock };
    const abilities = abilitiesOf(parts.scanner);
    const { tape, memories } = this.begin(start, board, settings, abilities, clock);
    const conditions = { board, settings, restartReason, mac, abilities };
    return { ...parts, ...tapeParts(tape, memories, conditions, parts) };
  }

  /** The board to give to a firmware that runs in real time, in place of `board`. See `bootSim`. */
  wrapBoard(board: Board, start: TappedStart, conditions: SimConditions): Board {
    const abilities = abilitiesOf(board.scanner);
    const { tape, memories } = this.begin(start, 'sim', conditions, abilities, board.clock);
    return tapeBoard(tape, memories, abilities, board);
  }

  private begin(
    start: TappedStart,
    board: string,
    settings: object,
    abilities: number,
    clock: Clock,
  ): { tape: RecordTape; memories: Memories } {
    const { recorder } = this;
    const { writer } = recorder;
    const { device, name, restartReason, mac } = start;
    recorder.settle();
    writer.u8(RecordCode.begin);
    writer.uint(device);
    writer.text(name);
    writer.text(board);
    writer.text(JSON.stringify(settings));
    writer.text(restartReason);
    writer.text(mac);
    writer.u8(abilities);
    writer.uint(Math.floor(start.worldTime()));
    recorder.device = device;
    let memories = this.memories.get(device);
    if (!memories) this.memories.set(device, (memories = new Memories()));
    const tape = new RecordTape(recorder, {
      device,
      readClock: () => ({ now: clock.now(), unixTime: clock.unixTime() }),
      statistics: () => statisticsOf(start.firmware),
    });
    this.tapes.set(start, tape);
    tape.launch();
    return { tape, memories };
  }

  launched(start: TappedStart): void {
    this.tapes.get(start)?.launched();
  }

  ended(start: TappedStart, cause: EndCause): void {
    this.tapes.get(start)?.end(cause);
    this.tapes.delete(start);
  }

  /** The firmware of `start` is told to start, or to stop, by `call`. */
  tell(start: TappedStart, code: EventCode.start | EventCode.stop, call: () => void): void {
    const tape = this.tapes.get(start);
    if (tape) tape.event(code, 0, () => {}, call);
    else call();
  }

  /** Gives what was recorded so far to the file. */
  flush(): void {
    this.recorder.flush();
  }

  /** The run is over, and the recording whole. */
  finish(): void {
    this.recorder.finish();
  }
}
