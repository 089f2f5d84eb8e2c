import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemOfName, nextItem, writeItemText, writeReportJson } from '../../src/cloud/index.js';
import { itemNames } from '../../src/cloud/items.js';
import { anyReport } from '../telemetry/readings.js';
import { expectWholeOrRefused, payload } from './reports.js';

describe('one value as text', () => {
  it('is what the JSON has, without quotes, for any item of any report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const json = payload((into, from, to) => writeReportJson(report, into, from, to)).toString();
        const expected = Object.entries(JSON.parse(json) as { [name: string]: unknown }).map(([name, value]) => [
          name,
          typeof value === 'number' ? value : String(value),
        ]);
        const said: unknown[] = [];
        for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
          const name = new Uint8Array(itemNames.length(item));
          itemNames.put(item, name, 0, name.length);
          const into = new Uint8Array(140);
          const end = writeItemText(report, item, into, 5, 135);
          expect(end).toBeGreaterThanOrEqual(5);
          const text = Buffer.from(into.subarray(5, end)).toString();
          const wanted = expected[said.length]?.[1];
          said.push([Buffer.from(name).toString(), typeof wanted === 'number' ? Number(text) : text]);
        }
        expect(said).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
          const empty = writeItemText(report, item, new Uint8Array(140), 0, 140) === 0;
          if (empty) continue;
          expectWholeOrRefused((into, from, to) => {
            const end = writeItemText(report, item, into, from, to > into.length ? into.length : to);
            return end < 0 ? -1 : end - from;
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  it('finds an item by its name', () => {
    expect(itemOfName('rssi')).toBeGreaterThanOrEqual(0);
    expect(itemOfName('')).toBe(-1);
    expect(itemOfName('Temperature')).toBe(-1);
  });
});
