import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemOfName, writeReportJson, writeReportSenml } from '../../../src/cloud/index.js';
import { itemUnits, unitMembers } from '../../../src/cloud/senml/units.js';
import { eventNames, Field, fieldNames, fieldUnits, RSSI_UNKNOWN } from '../../../src/tags/index.js';
import { Report, ReportKind } from '../../../src/telemetry/index.js';
import { anyReport } from '../../telemetry/readings.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from '../reports.js';

const senml = (report: Report): string =>
  payload((into, from, to) => writeReportSenml(report, into, from, to)).toString();
const json = (report: Report): { [key: string]: unknown } =>
  JSON.parse(payload((into, from, to) => writeReportJson(report, into, from, to)).toString()) as {
    [key: string]: unknown;
  };

/** Primary units (RFC 8428, 12.1; RFC 8798, 2) that RFC 8428 does not advise against. */
const PRIMARY =
  'm kg s A K cd mol Hz rad sr N Pa J W C V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 m/s m/s2 m3/s W/m2 cd/m2 bit ' +
  'bit/s lat lon pH dB dBW count / %RH %EL EL 1/s S/m B VA VAs var vars J/m kg/m3 deg';

/** A pack as RFC 8428, 4 and 5, have it. */
const isPack = new Ajv().compile({
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['n'],
    additionalProperties: false,
    properties: {
      bn: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9:./_-]*$' },
      bt: { type: 'number' },
      n: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9:./_-]*$' },
      u: { enum: PRIMARY.split(' ') },
      v: { type: 'number' },
      vs: { type: 'string' },
      vb: { type: 'boolean' },
    },
    oneOf: [{ required: ['v'] }, { required: ['vs'] }, { required: ['vb'] }],
  },
});

interface SenmlRecord {
  bn?: string;
  bt?: number;
  n: string;
  u?: string;
  v?: number;
  vs?: string;
  vb?: boolean;
}

describe('writeReportSenml', () => {
  it('writes a MikroTik tag', () => {
    const report = reportOf(MIKROTIK);
    report.unixTime += 250;
    expect(senml(report)).toBe(
      '[{"bn":"urn:dev:mac:dc2c6efffe0fc03d_","bt":1790000000.25,"n":"format","vs":"mikrotik"},' +
        '{"n":"rssi","u":"dBW","v":-91},' +
        '{"n":"temperature","u":"Cel","v":23.38},' +
        '{"n":"accelerationX","u":"m/s2","v":-0.153},' +
        '{"n":"accelerationY","u":"m/s2","v":0.23},' +
        '{"n":"accelerationZ","u":"m/s2","v":-0.153},' +
        '{"n":"batteryPercent","u":"%EL","v":100},' +
        '{"n":"uptime","u":"s","v":1041905},' +
        '{"n":"reedSwitch","vb":false},{"n":"tilt","vb":true},{"n":"freeFall","vb":true},' +
        '{"n":"impactX","vb":false},{"n":"impactY","vb":false},{"n":"impactZ","vb":false}]',
    );
  });

  it('writes that a tag is away', () => {
    const report = Object.assign(new Report(), { kind: ReportKind.away, rssi: RSSI_UNKNOWN });
    Object.assign(report, { unixTime: 1790000060000, lastSeen: 1790000000001 });
    expect(senml(report)).toBe(
      '[{"bn":"urn:dev:mac:000000fffe000000_","bt":1790000060,"n":"presence","vs":"away"},' +
        '{"n":"lastSeen","u":"s","v":1790000000001e-3}]',
    );
  });

  it.each([
    [Field.pressure, 1013.25, 'Pa', 101325],
    [Field.co2, 415, '/', 415e-6],
    [Field.pm25, 12.3, 'kg/m3', 12.3e-9],
    [Field.energy, 1.234, 'J', 4442400],
    [Field.volumeFlow, 3.6, 'm3/s', 0.001],
    [Field.conductivity, 350, 'S/m', 0.035],
    [Field.humidity2, 45.5, '%RH', 45.5],
    [Field.moisture, 45.5, '/', 0.455],
    [Field.heartRate, 72, '1/s', 1.2],
    [Field.txPower, 4, 'dBW', -26],
    [Field.gyroscope, 12.5, undefined, 12.5],
    [Field.steps, 1234, 'count', 1234],
  ])('puts field %i into a primary unit', (field, value, u, v) => {
    const report = new Report();
    report.reading.set(field, value);
    const record = (JSON.parse(senml(report)) as SenmlRecord[]).at(-1);
    expect(record).toEqual({ n: fieldNames[field], ...(u && { u }), v });
  });

  it('has a unit for every field that has one, but one', () => {
    const without = fieldNames.filter(
      (name, field) => fieldUnits[field] !== '' && unitMembers.length(itemUnits[itemOfName(name)]!) === 0,
    );
    expect(without).toEqual(['gyroscope']);
  });

  it('is a pack that says what the JSON says, for any report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const records = JSON.parse(senml(report)) as SenmlRecord[];
        expect(isPack(records), JSON.stringify(isPack.errors)).toBe(true);
        const { address: _address, time, ...expected } = json(report);
        expect(records[0]!.bt).toBe(time === undefined ? 0 : (time as number) / 1000);
        const names = Object.keys(expected).flatMap((name) => (name === 'events' ? eventNames : [name]));
        expect(records.map(({ n }) => n)).toEqual(names);
        const events = records.filter(({ n, vb }) => vb && eventNames.includes(n)).map(({ n }) => n);
        for (const { n, vs, vb } of records) {
          if (vs !== undefined) expect(vs).toBe(expected[n]);
          if (vb !== undefined && !eventNames.includes(n)) expect(vb).toBe(expected[n]);
        }
        expect(events).toEqual(expected.events ?? []);
      }),
      { numRuns: 1000 },
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expectWholeOrRefused((into, from, to) => writeReportSenml(report, into, from, to));
      }),
      { numRuns: 50 },
    );
  });
});
