import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missing, ok } from './check.js';
import type { Check } from './check.js';
import { documentOf } from './check-sdk.js';
import { checkSerialPort } from './check-serial-port.js';
import { findProgram, textOf } from './workshop.js';
import type { Workshop } from './workshop.js';

/** The compilers of the ESP-IDF, for Xtensa and RISC-V: one of them is enough to know that export.sh was sourced. */
const COMPILERS = ['xtensa-esp32-elf-gcc', 'xtensa-esp-elf-gcc', 'riscv32-esp-elf-gcc'];

/** What an ESP32 needs beside the SDK: the ESP-IDF, its tools in this shell, and a port. */
export function checkEsp32(workshop: Workshop): Check[] {
  const document = documentOf(workshop, 'devices/esp32.md', 'Installing');
  return [checkIdf(workshop, document), ...checkIdfTools(workshop, document), checkSerialPort(workshop)];
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

function checkIdfTools(workshop: Workshop, document: string): Check[] {
  const remedy = `run . "$IDF_PATH/export.sh" in this shell (before that, once, "$IDF_PATH/install.sh"): ${document}`;
  return [['idf.py'], COMPILERS, ['cmake'], ['ninja'], ['python']].map((programs) => {
    const found = programs.find((program) => findProgram(workshop, program) !== undefined);
    const name = programs === COMPILERS ? 'compiler for ESP32' : programs[0]!;
    return found === undefined
      ? missing(name, `no ${programs.join(' or ')} on PATH`, remedy)
      : ok(name, findProgram(workshop, found)!);
  });
}
