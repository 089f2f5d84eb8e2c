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
    expect(() => scanProfile('fast')).toThrow('scan profile must be shared or dedicated, got "fast"');
  });

  it('can ask for scan responses', () => {
    const shared = scanProfile('shared');
    const active = withActive(shared, true);
    expect([active.connecting.active, active.connected.active]).toEqual([true, true]);
    expect(withActive(active, false)).toEqual(shared);
  });

  it.each([
    [2, 2, 'interval must be 2.5 to 10240 ms, got 2'],
    [10241, 100, 'interval must be 2.5 to 10240 ms, got 10241'],
    [100, 101, 'window must be 2.5 ms to the interval, 100 ms, got 101'],
    [100, NaN, 'window must be 2.5 ms to the interval, 100 ms, got NaN'],
  ])('refuse an interval of %d ms with a window of %d ms', (intervalMilliseconds, windowMilliseconds, message) => {
    const profile = steadyProfile({ intervalMilliseconds, windowMilliseconds, active: false });
    expect(() => checkScanProfile(profile)).toThrow(message);
  });

  it('refuse a wait that is not allowed', () => {
    const profile = { ...scanProfile('shared'), waitSeconds: -1 };
    expect(() => checkScanProfile(profile)).toThrow('waitSeconds must be a number from 0 to 3600, got -1');
  });
});
