import { afterEach, expect, it, vi } from 'vitest';
import { restartReason } from '../../../boards/esp8266/restart-reason.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

// The numbers are those of `enum rst_reason` in user_interface.h of the ESP8266 NONOS SDK.
it.each([
  [0, 'power on'],
  [1, 'hardware watchdog'],
  [4, 'software'],
  [6, 'reset pin'],
  [7, 'reason 7'],
])('reason %i of the chip is "%s"', (reason, text) => {
  const names: string[] = [];
  vi.stubGlobal('native', (name: string) => {
    names.push(name);
    return () => reason;
  });
  expect(restartReason()).toBe(text);
  expect(names).toEqual(['xs_tagwire_restart_reason']);
});
