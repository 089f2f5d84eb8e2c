import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESP32, ESP8266 } from './chip.js';
import type { Chip } from './chip.js';
import { ROOT } from './host/paths.js';
import { measureClient } from './measure-client.js';
import type { Size } from './measure-client.js';
import { measureFirmware } from './measure-firmware.js';
import { HELD, heldBudget, measureHeld } from './measure-held.js';
import type { Part } from './measure-held.js';
import { measureOperations, OPERATIONS } from './measure-operations.js';
import type { Cost, Operation } from './measure-operations.js';
import { measureRunning } from './measure-running.js';
import type { RunningSize } from './measure-running.js';

/** What a firmware holds, and what that leaves of its chip's heap. */
export interface FirmwareSize extends Size {
  freeBytes: number;
}

/** The table test/sizes.json, all of it of a 32-bit engine. */
export interface Sizes {
  operations: Record<Operation, Cost>;
  client: Size;
  held: Record<Part, Size>;
  firmware: { esp8266: FirmwareSize; esp32: FirmwareSize };
  /** The whole of an ESP8266, with the adapters of its board. */
  esp8266Running: RunningSize;
}

/** What an operation may allocate, and what a client and a firmware may hold. */
export const BUDGETS = {
  operation: { slots: 0, chunkBytes: 0 },
  client: { slots: 64, chunkBytes: 1056 },
  esp8266: { freeBytes: 10_240 },
  esp8266Running: { freeReconnecting: 1024, freeSetting: 1024 },
  esp32: { slots: 2048, chunkBytes: 32768 },
} as const;

/** How to write down what changed. */
export const UPDATE = 'npm run bench:xs -- --update';

const PATH = join(ROOT, 'test', 'sizes.json');

export async function measureSizes(): Promise<Sizes> {
  return {
    operations: await measureOperations(32),
    client: await measureClient(),
    held: await measureHeld(),
    firmware: { esp8266: await sizeOf(ESP8266), esp32: await sizeOf(ESP32) },
    esp8266Running: await measureRunning(),
  };
}

/** The committed table. Throws an Error of one line when it cannot be read. */
export function readSizes(): Sizes {
  try {
    return JSON.parse(readFileSync(PATH, 'utf8')) as Sizes;
  } catch (error) {
    throw new Error(`test/sizes.json cannot be read: ${(error as Error).message}; ${UPDATE} writes it`);
  }
}

/** Writes the table, with the budget beside each row for people. */
export function writeSizes(sizes: Sizes): void {
  const operations = Object.fromEntries(
    OPERATIONS.map((name) => [name, { ...sizes.operations[name], budget: BUDGETS.operation }]),
  );
  const { esp8266, esp32 } = sizes.firmware;
  const table = {
    operations,
    client: { ...sizes.client, budget: BUDGETS.client },
    held: Object.fromEntries(HELD.map((part) => [part, { ...sizes.held[part], budget: heldBudget(part) }])),
    firmware: {
      esp8266: { ...esp8266, budget: BUDGETS.esp8266 },
      esp32: { ...esp32, budget: BUDGETS.esp32 },
    },
    esp8266Running: { ...sizes.esp8266Running, budget: BUDGETS.esp8266Running },
  };
  writeFileSync(PATH, `${JSON.stringify(table, null, 2)}\n`);
}

/** Where `measured` is not what the table says, one line each: more is a fault, less is to be written down. */
export function differences(measured: Sizes, table: Sizes): string[] {
  const said = new Map(figures(table));
  return figures(measured)
    .filter(([name, figure]) => figure !== said.get(name))
    .map(([name, figure]) => `${name}: measured ${figure}, the table says ${said.get(name) ?? 'nothing'}`);
}

/** What is over budget, one line each. */
export function overBudget(sizes: Sizes): string[] {
  const { esp8266, esp32 } = sizes.firmware;
  const rows = [
    ...OPERATIONS.flatMap((name) => atMost(name, sizes.operations[name], BUDGETS.operation)),
    ...atMost('client', sizes.client, BUDGETS.client),
    ...HELD.flatMap((part) => atMost(part, sizes.held[part], heldBudget(part))),
    ...atMost('esp32', esp32, BUDGETS.esp32),
  ];
  const least = BUDGETS.esp8266.freeBytes;
  if (esp8266.freeBytes < least) rows.push(`esp8266: ${esp8266.freeBytes} bytes free, the budget wants ${least}`);
  for (const what of ['freeReconnecting', 'freeSetting'] as const) {
    const spare = sizes.esp8266Running[what];
    const wanted = BUDGETS.esp8266Running[what];
    if (spare < wanted) rows.push(`esp8266Running.${what}: ${spare} bytes, the budget wants ${wanted}`);
  }
  return rows;
}

function atMost(name: string, size: Size, budget: Size): string[] {
  return (['slots', 'chunkBytes'] as const)
    .filter((what) => size[what] > budget[what])
    .map((what) => `${name}.${what}: ${size[what]}, the budget is ${budget[what]}`);
}

/** Every figure of a table with its name; one that was written before a row existed lacks that. */
function figures({ operations, client, held, firmware, esp8266Running }: Partial<Sizes>): [string, number][] {
  const rows: [string, FirmwareSize | RunningSize | Size | Cost | undefined][] = [
    ...OPERATIONS.map((name): [string, Cost | undefined] => [name, operations?.[name]]),
    ['client', client],
    ...HELD.map((part): [string, Size | undefined] => [part, held?.[part]]),
    ['esp8266', firmware?.esp8266],
    ['esp32', firmware?.esp32],
    ['esp8266Running', esp8266Running],
  ];
  const names = ['slots', 'chunkBytes', 'compute', 'freeBytes', 'freeReconnecting', 'freeSetting'];
  return rows.flatMap(([row, size]) =>
    Object.entries(size ?? {})
      .filter(([name]) => names.includes(name))
      .map(([name, figure]): [string, number] => [`${row}.${name}`, figure as number]),
  );
}

async function sizeOf(chip: Chip): Promise<FirmwareSize> {
  const held = await measureFirmware(chip);
  return { ...held, freeBytes: chip.freeBytes(held) };
}
