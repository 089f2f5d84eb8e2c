import type { SdkFlash } from '../../../boards/moddable/flash-records.js';
import type { SdkInstrumentation } from '../../../boards/moddable/health.js';
import type { SdkPreference } from '../../../boards/moddable/preference-store.js';
import type { SdkSerial, SdkSerialOptions, SerialClass } from '../../../boards/moddable/serial-port.js';
import type { Entropy, Timer } from '../../../src/hal/index.js';
import type { AskTime, TimeHandler, TimeQuery } from '../../../boards/moddable/time-service.js';
import type { SdkNet, SdkWifi, WifiCallback, WifiTarget } from '../../../boards/moddable/wifi-network.js';
import type { RecordingReader, Value } from './recording-file.js';
import { CallCode, EventCode, Lane } from './tape.js';
import type { Tape, TapeObject } from './tape.js';
import type { Memories } from './taped-parts.js';
import { readValue } from './taped-parts.js';

/* The SDK's modules on a tape, as `taped-parts.ts` has the interfaces of `src/hal`. */

export class TapedPreference implements SdkPreference {
  private readonly values: Map<string, Uint8Array>;

  constructor(
    private readonly tape: Tape,
    memories: Memories,
    private readonly inner: SdkPreference | undefined,
  ) {
    this.values = memories.store('preference');
  }

  set(domain: string, name: string, value: ArrayBuffer): void {
    const { tape, inner, values } = this;
    const bytes = new Uint8Array(value);
    tape.output(Lane.stored, CallCode.store);
    tape.outputText(Lane.stored, domain + '\n' + name);
    tape.outputBytes(Lane.stored, bytes, 0, bytes.length);
    done(tape, () => inner!.set(domain, name, value));
    if (!tape.over) values.set(domain + '\n' + name, bytes.slice());
  }

  get(domain: string, name: string): ArrayBuffer | undefined {
    const { tape, inner, values } = this;
    const key = domain + '\n' + name;
    const known = values.get(key);
    const found = tape.result<Value>(known, () => {
      const value = inner!.get(domain, name);
      return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
    });
    if (!(found instanceof Uint8Array)) {
      if (!tape.over) values.delete(key);
      return undefined;
    }
    if (!tape.over && found !== known) values.set(key, found.slice());
    return found.slice().buffer as ArrayBuffer;
  }

  delete(domain: string, name: string): void {
    const { tape, inner, values } = this;
    tape.output(Lane.stored, CallCode.remove);
    tape.outputText(Lane.stored, domain + '\n' + name);
    done(tape, () => inner!.delete(domain, name));
    if (!tape.over) values.delete(domain + '\n' + name);
  }
}

/** A partition of the flash. */
export class TapedSdkFlash implements SdkFlash {
  private chip: Uint8Array = new Uint8Array(0);
  private blockLength = 4096;

  constructor(
    private readonly tape: Tape,
    private readonly memories: Memories,
    private readonly name: string,
    private readonly inner: SdkFlash | undefined,
  ) {}

  status(): { blockLength: number; blocks: number } {
    const { tape, memories, name, inner } = this;
    const blockLength = readValue(tape, memories, name + ' length', 4096, () => inner!.status().blockLength);
    const blocks = readValue(tape, memories, name + ' blocks', 0, () => inner!.status().blocks);
    this.blockLength = blockLength;
    this.chip = memories.chip(name, blocks * blockLength);
    return { blockLength, blocks };
  }

  read(buffer: Uint8Array, byteOffset: number): void {
    const { tape, inner, chip } = this;
    const end = byteOffset + buffer.length;
    // A replay, which may be in the memory of a chip, makes no copy.
    const known = inner ? chip.slice(byteOffset, end) : undefined;
    const found = tape.result(known, () => {
      inner!.read(buffer, byteOffset);
      return buffer.slice();
    });
    buffer.set(found ?? chip.subarray(byteOffset, end));
    if (!tape.over && found !== known) chip.set(found!, byteOffset);
  }

  write(buffer: Uint8Array, byteOffset: number): void {
    const { tape, inner, chip } = this;
    tape.output(Lane.stored, CallCode.program, 0, byteOffset);
    tape.outputBytes(Lane.stored, buffer, 0, buffer.length);
    done(tape, () => inner!.write(buffer, byteOffset));
    if (!tape.over) for (let i = 0; i < buffer.length; i++) chip[byteOffset + i]! &= buffer[i]!;
  }

  eraseBlock(block: number): void {
    const { tape, inner, chip, blockLength } = this;
    tape.output(Lane.stored, CallCode.erase, 0, block);
    done(tape, () => inner!.eraseBlock(block));
    if (!tape.over) chip.fill(0xff, block * blockLength, (block + 1) * blockLength);
  }
}

export function tapedNet(tape: Tape, memories: Memories, inner: SdkNet | undefined): SdkNet {
  return {
    get: (what) =>
      readValue<string | number | undefined>(tape, memories, 'net ' + what, undefined, () => inner!.get(what)),
  };
}

export function tapedInstrumentation(
  tape: Tape,
  memories: Memories,
  inner: SdkInstrumentation | undefined,
): SdkInstrumentation {
  const read = (name: string, real: () => number | undefined): number | undefined =>
    readValue<number | undefined>(tape, memories, 'figure ' + name, undefined, real);
  return {
    map: (name) => read(name, () => inner!.map(name)),
    get: (what) => read(String(what), () => inner!.get(what)),
  };
}

/** The SDK's class for Wi-Fi. */
export function tapedWifi(tape: Tape, inner: SdkWifi | undefined): SdkWifi {
  class TapedWifi implements TapeObject {
    private readonly number: number;

    constructor(
      _options: undefined,
      private readonly callback: WifiCallback,
    ) {
      this.number = tape.add(this);
      if (!inner) return;
      new inner(undefined, (message, reason) =>
        tape.event(
          EventCode.wifi,
          this.number,
          (writer) => {
            writer.text(message);
            writer.value(reason);
          },
          () => callback(message, reason),
        ),
      );
    }

    static connect(target?: WifiTarget): void {
      tape.output(Lane.calls, CallCode.joinWifi);
      tape.outputText(Lane.calls, target ? target.ssid + '\n' + (target.password ?? '') : '');
      done(tape, () => inner!.connect(target));
    }

    play(_code: EventCode, reader: RecordingReader): void {
      const message = reader.text();
      this.callback(message, reader.value() as number | undefined);
    }
  }
  return TapedWifi;
}

/** What asks time servers. */
export function tapedAskTime(tape: Tape, inner: AskTime | undefined): AskTime {
  return (host, timer, entropy, handler) => new TapedTimeQuery(tape, inner, host, timer, entropy, handler);
}

/** How a query ended. A recording has these numbers. */
const enum TimeOutcome {
  refused = -2,
  none = -1,
  time = 1,
}

class TapedTimeQuery implements TimeQuery, TimeHandler, TapeObject {
  private readonly number: number;
  private readonly inner: TimeQuery | undefined;

  constructor(
    private readonly tape: Tape,
    askTime: AskTime | undefined,
    host: string,
    timer: Timer,
    entropy: Entropy,
    private readonly handler: TimeHandler,
  ) {
    this.number = tape.add(this);
    tape.output(Lane.calls, CallCode.askTime, this.number);
    tape.outputText(Lane.calls, host);
    this.inner = askTime?.(host, timer, entropy, this);
  }

  wake(): void {
    this.inner?.wake();
  }

  close(): void {
    this.tape.output(Lane.calls, CallCode.closeTime, this.number);
    this.inner?.close();
  }

  onTime(seconds: number): void {
    this.told(TimeOutcome.time, seconds);
  }

  onNoTime(detail: string, isRefused: boolean): void {
    this.told(isRefused ? TimeOutcome.refused : TimeOutcome.none, detail);
  }

  play(_code: EventCode, reader: RecordingReader): void {
    const outcome = reader.int();
    this.tell(outcome, reader.value());
  }

  private told(outcome: TimeOutcome, value: number | string): void {
    this.tape.event(
      EventCode.time,
      this.number,
      (writer) => {
        writer.int(outcome);
        writer.value(value);
      },
      () => this.tell(outcome, value),
    );
  }

  private tell(outcome: TimeOutcome, value: Value): void {
    if (outcome === TimeOutcome.time) this.handler.onTime(value as number);
    else this.handler.onNoTime(String(value), outcome === TimeOutcome.refused);
  }
}

/** The SDK's class for a serial port. */
export function tapedSerial(tape: Tape, inner: SerialClass | undefined): SerialClass {
  return class implements SdkSerial, TapeObject {
    readonly target: unknown;
    private readonly number: number;
    private readonly inner: SdkSerial | undefined;

    constructor(private readonly options: SdkSerialOptions) {
      const number = tape.add(this);
      this.number = number;
      this.target = options.target;
      tape.output(Lane.calls, CallCode.openSerial, number);
      const told = (code: EventCode, count: number): void =>
        tape.event(
          code,
          number,
          (writer) => writer.uint(count),
          () => this.tell(code, count),
        );
      let made: SdkSerial | undefined;
      done(tape, () => {
        made = new inner!({
          ...options,
          target: undefined,
          onReadable: (count) => told(EventCode.serialReadable, count),
          onWritable: (count) => told(EventCode.serialWritable, count),
        });
      });
      this.inner = made;
    }

    read(bytes: Uint8Array): number {
      const found = tape.result(NOTHING, () => {
        const count = this.inner!.read(bytes) as number | undefined;
        return bytes.slice(0, count ?? 0);
      });
      bytes.set(found);
      return found.length;
    }

    write(bytes: Uint8Array): void {
      tape.output(Lane.calls, CallCode.writeSerial, this.number);
      tape.outputBytes(Lane.calls, bytes, 0, bytes.length);
      done(tape, () => this.inner!.write(bytes));
    }

    close(): void {
      tape.output(Lane.calls, CallCode.closeSerial, this.number);
      this.inner?.close();
    }

    play(code: EventCode, reader: RecordingReader): void {
      this.tell(code, reader.uint());
    }

    private tell(code: EventCode, count: number): void {
      const { options } = this;
      if (code === EventCode.serialReadable) options.onReadable.call(this, count);
      else options.onWritable.call(this, count);
    }
  };
}

const NOTHING = new Uint8Array(0);

/** A call that returns nothing, and may throw. */
function done(tape: Tape, real: () => void): void {
  tape.result(0, () => {
    real();
    return 0;
  });
}
