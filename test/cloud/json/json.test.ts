import fc from 'fast-check';
import {
  AdvertisementDecoder,
  describeReading,
  Field,
  fieldDecimals,
  fieldNames,
  IdentityKind,
  ReadingState,
  RSSI_UNKNOWN,
} from '../../../src/tags/index.js';
import { Report } from '../../../src/telemetry/index.js';
import { withView } from '../../../src/mqtt/viewed-bytes.js';
import { roundDecimal } from '../../../src/bytes/index.js';
import { writeReportJson } from '../../../src/cloud/index.js';
import { Item, itemDecimals, itemNumber } from '../../../src/cloud/items.js';
import { fromHex } from '../../tags/hex.js';
import { anyReading } from '../../telemetry/readings.js';
import { describe, expect, it } from 'vitest';

function json(report: Report): string {
  const into = new Uint8Array(4096);
  const length = writeReportJson(report, into, 10, into.length);
  expect(length).toBeGreaterThan(0);
  const viewed = withView(new Uint8Array(4096));
  expect(writeReportJson(report, viewed, 10, viewed.length)).toBe(length);
  expect(viewed.subarray(10, 10 + length)).toEqual(into.subarray(10, 10 + length));
  return String.fromCharCode(...into.slice(10, 10 + length));
}

function reportOf(advertisement: string): Report {
  const report = new Report();
  const bytes = fromHex(advertisement);
  new AdvertisementDecoder().decode(bytes, 0, bytes.length, report.reading);
  report.address.set(fromHex('dc2c6e0fc03d'));
  report.rssi = -61;
  report.unixTime = 1790000000000;
  return report;
}

describe('writeReportJson', () => {
  it('writes a MikroTik tag', () => {
    expect(json(reportOf('15ff4f090100669dfcff0600fcff6117f1e50f000664'))).toBe(
      '{"address":"DC:2C:6E:0F:C0:3D","format":"mikrotik","rssi":-61,"time":1790000000000,"temperature":23.38,' +
        '"accelerationX":-0.016,"accelerationY":0.023,"accelerationZ":-0.016,"batteryPercent":100,"uptime":1041905,' +
        '"events":["tilt","freeFall"]}',
    );
  });

  it('leaves out a time and a signal strength that are not known, and tells a state that is not ok', () => {
    const report = reportOf('15ff4f090101035baa8f5fb647f2d5da862f982d9034');
    report.unixTime = 0;
    report.rssi = RSSI_UNKNOWN;
    expect(json(report)).toBe('{"address":"DC:2C:6E:0F:C0:3D","format":"mikrotik","state":"encrypted"}');
  });

  it('names a report by the start of the gateway and its number since, unless the start is not known', () => {
    const report = reportOf('15ff4f090101035baa8f5fb647f2d5da862f982d9034');
    Object.assign(report, { boot: 12, sequence: 4294967295 });
    expect(json(report)).toContain('"state":"encrypted","id":"12/4294967295","rssi":-61');
    report.boot = 0;
    expect(json(report)).not.toContain('"id"');
  });

  it('tells a time that was found out later, or the uptime of the gateway where none was', () => {
    const report = Object.assign(new Report(), { unixTime: 1790000000000, timeEstimated: true });
    expect(JSON.parse(json(report))).toMatchObject({ time: 1790000000000, timeEstimated: true });
    Object.assign(report, { unixTime: 0, timeEstimated: false, uptime: 1500 });
    expect(JSON.parse(json(report))).toEqual({
      address: '00:00:00:00:00:00',
      format: 'unknown',
      state: 'unknown',
      gatewayUptime: 1500,
    });
  });

  it('writes mean, maximum and distance where they are known', () => {
    const report = reportOf('15ff4f090101035baa8f5fb647f2d5da862f982d9034');
    report.setWindow(3, -62 - 2 / 3, -59);
    report.distance = 2.449;
    expect(json(report)).toContain('"rssi":-61,"rssiMean":-62.7,"rssiMax":-59,"distance":2.4,"time":1790000000000');
    report.setWindow(1, -61, -61);
    expect(json(report)).toContain('"rssi":-61,"distance":2.4,"time":1790000000000');
  });

  it.each([
    [0.0001, '0.01'],
    [0.01234, '0.01'],
    [0.0156, '0.02'],
    [0.1234, '0.12'],
    [0.994, '0.99'],
    [0.996, '1'],
    [1.25, '1.3'],
    [9.94, '9.9'],
    [9.96, '10'],
    [12.4, '12'],
    [99.4, '99'],
    [99.6, '100'],
    [123, '120'],
    [996, '1000'],
    [8765, '8800'],
  ])('writes a distance of %d m as %s', (distance, expected) => {
    const report = reportOf('15ff4f090101035baa8f5fb647f2d5da862f982d9034');
    report.distance = distance;
    expect(json(report)).toContain('"distance":' + expected + ',');
  });

  it('writes of every distance the number that other formats have of it', () => {
    const distances = fc.oneof(
      fc.double({ noNaN: true, min: 0.0001, max: 12 }),
      fc.double({ noNaN: true, min: 0.0001, max: 1e6 }),
      fc.constantFrom(0.00999, 0.01, 0.994999, 0.995, 0.9950001, 9.949999, 9.95, 9.9500001, 99.5),
    );
    const report = reportOf('15ff4f090101035baa8f5fb647f2d5da862f982d9034');
    fc.assert(
      fc.property(distances, (distance) => {
        report.distance = distance;
        const { distance: written } = JSON.parse(json(report)) as { distance: number };
        expect(written).toBe(roundDecimal(itemNumber(report, Item.distance), itemDecimals(Item.distance)));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves the distance to a tag that measures one', () => {
    const report = new Report();
    report.reading.set(Field.distance, 4.5);
    report.distance = 2;
    expect(JSON.parse(json(report))).toMatchObject({ distance: 4.5 });
    expect(json(report).match(/distance/g)).toHaveLength(1);
  });

  it.each([
    [
      '1aff4c00021500112233445566778899aabbccddeeff01234567fc',
      '"uuid":"00112233-4455-6677-8899-aabbccddeeff","rssiAt1m":-4,"major":291,"minor":17767}',
    ],
    [
      '1716aafe00fc00112233445566778899aabbccddeeff0000',
      '"namespace":"00112233445566778899","instance":"aabbccddeeff","txPower":-4,"rssiAt1m":-45}',
    ],
    ['1016aafe10000367657470617265746f07', '"url":"https://getpareto.com","txPower":0,"rssiAt1m":-41}'],
    ['0b16aafe1000032261225c07', '"url":"https://\\"a\\"\\\\.com","txPower":0,"rssiAt1m":-41}'],
    ['0d16aafe3000ff00112233445566', '"eid":"ff00112233445566","txPower":0,"rssiAt1m":-41}'],
  ])('writes the identity in %s', (advertisement, end) => {
    const text = json(reportOf(advertisement));
    expect(text.slice(text.indexOf('"time":1790000000000,') + 21)).toBe(end);
  });

  it('says what describeReading says, for any reading', () => {
    const decimals = Object.fromEntries(fieldNames.map((name, field) => [name, fieldDecimals[field]]));
    fc.assert(
      fc.property(
        anyReading,
        fc.uint8Array({ minLength: 6, maxLength: 6 }),
        fc.integer({ min: -127, max: 127 }),
        fc.nat(2 ** 48 - 1),
        fc.option(fc.tuple(fc.integer({ min: -1270, max: 200 }), fc.integer({ min: -127, max: 20 }))),
        (reading, address, rssi, unixTime, window) => {
          const report = new Report();
          report.reading.copy(reading);
          report.address.set(address);
          report.rssi = rssi;
          report.unixTime = unixTime;

          const description = describeReading(reading);
          const expected: { [name: string]: unknown } = {
            address: Array.from(address, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':'),
            format: description.format,
            ...description.ids,
          };
          if (reading.state !== ReadingState.ok) expected.state = description.state;
          if (rssi !== RSSI_UNKNOWN) expected.rssi = rssi;
          if (window) {
            report.setWindow(2, window[0] / 10, window[1]);
            expected.rssiMean = window[0] / 10 + 0;
            expected.rssiMax = window[1];
          }
          if (unixTime !== 0) expected.time = unixTime;
          for (const [name, value] of Object.entries(description.fields)) {
            // Adding 0 makes minus zero, which JSON text does not have here, zero.
            expected[name] = typeof value === 'number' ? Number(value.toFixed(decimals[name])) + 0 : value;
          }
          expect(JSON.parse(json(report))).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    fc.assert(
      fc.property(anyReading, (reading) => {
        const report = new Report();
        report.reading.copy(reading);
        const whole = json(report).length;
        const into = withView(new Uint8Array(whole + 20));
        for (let room = 0; room <= whole + 1; room++) {
          into.fill(0);
          expect(writeReportJson(report, into, 7, 7 + room)).toBe(room < whole ? -1 : whole);
          expect(into.slice(0, 7).every((byte) => byte === 0)).toBe(true);
          expect(into.slice(7 + room).every((byte) => byte === 0)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('does not take an end behind the array for room', () => {
    const report = reportOf('1016aafe10000367657470617265746f07');
    expect(writeReportJson(report, new Uint8Array(100), 0, 1000)).toBe(-1);
    expect(writeReportJson(report, new Uint8Array(100), 200, 1000)).toBe(-1);
  });

  it('refuses a URL that is none', () => {
    const report = new Report();
    report.reading.setIdentity(IdentityKind.url, Uint8Array.of(9, 9), 0, 2);
    expect(writeReportJson(report, new Uint8Array(500), 0, 500)).toBe(-1);
  });
});
