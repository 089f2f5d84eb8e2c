import { expect, it } from 'vitest';
import { refuseTls } from '../../../boards/esp8266/refuse-tls.js';
import { LineLog } from '../moddable/support/platform.js';

it('an ESP8266 says that it has no TLS, instead of running out of memory', () => {
  const log = new LineLog();
  expect(refuseTls([{ host: 'a', port: 1883 }], log)).toBe(false);
  expect(log.lines).toEqual([]);
  const endpoints = [
    { host: 'a', port: 1883 },
    { host: 'b', port: 8883, tls: {} },
  ];
  expect(refuseTls(endpoints, log)).toBe(true);
  expect(log.lines).toEqual(['configuration: broker b with TLS: an ESP8266 has no memory for it; allowed is mqtt://']);
});
