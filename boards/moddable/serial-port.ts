/**
 * The serial class of ECMA-419 (2nd edition, clause 10.6) as the Moddable SDK has it in `embedded:io/serial`, in the
 * part that a `SerialPort` uses. It is injected, so that the port can be tested without the SDK. What its sources show
 * (modules/io/serial/esp32/serial.c and esp/serial.c of 8.2.3):
 *
 * - What arrives and what leaves each has the chip's FIFO of 128 bytes, and nothing behind it.
 * - `read(view)` puts into the view what is there, at most what fits, and returns how many bytes; undefined: none.
 * - `write(view)` takes all of it, or throws when the FIFO has less room. It returns nothing.
 * - `onWritable(count)` comes once after the start, and again when the FIFO has nearly run empty after a write.
 * - Callbacks come from the event loop, with the instance as `this`, and not after `close()`.
 *
 * The Linux target's class takes no view, so it cannot be used here.
 */
export interface SdkSerial {
  /** The option `target`. */
  target?: unknown;
  read(into: Uint8Array): unknown;
  write(bytes: Uint8Array): unknown;
  close(): void;
}

/** Where the port is. */
export interface SerialLine {
  /** Bits per second. */
  baud: number;
  /** Number of the UART on ESP32; ESP8266 has one. Default 0. */
  port?: number;
  /** GPIO that sends; ESP8266 uses 1. */
  transmit?: number;
  /** GPIO that receives; ESP8266 uses 3. */
  receive?: number;
}

/** The options of an `SdkSerial`. Callbacks are called with the instance as `this`. */
export interface SdkSerialOptions extends SerialLine {
  format: 'buffer';
  target: unknown;
  onReadable(this: SdkSerial, count: number): void;
  onWritable(this: SdkSerial, count: number): void;
}

/** Throws when an option is wrong, or the UART or one of the pins is in use. */
export type SerialClass = new (options: SdkSerialOptions) => SdkSerial;

/** Hears of a `SerialPort`, from the event loop. It may write, and close the port. */
export interface SerialListener {
  /** `bytes[from..to)` arrived; they are valid until this returns. */
  onReceived(bytes: Uint8Array, from: number, to: number): void;
  /** All that was written has left, and some did not fit: see `SerialPort.dropped`. */
  onDrained(): void;
}

export interface SerialPortOptions extends SerialLine {
  /** Bytes of output that wait, 128 to 65536. Default 2048. */
  output?: number;
}

/** Bytes of the chips' FIFOs, and so the most that one read or write can move. */
const FIFO = 128;

/**
 * A serial port that never blocks: what the UART does not take yet waits in a buffer of fixed size, and what does not
 * fit there is dropped and counted, with all that follows until the buffer is empty. A byte received or sent makes no
 * object.
 *
 * On ESP32, UART 0 belongs to xsbug in debug and instrumented builds (build/devices/esp32/lib/debugger of the SDK):
 * there its pins are in use, and the constructor throws. In release builds it is free, since nothing is traced. On
 * ESP8266 a debug build does not notice that its only UART is taken from xsbug: open none there.
 */
export class SerialPort {
  /** Bytes of output that found no room. */
  dropped = 0;

  private serial: SdkSerial | undefined;
  private readonly listener: SerialListener;
  private readonly input = new Uint8Array(FIFO);
  private readonly output: Uint8Array;
  private from = 0;
  private waiting = 0;
  /** Bytes that the UART takes now. */
  private room = 0;
  /** Resizable: its length is that of the write under way. */
  private readonly sending: Uint8Array;
  /** Bytes that were dropped when the listener was told last. */
  private told = 0;

  /** Opens the port. Throws a RangeError for `output`, and an Error of one line when the port cannot be opened. */
  constructor(serial: SerialClass, options: SerialPortOptions, listener: SerialListener) {
    const { output = 2048, ...line } = options;
    if (!(Number.isInteger(output) && output >= FIFO && output <= 65536)) {
      throw new RangeError('output must be an integer from 128 to 65536, got ' + output);
    }
    this.listener = listener;
    this.output = new Uint8Array(output);
    this.sending = new Uint8Array(new ArrayBuffer(FIFO, { maxByteLength: FIFO }));
    try {
      this.serial = new serial({ ...line, format: 'buffer', target: this, onReadable, onWritable });
    } catch (error) {
      throw new Error('serial port ' + (line.port ?? 0) + ': ' + reason(error));
    }
  }

  /** Writes text as UTF-8; a surrogate without its partner becomes U+FFFD. Does nothing once the port is closed. */
  write(text: string): void {
    if (!this.serial) return;
    const { length } = text;
    for (let i = 0; i < length; i++) {
      let code = text.charCodeAt(i);
      if (code >= 0xd800 && code < 0xe000) {
        // The rare case alone pays for `codePointAt`, which allocates on XS.
        code = text.codePointAt(i)!;
        if (code > 0xffff) i++;
        else code = 0xfffd;
      }
      this.add(code);
    }
    this.send();
  }

  /**
   * Writes bytes, all or none. False when there is no room for them and `kept` bytes more, when output was lost before
   * that the listener was not told of, or when the port is closed.
   */
  writeBytes(bytes: Uint8Array, kept = 0): boolean {
    const { length } = bytes;
    if (!this.serial || this.dropped !== this.told || length + kept > this.output.length - this.waiting) return false;
    for (let i = 0; i < length; i++) this.put(bytes[i]!);
    this.send();
    return true;
  }

  /** Closes the port; what still waits is lost. Legal inside the listener, and more than once. */
  close(): void {
    const { serial } = this;
    this.serial = undefined;
    this.waiting = 0;
    serial?.close();
  }

  /** The UART holds bytes. */
  readable(): void {
    while (this.serial) {
      const count = this.serial.read(this.input);
      if (!((count as number) > 0)) return;
      this.listener.onReceived(this.input, 0, count as number);
    }
  }

  /** The UART takes `count` bytes. */
  writable(count: number): void {
    if (!this.serial) return;
    this.room = count;
    this.send();
    if (this.waiting > 0 || this.dropped === this.told) return;
    this.told = this.dropped;
    this.listener.onDrained();
  }

  private add(code: number): void {
    const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    // Nothing more once something was lost, so that what is shown has no holes before the listener tells.
    if (this.dropped !== this.told || length > this.output.length - this.waiting) {
      this.dropped += length;
      return;
    }
    if (length === 1) return this.put(code);
    this.put(((0xf00 >> length) & 0xff) | (code >> (6 * (length - 1))));
    for (let following = length - 2; following >= 0; following--) this.put(0x80 | ((code >> (6 * following)) & 0x3f));
  }

  private put(byte: number): void {
    this.output[(this.from + this.waiting++) % this.output.length] = byte;
  }

  private send(): void {
    const { output, sending, serial } = this;
    const buffer = sending.buffer as ArrayBuffer;
    while (this.waiting > 0 && this.room > 0) {
      const length = Math.min(this.waiting, this.room, FIFO);
      // A view of exactly this length without making one; a shrunk buffer must not meet a collection.
      if (sending.length !== length) buffer.resize(length);
      for (let i = 0; i < length; i++) sending[i] = output[(this.from + i) % output.length]!;
      const taken = tryWrite(serial!, sending);
      if (sending.length !== FIFO) buffer.resize(FIFO);
      if (!taken) {
        // Less room than was told; `onWritable` follows when it has run empty.
        this.room = 0;
        return;
      }
      this.room -= length;
      this.waiting -= length;
      this.from = (this.from + length) % output.length;
    }
  }
}

function tryWrite(serial: SdkSerial, bytes: Uint8Array): boolean {
  try {
    serial.write(bytes);
    return true;
  } catch {
    return false;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Functions of this module, in ROM on a chip.

function onReadable(this: SdkSerial): void {
  (this.target as SerialPort).readable();
}

function onWritable(this: SdkSerial, count: number): void {
  (this.target as SerialPort).writable(count);
}
