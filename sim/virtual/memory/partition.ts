import type { SdkFlash } from '../../../boards/moddable/flash-records.js';
import { NorFlash, PowerCut } from './nor-flash.js';
import type { PowerSupply } from './power.js';

/**
 * A partition of a device's flash chip as the SDK's `embedded:storage/flash` gives it. Its power is the device's. What
 * breaks a rule of flash is told to `complain`, since those who use a partition take it for a fault of the medium.
 */
export class Partition implements SdkFlash {
  /** A fault: every write and erasure fails. */
  broken = false;

  constructor(
    readonly name: string,
    readonly chip: NorFlash,
    private readonly power: PowerSupply,
    private readonly complain: (text: string) => void,
  ) {}

  status(): { size: number; blocks: number; blockLength: number } {
    const { blocks, blockLength } = this.chip;
    return { size: blocks * blockLength, blocks, blockLength };
  }

  read(buffer: Uint8Array, byteOffset: number): number {
    this.power.check();
    this.chip.read(byteOffset, buffer, 0, buffer.length);
    return buffer.length;
  }

  write(buffer: Uint8Array, byteOffset: number): void {
    this.change('write', () => this.chip.program(byteOffset, buffer, 0, buffer.length));
  }

  eraseBlock(block: number): void {
    this.change('erase', () => this.chip.erase(block));
  }

  private change(what: string, call: () => boolean): void {
    this.power.check();
    if (this.broken) throw new Error(what + ' failed');
    if (this.power.failsWithin()) this.chip.cutWithin(1);
    let done: boolean;
    try {
      done = call();
    } catch (error) {
      if (error instanceof PowerCut) {
        this.chip.restorePower();
        this.power.cut();
      }
      this.complain('partition ' + this.name + ': ' + (error as Error).message);
      throw error;
    }
    if (!done) throw new Error(what + ' failed');
  }
}
