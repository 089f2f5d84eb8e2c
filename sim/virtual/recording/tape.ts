import { EventHash } from '../hash.js';
import { EndCause, RecordCode } from './recording-file.js';
import type { RecordingReader, RecordingWriter, Value } from './recording-file.js';

/** What the board tells the firmware. A recording has these numbers. */
export const enum EventCode {
  launch = 0,
  timer = 1,
  opened = 2,
  received = 3,
  writable = 4,
  closed = 5,
  resolved = 6,
  unresolved = 7,
  advertisement = 8,
  network = 9,
  wifi = 10,
  time = 11,
  serialReadable = 12,
  serialWritable = 13,
  flashSynced = 14,
  stop = 15,
  start = 16,
}

/** For people, by `EventCode`. */
export const EVENT_NAMES: readonly string[] = Object.freeze([
  ...['launch', 'timer', 'connection opened', 'bytes received', 'room to write', 'connection closed'],
  ...['name resolved', 'name not resolved', 'advertisement', 'network', 'Wi-Fi', 'time of day', 'typed at the console'],
  ...['room at the console', 'flash synchronized', 'stop', 'start'],
]);

/** What the firmware does, by kinds that are compared apart. */
export const enum Lane {
  /** Bytes that it writes to its transports. */
  sent = 0,
  /** What it writes to stores and flash. */
  stored = 1,
  /** All other calls: connections, names, timers, scans, lines on the log, output of the console. */
  calls = 2,
  /** Its own counters. */
  statistics = 3,
}

/** For people, by `Lane`. */
export const LANE_NAMES: readonly string[] = Object.freeze(['bytes sent', 'bytes stored', 'calls', 'statistics']);
export const LANES = 4;

/** What the firmware calls, for the hashes. */
export const enum CallCode {
  startTimer = 1,
  stopTimer,
  resolve,
  cancelResolve,
  open,
  write,
  resume,
  close,
  consumed,
  startScan,
  stopScan,
  pauseScan,
  resumeScan,
  resetScan,
  log,
  store,
  remove,
  program,
  erase,
  sync,
  joinWifi,
  askTime,
  closeTime,
  setTime,
  openSerial,
  writeSerial,
  closeSerial,
  threw,
}

/** Something of a start that events are for. */
export interface TapeObject {
  /** Reads what an event has, and tells the firmware. */
  play(code: EventCode, reader: RecordingReader): void;
}

/** Counters of a firmware that its state is compared by. */
export type Statistics = () => readonly number[];

/**
 * What goes between the firmware of one start and its board. The same objects (`taped-parts.ts`) stand between them
 * while it is recorded and while it is replayed: with a board behind them, or with a recording.
 */
export abstract class Tape {
  /** Milliseconds of the device's clock, which stands while an event lasts. */
  now = 0;
  /** What the time of day is ahead of it; NaN: it is not known. */
  ahead = NaN;
  /** The start is over: nothing that its firmware still does counts. */
  over = false;
  readonly objects: TapeObject[] = [];

  /** Calls of this event with a result. */
  protected calls = 0;
  protected readonly lanes = [new EventHash(), new EventHash(), new EventHash(), new EventHash()];

  /** Something of the board that events are for; returns its number. */
  add(object: TapeObject): number {
    return this.objects.push(object) - 1;
  }

  /** A call with a result: while it is recorded, that of `real`, which may throw. `expected` is the usual one. */
  abstract result<T extends Value>(expected: T, real: () => T): T;

  /** The board tells the firmware of an event: what it has is written by `encode`, and `call` tells it. */
  abstract event(code: EventCode, object: number, encode: (writer: RecordingWriter) => void, call: () => void): void;

  /** The firmware restarts its chip. Does not return. */
  abstract restart(real: () => void): never;

  /** The firmware sets its time of day, milliseconds since 1970. */
  abstract setTime(unixTime: number, real: () => void): void;

  /** A call, for the hashes; `number` may have a fraction. */
  output(lane: Lane, code: CallCode, object = 0, number = 0): void {
    if (this.over) return;
    const hash = this.lanes[lane]!;
    hash.add(code * 0x10000 + object);
    hash.addNumber(number);
  }

  outputBytes(lane: Lane, bytes: Uint8Array, from: number, to: number): void {
    if (!this.over) this.lanes[lane]!.addBytes(bytes, from, to);
  }

  outputText(lane: Lane, text: string): void {
    if (!this.over) this.lanes[lane]!.addText(text);
  }
}

/** What a `RecordTape` needs of the start that it records. */
export interface RecordedStart {
  readonly device: number;
  /** Of the device's own clock, as it is now. */
  readClock(): { now: number; unixTime: number };
  readonly statistics: Statistics;
}

/** The recording of a run: of all its devices, in the order of what happened. */
export class Recorder {
  /** The device that the records are of, and the start whose event is not ended yet. */
  device = -1;
  open: RecordTape | undefined;
  events = 0;

  constructor(readonly writer: RecordingWriter) {}

  /** Ends the event under way: its jobs are done, too. */
  settle(): void {
    this.open?.finishEvent();
    this.open = undefined;
    this.writer.between();
  }

  /** What happened so far is given to the file. */
  flush(): void {
    this.settle();
    this.writer.between(true);
  }

  /** The run is over. */
  finish(): void {
    this.settle();
    this.writer.u8(RecordCode.finish);
    this.writer.uint(this.events);
    this.writer.between(true);
  }

  select(device: number): void {
    if (device === this.device) return;
    this.device = device;
    this.writer.u8(RecordCode.select);
    this.writer.uint(device);
  }
}

/** Records one start. */
export class RecordTape extends Tape {
  /** Calls of the board into the firmware that have not returned. */
  private depth = 0;
  private readonly words = [0, 0, 0, 0];
  private lastEventAt = 0;

  constructor(
    private readonly recorder: Recorder,
    private readonly start: RecordedStart,
  ) {
    super();
  }

  /** The firmware is launched, until `launched`. */
  launch(): void {
    this.begin(EventCode.launch, 0);
    this.depth++;
  }

  launched(): void {
    this.depth--;
  }

  override result<T extends Value>(expected: T, real: () => T): T {
    if (this.over) return real();
    const call = ++this.calls;
    const { writer } = this.recorder;
    let value: T;
    try {
      value = real();
    } catch (error) {
      // Its power was cut within: that has been written.
      if (!(this.over as boolean)) {
        writer.u8(RecordCode.failure);
        writer.uint(call);
        writer.text(error instanceof Error ? error.message : String(error));
      }
      throw error;
    }
    if (!(this.over as boolean) && !isEqual(value, expected)) {
      writer.u8(RecordCode.result);
      writer.uint(call);
      writer.value(value);
    }
    return value;
  }

  override event(code: EventCode, object: number, encode: (writer: RecordingWriter) => void, call: () => void): void {
    if (this.over) {
      call();
      return;
    }
    this.begin(code, object);
    encode(this.recorder.writer);
    this.depth++;
    try {
      call();
    } catch (error) {
      this.output(Lane.calls, CallCode.threw);
      throw error;
    } finally {
      this.depth--;
    }
  }

  override restart(real: () => void): never {
    this.calls++;
    real();
    // Where nothing restarts.
    throw new Error('the chip did not restart');
  }

  override setTime(unixTime: number, real: () => void): void {
    real();
    this.ahead = unixTime - this.now;
  }

  /** The start is over. */
  end(cause: EndCause): void {
    if (this.over) return;
    const { recorder, start } = this;
    const { writer } = recorder;
    const within = recorder.open === this && this.depth > 0;
    if (within) recorder.open = undefined;
    else recorder.settle();
    writer.u8(RecordCode.end);
    // Whoever reads it takes the next record to be of this device.
    recorder.device = start.device;
    writer.uint(start.device);
    writer.uint(within ? this.calls : 0);
    writer.u8(cause);
    this.over = true;
    writer.between();
  }

  /** What the event has come to. */
  finishEvent(): void {
    const { writer } = this.recorder;
    const statistics = this.lanes[Lane.statistics]!;
    const words = [...this.lanes.slice(0, Lane.statistics).map((hash) => hash.word)];
    words.push(wordOf(statistics, this.start.statistics()));
    let flags = 0;
    for (let i = 0; i < LANES; i++) if (words[i] !== this.words[i]) flags |= 1 << i;
    writer.u8(RecordCode.state | flags);
    for (let i = 0; i < LANES; i++) {
      if (words[i] !== this.words[i]) writer.word(words[i]!);
      this.words[i] = words[i]!;
    }
  }

  private begin(code: EventCode, object: number): void {
    const { recorder, start } = this;
    const { writer } = recorder;
    recorder.settle();
    recorder.open = this;
    recorder.events++;
    recorder.select(start.device);
    const { now, unixTime } = start.readClock();
    this.now = now;
    const ahead = unixTime === 0 ? NaN : unixTime - now;
    // Two clocks of a computer are not read in the same moment.
    if (isNaN(ahead) !== isNaN(this.ahead) || Math.abs(ahead - this.ahead) > 1) {
      this.ahead = ahead;
      writer.u8(RecordCode.clock);
      writer.u8(isNaN(ahead) ? 0 : 1);
      if (!isNaN(ahead)) writer.int(ahead);
    }
    writer.u8(RecordCode.event);
    writer.u8(code);
    writer.uint(object);
    writer.uint(now - this.lastEventAt);
    this.lastEventAt = now;
    this.calls = 0;
  }
}

/** The word of counters, which count as they are and not as they were. */
export function wordOf(hash: EventHash, statistics: readonly number[]): number {
  hash.reset();
  for (const number of statistics) hash.addNumber(number);
  return hash.word;
}

/** True for values that are alike; bytes are compared. */
export function isEqual(one: Value, other: Value): boolean {
  if (!(one instanceof Uint8Array) || !(other instanceof Uint8Array)) return one === other;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
