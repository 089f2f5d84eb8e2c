import type { RawConfiguration } from '../../src/settings/configuration.js';
import type { SeededRandom } from '../world/random.js';
import type { WorldTag } from '../world/world-file.js';
import { Chance, integerOf, oneOf } from './random.js';
import type { BoardName, SimulatedWorld } from './world.js';

/** How much there is in a random world. */
export interface RandomWorldOptions {
  /** Default 20. */
  tags?: number;
  /** Default `esp32`. */
  board?: BoardName;
  /** Its configuration may be set by calls, and it logs in with a password. Default: as a device is when it is new. */
  remote?: boolean;
  /** Sessions that the broker keeps, other policies, rules of the outbox, buttons and alarms, by chance. */
  varied?: boolean;
}

const FORMATS = ['ruuvi', 'mikrotik-tg-bt5', 'bthome'] as const;

/** A world of one gateway, its broker and tags of the usual formats, made from `seed`. Nothing goes wrong in it. */
export function randomWorld(seed: number, options: RandomWorldOptions = {}): SimulatedWorld {
  const random = new Chance(seed).stream('world');
  const tags: WorldTag[] = [];
  const { board = 'esp32', varied = false } = options;
  for (let i = 0; i < (options.tags ?? 20); i++) tags.push(randomTag(random, i, varied ? seed : undefined));
  const seconds = oneOf(random, [30, 60, 120, 300]);
  const ways = new Chance(seed).stream('settings');
  return {
    name: 'random ' + seed,
    gateways: [
      {
        name: 'gateway-1',
        board,
        position: [0, 0, 3],
        settings: {
          broker: 'mqtt://broker.example',
          ...(board !== 'esp8266' && { interval: seconds, serialConsole: true }),
          ...(varied && variedSettings(ways, board)),
          ...(options.remote === true && { rpcAccess: 'all', username: 'gateway-1', brokerPassword: 'desk lamp 1' }),
        },
      },
    ],
    radio: { pathLossExponent: 2.2, noiseDb: 2.5, lossProbability: 0.02, sensitivityDbm: -95 },
    tags,
    brokers: [{ name: 'broker.example', port: 1883, addresses: ['203.0.113.10'] }],
    wifi: {
      ssid: 'tagwire',
      password: 'correct horse',
      // Calls come in one segment, in some, or in many.
      ...(options.remote === true && { path: { segmentBytes: oneOf(random, [1460, 1460, 536, 40]) } }),
    },
  };
}

/** Policies that a site may have; what they do not say is as the keys `interval` and `heartbeat` are. */
const POLICIES = [
  'default temperature=0.5 humidity=2; mikrotik accelerationX=off accelerationY=off accelerationZ=off',
  'bthome2 heartbeat=900 events=no; ruuvi5 interval=20 temperature=0.1',
  'default accelerationX=off accelerationY=off accelerationZ=off; C4:7C:8D:6A:00:01 interval=0 heartbeat=0',
];

/** Whether the broker keeps the session, which readings are reported, and what is dropped when there is no room. */
function variedSettings(random: SeededRandom, board: BoardName): RawConfiguration {
  const session = random.unit() < 0.5 ? { cleanSession: false } : {};
  const outboxFull = oneOf(random, ['oldest', 'oldest', 'thin', 'newest']);
  const policies = oneOf(random, [undefined, undefined, ...POLICIES]);
  if (board === 'esp8266') return session;
  return { ...session, outboxFull, ...(policies !== undefined && { policies }) };
}

function randomTag(random: SeededRandom, index: number, happenings?: number): WorldTag {
  const format = FORMATS[index % FORMATS.length]!;
  const hexadecimal = (value: number): string => (value < 16 ? '0' : '') + value.toString(16).toUpperCase();
  const tag: WorldTag = {
    address: 'C4:7C:8D:6A:' + hexadecimal(index >> 8) + ':' + hexadecimal(index & 0xff),
    addressType: 'public',
    name: 'tag-' + (index + 1),
    format,
    intervalMilliseconds: oneOf(random, [1000, 1285, 2000, 2500]),
    position: [integerOf(random, -12, 12), integerOf(random, -12, 12), 1],
    rssiAt1m: -59,
    temperature: {
      celsius: integerOf(random, -20, 25),
      driftPerHour: integerOf(random, 0, 4) / 4,
      limitCelsius: integerOf(random, 26, 40),
    },
  };
  if (happenings !== undefined) {
    const chance = new Chance(happenings).stream('happenings of ' + tag.name);
    if (format === 'bthome') tag.presses = presses(chance);
    if (format === 'mikrotik-tg-bt5') tag.signals = signals(chance);
  }
  if (format === 'ruuvi') tag.batteryMillivolts = integerOf(random, 2000, 3100);
  else tag.batteryPercent = integerOf(random, 20, 100);
  if (format !== 'mikrotik-tg-bt5') {
    tag.humidityPercent = integerOf(random, 20, 90);
    tag.measurementSeconds = 5;
  } else {
    tag.uptimeSeconds = integerOf(random, 0, 1_000_000);
    tag.accelerometer = { g: [0, 0, 0], noise: 0.01 };
  }
  return tag;
}

/** Hours within which buttons are pressed and doors open. */
const BUSY = 24;

function presses(random: SeededRandom): NonNullable<WorldTag['presses']> {
  return times(random).map((at) => ({ at, button: integerOf(random, 1, 4) }));
}

/** Of the reed switch, a fall, an impact. */
function signals(random: SeededRandom): NonNullable<WorldTag['signals']> {
  return times(random).map((at) => ({ at, for: integerOf(random, 2, 600) + 's', flags: oneOf(random, [1, 4, 8]) }));
}

/** One each two hours or so. */
function times(random: SeededRandom): string[] {
  return Array.from({ length: BUSY / 2 }, () => integerOf(random, 0, BUSY * 3600) + 's');
}
