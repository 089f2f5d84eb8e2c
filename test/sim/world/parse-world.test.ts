import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../sim/bad-input.js';
import { defaultWorld } from '../../../sim/world/default-world.js';
import { readWorld } from '../../../sim/read-world.js';
import type { WorldFile } from '../../../sim/world/world-file.js';
import { parseWorld } from '../../../sim/world/parse-world.js';
import { World } from '../../../sim/world/world.js';

const KEYS_BESIDE = 'gateways, radio, brokers, wifi, faults, until, expect, $schema';
const warehouse = new URL('../../../sim/worlds/warehouse.json', import.meta.url);

const failure = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput);
    return (error as BadInput).message;
  }
  return expect.unreachable('nothing was thrown');
};

/** The default world with the member at `path` replaced, or removed when `value` is undefined. */
const changed = (path: (string | number)[], value: unknown): string => {
  const world = structuredClone(defaultWorld) as unknown as Record<string | number, unknown>;
  let at = world;
  for (const part of path.slice(0, -1)) {
    at = at[part] as Record<string | number, unknown>;
  }
  const last = path.at(-1)!;
  if (value === undefined) {
    delete at[last];
  } else {
    at[last] = value;
  }
  return JSON.stringify(world);
};

describe('the default world', () => {
  it('is the example file without what that expects', () => {
    const { $schema, until, expect: expected, ...world } = JSON.parse(readFileSync(warehouse, 'utf8')) as WorldFile;
    expect(world).toEqual(defaultWorld);
    expect({ $schema, until, expected }).toEqual({
      $schema: './world.schema.json',
      until: '1h',
      expected: expect.objectContaining({ connected: true }),
    });
  });

  it('is valid, and has six tags of each format that there is', () => {
    const world = parseWorld(readFileSync(warehouse, 'utf8'), 'warehouse.json');
    expect(world.tags.length).toBeGreaterThanOrEqual(6);
    expect([...new Set(world.tags.map((tag) => tag.format))].sort()).toEqual([
      'eddystone-tlm',
      'eddystone-uid',
      'ibeacon',
      'mikrotik-tg-bt5',
    ]);
  });

  it('lets every tag be heard within a minute', () => {
    const heard = new Set<string>();
    new World(defaultWorld).advance(60_000, (advertisement) => heard.add(advertisement.address.join()));
    expect(heard.size).toBe(defaultWorld.tags.length);
  });
});

describe('parseWorld', () => {
  const nowhere = [{}, [], 'x', 7, null, true];

  it.each<[(string | number)[], unknown, string]>([
    [['name'], '', 'name must be text of 1 to 100 characters, got ""'],
    [['name'], 'a\nb', 'name must be text of 1 to 100 characters, got "a\\nb"'],
    [['name'], undefined, 'name is missing'],
    [['nmae'], 1, 'nmae is not a key; the keys at the top are name, gateway, tags, ' + KEYS_BESIDE],
    [['a b\u009b'], 1, '["a b\\u009b"] is not a key; the keys at the top are name, gateway, tags, ' + KEYS_BESIDE],
    [['gateway'], [1], 'gateway must be an object with position, got [1]'],
    [['gateway', 'position'], [1, 2], 'gateway.position must be [x, y, z] in m, got [1,2]'],
    [['gateway', 'position', 1], '2', 'gateway.position[1] must be a number from -1000000 to 1000000 m, got "2"'],
    [['radio', 'pathLossExponent'], 0.5, 'radio.pathLossExponent must be a number from 1 to 6, got 0.5'],
    [['radio', 'noiseDb'], -1, 'radio.noiseDb must be a number from 0 to 20 dB, got -1'],
    [['radio', 'lossProbability'], 2, 'radio.lossProbability must be a number from 0 to 1, got 2'],
    [['radio', 'sensitivityDbm'], -128, 'radio.sensitivityDbm must be a number from -127 to 20 dBm, got -128'],
    [['tags'], {}, 'tags must be a list of 1 to 4096 tags, got {}'],
    [['tags'], [], 'tags has 0 tags; it must be a list of 1 to 4096 tags'],
    [['tags'], Array(4097).fill(1), 'tags has 4097 tags; it must be a list of 1 to 4096 tags'],
    [
      ['tags', 2],
      null,
      'tags[2] must be an object with address, name, format, intervalMilliseconds, rssiAt1m, eddystoneUid, ' +
        'addressType, position, velocity, path, got null',
    ],
    [
      ['tags', 2, 'address'],
      'DC:2C:6E:14:7B',
      'tags[2].address must be six hexadecimal bytes such as "DC:2C:6E:0F:C0:3D", got "DC:2C:6E:14:7B"',
    ],
    [
      ['tags', 2, 'address'],
      'x'.repeat(500),
      `tags[2].address must be six hexadecimal bytes such as "DC:2C:6E:0F:C0:3D", got "${'x'.repeat(56)}...`,
    ],
    [
      ['tags', 2, 'address'],
      'dc:2c:6e:0f:c0:3d',
      'tags[2].address must be an address that tags[0] with the same format does not have, got "dc:2c:6e:0f:c0:3d"',
    ],
    [['tags', 2, 'addressType'], 'static', 'tags[2].addressType must be "public" or "random", got "static"'],
    [
      ['tags', 2, 'format'],
      'mikrotik',
      'tags[2].format must be mikrotik-tg-bt5, ruuvi, bthome, ibeacon, eddystone-tlm, eddystone-uid, got "mikrotik"',
    ],
    [
      ['tags', 2, 'format'],
      undefined,
      'tags[2].format is missing; it must be mikrotik-tg-bt5, ruuvi, bthome, ibeacon, eddystone-tlm, eddystone-uid',
    ],
    [
      ['tags', 2, 'intervalMilliseconds'],
      19,
      'tags[2].intervalMilliseconds must be a number from 20 to 86400000 ms, got 19',
    ],
    [['tags', 2, 'rssiAt1m'], -59.5, 'tags[2].rssiAt1m must be an integer from -100 to -21 dBm, got -59.5'],
    [['tags', 2, 'position'], undefined, 'tags[2].position is missing; it must be [x, y, z] in m'],
    [['tags', 2, 'velocity'], [0, 0, 101], 'tags[2].velocity[2] must be a number from -100 to 100 m/s, got 101'],
    [['tags', 1, 'position'], [0, 0, 0], 'tags[1].position must be absent beside path, got [0,0,0]'],
    [
      ['tags', 1, 'path', 'points'],
      [[0, 0, 0]],
      'tags[1].path.points has 1 points; it must be a list of 2 to 1000 points',
    ],
    [['tags', 1, 'path', 'points', 3], [0, 0], 'tags[1].path.points[3] must be [x, y, z] in m, got [0,0]'],
    [
      ['tags', 1, 'path', 'metersPerSecond'],
      -1,
      'tags[1].path.metersPerSecond must be a number from 0 to 100 m/s, got -1',
    ],
    [['tags', 0, 'batteryPercent'], 101, 'tags[0].batteryPercent must be a number from 0 to 100 %, got 101'],
    [['tags', 0, 'batteryPercent'], undefined, 'tags[0].batteryPercent is missing'],
    [['tags', 0, 'flags'], 128, 'tags[0].flags must be an integer from 0 to 127, got 128'],
    [['tags', 0, 'uptimeSeconds'], -1, 'tags[0].uptimeSeconds must be a number from 0 to 400000000 s, got -1'],
    [
      ['tags', 0, 'temperature', 'celsius'],
      200,
      'tags[0].temperature.celsius must be a number from -100 to 125 °C, got 200',
    ],
    [
      ['tags', 0, 'temperature', 'driftPerHour'],
      'warm',
      'tags[0].temperature.driftPerHour must be a number from -1000 to 1000 °C an hour, got "warm"',
    ],
    [
      ['tags', 0, 'temperature', 'limitCelsius'],
      4,
      'tags[0].temperature.limitCelsius must be a number from 4.5 to 125 °C, where the drift leads, got 4',
    ],
    [['tags', 0, 'accelerometer', 'g', 0], 17, 'tags[0].accelerometer.g[0] must be a number from -16 to 16 g, got 17'],
    [
      ['tags', 0, 'accelerometer', 'noise'],
      -0.1,
      'tags[0].accelerometer.noise must be a number from 0 to 16 g, got -0.1',
    ],
    [
      ['tags', 3, 'ibeacon', 'uuid'],
      'b2b98de4',
      'tags[3].ibeacon.uuid must be a UUID such as "b2b98de4-c81c-47c2-b14e-791b3e5587ec", got "b2b98de4"',
    ],
    [['tags', 3, 'ibeacon', 'major'], 65536, 'tags[3].ibeacon.major must be an integer from 0 to 65535, got 65536'],
    [['tags', 3, 'ibeacon', 'minor'], -1, 'tags[3].ibeacon.minor must be an integer from 0 to 65535, got -1'],
    [
      ['tags', 3, 'batteryPercent'],
      5,
      'tags[3].batteryPercent is not a key; the keys of tags[3] are address, name, format, intervalMilliseconds, ' +
        'rssiAt1m, ibeacon, addressType, position, velocity, path',
    ],
    [
      ['tags', 4, 'batteryMillivolts'],
      70_000,
      'tags[4].batteryMillivolts must be an integer from 0 to 65535 mV, got 70000',
    ],
    [
      ['tags', 5, 'eddystoneUid', 'namespace'],
      '00',
      'tags[5].eddystoneUid.namespace must be 20 hexadecimal digits, got "00"',
    ],
    [['tags', 5, 'eddystoneUid', 'instance'], 7, 'tags[5].eddystoneUid.instance must be 12 hexadecimal digits, got 7'],
  ])('refuses %j = %j', (path, value, expected) => {
    expect(failure(() => parseWorld(changed(path, value), 'w.json'))).toBe(`w.json: ${expected}`);
  });

  it('accepts one address with two formats, as tags send several', () => {
    expect(parseWorld(changed(['tags', 3, 'address'], 'DC:2C:6E:0F:C0:3D'), 'w.json').tags).toHaveLength(6);
  });

  it('accepts a byte order mark', () => {
    expect(parseWorld('\uFEFF' + JSON.stringify(defaultWorld), 'w.json')).toEqual(defaultWorld);
  });

  it.each(nowhere.map((value) => [JSON.stringify(value)]))('refuses a file that is %s', (text) => {
    expect(failure(() => parseWorld(text, 'w.json'))).toMatch(
      /^w\.json(: name)? (is not JSON.*; it must be|must be|is missing)/,
    );
  });

  it('says where a file is not JSON, and quotes nothing of it', () => {
    const text = '{\n  "name": "warehouse",\n  "secret": hunter2\n}\n';
    expect(failure(() => parseWorld(text, 'w.json'))).toMatch(
      /^w\.json is not JSON( at line 3, column 13)?; it must be a JSON object that describes a world$/,
    );
    expect(failure(() => parseWorld('', 'w.json'))).toMatch(/^w\.json is not JSON/);
  });

  it('names a number beyond all bounds', () => {
    const text = JSON.stringify(defaultWorld).replace('"rssiAt1m":-59', '"rssiAt1m":1e999');
    expect(failure(() => parseWorld(text, 'w.json'))).toContain(
      'tags[0].rssiAt1m must be an integer from -100 to -21 dBm, got Infinity',
    );
  });

  it('keeps the error on one line for any file name', () => {
    expect(failure(() => parseWorld('[]', 'a\nb\u001b[1m.json'))).toMatch(
      /^"a\\nb\\u001b\[1m\.json" must be an object .*, got \[\]$/,
    );
  });

  it('gives a world or a BadInput of one line for any JSON in any place', () => {
    const paths: (string | number)[][] = [];
    const collect = (value: unknown, path: (string | number)[]): void => {
      if (typeof value === 'object' && value !== null) {
        for (const [name, member] of Object.entries(value)) {
          const next = [...path, Array.isArray(value) ? Number(name) : name];
          paths.push(next);
          collect(member, next);
        }
      }
    };
    collect(defaultWorld, []);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        try {
          new World(parseWorld(changed(path, value), 'w.json')).advance(100, () => undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInput);
          expect((error as Error).message).toMatch(/^w\.json.*(must be|is missing|is not a key).*$/);
          expect((error as Error).message).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('readWorld', () => {
  it('reads a file, and names one that cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tagwire-'));
    try {
      const path = join(folder, 'world.json');
      writeFileSync(path, JSON.stringify(defaultWorld));
      expect(readWorld(path)).toEqual(defaultWorld);
      expect(failure(() => readWorld(join(folder, 'none.json')))).toMatch(
        /^world file ".*" cannot be read \(ENOENT: no such file or folder\); it must be a file that can be read$/,
      );
      expect(failure(() => readWorld('none'))).toBe(
        'world "none" must be a file, or one of warehouse, cold-chain-truck, greenhouse, hostile-radio, museum-crowd',
      );
      expect(readWorld('greenhouse').tags).toHaveLength(10);
      expect(failure(() => readWorld(folder))).toMatch(/^world file ".*" is not a file; it must be an ordinary file$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
