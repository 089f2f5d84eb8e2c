import { SerialPort } from '../../../boards/moddable/serial-port.js';
import type { SdkSerial, SdkSerialOptions, SerialListener } from '../../../boards/moddable/serial-port.js';

/*
 * The serial port over a class that does what the SDK's does, but makes nothing for it. Each export does its operation
 * `count` times and returns how many times it was seen to have happened.
 */

const LINE = { baud: 115200, port: 0, transmit: 1, receive: 3 };
/** Bytes that arrive at a time. */
const PIECE = 40;
/** Made once: a literal in a script costs memory each time. */
const TEXT = 'a';

let arrived = 0;
let written = 0;
let made: FakeSerial | undefined;

class FakeSerial implements SdkSerial {
  target: unknown;
  readonly onReadable: SdkSerialOptions['onReadable'];
  readonly onWritable: SdkSerialOptions['onWritable'];

  constructor(options: SdkSerialOptions) {
    this.target = options.target;
    this.onReadable = options.onReadable;
    this.onWritable = options.onWritable;
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    made = this;
  }

  read(into: Uint8Array): unknown {
    if (arrived === 0) return undefined;
    const count = Math.min(arrived, into.length);
    arrived -= count;
    return count;
  }

  write(bytes: Uint8Array): unknown {
    written += bytes.length;
    return undefined;
  }

  close(): void {}
}

class Listener implements SerialListener {
  received = 0;

  onReceived(_bytes: Uint8Array, from: number, to: number): void {
    this.received += to - from;
  }

  onDrained(): void {}
}

const listener = new Listener();
const port = new SerialPort(FakeSerial, LINE, listener);

/** 40 bytes arrive. */
export function receive(count: number): number {
  let happened = 0;
  for (let i = 0; i < count; i++) {
    const before = listener.received;
    arrived = PIECE;
    made!.onReadable.call(made!, PIECE);
    if (listener.received === before + PIECE) happened++;
  }
  return happened;
}

/** The UART takes what waits: 1 byte. The text of one character costs the slots of its reading. */
export function write(count: number): number {
  let happened = 0;
  for (let i = 0; i < count; i++) {
    const before = written;
    port.write(TEXT);
    made!.onWritable.call(made!, 128);
    if (written === before + 1) happened++;
  }
  return happened;
}

const kept: unknown[] = [];

/** Ports that are kept. */
export function construct(count: number): number {
  for (let i = 0; i < count; i++) kept.push(new SerialPort(FakeSerial, LINE, listener));
  return count;
}
