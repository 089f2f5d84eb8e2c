import type { SdkPreference } from '../../../boards/moddable/preference-store.js';
import type { SeededRandom } from '../../world/random.js';
import type { PowerSupply } from './power.js';

/** What the medium of preferences takes. */
export interface PreferencesSize {
  /** Bytes of all entries. */
  bytes: number;
  /** Bytes that an entry takes: of its name, and of its value. */
  entryBytes(name: string, length: number): number;
}

/**
 * The NVS of an ESP32 in the SDK's partition of 24 KB: six pages of 126 entries of 32 bytes, one of which stays free. A
 * blob takes an entry as index, one as header, and its bytes (ESP-IDF, "Non-Volatile Storage Library", "Structure of a
 * page").
 */
export const NVS_SIZE: PreferencesSize = Object.freeze({
  bytes: 5 * 126 * 32,
  entryBytes: (_name: string, length: number) => 64 + 32 * Math.ceil(length / 32),
});

/** One sector of an ESP8266: domain, name and value one behind the other. */
export const SECTOR_SIZE: PreferencesSize = Object.freeze({
  bytes: 4096 - 8,
  entryBytes: (name: string, length: number) => name.length + length + 4,
});

/**
 * The SDK's module `preference`: values that outlive a restart. A value is replaced in two steps, and the power may be
 * cut before, between or behind them.
 */
export class Preferences implements SdkPreference {
  /** Values by domain and name, joined by a line feed. */
  private readonly values = new Map<string, Uint8Array>();
  /** Writes that found no room. */
  refused = 0;
  /** A fault: every write and removal fails. */
  broken = false;
  writes = 0;

  constructor(
    private readonly size: PreferencesSize,
    private readonly power: PowerSupply,
    private readonly random: SeededRandom,
  ) {}

  get usedBytes(): number {
    let used = 0;
    for (const [name, value] of this.values) used += this.size.entryBytes(name, value.length);
    return used;
  }

  get keys(): number {
    return this.values.size;
  }

  set(domain: string, name: string, value: ArrayBuffer): void {
    this.power.check();
    const key = domain + '\n' + name;
    const bytes = new Uint8Array(value).slice();
    const old = this.values.get(key);
    const used = this.usedBytes - (old ? this.size.entryBytes(key, old.length) : 0);
    if (this.broken || used + this.size.entryBytes(key, bytes.length) > this.size.bytes) {
      this.refused++;
      throw new Error('preference: no room');
    }
    this.writes++;
    if (this.power.failsWithin()) {
      const step = this.random.uint32() % 3;
      if (step > 0) this.values.delete(key);
      if (step > 1) this.values.set(key, bytes);
      this.power.cut();
    }
    this.values.set(key, bytes);
  }

  get(domain: string, name: string): ArrayBuffer | undefined {
    this.power.check();
    return this.values.get(domain + '\n' + name)?.slice().buffer as ArrayBuffer | undefined;
  }

  delete(domain: string, name: string): void {
    this.power.check();
    if (this.broken) throw new Error('preference: not deleted');
    if (this.power.failsWithin()) {
      if (this.random.uint32() % 2 > 0) this.values.delete(domain + '\n' + name);
      this.power.cut();
    }
    this.values.delete(domain + '\n' + name);
  }
}
