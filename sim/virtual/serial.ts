import type { SdkSerial, SdkSerialOptions, SerialClass } from '../../boards/moddable/serial-port.js';
import { Task } from './scheduler.js';
import type { Scheduler } from './scheduler.js';

/** A person's terminal at the serial port of a device. */
export interface Terminal {
  /** What the device sends. */
  onOutput(text: string): void;
  /** The port of the start that runs, when its firmware has opened it. */
  port: SerialLineEnd | undefined;
}

/** The terminal's end of an open port. */
export interface SerialLineEnd {
  type(text: string): void;
}

/** Makes the SDK's class for a serial port: what it sends comes to `terminal`, and it takes 128 bytes at once. */
export function makeSerial(scheduler: Scheduler, terminal: Terminal, enter: (call: () => void) => void): SerialClass {
  return class implements SdkSerial, SerialLineEnd {
    readonly target: unknown;
    private readonly input: number[] = [];
    private readonly readable: Task;
    private readonly writable: Task;

    constructor(options: SdkSerialOptions) {
      this.target = options.target;
      terminal.port = this;
      this.readable = new Task(() => enter(() => options.onReadable.call(this, this.input.length)));
      this.writable = new Task(() => enter(() => options.onWritable.call(this, 128)));
      scheduler.plan(this.writable, scheduler.now());
    }

    type(text: string): void {
      for (let i = 0; i < text.length; i++) this.input.push(text.charCodeAt(i) & 0xff);
      scheduler.plan(this.readable, scheduler.now() + 1);
    }

    read(bytes: Uint8Array): number {
      const count = Math.min(bytes.length, this.input.length);
      for (let i = 0; i < count; i++) bytes[i] = this.input[i]!;
      this.input.splice(0, count);
      return count;
    }

    write(bytes: Uint8Array): void {
      let text = '';
      for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
      // 115,200 baud.
      scheduler.plan(this.writable, scheduler.now() + bytes.length / 11.52);
      terminal.onOutput(text);
    }

    close(): void {
      scheduler.cancel(this.readable);
      scheduler.cancel(this.writable);
      if (terminal.port === this) terminal.port = undefined;
    }
  };
}
