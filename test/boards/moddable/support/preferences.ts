import type { PreferenceLimits, SdkPreference } from '../../../../boards/moddable/preference-store.js';

/** The power failed. */
export class PowerCut extends Error {}

/**
 * The SDK's module `preference` as modules/files/preference says: `set` removes the old value and then writes the new
 * one, each of which a power cut can prevent; values that are too long, or for which there is no room, throw.
 */
export class Preferences implements SdkPreference {
  readonly values = new Map<string, ArrayBuffer>();
  /** Steps that the medium still does before the power fails. */
  steps = Infinity;

  /** `capacity`: bytes for everything, with 20 bytes around each value. `nameLength`: characters. */
  constructor(
    private readonly limits: Pick<PreferenceLimits, 'partBytes'>,
    private readonly nameLength: number,
    private readonly capacity = Infinity,
  ) {}

  set(domain: string, name: string, value: ArrayBuffer): void {
    if (domain.length > this.nameLength || name.length > this.nameLength) throw new Error('too long');
    if (value.byteLength > this.limits.partBytes || value.byteLength === 0) throw new Error("can't save prefs");
    this.step(() => this.values.delete(`${domain}/${name}`));
    if (this.used + value.byteLength + 20 > this.capacity) throw new Error("can't save prefs");
    this.step(() => this.values.set(`${domain}/${name}`, value.slice(0)));
  }

  get(domain: string, name: string): unknown {
    return this.values.get(`${domain}/${name}`)?.slice(0);
  }

  delete(domain: string, name: string): void {
    this.step(() => this.values.delete(`${domain}/${name}`));
  }

  get used(): number {
    let used = 0;
    for (const value of this.values.values()) used += value.byteLength + 20;
    return used;
  }

  private step(change: () => void): void {
    if (this.steps-- <= 0) throw new PowerCut('power cut');
    change();
  }
}
