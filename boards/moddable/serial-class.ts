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
