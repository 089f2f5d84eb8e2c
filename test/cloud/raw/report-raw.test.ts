import { describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { writeReportRaw } from '../../../src/cloud/index.js';
import { RuuviProfile } from '../../../src/cloud/ruuvi/profile.js';
import { Report, ReportKind } from '../../../src/telemetry/index.js';
import { fromHex } from '../../tags/hex.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from '../reports.js';

const NAME = '0d0954656d7065726174757265203132';

/** With the advertisement that it is decoded from. */
function heard(advertisement: string, size = 62): Report {
  const report = Object.assign(new Report(size), { rssi: -61, unixTime: 1790000000000 });
  report.reading.format = 1;
  const bytes = fromHex('ff' + advertisement);
  report.keepAdvertisement(bytes, 1, bytes.length);
  return report;
}

const raw = (report: Report): string => payload((into, from, to) => writeReportRaw(report, into, from, to)).toString();

describe('a raw payload', () => {
  it('is the advertisement in hexadecimal', () => {
    expect(raw(heard(MIKROTIK))).toBe(MIKROTIK);
    expectWholeOrRefused((into, from, to) => writeReportRaw(heard(MIKROTIK), into, from, to));
  });

  it('is the word for a tag that arrived or is away', () => {
    const report = heard(MIKROTIK);
    report.kind = ReportKind.arrived;
    expect(raw(report)).toBe('arrived');
    report.kind = ReportKind.away;
    expect(raw(report)).toBe('away');
  });

  it('has of a long advertisement the AD structures that fit', () => {
    const name = NAME.slice(0, 28);
    expect(raw(heard(MIKROTIK + name + MIKROTIK))).toBe(MIKROTIK + name + MIKROTIK);
    expect(raw(heard(MIKROTIK + name + MIKROTIK, 57))).toBe(MIKROTIK + name);
    expect(heard('3eff' + '00'.repeat(61)).advertisementLength).toBe(0);
    expect(heard(MIKROTIK, 0).advertisementLength).toBe(0);
  });

  it('is what Ruuvi Gateway relays, of any tag, where it is kept', () => {
    const gateway = new RuuviProfile('ruuvi/gw/', 'gw');
    const report = heard('02010604ff990406');
    expect(gateway.messages(report)).toBe(1);
    const text = payload((into, from, to) => gateway.writePayload(report, 0, into, from, to)).toString();
    expect(JSON.parse(text)).toMatchObject({ data: '02010604FF990406' });
    expect(gateway.messages(reportOf(MIKROTIK))).toBe(1);
  });
});

describe('a configuration', () => {
  const MINIMUM = { broker: 'mqtt://127.0.0.1', gateway: 'shed' };
  const sizeOf = (more: object): number => parseForDesktop({ ...MINIMUM, ...more }, false).tags!.advertisementSize ?? 0;
  const memoryOf = (more: object): number => parseForDesktop({ ...MINIMUM, ...more }, false).tags!.memory;

  it('keeps advertisements, and asks memory for them, only where they are sent', () => {
    expect(sizeOf({})).toBe(0);
    expect(sizeOf({ payload: 'raw' })).toBe(62);
    expect(sizeOf({ cloud: 'ruuvi' })).toBe(0);
    expect(sizeOf({ cloud: 'ruuvi', keepAdvertisements: true })).toBe(62);
    expect(sizeOf({ cloud: 'routeros', keepAdvertisements: true })).toBe(62);
    expect(memoryOf({ payload: 'raw' })).toBe(memoryOf({}) + 78);
  });

  it('has one advertisement in a message', () => {
    expect(() => parseForDesktop({ ...MINIMUM, payload: 'raw', batch: 2 }, false)).toThrow(
      'batch must be 1 with payload=raw, got 2',
    );
  });
});
