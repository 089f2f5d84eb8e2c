import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { CLI, startProgram } from './cli.js';
import type { Command } from './cli.js';
import type { Workshop } from '../../sim/flash/workshop.js';

const HOST_TOOLS = ['mcconfig', 'xsc', 'xsl', 'xsid', 'xsbug', 'mcsim', 'serial2xsbug'];
const IDF_TOOLS = ['idf.py', 'xtensa-esp32-elf-gcc', 'cmake', 'ninja', 'python'];
const VERSION_CMAKE = 'set(IDF_VERSION_MAJOR 6)\nset(IDF_VERSION_MINOR 0)\nset(IDF_VERSION_PATCH 1)\n';

/** Trees of the SDK, the ESP-IDF and the ESP8266 tools in a folder, with scripts for programs: all there is to find. */
export class FakeSdk {
  readonly workshop: Workshop;

  constructor(private readonly folder: string) {
    this.file('sdk/tools/VERSION', '8.2.3\n');
    this.file('sdk/tools/mcconfig.js');
    this.file('sdk/xs/includes/xs.h');
    this.file('sdk/modules/io/manifest.json');
    this.file('sdk/examples/manifest_base.json');
    this.file('sdk/documentation/devices/esp32.md');
    this.file('sdk/build/devices/esp32/manifest.json', '{ "build": { "EXPECTED_ESP_IDF": "v6.0" } }');
    for (const name of HOST_TOOLS) this.program(`sdk/build/bin/lin/release/${name}`);
    for (const [board, chip] of Object.entries({ m5stack: 'esp32', esp32c3: 'esp32c3' })) {
      this.file(
        `sdk/build/devices/esp32/targets/${board}/manifest.json`,
        `{ "build": { "ESP32_SUBCLASS": "${chip}" } }`,
      );
    }
    for (const name of ['make', ...IDF_TOOLS]) this.program(`bin/${name}`);
    this.program('bin/pkg-config', 'echo 3.24.38');
    this.file('idf/export.sh');
    this.file('idf/tools/idf.py');
    this.file('idf/tools/cmake/version.cmake', VERSION_CMAKE);
    this.file('home/esp/toolchain/Linux/bin/xtensa-lx106-elf-gcc');
    this.file('home/esp/esp8266-2.3.0/package.json');
    this.file('home/esp/ESP8266_RTOS_SDK/components/esptool_py/esptool/esptool.py');
    this.file('dev/ttyUSB0');
    this.workshop = {
      variables: {
        MODDABLE: this.path('sdk'),
        IDF_PATH: this.path('idf'),
        DISPLAY: ':0',
        // Without the system's own programs, which would stand in for those that are taken away.
        PATH: this.path('bin'),
      },
      hostPlatform: 'linux',
      nodeVersion: 'v20.11.0',
      home: this.path('home'),
      deviceFolder: this.path('dev'),
      packageFolder: this.path('package'),
      mayWrite: () => true,
    };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  file(name: string, text = ''): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** A script for /bin/sh. */
  program(name: string, text = 'exit 0'): void {
    this.file(name, `#!/bin/sh\n${text}\n`);
    chmodSync(this.path(name), 0o755);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  /** The environment for a real process: with the system's programs, which scripts need. */
  environment(): NodeJS.ProcessEnv {
    const { variables, home } = this.workshop;
    const PATH = [variables['PATH'], process.env['PATH']].join(delimiter);
    return { ...process.env, ...variables, HOME: home, PATH };
  }
}

/** Starts `tagwire` with `args` in this environment, and nothing of this process's own. */
export function startTagwireIn(environment: NodeJS.ProcessEnv, args: readonly string[]): Command {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value ?? ''}`);
  return startProgram('env', ['-i', ...variables, process.execPath, CLI, ...args]);
}
