import { decode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CborBatch,
  JsonBatch,
  SenmlBatch,
  writeReportCbor,
  writeReportJson,
  writeReportSenml,
} from '../../src/cloud/index.js';
import type { Report } from '../../src/telemetry/index.js';
import { anyReport } from '../telemetry/readings.js';
import { payload } from './reports.js';

const readJson = (bytes: Uint8Array): unknown[] => JSON.parse(Buffer.from(bytes).toString()) as unknown[];
const readCbor = (bytes: Uint8Array): unknown[] => decode(bytes, { strict: true }) as unknown[];

type Writer = (report: Report, into: Uint8Array, from: number, to: number) => number;

const forms: [string, () => JsonBatch | CborBatch | SenmlBatch, Writer, (bytes: Uint8Array) => unknown[], boolean][] = [
  ['JSON', () => new JsonBatch(40), writeReportJson, readJson, false],
  ['CBOR', () => new CborBatch(40), writeReportCbor, readCbor, false],
  ['SenML', () => new SenmlBatch(40), writeReportSenml, readJson, true],
];

describe.each(forms)('a batch in %s', (_name, make, write, read, isFlat) => {
  it('has as many reports as fit, whole, and stays in its range', () => {
    fc.assert(
      fc.property(fc.array(anyReport, { minLength: 1, maxLength: 45 }), fc.nat(20000), (reports, room) => {
        const batch = make();
        const into = new Uint8Array(room + 40).fill(0xee);
        const [first, ...others] = reports;
        let taken = 0;
        if (batch.begin(first!, into, 20, 20 + room)) {
          taken = 1;
          for (const report of others) {
            if (!batch.add(report)) break;
            taken++;
          }
          const length = batch.end();
          const list = read(into.subarray(20, 20 + length));
          const alone = reports.slice(0, taken).map((report) => {
            const bytes = payload((range, from, to) => write(report, range, from, to));
            return isFlat ? readJson(bytes) : read(Buffer.concat([CBOR_LIST(write), bytes, END(write)]))[0];
          });
          expect(list).toEqual(isFlat ? alone.flat() : alone);
          expect(length).toBeLessThanOrEqual(room);
        }
        expect(taken).toBeLessThanOrEqual(40);
        expect(into.subarray(0, 20).every((byte) => byte === 0xee)).toBe(true);
        expect(into.subarray(20 + room).every((byte) => byte === 0xee)).toBe(true);
        if (taken < Math.min(reports.length, 40)) {
          // The next one would not have fitted: its bytes, what parts it, and the list's own.
          const next = payload((range, from, to) => write(reports[taken]!, range, from, to)).length;
          const used = taken === 0 ? 2 : batch.end() + 1;
          expect(used + next).toBeGreaterThan(room - 2);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes the largest message that a single report makes, and begins anew', () => {
    const batch = make();
    fc.assert(
      fc.property(anyReport, (report) => {
        const single = payload((into, from, to) => write(report, into, from, to)).length;
        const least = isFlat ? single : single + 2;
        expect(batch.begin(report, new Uint8Array(least), 0, least)).toBe(true);
        expect(batch.begin(report, new Uint8Array(least), 0, least - 1)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

const CBOR_LIST = (write: Writer): Uint8Array => (write === writeReportCbor ? Uint8Array.of(0x81) : Buffer.from('['));
const END = (write: Writer): Uint8Array => (write === writeReportCbor ? Uint8Array.of() : Buffer.from(']'));
