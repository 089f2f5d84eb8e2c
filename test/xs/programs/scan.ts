import { ScanControl } from '../../../src/device/scan-control.js';
import type { Scanner } from '../../../src/hal/index.js';
import { scanProfile } from '../../../src/settings/scan-profile.js';

/** A scanner that does nothing. */
class StillScanner implements Scanner {
  starts = 0;
  pauses = 0;

  start(): void {
    this.starts++;
  }
  stop(): void {}
  pause(): void {
    this.pauses++;
  }
  resume(): void {}
  reset(): void {}
}

const scanner = new StillScanner();
const control = new ScanControl({ profile: scanProfile('shared'), silentSeconds: 60 }, scanner, false);
control.handler = { onAdvertisement(): void {} };
let now = 0;
control.start(now);
control.connected(now);

/** An advertisement, some of them after a pause or a silence, and the rate after each. */
export function heard(count: number): number {
  const before = control.advertisements;
  let rated = 0;
  for (let i = 0; i < count; i++) {
    now += 7;
    control.heard(now);
    if (control.perSecond(now) > 0) rated++;
  }
  return control.advertisements - before === rated ? rated : 0;
}

/** A connection that is lost and made again, with a pause, and a silence that ends. */
export function reconnect(count: number): number {
  const { starts, pauses } = scanner;
  for (let i = 0; i < count; i++) {
    control.disconnected();
    control.pause(now);
    control.resume(now + 100);
    control.connected(now + 100);
    now += 200_000;
    control.tick(now);
    now += 200_000;
    control.tick(now);
    control.heard(now);
  }
  // Two for the duty, and one at least for the silence.
  return scanner.starts - starts >= 3 * count ? scanner.pauses - pauses : 0;
}
