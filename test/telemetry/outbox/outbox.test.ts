import fc from 'fast-check';
import { Field, FIELD_COUNT, IDENTITY_SIZE, IdentityKind, Reading, ReadingState } from '../../../src/tags/index.js';
import {
  AppendResult,
  MAX_REPORT_LENGTH,
  Outbox,
  RECORD_OVERHEAD,
  Report,
  ReportKind,
} from '../../../src/telemetry/index.js';
import { anyReading, anyReport, appendReading, appendReport, content, parts, takeReport } from '../readings.js';
import { describe, expect, it } from 'vitest';

/** The smallest capacity for reports. */
const MINIMUM = RECORD_OVERHEAD + MAX_REPORT_LENGTH;

const address = Uint8Array.of(1, 2, 3, 4, 5, 6);

/** A reading whose record takes 60 bytes. */
function small(): Reading {
  const reading = new Reading();
  reading.format = 1;
  reading.state = ReadingState.ok;
  reading.addFormat(1);
  for (let field = Field.temperature; field < 4; field++) reading.set(field, 1);
  return reading;
}

function makeOutbox(capacity: number): Outbox {
  return new Outbox({ capacity, maxRecordLength: MAX_REPORT_LENGTH });
}

/** An outbox with room for `count` small readings. */
function outboxFor(count: number): Outbox {
  const outbox = makeOutbox(Math.max(MINIMUM, 60 * count));
  expect(Math.floor(outbox.capacity / 60)).toBe(count);
  return outbox;
}

function append(outbox: Outbox, sequence: number): AppendResult {
  return appendReading(outbox, small(), address, 0, -50, 0, sequence);
}

function take(outbox: Outbox): number | undefined {
  const report = new Report();
  return takeReport(outbox, report) ? report.sequence : undefined;
}

function takeAll(outbox: Outbox): number[] {
  const list: number[] = [];
  for (let next = take(outbox); next !== undefined; next = take(outbox)) {
    list.push(next);
    outbox.sentUnacknowledged();
  }
  return list;
}

describe('Outbox', () => {
  it.each([0, MINIMUM - 1, 1000.5, 16777217, NaN])('refuses a capacity of %d', (capacity) => {
    expect(() => makeOutbox(capacity)).toThrow(
      'outbox capacity must be an integer from ' + MINIMUM + ' to 16777216, got ' + capacity,
    );
  });

  it('gives back any reading with all that belongs to it', () => {
    fc.assert(
      fc.property(
        anyReading,
        fc.uint8Array({ minLength: 9, maxLength: 9 }),
        fc.integer({ min: -128, max: 127 }),
        fc.nat(2 ** 48 - 1),
        fc.nat(0xffffffff),
        (reading, bytes, rssi, unixTime, sequence) => {
          const outbox = new Outbox({});
          expect(appendReading(outbox, reading, bytes, 2, rssi, unixTime, sequence)).toBe(AppendResult.stored);
          const report = new Report();
          report.reading.set(Field.temperature, 99);
          report.reading.setIdentity(IdentityKind.eid, bytes, 0, 8);
          expect(takeReport(outbox, report)).toBe(true);
          expect(content(report.reading)).toEqual(content(reading));
          expect(Array.from(report.address)).toEqual(Array.from(bytes.slice(2, 8)));
          expect([report.rssi, report.unixTime, report.sequence]).toEqual([rssi, unixTime, sequence]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has room for the largest reading in the smallest capacity', () => {
    const reading = new Reading();
    for (let format = 1; format <= 4; format++) reading.addFormat(format);
    reading.setIdentity(IdentityKind.url, new Uint8Array(IDENTITY_SIZE).fill(0x61), 0, IDENTITY_SIZE);
    for (let field = 0; field < FIELD_COUNT; field++) reading.set(field, 1 / 3);
    const report = new Report();
    report.reading.copy(reading);
    report.setWindow(2, -70.26, -60);
    report.distance = 0.3;
    const outbox = makeOutbox(MINIMUM);
    report.sequence = 1;
    expect(appendReport(outbox, report)).toBe(AppendResult.stored);
    expect(outbox.used).toBe(MINIMUM);
    report.sequence = 2;
    expect(appendReport(outbox, report)).toBe(AppendResult.storedAfterDrop);
    expect(take(outbox)).toBe(2);
  });

  it('gives back a report of any kind with all its parts', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const outbox = new Outbox({});
        expect(appendReport(outbox, report)).toBe(AppendResult.stored);
        const back = new Report();
        back.kind = ReportKind.away;
        back.lastSeen = 7;
        back.distance = 7;
        back.setWindow(2, 7, 7);
        expect(takeReport(outbox, back)).toBe(true);
        expect(parts(back)).toEqual(parts(report));
        if (report.kind === ReportKind.reading) expect(content(back.reading)).toEqual(content(report.reading));
        else expect(content(back.reading)).toEqual(content(new Reading()));
      }),
      { numRuns: 500 },
    );
  });

  it('says what a report takes', () => {
    const used = (set: (report: Report) => void) => {
      const report = new Report();
      set(report);
      const outbox = new Outbox({});
      appendReport(outbox, report);
      return outbox.used;
    };
    expect(used((report) => (report.kind = ReportKind.arrived))).toBe(33);
    expect(
      used((report) => {
        report.kind = ReportKind.away;
        report.lastSeen = 1790000000000;
        report.reading.copy(small());
      }),
    ).toBe(39);
    expect(used((report) => report.reading.copy(small()))).toBe(60);
    expect(
      used((report) => {
        report.reading.copy(small());
        report.setWindow(2, -60, -50);
        report.distance = 3;
      }),
    ).toBe(67);
  });

  it('gives the same reading until it was sent', () => {
    const outbox = outboxFor(6);
    append(outbox, 1);
    append(outbox, 2);
    expect([take(outbox), take(outbox)]).toEqual([1, 1]);
    expect(outbox.sent(7)).toBe(true);
    expect(take(outbox)).toBe(2);
    expect([outbox.waitingCount, outbox.inFlightCount]).toEqual([1, 1]);
  });

  it('forgets a reading at its acknowledgement, in any order, and only once', () => {
    const outbox = outboxFor(6);
    for (let i = 1; i <= 3; i++) {
      append(outbox, i);
      take(outbox);
      expect(outbox.sent(i * 10)).toBe(true);
    }
    expect(outbox.acknowledged(20)).toBe(true);
    expect(outbox.acknowledged(20)).toBe(false);
    expect(outbox.acknowledged(99)).toBe(false);
    expect(outbox.acknowledged(0)).toBe(false);
    expect(outbox.acknowledged(10)).toBe(true);
    expect(outbox.acknowledged(30)).toBe(true);
    expect([outbox.inFlightCount, outbox.acknowledgedCount, outbox.used]).toEqual([0, 3, 0]);
  });

  it('refuses identifiers that are not allowed or in flight, and a second `sent`', () => {
    const outbox = outboxFor(6);
    append(outbox, 1);
    expect(outbox.sent(1)).toBe(false);
    take(outbox);
    for (const packetId of [0, -1, 65536, NaN]) expect(outbox.sent(packetId)).toBe(false);
    expect(outbox.sent(65535)).toBe(true);
    expect(outbox.sent(2)).toBe(false);
    expect(outbox.sentUnacknowledged()).toBe(false);
    append(outbox, 2);
    take(outbox);
    expect(outbox.sent(65535)).toBe(false);
    expect(outbox.sent(1)).toBe(true);
  });

  it('gives readings in flight again in their order when they return, before newer ones', () => {
    const outbox = outboxFor(6);
    for (let i = 1; i <= 4; i++) append(outbox, i);
    for (let i = 1; i <= 3; i++) {
      take(outbox);
      outbox.sent(i);
    }
    outbox.acknowledged(2);
    expect(outbox.returnToWaiting()).toBe(2);
    expect(outbox.returnToWaiting()).toBe(0);
    expect(outbox.acknowledged(1)).toBe(false);
    expect(takeAll(outbox)).toEqual([1, 3, 4]);
  });

  it('drops the oldest that waits when it is full, never one in flight', () => {
    const outbox = outboxFor(6);
    for (let i = 1; i <= 6; i++) append(outbox, i);
    take(outbox);
    outbox.sent(1);
    expect(append(outbox, 7)).toBe(AppendResult.storedAfterDrop);
    expect(append(outbox, 8)).toBe(AppendResult.storedAfterDrop);
    expect(outbox.droppedCount).toBe(2);
    expect(outbox.returnToWaiting()).toBe(1);
    expect(takeAll(outbox)).toEqual([1, 4, 5, 6, 7, 8]);
  });

  it('refuses a new reading, and drops none, when what is in flight leaves no room', () => {
    const outbox = outboxFor(6);
    for (let i = 1; i <= 6; i++) {
      append(outbox, i);
      take(outbox);
      outbox.sent(i);
    }
    expect(append(outbox, 7)).toBe(AppendResult.refused);
    expect([outbox.refusedCount, outbox.droppedCount, outbox.inFlightCount]).toEqual([1, 0, 6]);
    outbox.acknowledged(3);
    expect(append(outbox, 8)).toBe(AppendResult.stored);
  });

  it('does not send a reading that was dropped after it was taken', () => {
    const outbox = outboxFor(6);
    for (let i = 1; i <= 6; i++) append(outbox, i);
    take(outbox);
    append(outbox, 7);
    expect(outbox.sent(5)).toBe(false);
    expect(outbox.sentUnacknowledged()).toBe(false);
    expect(takeAll(outbox)).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('sends the reading that was taken when an append has moved it since', () => {
    const outbox = outboxFor(6);
    for (let i = 1; i <= 6; i++) append(outbox, i);
    take(outbox);
    outbox.sentUnacknowledged();
    expect(take(outbox)).toBe(2);
    expect(append(outbox, 7)).toBe(AppendResult.stored);
    expect(outbox.sent(9)).toBe(true);
    expect(outbox.acknowledged(9)).toBe(true);
    expect(takeAll(outbox)).toEqual([3, 4, 5, 6, 7]);
  });

  it('does what a plain list does', () => {
    type Stored = { sequence: number; length: number; content: unknown; packetId: number };
    const command = fc.oneof(
      { weight: 5, arbitrary: fc.record({ name: fc.constant('append' as const), reading: anyReading }) },
      { weight: 4, arbitrary: fc.record({ name: fc.constant('send' as const), packetId: fc.nat(6) }) },
      { weight: 3, arbitrary: fc.record({ name: fc.constant('acknowledge' as const), packetId: fc.nat(6) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('sendUnacknowledged' as const) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('take' as const) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('return' as const) }) },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: MINIMUM, max: 600 }),
        fc.array(command, { maxLength: 150 }),
        (capacity, commands) => {
          const outbox = makeOutbox(capacity);
          const report = new Report();
          let list: Stored[] = [];
          let taken: Stored | undefined;
          const counts = { appended: 0, acknowledged: 0, dropped: 0, refused: 0 };
          const used = () => list.reduce((sum, one) => sum + one.length, 0);
          const oldestWaiting = () => list.find((one) => one.packetId === 0);
          const remove = (one: Stored) => {
            list = list.filter((other) => other !== one);
            if (taken === one) taken = undefined;
          };
          const checkTake = () => {
            taken = oldestWaiting();
            expect(takeReport(outbox, report)).toBe(taken !== undefined);
            if (!taken) return;
            expect(report.sequence).toBe(taken.sequence);
            expect(content(report.reading)).toEqual(taken.content);
          };
          for (const step of commands) {
            switch (step.name) {
              case 'append': {
                const sequence = counts.appended++;
                // The length of a record is measured, not computed a second time.
                const scale = makeOutbox(MINIMUM);
                appendReading(scale, step.reading, address, 0, -1, 0, 0);
                const length = scale.used;
                const flying = list.filter((one) => one.packetId !== 0).reduce((sum, one) => sum + one.length, 0);
                const result = appendReading(outbox, step.reading, address, 0, -1, 0, sequence);
                if (capacity - flying < length) {
                  expect(result).toBe(AppendResult.refused);
                  counts.refused++;
                  break;
                }
                const fits = capacity - used() >= length;
                expect(result).toBe(fits ? AppendResult.stored : AppendResult.storedAfterDrop);
                while (capacity - used() < length) {
                  remove(oldestWaiting()!);
                  counts.dropped++;
                }
                list.push({ sequence, length, content: content(step.reading), packetId: 0 });
                break;
              }
              case 'take':
                checkTake();
                break;
              case 'send': {
                // Every other one without a new `take`, so that one from before an append is used as well.
                if (step.packetId % 2 === 0) checkTake();
                const free = step.packetId > 0 && !list.some((one) => one.packetId === step.packetId);
                expect(outbox.sent(step.packetId)).toBe(taken !== undefined && free);
                if (taken && free) {
                  taken.packetId = step.packetId;
                  taken = undefined;
                }
                break;
              }
              case 'sendUnacknowledged':
                expect(outbox.sentUnacknowledged()).toBe(taken !== undefined);
                if (taken) {
                  counts.acknowledged++;
                  remove(taken);
                }
                break;
              case 'acknowledge': {
                const found = list.find((one) => one.packetId !== 0 && one.packetId === step.packetId);
                expect(outbox.acknowledged(step.packetId)).toBe(found !== undefined);
                if (found) {
                  counts.acknowledged++;
                  remove(found);
                }
                break;
              }
              case 'return':
                expect(outbox.returnToWaiting()).toBe(list.filter((one) => one.packetId !== 0).length);
                for (const one of list) one.packetId = 0;
                taken = undefined;
                break;
            }
            expect(outbox.used).toBe(used());
            expect(outbox.waitingCount).toBe(list.filter((one) => one.packetId === 0).length);
            expect(outbox.hasWaiting).toBe(outbox.waitingCount > 0);
            expect(outbox.inFlightCount).toBe(list.filter((one) => one.packetId !== 0).length);
            expect({
              appended: outbox.appendedCount,
              acknowledged: outbox.acknowledgedCount,
              dropped: outbox.droppedCount,
              refused: outbox.refusedCount,
            }).toEqual(counts);
          }
          outbox.returnToWaiting();
          expect(takeAll(outbox)).toEqual(list.map((one) => one.sequence));
        },
      ),
      { numRuns: 500 },
    );
  });
});
