import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HealthReport, ScannerState, writeHealthJson } from '../../src/telemetry/index.js';

function text(report: HealthReport): string {
  const into = new Uint8Array(1024);
  const length = writeHealthJson(report, into, 3, into.length);
  expect(length).toBeGreaterThan(0);
  return new TextDecoder().decode(into.slice(3, 3 + length));
}

function full(): HealthReport {
  const report = new HealthReport(new TextEncoder().encode('power on'));
  return Object.assign(report, {
    uptime: 3600,
    epoch: 1790000000000,
    freeChunkBytes: 9000,
    freeSlotBytes: 8000,
    rssi: -61,
    connects: 2,
    skipped: 1,
    scanner: ScannerState.scanning,
    outbox: 3,
    dropped: 4,
    advertisements: 41234,
    advertisementsPerSecond: 11.44,
    tags: 17,
    scanRestarts: 5,
    radioResets: 6,
    chipRestarts: 7,
  });
}

describe('writeHealthJson', () => {
  it('writes all that is known', () => {
    expect(text(full())).toBe(
      '{"uptime":3600,"time":1790000000000,"restartReason":"power on","freeChunkBytes":9000,"freeSlotBytes":8000,' +
        '"rssi":-61,"connects":2,"skipped":1,"scanner":"scanning","outbox":3,"dropped":4,"advertisements":41234,' +
        '"advertisementsPerSecond":11.4,"tags":17,"scanRestarts":5,"radioResets":6,"chipRestarts":7}',
    );
  });

  it('leaves out what is not known, and what belongs to a scanner that is not there', () => {
    expect(text(new HealthReport(new Uint8Array(0)))).toBe('{"uptime":0,"connects":0,"skipped":0}');
  });

  it.each([
    [ScannerState.scanning, 'scanning'],
    [ScannerState.paused, 'paused'],
    [ScannerState.silent, 'silent'],
  ])('names the state %d of the scanner', (scanner, name) => {
    expect(JSON.parse(text(Object.assign(full(), { scanner })))).toMatchObject({ scanner: name });
  });

  it('is JSON whatever the restart reason is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (reason) => {
        const report = new HealthReport(new TextEncoder().encode(reason));
        const { restartReason } = JSON.parse(text(report)) as { restartReason?: string };
        const printable = Array.from(reason, (one) => (one < ' ' ? ' ' : one)).join('');
        expect(restartReason ?? '').toBe(new TextDecoder().decode(new TextEncoder().encode(printable)));
      }),
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    const whole = text(full()).length;
    const into = new Uint8Array(whole + 20);
    for (let room = 0; room <= whole + 1; room++) {
      into.fill(0);
      expect(writeHealthJson(full(), into, 7, 7 + room)).toBe(room < whole ? -1 : whole);
      expect(into.slice(0, 7).every((byte) => byte === 0)).toBe(true);
      expect(into.slice(7 + room).every((byte) => byte === 0)).toBe(true);
    }
    expect(writeHealthJson(full(), new Uint8Array(100), 0, 1000)).toBe(-1);
  });

  it('takes at most 400 bytes beside the restart reason', () => {
    const report = full();
    for (const [name, value] of Object.entries(report)) {
      if (typeof value === 'number' && name !== 'scanner') Object.assign(report, { [name]: 4294967295 });
    }
    report.epoch = 2 ** 48 - 1;
    report.rssi = -127;
    report.advertisementsPerSecond = 1000.5;
    report.restartReason = new Uint8Array(0);
    expect(text(report).length).toBeLessThanOrEqual(400);
  });
});
