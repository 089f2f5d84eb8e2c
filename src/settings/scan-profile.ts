import type { ScanOptions } from '../hal/scanner.js';

/** How much of the time a board's radio scans. */
export interface ScanProfile {
  /** For configuration and people. */
  name: string;
  /** As long as there is no connection to the broker: Wi-Fi associates, TCP connects, TLS shakes hands. */
  connecting: ScanOptions;
  connected: ScanOptions;
  /** Seconds that scanning waits for the first connection at most; 0: it begins at once. */
  waitSeconds: number;
}

/**
 * One radio, which Wi-Fi needs too (ESP32). The times are from what users of ESPHome met (esphome issues 18356, 17707
 * and 18609, bluetooth-proxies 71): a window as long as its interval (200 of 200 ms) leaves Wi-Fi no time to
 * associate, 1100 of 1100 ms makes it drop out, and 30 of 320 ms, the remedy, misses nine advertisements of ten.
 *
 * While connecting it scans 30 of 100 ms: Wi-Fi has 70 % of the time, and about every third of a tag's advertisements
 * is heard. When connected, 60 of 100 ms: more than half is heard, and Wi-Fi waits 60 ms at most. The figures lie
 * between those that failed; none was measured on a chip here.
 */
const SHARED: ScanProfile = {
  name: 'shared',
  connecting: { intervalMilliseconds: 100, windowMilliseconds: 30, active: false },
  connected: { intervalMilliseconds: 100, windowMilliseconds: 60, active: false },
  waitSeconds: 60,
};

/** A radio of its own (a desktop, a second chip): it scans all the time, from the start. */
const DEDICATED: ScanProfile = {
  name: 'dedicated',
  connecting: { intervalMilliseconds: 100, windowMilliseconds: 100, active: false },
  connected: { intervalMilliseconds: 100, windowMilliseconds: 100, active: false },
  waitSeconds: 0,
};

/** All that have a name. They are passive: asking for scan responses costs the tags energy. */
export const scanProfiles: readonly ScanProfile[] = [SHARED, DEDICATED];

/** The profile of this name. Throws a RangeError that says which there are. For start-up. */
export function scanProfile(name: string): ScanProfile {
  const profile = scanProfiles.find((one) => one.name === name);
  if (profile) return profile;
  throw new RangeError(
    'scan profile must be ' + scanProfiles.map((one) => one.name).join(' or ') + ', got "' + name + '"',
  );
}

/** A profile that scans the same way with and without a connection, from the start; for what was set by hand. */
export function steadyProfile(scan: ScanOptions): ScanProfile {
  return { name: 'steady', connecting: scan, connected: scan, waitSeconds: 0 };
}

/** The same profile, asking for scan responses or not. */
export function withActive(profile: ScanProfile, active: boolean): ScanProfile {
  const { name, connecting, connected, waitSeconds } = profile;
  return { name, connecting: { ...connecting, active }, connected: { ...connected, active }, waitSeconds };
}

/** Throws a RangeError that names what a board or a radio could not do (Core 5.4, Vol 4, Part E, 7.8.10). */
export function checkScanProfile(profile: ScanProfile): ScanProfile {
  check(profile.name + '.connecting', profile.connecting);
  check(profile.name + '.connected', profile.connected);
  const { waitSeconds } = profile;
  if (!(waitSeconds >= 0 && waitSeconds <= 3600)) {
    throw new RangeError(
      'scan profile ' + profile.name + ': waitSeconds must be a number from 0 to 3600, got ' + waitSeconds,
    );
  }
  return profile;
}

function check(name: string, { intervalMilliseconds: interval, windowMilliseconds: window }: ScanOptions): void {
  if (!(interval >= 2.5 && interval <= 10240)) {
    throw new RangeError('scan profile ' + name + ': interval must be 2.5 to 10240 ms, got ' + interval);
  }
  if (!(window >= 2.5 && window <= interval)) {
    throw new RangeError(
      'scan profile ' + name + ': window must be 2.5 ms to the interval, ' + interval + ' ms, got ' + window,
    );
  }
}
