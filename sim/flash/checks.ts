import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkSdk, documentOf } from './check-sdk.js';
import type { Target } from './mcconfig.js';
import { findProgram, missing, ok, outputOf, serialPorts, textOf } from './workshop.js';
import type { Check, Workshop } from './workshop.js';

const SERIAL_PORT = 'serial port';
const boardChecks = { esp32: checkEsp32, esp8266: checkEsp8266, desktop: checkDesktop };

/**
 * Looks for everything that these targets need; what several need is looked for once. `subplatform` is the SDK's name
 * of a board with an ESP32.
 */
export function checkAll(workshop: Workshop, targets: readonly Target[], subplatform?: string): Check[] {
  const ofBoards = targets.flatMap((target) => boardChecks[target](workshop, subplatform));
  const checks = [...checkSdk(workshop, targets), ...ofBoards];
  const seen = new Set<string>();
  return checks.filter((check) => {
    const isNew = !seen.has(check.name);
    seen.add(check.name);
    return isNew;
  });
}

/** The compilers of the ESP-IDF: one of those for the chip is enough to know that export.sh was sourced. */
const XTENSA = ['xtensa-esp32-elf-gcc', 'xtensa-esp-elf-gcc'];
const RISC_V = ['riscv32-esp-elf-gcc'];

/** What an ESP32 needs beside the SDK: the ESP-IDF, its tools in this shell, and a port. */
function checkEsp32(workshop: Workshop, subplatform?: string): Check[] {
  const document = documentOf(workshop, 'devices/esp32.md', 'Installing');
  const board = subplatform === undefined ? [] : [checkBoard(workshop, subplatform)];
  const compilers = subplatform === undefined ? [...XTENSA, ...RISC_V] : compilersFor(workshop, subplatform);
  return [
    ...board,
    checkIdf(workshop, document),
    ...checkIdfTools(workshop, compilers, document),
    checkSerialPort(workshop),
  ];
}

function checkBoard(workshop: Workshop, subplatform: string): Check {
  const name = `board esp32/${subplatform}`;
  if (boardManifest(workshop, subplatform) !== '') return ok(name, `an ${chipOf(workshop, subplatform)}`);
  return missing(name, 'the SDK has none of that name', 'its boards are the folders of build/devices/esp32/targets');
}

/** RISC-V is what the chips have whose names have a C, an H or a P. */
function compilersFor(workshop: Workshop, subplatform: string): string[] {
  return /^esp32[chp]/.test(chipOf(workshop, subplatform)) ? RISC_V : XTENSA;
}

function chipOf(workshop: Workshop, subplatform: string): string {
  return /"ESP32_SUBCLASS":\s*"(\w+)"/.exec(boardManifest(workshop, subplatform))?.[1] ?? 'esp32';
}

/** Empty when the SDK has no such board. */
function boardManifest({ variables }: Workshop, subplatform: string): string {
  const { MODDABLE } = variables;
  return MODDABLE ? textOf(join(MODDABLE, 'build/devices/esp32/targets', subplatform, 'manifest.json')) : '';
}

function checkIdf({ variables }: Workshop, document: string): Check {
  const name = 'ESP-IDF';
  const { IDF_PATH, MODDABLE } = variables;
  // The SDK says itself which one it is built with.
  const manifest = MODDABLE ? textOf(join(MODDABLE, 'build', 'devices', 'esp32', 'manifest.json')) : '';
  const expected = /"EXPECTED_ESP_IDF":\s*"v?([\d.]+)"/.exec(manifest)?.[1];
  const wanted = expected === undefined ? 'ESP-IDF' : `ESP-IDF v${expected}`;
  if (!IDF_PATH) {
    return missing(name, 'IDF_PATH is not set', `install ${wanted} and export IDF_PATH=<its folder>: ${document}`);
  }
  const absent = ['export.sh', 'tools/idf.py'].find((path) => !existsSync(join(IDF_PATH, path)));
  if (absent !== undefined) {
    return missing(
      name,
      `IDF_PATH is ${IDF_PATH}, which has no ${absent}`,
      `set it to the folder of ${wanted}: ${document}`,
    );
  }
  const found = idfVersion(IDF_PATH);
  const isExpected = expected === undefined || found === '' || `${found}.`.startsWith(`${expected}.`);
  if (isExpected) return ok(name, `${found} in ${IDF_PATH}`.trim());
  return missing(
    name,
    `${found} in ${IDF_PATH}, and the SDK is built with ${expected}`,
    `install ${wanted}: ${document}`,
  );
}

function idfVersion(folder: string): string {
  const text = textOf(join(folder, 'tools', 'cmake', 'version.cmake'));
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map((part) => new RegExp(`IDF_VERSION_${part} (\\d+)`).exec(text)?.[1]);
  return parts.every((part) => part !== undefined) ? parts.join('.') : '';
}

function checkIdfTools(workshop: Workshop, compilers: readonly string[], document: string): Check[] {
  const remedy = `run . "$IDF_PATH/export.sh" in this shell (before that, once, "$IDF_PATH/install.sh"): ${document}`;
  return [['idf.py'], compilers, ['cmake'], ['ninja'], ['python']].map((programs) => {
    const found = programs.find((program) => findProgram(workshop, program) !== undefined);
    const name = programs === compilers ? 'compiler for ESP32' : programs[0]!;
    return found === undefined
      ? missing(name, `no ${programs.join(' or ')} on PATH`, remedy)
      : ok(name, findProgram(workshop, found)!);
  });
}

/** What an ESP8266 needs beside the SDK: three trees in ESP_BASE (~/esp), Python, and a port. */
function checkEsp8266(workshop: Workshop): Check[] {
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

/** What the SDK's simulator needs on Linux: GTK to compile with, and a display. macOS has both. */
function checkDesktop(workshop: Workshop): Check[] {
  if (workshop.hostPlatform === 'darwin') return [];
  const document = documentOf(workshop, 'Moddable SDK - Getting Started.md', 'Installing');
  const gtk = outputOf(workshop, 'pkg-config', ['--modversion', 'gtk+-3.0']);
  const display = workshop.variables['WAYLAND_DISPLAY'] || workshop.variables['DISPLAY'];
  return [
    gtk === undefined
      ? missing(
          'GTK 3',
          'pkg-config finds no gtk+-3.0',
          `on Debian: apt-get install libgtk-3-dev pkg-config: ${document}`,
        )
      : ok('GTK 3', gtk),
    display
      ? ok('display', display)
      : missing(
          'display',
          'neither DISPLAY nor WAYLAND_DISPLAY is set',
          'run it in a desktop session, or under xvfb-run',
        ),
  ];
}

/** Looks for the port that a chip is flashed through: UPLOAD_PORT, or else what USB adapters are called. */
function checkSerialPort(workshop: Workshop): Check {
  const { UPLOAD_PORT } = workshop.variables;
  if (UPLOAD_PORT) {
    if (existsSync(UPLOAD_PORT)) return writable(workshop, UPLOAD_PORT);
    return missing(
      SERIAL_PORT,
      `UPLOAD_PORT is ${UPLOAD_PORT}, which is not there`,
      'connect the board, or name another port',
    );
  }
  const ports = serialPorts(workshop);
  const usable = ports.find(workshop.mayWrite) ?? ports[0];
  if (usable !== undefined) return writable(workshop, usable);
  const remedy = 'connect the board with a USB cable that carries data, or set UPLOAD_PORT to its port';
  return missing(SERIAL_PORT, `none in ${workshop.deviceFolder} (ttyUSB, ttyACM, cu.usb, cu.SLAB, cu.wch)`, remedy);
}

function writable({ hostPlatform, mayWrite }: Workshop, port: string): Check {
  if (mayWrite(port)) return ok(SERIAL_PORT, port);
  const remedy =
    hostPlatform === 'linux'
      ? 'sudo usermod -aG dialout "$USER" (on some systems: uucp), then log in again'
      : `give yourself the right to write to ${port}`;
  return missing(SERIAL_PORT, `${port} may not be written by you`, remedy);
}
