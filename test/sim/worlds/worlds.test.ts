import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../sim/world/bad-input.js';
import { parseWorld } from '../../../sim/world/parse-world.js';
import type { WorldFile } from '../../../sim/world/world-file.js';
import {
  defaultRules,
  expectationsOfFile,
  faultsOfFile,
  hoursOfFile,
  parseFaults,
  run,
  worldFromFile,
} from '../../../sim/virtual/index.js';

const folder = new URL('../../../sim/worlds/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'world.schema.json');
const text = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const schema = JSON.parse(text('world.schema.json')) as object;
const conforms = new Ajv({ allErrors: true, strict: false }).compile(schema);

/** A file with every field once. */
const full = (): WorldFile => ({
  name: 'everything',
  gateways: [
    {
      name: 'one',
      board: 'esp32',
      position: [0, 0, 2],
      settings: { interval: 30 },
      poweredAt: '1s',
      people: [
        { at: '1m', line: '/iot mqtt brokers print' },
        { at: '2m', call: { method: 'statistics' } },
      ],
    },
  ],
  radio: {
    pathLossExponent: 2,
    noiseDb: 1,
    lossProbability: 0,
    sensitivityDbm: -95,
    walls: [{ from: [1, -1], to: [1, 1], lossDb: 40 }],
  },
  tags: [
    {
      address: 'DC:2C:6E:00:00:01',
      name: 'door',
      format: 'mikrotik-tg-bt5',
      intervalMilliseconds: 1000,
      position: [3, 0, 2],
      rssiAt1m: -59,
      batteryPercent: 90,
      signals: [{ at: '1m', for: '5s', flags: 1 }],
    },
    {
      address: 'DC:2C:6E:00:00:02',
      name: 'switch',
      format: 'bthome',
      intervalMilliseconds: 1000,
      position: [0, 3, 2],
      rssiAt1m: -59,
      batteryPercent: 90,
      presses: [{ at: '1m', button: 2 }],
    },
  ],
  brokers: [{ name: 'broker.example', port: 1883, tls: false }],
  wifi: {
    ssid: 'net',
    password: 'correct horse',
    rssi: -60,
    latencyMilliseconds: 10,
    jitterMilliseconds: 5,
    bytesPerSecond: 10_000,
    lossProbability: 0.01,
  },
  faults: ['reset@1m', { kind: 'blackout', perHour: 2, for: '10s', with: 'gateway=0' }],
  until: '10m',
  expect: { connected: true, readings: [{ tag: 'switch', atLeast: 1, atMost: 100 }], messages: { atLeast: 1 } },
});

/** Paths of all members below `value`. */
function paths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([name, member]) =>
    paths(member, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return path.length === 0 ? below : [path, ...below];
}

function replaced(path: readonly (string | number)[], value: unknown): WorldFile {
  const file = full();
  let at = file as unknown as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) at = at[part] as Record<string | number, unknown>;
  at[path.at(-1)!] = value;
  return file;
}

const inWords = (path: readonly (string | number)[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : '.' + part)).join('');

describe('a world file', () => {
  it('may have every field', () => {
    expect(parseWorld(JSON.stringify(full()), 'w.json').name).toBe('everything');
    expect(conforms(full()), JSON.stringify(conforms.errors)).toBe(true);
  });

  const every = paths(full()).filter((path) => !path.includes('params'));
  it.each(every.map((path) => [inWords(path), path] as const))(
    'with %s wrong names it, as the schema does',
    (_, path) => {
      const wrong = replaced(path, null);
      expect(conforms(wrong)).toBe(false);
      let message = '';
      try {
        parseWorld(JSON.stringify(wrong), 'w.json');
      } catch (error) {
        expect(error).toBeInstanceOf(BadInput);
        message = (error as BadInput).message;
      }
      expect(message).toContain(`w.json: ${inWords(path)} must `);
      expect(message.split('\n')).toHaveLength(1);
    },
  );

  it('does not tell a password that is wrong', () => {
    expect(() => parseWorld(JSON.stringify(replaced(['wifi', 'password'], 'short')), 'w.json')).toThrow(
      'w.json: wifi.password must be text of 8 to 63 printable ASCII characters',
    );
  });

  it('with a key that there is not names those that there are', () => {
    expect(() => parseWorld(JSON.stringify({ ...full(), weather: 1 }), 'w.json')).toThrow(
      /^w\.json: weather is not a key; the keys at the top are name, tags, /,
    );
  });
});

describe('a wall', () => {
  it('hides what is behind it', async () => {
    const file = full();
    file.faults = [];
    file.radio!.walls![0]!.lossDb = 90;
    const { ledger } = await run(worldFromFile(file), [], 1, { hours: 0.1 });
    expect(ledger.tags[0]!.heard).toBe(0);
    expect(ledger.tags[1]!.heard).toBeGreaterThan(100);
  });
});

describe('an expectation', () => {
  it('that is not met is a broken rule', async () => {
    const file = full();
    file.expect = { readings: [{ tag: 'switch', atLeast: 1000 }] };
    const { broken } = await run(worldFromFile(file), [], 1, { hours: 0.1, rules: [expectationsOfFile(file)] });
    expect(broken.map(({ rule }) => rule)).toEqual(['expect']);
    expect(broken[0]!.detail).toMatch(/^readings of switch: at least 1000 expected, got \d+$/);
  });
});

describe.each(names)('the world %s', (name) => {
  const file = parseWorld(text(name), name);

  it('conforms to the schema', () => {
    expect(conforms(JSON.parse(text(name))), JSON.stringify(conforms.errors)).toBe(true);
  });

  it('does as it expects, and keeps the rules', { timeout: 60_000 }, async () => {
    const world = worldFromFile(file);
    const hours = hoursOfFile(file);
    const faults = parseFaults(faultsOfFile(file, 1, hours), world);
    const rules = [...defaultRules(), expectationsOfFile(file)];
    const { broken } = await run(world, faults, 1, { hours, rules });
    expect(broken.map(({ rule, detail }) => `${rule}: ${detail}`)).toEqual([]);
  });
});
