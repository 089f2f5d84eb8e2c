import type { TransportFailure } from '../../../src/hal/transport.js';
import type { Advertisement, Clock, Endpoint, Entropy, Flash, Health, Log, Network } from '../../../src/hal/index.js';
import type { Resolver } from '../../../src/hal/index.js';
import type { ResolverHandler, ScanOptions, Scanner, ScannerHandler, Store, Timer } from '../../../src/hal/index.js';
import type { Timers, Transport, TransportHandler } from '../../../src/hal/index.js';
import type { RecordingReader, Value } from './recording-file.js';
import { CallCode, EventCode, Lane } from './tape.js';
import type { Tape, TapeObject } from './tape.js';

/*
 * The interfaces of `src/hal` on a tape. `inner` is the board's part while a start is recorded; it is undefined while
 * it is replayed.
 */

const LARGEST_CHIP = 64 * 1024 * 1024;

/**
 * What the memories of a device hold as far as their reads and writes have shown, in recording and replay alike: what
 * they read otherwise is in the recording. It outlives the starts of the device.
 */
export class Memories {
  private readonly stores = new Map<string, Map<string, Uint8Array>>();
  private readonly chips = new Map<string, Uint8Array>();
  readonly values = new Map<string, Value>();

  store(name: string): Map<string, Uint8Array> {
    let store = this.stores.get(name);
    if (!store) this.stores.set(name, (store = new Map()));
    return store;
  }

  /** Erased at first. */
  chip(name: string, length: number): Uint8Array {
    if (!(length <= LARGEST_CHIP))
      throw new RangeError(name + ' has ' + length + ' bytes, more than a recording keeps');
    let chip = this.chips.get(name);
    if (!chip || chip.length < length) {
      const longer = new Uint8Array(length).fill(0xff);
      if (chip) longer.set(chip);
      this.chips.set(name, (chip = longer));
    }
    return chip;
  }
}

/** A value of the board that seldom changes: only what is new is written. */
export function readValue<T extends Value>(
  tape: Tape,
  memories: Memories,
  name: string,
  usual: T,
  real: (() => T) | undefined,
): T {
  const { values } = memories;
  const value = tape.result((values.has(name) ? values.get(name) : usual) as T, real ?? none);
  if (!tape.over) values.set(name, value);
  return value;
}

const none = (): never => {
  throw new Error('a replay has no board');
};

export class TapedClock implements Clock {
  constructor(private readonly tape: Tape) {}

  now(): number {
    return this.tape.now;
  }

  unixTime(): number {
    const { now, ahead } = this.tape;
    return ahead === ahead ? now + ahead : 0;
  }
}

export class TapedTimers implements Timers {
  constructor(
    private readonly tape: Tape,
    private readonly inner: Timers | undefined,
  ) {}

  create(callback: () => void): Timer {
    return new TapedTimer(this.tape, this.inner, callback);
  }
}

class TapedTimer implements Timer, TapeObject {
  private readonly number: number;
  private readonly inner: Timer | undefined;

  constructor(
    private readonly tape: Tape,
    inner: Timers | undefined,
    private readonly callback: () => void,
  ) {
    this.number = tape.add(this);
    this.inner = inner?.create(() => tape.event(EventCode.timer, this.number, () => {}, callback));
  }

  start(milliseconds: number): void {
    this.tape.output(Lane.calls, CallCode.startTimer, this.number, milliseconds);
    this.inner?.start(milliseconds);
  }

  stop(): void {
    this.tape.output(Lane.calls, CallCode.stopTimer, this.number);
    this.inner?.stop();
  }

  play(): void {
    this.callback();
  }
}

export class TapedEntropy implements Entropy {
  constructor(
    private readonly tape: Tape,
    private readonly inner: Entropy | undefined,
  ) {}

  uint32(): number {
    const { tape, inner } = this;
    return tape.result(-1, () => inner!.uint32());
  }
}

export class TapedLog implements Log {
  /** `onLine` hears the lines of a replay. */
  constructor(
    private readonly tape: Tape,
    private readonly inner: Log | undefined,
  ) {}

  line(text: string): void {
    this.tape.output(Lane.calls, CallCode.log);
    this.tape.outputText(Lane.calls, text);
    this.inner?.line(text);
  }
}

/** The network of a board that tells what becomes of it. */
export class TapedNetwork implements Network, TapeObject {
  private readonly number: number;
  private listener: ((up: boolean) => void) | undefined;

  constructor(
    private readonly tape: Tape,
    private readonly memories: Memories,
    private readonly inner: (Network & { rssi?(): number }) | undefined,
  ) {
    this.number = tape.add(this);
  }

  get up(): boolean {
    const { tape, memories, inner } = this;
    return readValue(tape, memories, 'network up', 0, () => (inner!.up ? 1 : 0)) === 1;
  }

  rssi(): number {
    const { tape, memories, inner } = this;
    return readValue(tape, memories, 'network rssi', 0, () => inner!.rssi!());
  }

  watch(listener: ((up: boolean) => void) | undefined): void {
    const { tape, inner, number } = this;
    this.listener = listener;
    inner?.watch(
      listener &&
        ((up) =>
          tape.event(
            EventCode.network,
            number,
            (writer) => writer.u8(up ? 1 : 0),
            () => this.listener?.(up),
          )),
    );
  }

  play(_code: EventCode, reader: RecordingReader): void {
    const up = reader.u8() === 1;
    this.listener?.(up);
  }
}

export class TapedResolver implements Resolver, ResolverHandler, TapeObject {
  private readonly number: number;
  private handler: ResolverHandler | undefined;

  constructor(
    private readonly tape: Tape,
    private readonly inner: Resolver | undefined,
  ) {
    this.number = tape.add(this);
  }

  resolve(host: string, handler: ResolverHandler): void {
    this.tape.output(Lane.calls, CallCode.resolve, this.number);
    this.tape.outputText(Lane.calls, host);
    this.handler = handler;
    this.inner?.resolve(host, this);
  }

  cancel(): void {
    this.tape.output(Lane.calls, CallCode.cancelResolve, this.number);
    this.inner?.cancel();
  }

  onResolved(address: string, further: readonly string[] = []): void {
    this.tape.event(
      EventCode.resolved,
      this.number,
      (writer) => {
        writer.text(address);
        writer.uint(further.length);
        for (const one of further) writer.text(one);
      },
      () => this.handler?.onResolved(address, further),
    );
  }

  onUnresolved(detail: string): void {
    this.tape.event(
      EventCode.unresolved,
      this.number,
      (writer) => writer.text(detail),
      () => this.handler?.onUnresolved(detail),
    );
  }

  play(code: EventCode, reader: RecordingReader): void {
    const text = reader.text();
    if (code === EventCode.unresolved) {
      this.handler?.onUnresolved(text);
      return;
    }
    const further: string[] = [];
    for (let count = reader.uint(); count > 0; count--) further.push(reader.text());
    this.handler?.onResolved(text, further);
  }
}

export class TapedTransport implements Transport, TransportHandler, TapeObject {
  private readonly number: number;
  private handler: TransportHandler | undefined;
  /** What the firmware did not consume of what it was given: in a recording how much, in a replay what. */
  private unread = 0;
  private rest = new Uint8Array(0);

  constructor(
    private readonly tape: Tape,
    private readonly inner: Transport | undefined,
  ) {
    this.number = tape.add(this);
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    const { tape, inner, number } = this;
    tape.output(Lane.calls, CallCode.open, number, endpoint.port);
    tape.outputText(Lane.calls, address);
    this.handler = handler;
    this.unread = 0;
    inner?.open(address, endpoint, this);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    const { tape, inner, number } = this;
    const taken = tape.result(to - from, () => inner!.write(bytes, from, to));
    tape.output(Lane.sent, CallCode.write, number);
    tape.outputBytes(Lane.sent, bytes, from, from + taken);
    return taken;
  }

  resume(): void {
    this.tape.output(Lane.calls, CallCode.resume, this.number);
    this.inner?.resume();
  }

  close(): void {
    this.tape.output(Lane.calls, CallCode.close, this.number);
    this.handler = undefined;
    this.inner?.close();
  }

  onOpen(): void {
    this.tape.event(
      EventCode.opened,
      this.number,
      () => {},
      () => this.handler?.onOpen(),
    );
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    const again = Math.min(this.unread, to - from);
    let consumed = to - from;
    this.tape.event(
      EventCode.received,
      this.number,
      (writer) => {
        writer.uint(again);
        writer.bytes(bytes, from + again, to);
      },
      () => (consumed = this.receive(bytes, from, to)),
    );
    return consumed;
  }

  onWritable(): void {
    this.tape.event(
      EventCode.writable,
      this.number,
      () => {},
      () => this.handler?.onWritable(),
    );
  }

  onClose(cause: TransportFailure, detail: string): void {
    this.tape.event(
      EventCode.closed,
      this.number,
      (writer) => {
        writer.u8(cause);
        writer.text(detail);
      },
      () => this.closed(cause, detail),
    );
  }

  play(code: EventCode, reader: RecordingReader): void {
    switch (code) {
      case EventCode.opened:
        this.handler?.onOpen();
        return;
      case EventCode.received: {
        const again = Math.min(reader.uint(), this.rest.length);
        const fresh = reader.bytes();
        const bytes = new Uint8Array(again + fresh.length);
        bytes.set(this.rest.subarray(0, again));
        bytes.set(fresh, again);
        const consumed = this.receive(bytes, 0, bytes.length);
        this.rest = bytes.subarray(consumed);
        return;
      }
      case EventCode.closed: {
        const cause: TransportFailure = reader.u8();
        this.closed(cause, reader.text());
        return;
      }
      default:
        this.handler?.onWritable();
    }
  }

  private receive(bytes: Uint8Array, from: number, to: number): number {
    const { handler } = this;
    const consumed = handler ? handler.onReceive(bytes, from, to) : to - from;
    this.tape.output(Lane.calls, CallCode.consumed, this.number, consumed);
    this.unread = to - from - consumed;
    return consumed;
  }

  private closed(cause: TransportFailure, detail: string): void {
    const { handler } = this;
    this.handler = undefined;
    handler?.onClose(cause, detail);
  }
}

/** What a radio can do beside scanning. A recording has these bits. */
export const enum RadioAbility {
  pause = 1,
  reset = 2,
}

export function abilitiesOf(scanner: Scanner | undefined): number {
  return (scanner?.pause ? RadioAbility.pause : 0) | (scanner?.reset ? RadioAbility.reset : 0);
}

export class TapedScanner implements Scanner, ScannerHandler, TapeObject {
  readonly pause?: () => void;
  readonly resume?: () => void;
  readonly reset?: () => void;
  private readonly number: number;
  private handler: ScannerHandler | undefined;
  private readonly heard: Advertisement = {
    address: new Uint8Array(6),
    addressType: 0,
    rssi: 0,
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
  };

  constructor(
    private readonly tape: Tape,
    private readonly inner: Scanner | undefined,
    abilities: number,
  ) {
    this.number = tape.add(this);
    const call = (code: CallCode, real: (() => void) | undefined) => () => {
      tape.output(Lane.calls, code, this.number);
      real?.();
    };
    if (abilities & RadioAbility.pause) {
      this.pause = call(CallCode.pauseScan, inner && (() => inner.pause!()));
      this.resume = call(CallCode.resumeScan, inner && (() => inner.resume!()));
    }
    if (abilities & RadioAbility.reset) this.reset = call(CallCode.resetScan, inner && (() => inner.reset!()));
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    const { tape, inner, number } = this;
    tape.output(Lane.calls, CallCode.startScan, number, options.intervalMilliseconds);
    tape.output(Lane.calls, CallCode.startScan, options.active ? 1 : 0, options.windowMilliseconds);
    this.handler = handler;
    tape.result(0, () => {
      inner!.start(options, this);
      return 0;
    });
  }

  stop(): void {
    this.tape.output(Lane.calls, CallCode.stopScan, this.number);
    this.inner?.stop();
  }

  onAdvertisement(advertisement: Advertisement): void {
    const { rssi, addressType, address, bytes, from, to } = advertisement;
    this.tape.event(
      EventCode.advertisement,
      this.number,
      (writer) => {
        writer.int(rssi);
        writer.u8(addressType);
        writer.raw(address, 0, 6);
        writer.bytes(bytes, from, to);
      },
      () => this.handler?.onAdvertisement(advertisement),
    );
  }

  play(_code: EventCode, reader: RecordingReader): void {
    const { heard } = this;
    heard.rssi = reader.int();
    heard.addressType = reader.u8();
    heard.address.set(reader.raw(6));
    heard.bytes = reader.bytes();
    heard.to = heard.bytes.length;
    this.handler?.onAdvertisement(heard);
  }
}

export class TapedStore implements Store {
  private readonly values: Map<string, Uint8Array>;

  constructor(
    private readonly tape: Tape,
    memories: Memories,
    name: string,
    private readonly inner: Store | undefined,
  ) {
    this.values = memories.store(name);
  }

  read(key: string, into: Uint8Array): number {
    const { tape, inner, values } = this;
    const known = values.get(key);
    const { length } = into;
    const found = tape.result<Value>(known && known.length > length ? known.length : known, () => {
      const count = inner!.read(key, into);
      if (count < 0) return undefined;
      return count > length ? count : into.slice(0, count);
    });
    if (found === undefined) {
      if (!tape.over) values.delete(key);
      return -1;
    }
    if (typeof found === 'number') return found;
    const bytes = found as Uint8Array;
    into.set(bytes);
    if (!tape.over && found !== known) values.set(key, bytes.slice());
    return bytes.length;
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    const { tape, inner, values } = this;
    tape.output(Lane.stored, CallCode.store);
    tape.outputText(Lane.stored, key);
    tape.outputBytes(Lane.stored, bytes, from, to);
    const done = tape.result(1, () => (inner!.write(key, bytes, from, to) ? 1 : 0)) === 1;
    if (done && !tape.over) values.set(key, bytes.slice(from, to));
    return done;
  }

  remove(key: string): boolean {
    const { tape, inner, values } = this;
    tape.output(Lane.stored, CallCode.remove);
    tape.outputText(Lane.stored, key);
    // 0 for done: tapes from before there was an answer have it.
    const done = tape.result(0, () => (inner!.remove(key) ? 0 : 1)) === 0;
    if (done && !tape.over) values.delete(key);
    return done;
  }
}

/** Flash as `Flash` gives it. */
export class TapedFlash implements Flash, TapeObject {
  readonly blockLength: number;
  readonly blocks: number;
  readonly unit: number;
  readonly sync?: (done: () => void) => void;
  private readonly chip: Uint8Array;
  private readonly number: number;
  /** Those that wait for the medium, by number. */
  private readonly waiting = new Map<number, () => void>();
  private syncs = 0;

  constructor(
    private readonly tape: Tape,
    memories: Memories,
    name: string,
    private readonly inner: Flash | undefined,
  ) {
    this.number = tape.add(this);
    this.blockLength = tape.result(4096, () => inner!.blockLength);
    this.blocks = tape.result(0, () => inner!.blocks);
    this.unit = tape.result(4, () => inner!.unit);
    this.chip = memories.chip(name, this.blocks * this.blockLength);
    const syncs = tape.result(1, () => (inner!.sync ? 1 : 0)) === 1;
    if (syncs) this.sync = (done) => this.synchronize(done);
  }

  read(at: number, into: Uint8Array, from: number, to: number): boolean {
    const { tape, inner, chip } = this;
    const known = chip.slice(at, at + to - from);
    const found = tape.result<Value>(known, () => (inner!.read(at, into, from, to) ? into.slice(from, to) : undefined));
    if (found === undefined) return false;
    into.set(found as Uint8Array, from);
    if (found !== known && !tape.over) chip.set(found as Uint8Array, at);
    return true;
  }

  program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    const { tape, inner, chip } = this;
    tape.output(Lane.stored, CallCode.program, 0, at);
    tape.outputBytes(Lane.stored, bytes, from, to);
    const done = tape.result(1, () => (inner!.program(at, bytes, from, to) ? 1 : 0)) === 1;
    if (done && !tape.over) for (let i = from; i < to; i++) chip[at + i - from]! &= bytes[i]!;
    return done;
  }

  erase(block: number): boolean {
    const { tape, inner, chip, blockLength } = this;
    tape.output(Lane.stored, CallCode.erase, 0, block);
    const done = tape.result(1, () => (inner!.erase(block) ? 1 : 0)) === 1;
    if (done && !tape.over) chip.fill(0xff, block * blockLength, (block + 1) * blockLength);
    return done;
  }

  private synchronize(done: () => void): void {
    const { tape, inner, number, waiting } = this;
    const sync = this.syncs++;
    tape.output(Lane.stored, CallCode.sync, number, sync);
    waiting.set(sync, done);
    inner?.sync!(() =>
      tape.event(
        EventCode.flashSynced,
        number,
        (writer) => writer.uint(sync),
        () => this.synchronized(sync),
      ),
    );
  }

  private synchronized(sync: number): void {
    const done = this.waiting.get(sync);
    this.waiting.delete(sync);
    done?.();
  }

  play(_code: EventCode, reader: RecordingReader): void {
    this.synchronized(reader.uint());
  }
}

/** The methods of `Health` that a board may lack. A recording has the place of each as a bit. */
const OPTIONAL_FIGURES = [
  'peakChunkBytes',
  'peakSlotBytes',
  'freeMemory',
  'usedMemory',
  'largestFreeBlock',
  'load',
] as const;

/** What a board knows of itself. */
export function tapedHealth(tape: Tape, memories: Memories, inner: Health | undefined): Health {
  const read = (name: string, real: () => number): number => readValue(tape, memories, 'health ' + name, -1, real);
  const text = (real: () => string | undefined): string | undefined => tape.result<string | undefined>(undefined, real);
  const model = text(() => inner!.model);
  const serial = text(() => inner!.serial);
  const health: Health = {
    restartReason: text(() => inner!.restartReason) ?? '',
    ...(model !== undefined && { model }),
    ...(serial !== undefined && { serial }),
    freeChunkBytes: () => read('chunks', () => inner!.freeChunkBytes()),
    freeSlotBytes: () => read('slots', () => inner!.freeSlotBytes()),
    rssi: () => read('rssi', () => inner!.rssi()),
  };
  const present = tape.result<number>(0, () =>
    OPTIONAL_FIGURES.reduce<number>((bits, name, place) => bits | (inner![name] ? 1 << place : 0), 0),
  );
  OPTIONAL_FIGURES.forEach((name, place) => {
    if (present & (1 << place)) health[name] = () => read(name, () => inner![name]!());
  });
  return health;
}
