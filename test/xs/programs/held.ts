import { Brokers } from '../../../src/brokers/brokers.js';
import { BoardSetup, SerialSetup } from '../../../boards/esp32/serial-setup.js';
import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { DeviceConsole } from '../../../src/console/bindings/device-console.js';
import type { Timer } from '../../../src/hal/index.js';
import { BuiltInMethods } from '../../../src/rpc/built-in-methods.js';
import { plainRoutes } from '../../../src/rpc/rpc-route.js';
import { Rpc } from '../../../src/rpc/rpc.js';
import { Schedule } from '../../../src/schedule/schedule.js';
import { AdvertisementRing } from '../../../src/tags/advertisement-ring.js';
import { TagPresence } from '../../../src/tags/tag-presence.js';
import { TagTable } from '../../../src/tags/tag-table.js';
import { FlashLog } from '../../../src/telemetry/outbox/flash-log.js';
import { MemoryPartition } from './memory-partition.js';
import { World } from './world.js';

/*
 * What parts of a device hold: each export makes one that is not garbage. What is made only once for all, such as
 * names, is made by the first call, which is not measured.
 */

const MOST = 64;
/** Fields with a delta, as three policies may have. */
const DELTAS = 2;

const world = new World(0);
const partition = new MemoryPartition(256);
/** As many as an ESP32 has, see `openFlashLog`. */
const HANDLES = 48;
const timer: Timer = { start: () => {}, stop: () => {} };
const still = Object.assign(world.board('bench', false), { timers: { create: (): Timer => timer } });
const table = new TagTable({ capacity: 256 });
const targets = {};
const jobHandler = { onJobFailed: (): void => {} };
const job = (): void => {};
const output = { write: (): void => {} };
const line = { take: (): void => {}, send: (): void => {}, close: (): void => {} };
/** None of them is used before the first packet. */
const setupOptions = [{}, {}, {}, undefined] as unknown as ConstructorParameters<typeof BoardSetup>;
const consoleOptions = { board: still, identity: { name: 'bench', version: '0.1.0' } };
const terminalSettings = { terminal: {} };

let deviceConsole: DeviceConsole | undefined;

/** Long enough from the start, so that it does not grow. */
const kept = new Array<unknown>(MOST).fill(undefined);
let used = 0;

function keep(part: unknown): number {
  kept[used++] = part;
  return used;
}

/** The table with what the default policies, and two deltas, need of it. */
export function tagTable(capacity: number): number {
  return keep(new TagTable({ capacity, window: true, events: true, deltas: DELTAS, stay: 10_000, repeats: true }));
}

/** Of a table of 256. */
export function presence(): number {
  return keep(new TagPresence(table));
}

export function ring(capacity: number): number {
  return keep(new AdvertisementRing({ capacity }));
}

/** With its medium, on the first `blocks` of a partition. */
export function flashLog(blocks: number): number {
  return keep(new FlashLog(new PartitionFlash(partition, blocks), { maxHeld: HANDLES }));
}

/** With the built-in methods and its default sizes. */
export function rpc(): number {
  return keep(new Rpc({ routes: plainRoutes('tagwire', 'shed'), methods: [new BuiltInMethods(targets)] }));
}

/** Beside a console, as long as nobody has sent a packet. */
export function serialSetup(): number {
  return keep(new SerialSetup(new BoardSetup(...setupOptions), line));
}

/** With two jobs. */
export function schedule(): number {
  const made = new Schedule(still.clock, still.entropy, jobHandler);
  made.add('health', { kind: 'every', seconds: 60, jitter: 5 }, job);
  made.add('daily', { kind: 'daily', at: 3600 }, job);
  return keep(made);
}

/** One broker that was not connected yet; the ring of received messages has its default size. */
export function brokers(): number {
  const made = new Brokers(still, { platforms: [still] });
  made.add({ name: 'b', address: '127.0.0.1', 'client-id': 'bench' });
  return keep(made);
}

/** What the console's menus act on, with nothing stored, and without a tag side. */
export function console(): number {
  deviceConsole = new DeviceConsole(consoleOptions);
  return keep(deviceConsole);
}

/** One person at it, before the first line. */
export function terminal(): number {
  const editor = deviceConsole!.attach(output, terminalSettings);
  editor.start();
  return keep(editor);
}
