import type { Store } from '../../../src/hal/index.js';
import type { SeededRandom } from '../../world/random.js';
import type { PowerSupply } from './power.js';

/** The store of a computer with a disk: a value is replaced at one moment; the power may fail before or behind it. */
export class DiskStore implements Store {
  /** A fault: every write and removal fails. */
  broken = false;
  private readonly values = new Map<string, Uint8Array>();

  constructor(
    private readonly power: PowerSupply,
    private readonly random: SeededRandom,
  ) {}

  read(key: string, into: Uint8Array): number {
    this.power.check();
    checkKey(key);
    const value = this.values.get(key);
    if (value === undefined) return -1;
    if (value.length <= into.length) into.set(value);
    return value.length;
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    this.power.check();
    checkKey(key);
    if (this.broken) return false;
    const fails = this.power.failsWithin();
    if (!fails || this.random.unit() < 0.5) this.values.set(key, bytes.slice(from, to));
    if (fails) this.power.cut();
    return true;
  }

  remove(key: string): boolean {
    this.power.check();
    checkKey(key);
    if (this.broken) return !this.values.has(key);
    const fails = this.power.failsWithin();
    if (!fails || this.random.unit() < 0.5) this.values.delete(key);
    if (fails) this.power.cut();
    return true;
  }
}

function checkKey(key: string): void {
  if (!/^[a-z0-9-]{1,15}$/.test(key)) {
    throw new RangeError('store key must have 1 to 15 characters of a-z, 0-9 and -, got ' + JSON.stringify(key));
  }
}
