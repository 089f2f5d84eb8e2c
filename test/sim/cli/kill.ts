import { writeFileSync } from 'node:fs';
import { SeededRandom } from '../../../sim/world/random.js';
import { Peer } from '../../broker/peer.js';
import { advertisingReport, BtsnoopWriter, hex } from '../../support/btsnoop-writer.js';
import { startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { OutageProxy } from '../../support/outage-proxy.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { mikrotik } from '../../device/hand-scanner.js';

/** A gateway that is killed in an outage. */
export interface Kill {
  seed: number;
  /** Seconds that a reading may be in memory alone; absent: what `tagwire sim` does by itself. */
  persist?: number;
  /** Between two readings, in milliseconds. */
  gap: number;
  /** How long the outage lasts before the kill, in milliseconds. */
  outage: number;
}

/** What became of the readings of the gateway that was killed. The n-th reading says n in its field `uptime`. */
export interface Killed {
  /** By when, in milliseconds since 1970, how many readings had been stored: from its own `progress`. */
  stored: readonly { time: number; count: number }[];
  /** The readings that arrived, before the kill and after the restart, in the order of their first arrival. */
  arrived: readonly ArrivedReading[];
  /** How many of them arrived before the kill. */
  arrivedBefore: number;
  /** Messages that had arrived before, with the same id. */
  duplicates: number;
  /** The same, of messages that are not the same byte by byte. */
  altered: number;
}

export interface ArrivedReading {
  id: string;
  /** Its place among the readings. */
  place: number;
  time: number;
}

type Event = { event: string; time: number } & Record<string, unknown>;

/** Several may be tried at once. */
let gateways = 0;

const ADDRESS = 'DC2C6E000001';
/** The tag of the gateway after the restart: its reading says when all that waited before it has arrived. */
const LAST_ADDRESS = 'DC2C6E000002';
const READINGS = 4000;
/** Before the outage the broker has so many readings. */
const BEFORE = 5;

/** The moment and the pace of kill number `seed`, for default settings. */
export function randomKill(seed: number): Kill {
  const random = new SeededRandom(seed);
  // At the quick pace readings fill pages, at the slow one it is the time that makes them outlive a kill.
  const gap = [50, 300, 1700][random.uint32() % 3]!;
  return { seed, gap, outage: 500 + Math.floor(random.unit() * 13_500) };
}

/**
 * Runs `tagwire sim --store` with a way to `broker` that is cut, kills it by SIGKILL within the outage, and runs it
 * once more with a way to the broker.
 */
export async function killInOutage(broker: Mosquitto, kill: Kill): Promise<Killed> {
  const { gap, outage, persist } = kill;
  const folder = makeTemporaryFolder();
  const proxy = await OutageProxy.start(broker.port);
  const gateway = `kill-${++gateways}`;
  const marker = `tagwire/${gateway}/tags/marker`;
  const peer = await Peer.subscribed(broker.url, `tagwire/${gateway}/tags/+`);
  const flags = (capture: string): string[] => [
    ...[
      'sim',
      '--json',
      '--gateway',
      gateway,
      '--broker',
      proxy.url,
      '--store',
      folder.file('device'),
      '--capture',
      capture,
    ],
    ...['--set', 'interval=0', '--set', 'heartbeat=0', '--set', 'presence=0'],
    ...(persist === undefined ? [] : ['--persist', String(persist)]),
  ];
  try {
    const readings = writeCapture(folder.file('readings.log'), ADDRESS, READINGS, gap);
    const first = startTagwire(flags(readings));
    await first.until(() => named(first, 'reading').length >= BEFORE);
    await peer.until(() => peer.messages.length >= BEFORE);
    proxy.cut();
    await first.until(() => named(first, 'disconnected').length > 0);
    // Not a wait for something to happen: the moment of the kill is what is tried.
    await new Promise((resolve) => setTimeout(resolve, outage));
    first.process.kill('SIGKILL');
    await first.finished;
    // Behind this one, the broker has nothing more of the gateway that was killed.
    await peer.publish(marker, '{}', 1);
    await peer.until(() => peer.messages.some(({ topic }) => topic === marker));
    const arrivedBefore = arrivals(peer).arrived.length;

    proxy.mend();
    const second = startTagwire(flags(writeCapture(folder.file('last.log'), LAST_ADDRESS, 1, 0)));
    await peer.until(() => peer.messages.some(({ topic }) => topic.endsWith(LAST_ADDRESS)));
    // It ends by itself with its capture, when everything is acknowledged.
    await second.finished;
    await peer.until(() => peer.messages.length >= named(second, 'reading').length);
    return { stored: storedOf(first), ...arrivals(peer), arrivedBefore };
  } finally {
    await peer.client.endAsync(true);
    await proxy.stop();
    folder.remove();
  }
}

function named(command: Command, name: string): Event[] {
  return command.lines.map((line) => JSON.parse(line) as Event).filter(({ event }) => event === name);
}

function storedOf(command: Command): Killed['stored'] {
  return named(command, 'progress').map(({ time, readings }) => ({ time, count: readings as number }));
}

function arrivals(peer: Peer): Pick<Killed, 'arrived' | 'duplicates' | 'altered'> {
  const seen = new Map<string, string>();
  const arrived: ArrivedReading[] = [];
  let duplicates = 0;
  let altered = 0;
  for (const { topic, payload } of peer.messages) {
    if (!topic.endsWith(ADDRESS)) continue;
    const text = payload.toString();
    const { id, time, uptime } = JSON.parse(text) as { id: string; time: number; uptime: number };
    const before = seen.get(id);
    if (before === undefined) arrived.push({ id, place: uptime, time });
    else duplicates++;
    if (before !== undefined && before !== text) altered++;
    seen.set(id, text);
  }
  return { arrived, duplicates, altered };
}

/** A capture of a MikroTik tag whose field `uptime` counts its advertisements from 0. */
function writeCapture(path: string, address: string, count: number, gap: number): string {
  const capture = new BtsnoopWriter(1002);
  for (let i = 0; i < count; i++) {
    const bytes = hex(mikrotik(i, 5120 + (i % 1000)));
    capture.event(advertisingReport({ address, bytes, rssi: -50 }), i * gap * 1000);
  }
  writeFileSync(path, capture.bytes());
  return path;
}
