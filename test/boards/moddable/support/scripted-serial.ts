import type { SdkSerial, SdkSerialOptions, SerialClass } from '../../../../boards/moddable/serial-port.js';

/** Bytes of each FIFO of the chips. */
const FIFO = 128;
/** `onWritable` comes when no more than so many are left in the FIFO (kTransmitTreshold). */
const NEARLY_EMPTY = 10;

/** The UART under the SDK's class, as modules/io/serial/esp32/serial.c says, and what is at its other end. */
export class ScriptedUart {
  readonly Serial: SerialClass;
  /** The options of the port that is open. */
  options: SdkSerialOptions | undefined;
  closes = 0;
  reads = 0;
  private readonly sent: number[] = [];
  private readonly leaving: number[] = [];
  private readonly arrived: number[] = [];
  private interrupt = true;

  constructor(inUse = false) {
    this.Serial = scriptedSerial(this, inUse);
  }

  /** What the other end got, as text. */
  get text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(this.sent));
  }

  /** The other end sends bytes; those that the FIFO does not take are lost. */
  receive(bytes: string | Uint8Array): void {
    const all = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    this.arrived.push(...all.subarray(0, FIFO - this.arrived.length));
    this.options?.onReadable.call(this.serial!, this.arrived.length);
  }

  /** The line sends until nothing is left, with the callbacks that this brings. */
  run(): void {
    for (;;) {
      this.sent.push(...this.leaving.splice(0, Math.max(1, this.leaving.length - NEARLY_EMPTY)));
      if (this.leaving.length > NEARLY_EMPTY) continue;
      if (!this.interrupt) {
        if (this.leaving.length === 0) return;
        continue;
      }
      this.interrupt = false;
      this.options?.onWritable.call(this.serial!, FIFO - this.leaving.length);
    }
  }

  /** Fills the FIFO behind the port's back, so that less has room than was told. */
  block(): void {
    while (this.leaving.length < FIFO) this.leaving.push(0x23);
    this.interrupt = true;
  }

  serial: SdkSerial | undefined;

  read(into: Uint8Array): number | undefined {
    this.reads++;
    if (this.arrived.length === 0) return undefined;
    const bytes = this.arrived.splice(0, into.length);
    into.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > FIFO - this.leaving.length) throw new Error('output full');
    this.leaving.push(...bytes);
    this.interrupt = true;
  }
}

function scriptedSerial(uart: ScriptedUart, inUse: boolean): SerialClass {
  return class {
    target: unknown;

    constructor(options: SdkSerialOptions) {
      if (inUse) throw new Error('in use');
      if (!(options.baud > 0)) throw new RangeError('invalid baud');
      this.target = options.target;
      uart.options = options;
      uart.serial = this;
    }

    read(into: Uint8Array): number | undefined {
      return uart.read(into);
    }

    write(bytes: Uint8Array): void {
      uart.write(bytes);
    }

    close(): void {
      uart.closes++;
      uart.options = undefined;
    }
  };
}
