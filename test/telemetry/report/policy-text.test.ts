import fc from 'fast-check';
import { Field, fieldNames, FormatNumber, formats } from '../../../src/tags/index.js';
import { parsePolicies, PolicyTable, policyText } from '../../../src/telemetry/index.js';
import type { ReportRule } from '../../../src/telemetry/index.js';
import { describe, expect, it } from 'vitest';

const defaults = { minimumInterval: 10000, maximumInterval: 60000 };
const DEFAULT = 'default interval=10 heartbeat=60 events=yes';

/** The text of what a table that is made from the text says. */
function shown(text: string): string {
  return policyText(new PolicyTable(parsePolicies(text, defaults)).rules());
}

describe('parsePolicies', () => {
  it('has the defaults when nothing is said', () => {
    for (const text of ['', '  ', ';;\n ; ']) {
      expect(parsePolicies(text, defaults)).toEqual([
        { ...defaults, formats: [], addresses: [], events: true, deltas: [] },
      ]);
    }
  });

  it('takes formats and addresses, with what they say and the rest from the default', () => {
    const text =
      'ruuvi5 interval=30 heartbeat=300 temperature=0.2 humidity=1; AA:BB:CC:DD:EE:FF interval=5 events=no;' +
      'default heartbeat=120 pressure=off\nmibeacon, bthome2 aabbcc-ddeef0 temperature=any';
    expect(parsePolicies(text, defaults)).toEqual([
      {
        minimumInterval: 10000,
        maximumInterval: 120000,
        formats: [],
        addresses: [],
        events: true,
        deltas: [{ field: Field.pressure, threshold: Infinity }],
      },
      {
        minimumInterval: 30000,
        maximumInterval: 300000,
        formats: [FormatNumber.ruuvi5],
        addresses: [],
        events: true,
        deltas: [
          { field: Field.temperature, threshold: 0.2 },
          { field: Field.humidity, threshold: 1 },
          { field: Field.pressure, threshold: Infinity },
        ],
      },
      {
        minimumInterval: 5000,
        maximumInterval: 120000,
        formats: [],
        addresses: [Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff)],
        events: false,
        deltas: [{ field: Field.pressure, threshold: Infinity }],
      },
      {
        minimumInterval: 10000,
        maximumInterval: 120000,
        formats: [FormatNumber.mibeacon, FormatNumber.bthome2],
        addresses: [Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xf0)],
        events: true,
        deltas: [{ field: Field.pressure, threshold: Infinity }],
      },
    ]);
  });

  it('lets what is not said follow what is', () => {
    const [, slow, quick] = parsePolicies('ruuvi5 interval=600; ruuvi3 heartbeat=2', defaults);
    expect([slow!.minimumInterval, slow!.maximumInterval]).toEqual([600000, 600000]);
    expect([quick!.minimumInterval, quick!.maximumInterval]).toEqual([2000, 2000]);
    const [, never] = parsePolicies('ruuvi5 interval=600 heartbeat=0', defaults);
    expect(never!.maximumInterval).toBe(0);
  });

  it.each([
    ['interval=5', 1, '"interval=5" must follow default, a format or an address'],
    ['ruuvi5 interval=x', 8, '"interval=x" must be 0 to 86400 seconds, with at most 3 decimals'],
    ['ruuvi5 interval=-1', 8, '"interval=-1" must be 0 to 86400 seconds, with at most 3 decimals'],
    ['ruuvi5 interval=86401', 8, '"interval=86401" must be 0 to 86400 seconds, with at most 3 decimals'],
    ['ruuvi5 heartbeat=', 8, '"heartbeat=" must be 0 to 86400 seconds, with at most 3 decimals'],
    ['ruuvi5 interval=0.0001', 8, '"interval=0.0001" must be 0 to 86400 seconds, with at most 3 decimals'],
    ['ruuvi5 events=maybe', 8, '"events=maybe" must be yes or no'],
    ['ruuvi5 warmth=1', 8, '"warmth=1" must set interval, heartbeat, events, or a field such as temperature'],
    ['ruuvi5 states=1', 8, '"states=1" must set interval, heartbeat, events, or a field such as temperature'],
    ['ruuvi5 sequence=1', 8, '"sequence=1" must set interval, heartbeat, events, or a field such as temperature'],
    ['ruuvi5 temperature=0', 8, '"temperature=0" must be a number from 0.000001 to 1000000000, off or any'],
    ['ruuvi5 temperature=1e3', 8, '"temperature=1e3" must be a number from 0.000001 to 1000000000, off or any'],
    ['ruuvi5 interval=1 interval=2', 19, '"interval=2" repeats interval'],
    [
      'ruuvi5 interval=1 ruuvi3',
      19,
      '"ruuvi3" must be a setting, NAME=VALUE; the next policy starts after a semicolon or a line break',
    ],
    ['ruuvi5 interval=9 heartbeat=8', 1, '"ruuvi5" must have a heartbeat of 0 or at least its interval'],
    ['ruuvi5;\n ruuvi5', 10, '"ruuvi5" already has a policy'],
    ['ruuvi5 ruuvi5', 8, '"ruuvi5" already has a policy'],
    ['AA:BB:CC:DD:EE:FF; aabbccddeeff', 20, '"aabbccddeeff" already has a policy'],
    ['default; default', 10, '"default" already has a policy'],
    ['default ruuvi5', 1, '"default" must not be combined: default is a policy of its own'],
    ['AA:BB:CC:DD:EE', 1, '"AA:BB:CC:DD:EE" must be default, an address such as AA:BB:CC:DD:EE:FF, or a format: '],
    ['ruuvi9', 1, '"ruuvi9" must be default, an address such as AA:BB:CC:DD:EE:FF, or a format: mikrotik, ruuvi3'],
    ['x'.repeat(100), 1, '"' + 'x'.repeat(40) + '…" must be default'],
    [
      'default temperature=1; ruuvi5 ' + fieldNames.slice(1, 9).join('=1 ') + '=1',
      24,
      '"ruuvi5" has deltas for 9 fields, including those of default; the limit is 8',
    ],
  ])('refuses %j', (text, at, message) => {
    let thrown: unknown;
    try {
      parsePolicies(text, defaults);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RangeError);
    expect((thrown as RangeError).message).toContain('policies, character ' + at + ': ' + message);
    expect((thrown as RangeError).message).not.toContain('\n');
  });

  it('takes 31 policies beside the default, and no more', () => {
    const texts = formats.slice(0, 32).map(({ name }) => name);
    expect(parsePolicies(texts.slice(0, 31).join(';'), defaults)).toHaveLength(32);
    expect(() => parsePolicies(texts.join(';'), defaults)).toThrow('exceeds the limit of 31 policies besides default');
  });

  it('throws nothing but a RangeError of one line, for any text', () => {
    const word = fc.oneof(
      fc.constantFrom('default', 'ruuvi5', 'AA:BB:CC:DD:EE:FF', ';', ',', '=', 'interval=5', 'events=no', 'humidity=1'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        try {
          new PolicyTable(parsePolicies(words.join(' '), defaults));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect((error as RangeError).message).toMatch(/^policies, character \d+: .+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('policyText', () => {
  it('shows in full what a table says', () => {
    expect(shown('')).toBe(DEFAULT);
    expect(shown('ruuvi5 , aabbccddeeff interval=0.5 temperature=0.2 events=no; default humidity=off')).toBe(
      DEFAULT +
        ' humidity=off; ruuvi5,AA:BB:CC:DD:EE:FF interval=0.5 heartbeat=60 events=no temperature=0.2 humidity=off',
    );
    expect(shown('default humidity=1; ruuvi5 humidity=any')).toBe(
      DEFAULT + ' humidity=1; ruuvi5 interval=10 heartbeat=60 events=yes humidity=any',
    );
  });

  it('is what parsePolicies takes for the same rules', () => {
    const settings = fc
      .record(
        {
          interval: fc.nat(86400000).map((ms) => ms / 1000),
          events: fc.constantFrom('yes', 'no'),
          temperature: fc.oneof(
            fc.constantFrom('off', 'any'),
            fc.integer({ min: 1, max: 999 }).map((n) => n / 100),
          ),
          humidity: fc.oneof(fc.constantFrom('off', 'any'), fc.integer({ min: 1, max: 999 })),
          co2: fc.constantFrom('1', '50', 'any'),
        },
        { requiredKeys: [] },
      )
      .map((record) => Object.entries(record).map(([name, value]) => ' ' + name + '=' + value))
      .map((words) => words.join(''));
    const names = fc.uniqueArray(fc.constantFrom(...formats.map(({ name }) => name)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(names, fc.array(settings, { minLength: 21, maxLength: 21 }), (list, values) => {
        const text = ['default' + values[20]!, ...list.map((name, i) => name + values[i]!)].join('; ');
        const rules: ReportRule[] = parsePolicies(text, defaults);
        const again = policyText(rules);
        expect(parsePolicies(again, { minimumInterval: 1, maximumInterval: 1 })).toEqual(rules);
        expect(policyText(new PolicyTable(rules).rules())).toBe(again);
      }),
    );
  });
});
