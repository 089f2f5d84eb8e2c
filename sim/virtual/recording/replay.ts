import type { Firmware } from '../../../src/device/firmware.js';
import type { RawConfiguration } from '../../../src/settings/configuration.js';
import { EventHash } from '../hash.js';
import { settle } from '../settle.js';
import type { BoardName } from '../world.js';
import { startBoard, statisticsOf, tapeParts } from './board-tape.js';
import { BadRecording, EndCause, RecordCode, RecordingReader } from './recording-file.js';
import type { RecordingWriter, Value } from './recording-file.js';
import type { Tap, TappedParts, TappedStart } from './tap.js';
import { bootSim, tapeBoard } from './sim-tape.js';
import type { SimConditions } from './sim-tape.js';
import { CallCode, EVENT_NAMES, EventCode, Lane, LANE_NAMES, LANES, Tape, wordOf } from './tape.js';
import { Memories } from './taped-parts.js';

/** The first place at which a replay differs from its recording. */
export interface Difference {
  /** Number of the event, from 1. */
  event: number;
  /** Milliseconds of the world, as the device counts them. */
  time: number;
  device: string;
  /** What the event was, and what differs. */
  what: string;
}

/** What a replay came to. */
export interface ReplayOutcome {
  events: number;
  starts: number;
  /** Of the state behind each event: equal for equal recordings, on any engine. */
  hash: string;
  /** Nothing behind it was compared. */
  difference?: Difference;
  /** The recording is damaged, or ends early: what is wrong, and at which offset. What is before it was compared. */
  problem?: string;
}

/**
 * Repeats a recording: the firmware of each start is given the same inputs, and after each event the hash of what it
 * did is compared. Throws `BadRecording` when `file` is none, or of another version; never hangs, since each step takes
 * a record.
 */
export async function replay(file: Uint8Array): Promise<ReplayOutcome> {
  const replaying = new Replay(file);
  await replaying.advance(Infinity);
  return replaying.outcome;
}

/** `sim` is a gateway that ran in real time. */
const BOARDS: readonly string[] = ['esp32', 'esp8266', 'desktop', 'sim'];

/** Thrown through the firmware whose start is over. */
class StartOver extends Error {
  override name = 'StartOver';
}

/** A device of the recording. */
interface ReplayedDevice {
  name: string;
  memories: Memories;
  wasTyped: boolean;
}

/** A start of a device. */
interface ReplayedStart {
  device: ReplayedDevice;
  tape: ReplayTape;
  tapped: TappedStart;
  /** Milliseconds of the world, less those of the device's clock. */
  worldAhead: number;
  launch(): Firmware | undefined;
  firmware: Firmware | undefined;
}

/** What the recording says of the calls of an event. */
interface NextCall {
  code: RecordCode;
  call: number;
  value: Value;
}

/** A replay in steps, for those who want to do something else between them; see `replay`. */
export class Replay {
  events = 0;
  /** What the recording has of the next call that is not as usual. */
  next: NextCall | undefined;
  what: string | undefined;
  problem: BadRecording | undefined;

  private starts = 0;
  private readonly hash = new EventHash();
  private readonly devices = new Map<number, ReplayedDevice>();
  private readonly running = new Map<number, ReplayedStart>();
  private selected = -1;

  readonly reader: RecordingReader;
  private last: ReplayedStart | undefined;
  private done = false;
  private isFollowing = false;

  /** `taps` see what the firmware and its board tell each other. Throws `BadRecording`, see `replay`. */
  constructor(
    file: Uint8Array,
    private readonly taps: readonly Tap[] = [],
    /** Makes what the memories of a device hold as it leaves the factory. */
    private readonly makeMemories = (): Memories => new Memories(),
  ) {
    this.reader = new RecordingReader(file);
  }

  /** Milliseconds of the world at the last event. */
  get time(): number {
    return this.last ? this.last.tapped.worldTime() : 0;
  }

  /** Repeats `events` events, or fewer when there are no more. Returns false when it is over. */
  async advance(events: number): Promise<boolean> {
    const until = this.events + events;
    try {
      while (!this.done && this.events < until && !(this.isFollowing && this.reader.isAtEnd)) {
        const code: RecordCode = this.reader.peek();
        if (code === RecordCode.finish) this.done = true;
        else this.last = (await this.step(code)) ?? this.last;
        if (this.what !== undefined) this.done = true;
      }
    } catch (error) {
      if (!(error instanceof BadRecording)) throw error;
      this.problem = error;
      this.done = true;
    }
    return !this.done;
  }

  /**
   * Repeats what `blocks` have, of a recording that is still being made: they go on where those before have ended.
   * Returns false when it is over.
   */
  async follow(blocks: Uint8Array): Promise<boolean> {
    this.reader.goOn(blocks);
    this.isFollowing = true;
    return this.advance(Infinity);
  }

  /** Finds out what the recording says of a call from number `call` on. */
  look(): NextCall | undefined {
    if (this.next) return this.next;
    const { reader } = this;
    const code: RecordCode = reader.peek();
    if (code === RecordCode.result || code === RecordCode.failure) {
      reader.u8();
      const call = reader.uint();
      this.next = { code, call, value: code === RecordCode.failure ? reader.text() : reader.value() };
    } else if (code === RecordCode.end) {
      reader.u8();
      // Of the device whose event this is, or between two events.
      this.selected = reader.uint();
      this.next = { code, call: reader.uint(), value: reader.u8() };
    }
    return this.next;
  }

  /** What it came to so far. */
  get outcome(): ReplayOutcome {
    const { events, starts, hash, what, problem, last } = this;
    const outcome: ReplayOutcome = { events, starts, hash: hash.text };
    if (problem) outcome.problem = problem.message;
    if (what === undefined || !last) return outcome;
    const { device, tape, worldAhead } = last;
    outcome.difference = { event: events, time: worldAhead + tape.now, device: device.name, what };
    return outcome;
  }

  /** Takes a record, and for an event those that belong to it. Returns the start that it was of. */
  private async step(code: RecordCode): Promise<ReplayedStart | undefined> {
    const { reader } = this;
    switch (code) {
      case RecordCode.begin:
        return this.begin();
      case RecordCode.select:
        reader.u8();
        this.selected = reader.uint();
        return undefined;
      case RecordCode.clock: {
        reader.u8();
        const known = reader.u8() === 1;
        this.current().tape.ahead = known ? reader.int() : NaN;
        return undefined;
      }
      case RecordCode.event:
        return this.event(this.current());
      case RecordCode.end: {
        const cause: EndCause = Number(this.look()!.value);
        this.next = undefined;
        const start = this.running.get(this.selected);
        if (start) start.tape.over = true;
        this.running.delete(this.selected);
        if (start) for (const tap of this.taps) tap.ended?.(start.tapped, cause);
        return undefined;
      }
      default:
        return reader.bad('there is no record of the kind ' + code + ' here');
    }
  }

  private current(): ReplayedStart {
    return this.running.get(this.selected) ?? this.reader.bad('device ' + this.selected + ' has not started');
  }

  private begin(): ReplayedStart {
    const { reader } = this;
    reader.u8();
    const index = reader.uint();
    const name = reader.text();
    const board = reader.text();
    if (!BOARDS.includes(board)) reader.bad('there is no board ' + board);
    let settings: RawConfiguration;
    try {
      settings = JSON.parse(reader.text()) as RawConfiguration;
    } catch {
      return reader.bad('the settings are not JSON');
    }
    const restartReason = reader.text();
    const mac = reader.text();
    const abilities = reader.u8();
    const conditions = { board: board as BoardName, settings, restartReason, mac, abilities };
    const worldTime = reader.uint();
    const device = this.devices.get(index) ?? { name, memories: this.makeMemories(), wasTyped: false };
    this.devices.set(index, device);
    const tape = new ReplayTape(this);
    const worldTimeNow = (): number => start.worldAhead + tape.now;
    const tapped: TappedStart = {
      ...{
        device: index,
        name,
        board: board === 'sim' ? 'desktop' : (board as BoardName),
        settings,
        restartReason,
        mac,
      },
      get firmware() {
        return start.firmware;
      },
      worldTime: worldTimeNow,
      // The recording knows no other one than the device's.
      unixTime: () => tape.now + tape.ahead,
    };
    const wrapped = <P extends TappedParts>(parts: P): P =>
      this.taps.reduce((inner, tap) => tap.wrap(inner, tapped), parts);
    const start: ReplayedStart = {
      device,
      tape,
      tapped,
      worldAhead: worldTime,
      launch: () => {
        const { memories } = device;
        if (board !== 'sim') return startBoard(conditions, wrapped(tapeParts(tape, memories, conditions, undefined)));
        return bootSim(settings as unknown as SimConditions, tapeBoard(tape, memories, abilities, undefined));
      },
      firmware: undefined,
    };
    this.starts++;
    this.selected = index;
    this.running.set(index, start);
    return start;
  }

  private async event(start: ReplayedStart): Promise<ReplayedStart> {
    const { reader } = this;
    const { tape, device } = start;
    reader.u8();
    const code: EventCode = reader.u8();
    const object = reader.uint();
    const passed = reader.uint();
    this.events++;
    tape.pass(passed);
    if (code === EventCode.launch) start.worldAhead -= tape.now;
    const name = EVENT_NAMES[code] ?? reader.bad('there is no event of the kind ' + code);
    if (code === EventCode.serialReadable) device.wasTyped = true;
    try {
      if (code === EventCode.launch) {
        start.firmware = start.launch();
        for (const tap of this.taps) tap.launched?.(start.tapped);
      } else if (code === EventCode.start) start.firmware?.start();
      else if (code === EventCode.stop) start.firmware?.stop();
      else if (object < tape.objects.length) tape.objects[object]!.play(code, reader);
      else this.what = name + ': it is for object ' + object + ', which the firmware has not made';
    } catch (error) {
      if (error instanceof BadRecording) throw error;
      if (!(error instanceof StartOver)) {
        // A launch that throws is not an event that throws: nobody stands between.
        if (code !== EventCode.launch) tape.output(Lane.calls, CallCode.threw);
      }
    }
    if (device.wasTyped) await settle();
    if (this.problem) throw this.problem;
    if (tape.over) {
      this.running.delete(this.selected);
      const cause: EndCause = Number(this.next?.value ?? EndCause.restart);
      this.next = undefined;
      for (const tap of this.taps) tap.ended?.(start.tapped, cause);
    } else if (this.what === undefined) {
      this.compare(start);
    }
    if (this.what !== undefined) this.what = name + (object > 0 ? ' ' + object : '') + ': ' + this.what;
    return start;
  }

  /** Compares the state with the record that ends the event. */
  private compare({ tape, firmware }: ReplayedStart): void {
    const { reader, hash } = this;
    const next = this.look();
    if (next) {
      const said = next.code === RecordCode.end ? 'the start ends in call ' : 'there is call ';
      this.what = `the firmware makes ${tape.made} calls that have a result; in the recording ${said}${next.call}`;
      return;
    }
    const state = reader.peek();
    if (state < RecordCode.state || state >= RecordCode.state + (1 << LANES)) {
      reader.bad('an event must end with its state, got a record of the kind ' + state);
    }
    reader.u8();
    const words = tape.read(statisticsOf(firmware));
    const differing: string[] = [];
    for (let i = 0; i < LANES; i++) {
      if (state & (1 << i)) tape.recorded[i] = reader.word();
      if (tape.recorded[i] !== words[i]) differing.push(LANE_NAMES[i]!);
      hash.add(words[i]!);
    }
    if (differing.length > 0) this.what = differing.join(' and ') + ' differ';
  }
}

/** Plays one start. */
class ReplayTape extends Tape {
  /** The words of the recording. */
  readonly recorded = [0, 0, 0, 0];

  constructor(private readonly replay: Replay) {
    super();
  }

  /** Calls with a result of the event under way. */
  get made(): number {
    return this.calls;
  }

  /** An event begins, `milliseconds` after the one before. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.calls = 0;
  }

  read(statistics: readonly number[]): number[] {
    const words = this.lanes.slice(0, Lane.statistics).map((hash) => hash.word);
    words.push(wordOf(this.lanes[Lane.statistics]!, statistics));
    return words;
  }

  override result<T extends Value>(expected: T): T {
    if (this.over) return expected;
    const call = ++this.calls;
    const next = this.nextCall();
    if (next?.call !== call) return expected;
    this.replay.next = undefined;
    if (next.code === RecordCode.end) this.leave();
    if (next.code === RecordCode.failure) throw new Error(next.value as string);
    return next.value as T;
  }

  override event(_code: EventCode, _object: number, _encode: (writer: RecordingWriter) => void): void {
    throw new Error('a replay has no board');
  }

  override restart(): never {
    if (!this.over) {
      const call = ++this.calls;
      const next = this.nextCall();
      const isRestart = next?.code === RecordCode.end && next.call === call && next.value === EndCause.restart;
      if (!isRestart) this.replay.what = 'the firmware restarts, and did not in the recording';
    }
    this.leave();
  }

  override setTime(unixTime: number): void {
    this.ahead = unixTime - this.now;
  }

  /** Damage is not for the firmware to catch. */
  private nextCall(): NextCall | undefined {
    try {
      return this.replay.look();
    } catch (error) {
      this.replay.problem = error as BadRecording;
      return this.leave();
    }
  }

  private leave(): never {
    this.over = true;
    throw new StartOver();
  }
}
