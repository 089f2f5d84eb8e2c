import fc from 'fast-check';
import { JSON_DEPTH, JsonCheck, JsonFault, JsonKind, JsonValue } from '../../src/bytes/json-reader.js';
import { JsonWriter } from '../../src/bytes/json-writer.js';
import { describe, expect, it } from 'vitest';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes that throw when somebody looks outside `from..to`. */
function guarded(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^-?\d+$/.test(name)) {
        const index = Number(name);
        if (index < from || index >= to) throw new Error(`read at ${index} outside ${from}..${to}`);
        return target[index];
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** The fault, with the place relative to the text. */
function faultOf(text: string | Uint8Array): [JsonFault, number] {
  const bytes = typeof text === 'string' ? encode(text) : text;
  const around = new Uint8Array(bytes.length + 6).fill(0x22);
  around.set(bytes, 3);
  const check = new JsonCheck();
  const isJson = check.check(guarded(around, 3, 3 + bytes.length), 3, 3 + bytes.length);
  expect(isJson).toBe(check.fault === JsonFault.none);
  return isJson ? [JsonFault.none, 0] : [check.fault, check.at - 3];
}

/** What `JSON.parse` makes of it; undefined when it throws. */
function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The whole value, read through `JsonValue` alone. */
function readBack(value: JsonValue): unknown {
  switch (value.kind) {
    case JsonKind.text:
      return value.toText();
    case JsonKind.number:
      return value.number;
    case JsonKind.true:
      return true;
    case JsonKind.false:
      return false;
    case JsonKind.null:
      return null;
    case JsonKind.object: {
      const members: [string, unknown][] = [];
      const member = new JsonValue();
      for (let found = member.first(value); found; found = member.next()) {
        const copy = new JsonValue();
        copy.point(member.bytes, member.from, member.to);
        members.push([member.nameText(), readBack(copy)]);
      }
      return Object.fromEntries(members);
    }
    default:
      return JSON.parse(value.toText());
  }
}

describe('JsonCheck', () => {
  it.each([
    ['', JsonFault.empty, 0],
    ['  \n', JsonFault.empty, 3],
    ['{"a":1', JsonFault.cutShort, 6],
    ['{"a', JsonFault.cutShort, 3],
    ['{"a":', JsonFault.cutShort, 5],
    ['[1,', JsonFault.cutShort, 3],
    ['tru', JsonFault.cutShort, 3],
    ['-', JsonFault.cutShort, 1],
    ['1.', JsonFault.cutShort, 2],
    ['1e+', JsonFault.cutShort, 3],
    ['"\\u12', JsonFault.cutShort, 5],
    ['"\\', JsonFault.cutShort, 2],
    ['nul1', JsonFault.unexpected, 3],
    ['{a:1}', JsonFault.unexpected, 1],
    ['{"a" 1}', JsonFault.unexpected, 5],
    ['{"a":1,}', JsonFault.unexpected, 7],
    ['[1,]', JsonFault.unexpected, 3],
    ['[1}', JsonFault.unexpected, 2],
    ["'a'", JsonFault.unexpected, 0],
    ['.5', JsonFault.unexpected, 0],
    ['+1', JsonFault.unexpected, 0],
    ['01', JsonFault.more, 1],
    ['{} {}', JsonFault.more, 3],
    ['"a\nb"', JsonFault.control, 2],
    ['"\\x"', JsonFault.escape, 2],
    ['"\\u00g0"', JsonFault.escape, 5],
  ])('says what is wrong with %j, and where', (text, fault, at) => {
    expect(faultOf(text)).toEqual([fault, at]);
  });

  it('refuses ill-formed UTF-8, at the string that has it', () => {
    expect(faultOf(new Uint8Array([0x5b, 0x22, 0xc0, 0x80, 0x22, 0x5d]))).toEqual([JsonFault.utf8, 1]);
  });

  it('takes nesting up to its bound', () => {
    const nested = (depth: number): string => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
    expect(faultOf(nested(JSON_DEPTH))).toEqual([JsonFault.none, 0]);
    expect(faultOf(nested(JSON_DEPTH + 2))[0]).toBe(JsonFault.deep);
    expect(faultOf('['.repeat(100000))).toEqual([JsonFault.deep, JSON_DEPTH]);
  });

  it('takes any bytes without throwing or looking outside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        faultOf(bytes);
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with JSON.parse on texts that are nearly JSON', () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        'a',
        '"a"',
        '"\\u00e4"',
        '\\n',
        'true',
        'null',
        '0',
        '-1',
        '1e5',
        '.',
      ],
      ...[' ', '\t', '"a":', '2.5', 'E-1', 'ä', '\u0001'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect(faultOf(text)[0] === JsonFault.none, text).toBe(parsed(text) !== undefined);
      }),
      { numRuns: 20000 },
    );
  });
});

describe('JsonValue', () => {
  const unit = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
  const number = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => +n.toPrecision(12)),
  );
  const scalar = fc.oneof(unit, number, fc.boolean(), fc.constant(null));
  const request = fc.record({ method: unit, params: fc.dictionary(unit, fc.oneof(scalar, fc.array(scalar))) });

  it('reads a request as JSON.parse does, whatever is escaped and spaced', () => {
    fc.assert(
      fc.property(request, fc.boolean(), fc.nat(4), (value, escaped, indent) => {
        let text = JSON.stringify(value, undefined, indent);
        if (escaped) {
          text = text.replace(/[^\0-~]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'));
        }
        const bytes = encode(`  ${text} `);
        const expected = JSON.parse(new TextDecoder().decode(bytes)) as typeof value;
        expect(new JsonCheck().check(bytes, 0, bytes.length)).toBe(true);
        const root = new JsonValue();
        root.point(guarded(bytes, 0, bytes.length), 0, bytes.length);
        const method = new JsonValue();
        expect(method.member(root, encode('method'))).toBe(true);
        expect(method.is(encode(expected.method))).toBe(true);
        expect(method.is(encode(expected.method + 'x'))).toBe(false);
        const whole = readBack(root) as typeof value;
        const close = (a: unknown, b: unknown): boolean =>
          typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= Math.abs(b) * 1e-14 : Object.is(a, b);
        for (const [name, one] of Object.entries(expected.params)) {
          if (typeof one === 'object') expect(whole.params[name]).toEqual(one);
          else expect(close(whole.params[name], one), `${String(whole.params[name])} for ${String(one)}`).toBe(true);
        }
        expect(Object.keys(whole.params).sort()).toEqual(Object.keys(expected.params).sort());
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the numbers of 15 digits exactly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -999999999999999, max: 999999999999999 }),
        fc.integer({ min: -22, max: 22 }),
        (m, e) => {
          const bytes = encode(`${m}e${e}`);
          const value = new JsonValue();
          value.point(bytes, 0, bytes.length);
          expect(value.number).toBe(Number(`${m}e${e}`));
        },
      ),
    );
    for (const text of ['0', '-0', '1e400', '-1e400', '1e-400', '0.1', '1E2', '0e999999999']) {
      const value = new JsonValue();
      value.point(encode(text), 0, text.length);
      expect(value.number, text).toBe(Number(text));
    }
  });

  it('takes the last of several members of one name, as JSON.parse does, and none of an array', () => {
    const bytes = encode('{"a":1,"b":[{"a":5}],"\\u0061":2,"aa":3}');
    const root = new JsonValue();
    root.point(bytes, 0, bytes.length);
    const value = new JsonValue();
    expect(value.member(root, encode('a'))).toBe(true);
    expect(value.number).toBe(2);
    expect(value.member(root, encode('b'))).toBe(true);
    expect(new JsonValue().member(value, encode('a'))).toBe(false);
    expect(value.member(root, encode('c'))).toBe(false);
    expect(value.kind).toBe(JsonKind.none);
  });
});

describe('JsonWriter', () => {
  it('writes JSON that reads back, and stays in its range', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(text, fc.integer(), fc.boolean())),
        (value) => {
          const bytes = new Uint8Array(4000);
          const writer = new JsonWriter(bytes);
          const write = (from: number, to: number): void => {
            writer.reset(from, to);
            writer.openObject();
            for (const [name, one] of Object.entries(value)) {
              writer.name(encode(name));
              if (typeof one === 'string') writer.string(one);
              else if (typeof one === 'number') writer.number(one, 0);
              else writer.boolean(one);
            }
            writer.closeObject();
          };
          write(5, 4000);
          expect(writer.overflow).toBe(false);
          const length = writer.at - 5;
          expect(JSON.parse(new TextDecoder().decode(bytes.slice(5, writer.at)))).toEqual(value);
          bytes.fill(0);
          write(5, 5 + length - 1);
          expect(writer.overflow).toBe(true);
          expect(bytes.slice(5 + length - 1).every((byte) => byte === 0)).toBe(true);
        },
      ),
    );
  });
});
