import { describe, expect, it } from 'vitest';
import { Template } from '../../../sim/fleet/template.js';

const values = { name: 'fleet-7', number: 7, prefix: 'a/b', counter: 3, time: 1700000000123 };

describe('Template', () => {
  it('fills in its fields, and leaves other braces as they are', () => {
    const template = new Template(
      '--payload',
      '{"d":"{name}","i":{number},"n":{counter},"t":{time},"s":"{isotime}","o":{}}',
    );
    expect(JSON.parse(template.write(values))).toEqual({
      d: 'fleet-7',
      i: 7,
      n: 3,
      t: 1700000000123,
      s: '2023-11-14T22:13:20.123Z',
      o: {},
    });
    expect(new Template('--topic', '{prefix}/{name}/data').write(values)).toBe('a/b/fleet-7/data');
    expect(new Template('--topic', 'plain').write(values)).toBe('plain');
  });

  it('draws numbers from a range, with the decimals that are written', () => {
    const template = new Template('--payload', '{random:-5..20.50}');
    expect(template.write(values, () => 0)).toBe('-5.00');
    expect(template.write(values, () => 0.5)).toBe('7.75');
    expect(new Template('--payload', '{random:1..3}').write(values, () => 0.99)).toBe('3');
  });

  it.each([['{tmie}'], ['{"t":{random:5}}'], ['{random:3..1}'], ['{random:1..x}'], ['{names}']])(
    'refuses %s with the fields that there are',
    (text) => {
      expect(() => new Template('--payload', text)).toThrow(
        /^--payload: fields must be \{name\}, .*\{random:FROM\.\.TO\}, got "\{/,
      );
    },
  );
});
