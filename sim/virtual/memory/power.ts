import { PowerCut } from './nor-flash.js';

/** The power of a device, as its memories see it: it can fail at any byte that is written. */
export class PowerSupply {
  on = true;
  /** Called in the moment in which it fails. */
  onCut: () => void = () => {};

  /** Writes of any memory until one is cut; Infinity: none is. */
  private writesToCut = Infinity;

  /** Cuts the power within the write as number `count` from now, counted from 1. */
  cutWithin(count: number): void {
    this.writesToCut = count;
  }

  /** A cut was asked for and has not come yet. */
  get cutting(): boolean {
    return this.writesToCut < Infinity;
  }

  restore(): void {
    this.on = true;
    this.writesToCut = Infinity;
  }

  /** A memory begins to write. True when the power fails within. */
  failsWithin(): boolean {
    return --this.writesToCut <= 0;
  }

  /** Fails now. */
  cut(): never {
    this.on = false;
    this.writesToCut = Infinity;
    this.onCut();
    throw new PowerCut();
  }

  check(): void {
    if (!this.on) throw new PowerCut();
  }
}
