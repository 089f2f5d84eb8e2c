import fc from 'fast-check';
import { HealthReport, ScannerState } from '../../../src/telemetry/index.js';
import { writeHealthJson } from '../../../src/cloud/index.js';
import { describe, expect, it } from 'vitest';

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
    unixTime: 1790000000000,
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

/** The same with all that a platform or a part may add. */
function rich(): HealthReport {
  const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
  return Object.assign(full(), {
    model: bytes('esp32'),
    serial: bytes('A1B2C3'),
    firmware: bytes('0.1.0'),
    load: 13,
    freeMemory: 121000,
    usedMemory: 47476736,
    largestFreeBlock: 65536,
    peakChunkBytes: 23000,
    peakSlotBytes: 24000,
    lostMessages: 8,
    lostAnswers: 9,
    setAside: 12,
    setAsideTopic: bytes('tagwire/shed/x'),
    setAsideSize: 300,
    backlog: 2,
    droppedFull: 1,
    droppedLong: 1,
    droppedOld: 2,
    droppedThinned: 3,
    droppedCorrupt: 4,
    badBlocks: 5,
    filtered: 10,
    refusedTags: 11,
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
    [ScannerState.stopped, 'stopped'],
  ])('names the state %d of the scanner', (scanner, name) => {
    expect(JSON.parse(text(Object.assign(full(), { scanner })))).toMatchObject({ scanner: name });
  });

  it('is JSON whatever the restart reason is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (reason) => {
        const report = new HealthReport(new TextEncoder().encode(reason));
        const { restartReason } = JSON.parse(text(report)) as { restartReason?: string };
        expect(restartReason ?? '').toBe(new TextDecoder().decode(new TextEncoder().encode(reason)));
      }),
    );
  });

  it('adds what else a platform knows, and what was lost, where there is room', () => {
    expect(text(rich())).toBe(
      '{"uptime":3600,"time":1790000000000,"restartReason":"power on","model":"esp32","serial":"A1B2C3",' +
        '"firmware":"0.1.0","load":13,"freeMemory":121000,"usedMemory":47476736,"largestFreeBlock":65536,' +
        '"freeChunkBytes":9000,"freeSlotBytes":8000,"peakChunkBytes":23000,"peakSlotBytes":24000,"rssi":-61,' +
        '"connects":2,"skipped":1,"lostMessages":8,"lostAnswers":9,' +
        '"setAside":12,"setAsideTopic":"tagwire/shed/x","setAsideSize":300,' +
        '"scanner":"scanning","outbox":3,"backlog":2,"dropped":4,"droppedFull":1,"droppedLong":1,"droppedOld":2,' +
        '"droppedThinned":3,"droppedCorrupt":4,"badBlocks":5,"filtered":10,"refusedTags":11,"advertisements":41234,' +
        '"advertisementsPerSecond":11.4,"tags":17,"scanRestarts":5,"radioResets":6,"chipRestarts":7}',
    );
  });

  it('tells nothing of losses that there are none of, nor of what is above 0 for another reason', () => {
    const quiet = Object.assign(new HealthReport(new Uint8Array(0)), { load: 0, freeMemory: 0 });
    expect(text(quiet)).toBe('{"uptime":0,"load":0,"freeMemory":0,"connects":0,"skipped":0}');
  });

  it('is whole, or the essential part, or refused, at every size, and stays in its range', () => {
    const whole = text(rich()).length;
    const essential = text(full()).length;
    const into = new Uint8Array(whole + 20);
    for (let room = 0; room <= whole + 1; room++) {
      into.fill(0);
      const expected = room < essential ? -1 : room < whole ? essential : whole;
      expect(writeHealthJson(rich(), into, 7, 7 + room)).toBe(expected);
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
    report.unixTime = 2 ** 48 - 1;
    report.rssi = -127;
    report.advertisementsPerSecond = 1000.5;
    report.restartReason = new Uint8Array(0);
    const into = new Uint8Array(400);
    expect(writeHealthJson(report, into, 0, 400)).toBeGreaterThan(300);
  });
});
