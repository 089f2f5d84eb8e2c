import type { Check } from './check.js';
import { checkDesktop } from './check-desktop.js';
import { checkEsp32 } from './check-esp32.js';
import { checkEsp8266 } from './check-esp8266.js';
import { checkSdk } from './check-sdk.js';
import type { Target } from './target.js';
import type { Workshop } from './workshop.js';

const boardChecks = { esp32: checkEsp32, esp8266: checkEsp8266, desktop: checkDesktop };

/** Looks for everything that these targets need; what several need is looked for once. */
export function checkAll(workshop: Workshop, targets: readonly Target[]): Check[] {
  const checks = [...checkSdk(workshop, targets), ...targets.flatMap((target) => boardChecks[target](workshop))];
  const seen = new Set<string>();
  return checks.filter((check) => {
    const isNew = !seen.has(check.name);
    seen.add(check.name);
    return isNew;
  });
}
