import { ScanControl } from '../../src/device/scan-control.js';
import { ScanState } from '../../src/device/scan-state.js';
import { scanProfile, steadyProfile, withActive } from '../../src/settings/scan-profile.js';
import { FullScanner } from './virtual-board.js';
import { expect, it } from 'vitest';

function makeControl(name: string): { control: ScanControl; scanner: FullScanner } {
  const scanner = new FullScanner();
  const control = new ScanControl({ profile: scanProfile(name) }, scanner, false);
  control.handler = { onAdvertisement: () => {} };
  return { control, scanner };
}

const SLOW = steadyProfile({ intervalMilliseconds: 400, windowMilliseconds: 40, active: true });

it('goes on scanning by another profile, and does not restart a scan that stays the same', () => {
  const { control, scanner } = makeControl('dedicated');
  control.start(0);
  control.setProfile(scanProfile('dedicated'));
  expect(scanner.calls).toEqual(['start']);
  control.setProfile(SLOW);
  expect([scanner.calls, scanner.options]).toEqual([['start', 'start'], SLOW.connected]);
  expect(control.profile).toBe(SLOW);
});

it('a change while stopped, waiting or paused counts when it scans', () => {
  const { control, scanner } = makeControl('shared');
  control.setProfile(withActive(control.profile, true));
  control.start(0);
  control.setProfile(SLOW);
  expect([control.state, control.deadline, scanner.calls]).toEqual([ScanState.waiting, 60000, []]);
  control.connected(1);
  expect(scanner.options).toEqual(SLOW.connected);
  control.pause(2);
  control.setProfile(scanProfile('shared'));
  expect(scanner.calls).toEqual(['start', 'pause']);
  control.resume(3);
  expect(scanner.options).toEqual(scanProfile('shared').connected);
});

it('refuses what a radio cannot do, and changes nothing then', () => {
  const { control, scanner } = makeControl('dedicated');
  control.start(0);
  const wrong = steadyProfile({ intervalMilliseconds: 100, windowMilliseconds: 200, active: false });
  expect(() => control.setProfile(wrong)).toThrow(/window must be .*200/);
  expect([control.profile, scanner.calls]).toEqual([scanProfile('dedicated'), ['start']]);
});
