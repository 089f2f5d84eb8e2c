import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missing, ok } from './check.js';
import type { Check } from './check.js';
import { documentOf } from './check-sdk.js';
import { checkSerialPort } from './check-serial-port.js';
import { findProgram } from './workshop.js';
import type { Workshop } from './workshop.js';

/** What an ESP8266 needs beside the SDK: three trees in ESP_BASE (~/esp), Python, and a port. */
export function checkEsp8266(workshop: Workshop): Check[] {
  const { variables, hostPlatform, home } = workshop;
  const base = variables['ESP_BASE'] || join(home, 'esp');
  const document = documentOf(workshop, 'devices/esp8266.md', 'Installing');
  // The SDK's makefile looks for the toolchain under the name that uname gives the system.
  const system = hostPlatform === 'darwin' ? 'Darwin' : 'Linux';
  const trees = [
    ['compiler for ESP8266', join(base, 'toolchain', system)],
    ['Arduino core for ESP8266', join(base, 'esp8266-2.3.0')],
    ['ESP8266_RTOS_SDK', join(base, 'ESP8266_RTOS_SDK')],
    ['esptool', join(base, 'ESP8266_RTOS_SDK', 'components', 'esptool_py', 'esptool', 'esptool.py')],
  ] as const;
  const checks = trees.map(([name, path]) => {
    if (existsSync(path)) return ok(name, path);
    return missing(name, `no ${path}`, `install it there, or set ESP_BASE: ${document}`);
  });
  const python = findProgram(workshop, 'python');
  return [
    ...checks,
    python === undefined
      ? missing('python', 'not on PATH', `on Debian: apt-get install python-is-python3 python3-serial: ${document}`)
      : ok('python', python),
    checkSerialPort(workshop),
  ];
}
