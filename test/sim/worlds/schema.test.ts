import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../sim/world/bad-input.js';
import { parseWorld } from '../../../sim/world/parse-world.js';
import { FORMATS, fullWorld } from './full-world.js';

/** As much of JSON Schema as `world.schema.json` uses. */
interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  oneOf?: Schema[];
}

type Json = unknown;
type Path = readonly (string | number)[];

const schema = JSON.parse(
  readFileSync(new URL('../../../sim/worlds/world.schema.json', import.meta.url), 'utf8'),
) as Schema;
const conforms = new Ajv({ allErrors: true, strict: false }).compile(schema);

const single: Json = { name: 'one', gateway: { position: [0, 0, 2] }, tags: [fullWorld.tags[0]] };

/** A wrong value at a place, and what the message must say beside the path. */
interface Wrong {
  file: Json;
  path: Path;
  value: Json;
  says: string[];
}

const inWords = (path: Path): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : '.' + part)).join('');

function resolve(node: Schema): Schema {
  return node.$ref === undefined ? node : schema.$defs![node.$ref.replace('#/$defs/', '')]!;
}

/** Of several schemas the one of this value: of a tag that of its format, else that of its type. */
function choose(node: Schema, value: Json): Schema {
  const choices = node.oneOf?.map(resolve).filter((choice) => choice.type !== undefined) ?? [];
  if (choices.length === 0) return node;
  const { format } = value as { format?: string };
  return choices.find(({ properties, type }) =>
    properties?.['format'] ? properties['format'].const === format : type === typeof value,
  )!;
}

/** Fields of the schema that were seen in a file. */
const seen = new Set<string>();
const wrongs: Wrong[] = [];

/** Collects what can be wrong with `value` and below it. */
function collect(given: Schema, value: Json, path: Path, file: Json, place: string): void {
  const node = choose(resolve(given), value);
  const format = (value as { format?: string } | null)?.format;
  const name = format === undefined ? place : `${place}(${format})`;
  seen.add(name);
  const add = (wrong: Json, ...says: string[]): void => void wrongs.push({ file, path, value: wrong, says });
  // Its range depends on its neighbour.
  const depends = place.endsWith('.limitCelsius') || place.endsWith('.atMost');
  if (node.type === 'number' || node.type === 'integer') {
    const { minimum, maximum } = node;
    const range = depends ? ` to ${maximum}` : `from ${minimum} to ${maximum}`;
    const kind = node.type === 'integer' ? 'an integer ' : 'a number ';
    for (const wrong of [minimum! - 1, maximum! + 1, String(value), null, [value]]) add(wrong, kind, range);
    if (node.type === 'integer') add((value as number) + 0.5, kind, range);
  } else if (node.type === 'string' || node.enum || node.type === 'boolean') {
    for (const wrong of [7, null, [value]]) add(wrong);
    // A fault may be an object.
    if (place !== '.faults[]') add({});
    // Text of any length is a line, and of any content the name of a tag that is not there.
    if (node.pattern !== undefined) add('\u0007');
    if (node.pattern !== undefined && !new RegExp(node.pattern).test('')) add('');
    if (node.enum) add('x' + String(value), ...node.enum.map(String));
    if (node.type === 'boolean') add('true', 'true or false');
  } else if (node.type === 'array') {
    const list = value as Json[];
    const { minItems = 0, maxItems = 0 } = node;
    for (const wrong of [null, 'x', { 0: list[0] }]) add(wrong);
    if (minItems > 0) add(list.slice(0, minItems - 1));
    add(Array.from({ length: maxItems + 1 }, () => list[0]));
    list.forEach((item, index) => collect(node.items!, item, [...path, index], file, place + '[]'));
  } else if (node.type === 'object') {
    const members = value as Record<string, Json>;
    for (const wrong of [null, 'x', [value]]) {
      if (path.length > 0) add(wrong);
    }
    for (const [key, member] of Object.entries(members)) {
      const inner = node.properties?.[key] ?? (node.additionalProperties as Schema);
      if (Object.keys(inner).length > 0 && inner.const === undefined) {
        collect(inner, member, [...path, key], file, `${name}.${key}`);
      } else {
        seen.add(`${name}.${key}`);
      }
    }
    for (const key of node.required ?? []) {
      wrongs.push({
        file,
        path: [...path, key],
        value: undefined,
        says: [key === 'format' ? 'must be' : 'is missing'],
      });
    }
    if (node.additionalProperties === false) {
      wrongs.push({ file, path: [...path, 'weather'], value: 1, says: ['is not a key; the keys '] });
    }
    if (members['format'] !== undefined) {
      wrongs.push({ file, path: [...path, 'format'], value: 'morse', says: Object.keys(FORMATS) });
    }
  } else {
    // Text, a number or a flag.
    for (const wrong of [null, {}, [value]]) add(wrong, 'text, a number, true or false');
  }
}

/** Every field of the schema, as `collect` names it. */
function fields(given: Schema, place: string): string[] {
  const node = resolve(given);
  const choices = node.oneOf?.map(resolve).filter(({ type }) => type !== undefined) ?? [];
  if (choices.length > 0) return choices.flatMap((choice) => fields(choice, place));
  const format = node.properties?.['format']?.const;
  const name = typeof format === 'string' ? `${place}(${format})` : place;
  const below = Object.entries(node.properties ?? {}).flatMap(([key, inner]) => fields(inner, `${name}.${key}`));
  return [name, ...below, ...(node.items ? fields(node.items, place + '[]') : [])];
}

function replaced({ file, path, value }: Wrong): Json {
  const copy = JSON.parse(JSON.stringify(file)) as Record<string | number, Json>;
  let at = copy;
  for (const part of path.slice(0, -1)) at = at[part] as typeof copy;
  const last = path.at(-1)!;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

collect(schema, fullWorld, [], fullWorld, '');
collect(schema, single, [], single, '');

describe('a world file', () => {
  it('with every field of the schema is taken', () => {
    for (const file of [fullWorld, single]) {
      expect(conforms(file), JSON.stringify(conforms.errors)).toBe(true);
      parseWorld(JSON.stringify(file), 'w.json');
    }
    expect(fields(schema, '').filter((field) => !seen.has(field))).toEqual([]);
  });

  const places = new Map<string, Wrong[]>();
  for (const wrong of wrongs) {
    const place = inWords(wrong.path);
    places.set(place, [...(places.get(place) ?? []), wrong]);
  }
  it.each([...places])('with %s wrong says where and what is allowed, as the schema does', (place, cases) => {
    for (const wrong of cases) {
      const file = replaced(wrong);
      const shown = JSON.stringify(wrong.value)?.slice(0, 60) ?? 'nothing';
      expect(conforms(file), `the schema takes ${shown}`).toBe(false);
      let message = `taken: ${shown}`;
      try {
        parseWorld(JSON.stringify(file), 'w.json');
      } catch (error) {
        expect(error).toBeInstanceOf(BadInput);
        message = (error as BadInput).message;
      }
      expect(message.startsWith(`w.json: ${place} `), message).toBe(true);
      expect(message).toMatch(/ must be .| is missing| is not a key; the keys |; it must be /);
      for (const text of wrong.says) expect(message).toContain(text);
      expect(message.split('\n')).toHaveLength(1);
    }
  });
});
