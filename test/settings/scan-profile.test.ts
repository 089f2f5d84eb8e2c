import {
  checkScanProfile,
  scanProfile,
  scanProfiles,
  steadyProfile,
  withActive,
} from '../../src/settings/scan-profile.js';
import { describe, expect, it } from 'vitest';

describe('scan profiles', () => {
  it('are all allowed, passive, and found by name', () => {
    for (const profile of scanProfiles) {
      expect(checkScanProfile(profile)).toBe(profile);
      expect(scanProfile(profile.name)).toBe(profile);
      expect([profile.connecting.active, profile.connected.active]).toEqual([false, false]);
    }
  });

  it('of a shared radio leave Wi-Fi time, and more of it while it connects', () => {
    const { connecting, connected, waitSeconds } = scanProfile('shared');
    expect(connected.windowMilliseconds / connected.intervalMilliseconds).toBeLessThanOrEqual(0.6);
    expect(connecting.windowMilliseconds).toBeLessThan(connected.windowMilliseconds);
    expect(waitSeconds).toBeGreaterThan(0);
  });

  it('of an unknown name are refused with those that there are', () => {
    expect(() => scanProfile('fast')).toThrow('scan profile "fast": allowed are shared, dedicated');
  });

  it('can ask for scan responses', () => {
    const shared = scanProfile('shared');
    const active = withActive(shared, true);
    expect([active.connecting.active, active.connected.active]).toEqual([true, true]);
    expect(withActive(active, false)).toEqual(shared);
  });

  it.each([
    [2, 2, 'interval 2: allowed are 2.5 to 10240 ms'],
    [10241, 100, 'interval 10241: allowed are 2.5 to 10240 ms'],
    [100, 101, 'window 101: allowed are 2.5 ms to the interval, 100 ms'],
    [100, NaN, 'window NaN: allowed are 2.5 ms to the interval, 100 ms'],
  ])('refuse an interval of %d ms with a window of %d ms', (intervalMilliseconds, windowMilliseconds, message) => {
    const profile = steadyProfile({ intervalMilliseconds, windowMilliseconds, active: false });
    expect(() => checkScanProfile(profile)).toThrow(message);
  });

  it('refuse a wait that is not allowed', () => {
    const profile = { ...scanProfile('shared'), waitSeconds: -1 };
    expect(() => checkScanProfile(profile)).toThrow('waitSeconds -1: allowed are 0 to 3600');
  });
});
