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
}

const FORMATS = ['ruuvi', 'mikrotik-tg-bt5', 'bthome'] as const;

/** A world of one gateway, its broker and tags of the usual formats, made from `seed`. Nothing goes wrong in it. */
export function randomWorld(seed: number, options: RandomWorldOptions = {}): SimulatedWorld {
  const random = new Chance(seed).stream('world');
  const tags: WorldTag[] = [];
  for (let i = 0; i < (options.tags ?? 20); i++) tags.push(randomTag(random, i));
  const { board = 'esp32' } = options;
  const seconds = oneOf(random, [30, 60, 120, 300]);
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
          ...(options.remote === true && { rpcAccess: 'all', username: 'gateway-1', brokerPassword: 'desk lamp 1' }),
        },
      },
    ],
    radio: { pathLossExponent: 2.2, noiseDb: 2.5, lossProbability: 0.02, sensitivityDbm: -95 },
    tags,
    brokers: [{ name: 'broker.example', port: 1883, addresses: ['203.0.113.10'] }],
    wifi: { ssid: 'tagwire', password: 'correct horse' },
  };
}

function randomTag(random: SeededRandom, index: number): WorldTag {
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
