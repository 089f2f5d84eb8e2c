import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseWorld } from '../../../sim/world/parse-world.js';
import type { WorldFile, WorldTag } from '../../../sim/world/world-file.js';
import {
  defaultRules,
  expectationsOfFile,
  faultsOfFile,
  hoursOfFile,
  parseFaults,
  run,
  worldFromFile,
} from '../../../sim/virtual/index.js';
import { fullWorld } from './full-world.js';

const folder = new URL('../../../sim/worlds/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'world.schema.json');
const text = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const schema = JSON.parse(text('world.schema.json')) as object;
const conforms = new Ajv({ allErrors: true, strict: false }).compile(schema);

describe('a world file', () => {
  it('does not tell a password that is wrong', () => {
    const file = { ...fullWorld, wifi: { ...fullWorld.wifi, password: 'short' } };
    expect(() => parseWorld(JSON.stringify(file), 'w.json')).toThrow(
      'w.json: wifi.password must be text of 8 to 63 printable ASCII characters',
    );
  });

  it('with a key that there is not names those that there are', () => {
    expect(() => parseWorld(JSON.stringify({ ...fullWorld, weather: 1 }), 'w.json')).toThrow(
      /^w\.json: weather is not a key; the keys at the top are name, tags, /,
    );
  });
});

/** Of the world with every field, the tag of a format at a place. */
function tagAt(format: string, position: [number, number, number]): WorldTag {
  const { velocity: _, ...tag } = fullWorld.tags.find((one) => one.format === format)!;
  return { ...tag, position };
}

describe('a wall', () => {
  it('hides what is behind it', async () => {
    const radio = { ...fullWorld.radio, walls: [{ from: [1, -1], to: [1, 1], lossDb: 90 }] } as WorldFile['radio'];
    const tags = [tagAt('mikrotik-tg-bt5', [3, 0, 2]), tagAt('bthome', [0, 3, 2])];
    const file = { ...fullWorld, faults: [], radio: radio!, tags };
    const { ledger } = await run(worldFromFile(file), [], 1, { hours: 0.1 });
    expect(ledger.tags[0]!.heard).toBe(0);
    expect(ledger.tags[1]!.heard).toBeGreaterThan(100);
  });
});

describe('an expectation', () => {
  it('that is not met is a broken rule', async () => {
    const file: WorldFile = { ...fullWorld, expect: { readings: [{ tag: 'bthome-0', atLeast: 1000 }] } };
    const { broken } = await run(worldFromFile(file), [], 1, { hours: 0.1, rules: [expectationsOfFile(file)] });
    expect(broken.map(({ rule }) => rule)).toEqual(['expect']);
    expect(broken[0]!.detail).toMatch(/^readings of bthome-0: at least 1000 expected, got \d+$/);
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
