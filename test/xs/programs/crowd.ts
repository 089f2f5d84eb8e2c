import { PlainTagProfile } from '../../../src/cloud/plain/plain-tags.js';
import { Gateway } from '../../../src/device/gateway.js';
import { TagReporter } from '../../../src/device/tag-reporter.js';
import { CrowdScanner } from './crowd-scanner.js';
import { MemoryStore } from './memory-store.js';
import { ModelBroker } from './model-broker.js';
import { SILENT } from './silent.js';
import { VirtualNetwork, VirtualResolver } from './virtual-network.js';
import { VirtualTime } from './virtual-time.js';

/*
 * A gateway in a crowd: 1,000 tags, each heard ten times a second, a table of 256, of which 40 are configured. `run`
 * lets time pass, and the others tell what the broker got.
 */

const TAGS = 1000;
const CAPACITY = 256;
const CONFIGURED = 40;
/** Milliseconds between two readings of a tag. */
const INTERVAL = 10_000;

const time = new VirtualTime(16);
const broker = new ModelBroker(time, note);
const scanner = new CrowdScanner(time, TAGS, CONFIGURED);
const board = {
  name: 'crowd',
  clock: time,
  timers: time,
  entropy: { uint32: (): number => 7 },
  network: new VirtualNetwork(),
  resolver: new VirtualResolver(time),
  transport: broker,
  store: new MemoryStore(),
  userStore: new MemoryStore(),
  scanner,
};
const addresses: Uint8Array[] = [];
for (let tag = 0; tag < CONFIGURED; tag++) addresses.push(new Uint8Array([0xdc, 0x2c, 0x6e, 0, 0, tag]));
const policy = { minimumInterval: INTERVAL, maximumInterval: 6 * INTERVAL };
const profile = new PlainTagProfile({ gateway: 'shed' });
const reporter = new TagReporter(
  {
    profile,
    tagCapacity: CAPACITY,
    rules: [policy, Object.assign({ addresses }, policy)],
    presence: { minimumSeconds: 60 },
    outbox: { capacity: 32768 },
  },
  board,
  SILENT,
);
const endpoints = [{ host: '127.0.0.1', port: 1883 }];
const gateway = new Gateway({ connection: { clientId: 'crowd', endpoints }, profile }, board, SILENT, reporter);
gateway.start();

/** A reading begins with `{"address":"DC:2C:6E:00:00:12"`. */
const BEGIN = new Uint8Array([0x7b, 0x22, 0x61, 0x64, 0x64]);
/** Where the digits of the last three bytes of the address stand. */
const RANDOM_AT = 21;
const HIGH_AT = 24;
const LOW_AT = 27;
const arrivedAt = new Float64Array(CONFIGURED);
let longestGap = 0;
let readings = 0;
let owned = 0;

/** Lets `milliseconds` pass. */
export function run(milliseconds: number): number {
  time.run(milliseconds);
  return milliseconds;
}

/** Readings that the broker got, and of those the ones of configured tags. */
export function readingsArrived(): number {
  return readings;
}

export function ownedArrived(): number {
  return owned;
}

/** Configured tags from which nothing arrived in the last `milliseconds`. */
export function missed(milliseconds: number): number {
  let silent = 0;
  for (let tag = 0; tag < CONFIGURED; tag++) if (arrivedAt[tag]! <= time.now() - milliseconds) silent++;
  return silent;
}

/** The longest time between two arrivals of one configured tag, in whole milliseconds. */
export function longestSilence(): number {
  return Math.round(longestGap);
}

export function advertisements(): number {
  return reporter.control.advertisements;
}

/** Advertisements of strangers for whom there was no place, and strangers who lost theirs. */
export function refused(): number {
  return reporter.tags.refused;
}

export function replaced(): number {
  return reporter.tags.replaced;
}

/** Reports that the outbox gave up, or refused. */
export function dropped(): number {
  return reporter.outbox.droppedCount + reporter.outbox.refusedCount;
}

function note(bytes: Uint8Array, from: number): void {
  for (let i = 0; i < BEGIN.length; i++) if (bytes[from + i] !== BEGIN[i]) return;
  readings++;
  const tag = hexByte(bytes, from + LOW_AT);
  if (hexByte(bytes, from + RANDOM_AT) + hexByte(bytes, from + HIGH_AT) !== 0 || tag >= CONFIGURED) return;
  owned++;
  const before = arrivedAt[tag]!;
  if (before > 0 && time.now() - before > longestGap) longestGap = time.now() - before;
  arrivedAt[tag] = time.now();
}

function hexByte(bytes: Uint8Array, at: number): number {
  return digit(bytes[at]!) * 16 + digit(bytes[at + 1]!);
}

function digit(code: number): number {
  return code >= 0x41 ? code - 0x37 : code - 0x30;
}
