import { AdvertisementDecoder, TagTable } from '../../src/tags/index.js';
import { AppendResult, Outbox, parsePolicies, PolicyTable, Report, ReportCause } from '../../src/telemetry/index.js';
import { noteReport, reportCause } from '../../src/telemetry/report/report-cause.js';
import { fromHex } from '../tags/hex.js';
import { appendReport, takeReport } from './readings.js';
import { describe, expect, it } from 'vitest';

const TAGS = 1000;
const PLACES = 256;
const CONFIGURED = 40;
const INTERVAL = 100; // ms between two advertisements of a tag
const MINIMUM = 10000; // ms between two readings of a tag
const RUN = 120000; // ms
const WINDOWS = RUN / MINIMUM;

/** Prime to the number of tags. */
const STEPS = [1, 7, 337, 501, 999];

const EPOCH = 1790000000000;
const TEMPERATURE = 14;

const isConfigured = (tag: number) => tag % (TAGS / CONFIGURED) === 0;

function addressOf(tag: number): Uint8Array {
  return Uint8Array.of(0xdc, 0x2c, 0x6e, 0, tag >> 8, tag);
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A crowd of MikroTik tags that all say something new each time, and what a gateway makes of it. */
class Crowd {
  readonly policies: PolicyTable;
  readonly table: TagTable;
  readonly outbox = new Outbox({ capacity: 65536 });
  readonly decoder = new AdvertisementDecoder();
  readonly report = new Report();
  /** Readings by the window of 10 s in which they were heard and by tag. */
  readonly readings = new Uint16Array(WINDOWS * TAGS);
  heard = 0;
  recognised = 0;
  held = 0;
  stored = 0;
  taken = 0;
  private readonly addresses = Array.from({ length: TAGS }, (_, tag) => addressOf(tag));
  private readonly bytes = fromHex('15ff4f090100669dfcff0600fcff6117f1e50f000664');

  constructor() {
    const known = this.addresses.filter((_, tag) => isConfigured(tag)).map(hexOf);
    const rules = parsePolicies(known.join(',') + ' interval=10', { minimumInterval: MINIMUM, maximumInterval: 60000 });
    this.policies = new PolicyTable(rules);
    this.table = new TagTable({ capacity: PLACES, stay: MINIMUM, window: true, events: true });
    expect(this.policies.configureTags(this.table)).toBe(0);
  }

  /** All tags once, in an order that changes from round to round, spread over `INTERVAL`. */
  round(start: number, number: number): void {
    const step = STEPS[number % STEPS.length]!;
    for (let i = 0; i < TAGS; i++) {
      const tag = (i * step + number * 37) % TAGS;
      this.hear(tag, start + (i * INTERVAL) / TAGS, number);
    }
  }

  hear(tag: number, now: number, number: number): void {
    this.hearAs(this.addresses[tag]!, now, number);
  }

  /** An advertisement, the `number`th of its tag. */
  hearAs(address: Uint8Array, now: number, number: number): void {
    const { report, table, policies } = this;
    const { reading } = report;
    this.heard++;
    this.bytes[TEMPERATURE] = number;
    this.bytes[TEMPERATURE + 1] = 16 + (number >> 8);
    const format = this.decoder.decode(this.bytes, 0, this.bytes.length, reading, address);
    if (format === 0) return;
    this.recognised++;
    const index = table.update(address, 0, now, -50 - (number % 30));
    if (index < 0) return;
    const stream = table.stream(index, format, reading.fieldSet());
    const policy = policies.choose(table.ownPolicy[index]!, format);
    if (reportCause(policies, policy, table, stream, reading, now) <= ReportCause.unchanged) {
      this.held++;
      return;
    }
    report.address.set(address);
    report.rssi = table.rssi[index]!;
    report.setWindow(table.windowSize(index), table.windowMean(index), table.windowMax(index));
    report.unixTime = EPOCH + Math.floor(now);
    report.sequence = this.stored;
    if (appendReport(this.outbox, report, now) === AppendResult.refused) return;
    noteReport(policies, policy, table, stream, reading, now);
    this.stored++;
  }

  /** What a broker would get: at most `most` readings. */
  drain(most: number): void {
    const { outbox, report } = this;
    for (let i = 0; i < most && takeReport(outbox, report); i++) {
      const { address, unixTime } = report;
      const tag = (address[4]! << 8) | address[5]!;
      const window = Math.floor((unixTime - EPOCH) / MINIMUM);
      this.readings[window * TAGS + tag]!++;
      this.taken++;
      outbox.sentUnacknowledged();
    }
  }
}

describe('a crowd', () => {
  it(`of ${TAGS} tags at ${1000 / INTERVAL} advertisements a second leaves no configured tag out`, () => {
    const crowd = new Crowd();
    const { table, outbox, decoder } = crowd;
    const places = table.lastSeen.buffer.byteLength;
    for (let number = 0; number < RUN / INTERVAL; number++) {
      crowd.round(number * INTERVAL, number);
      crowd.drain(Infinity);
    }

    // What is reported of a tag lies 10 s apart: two in a window at most, one more than windows in all. The table has
    // places for 256, and a stranger takes that of another only when it was silent for 10 s; so 256 readings in 10 s,
    // 25.6 a second, are the most.
    let most = 0;
    for (let window = 0; window < WINDOWS; window++) {
      let count = 0;
      for (let tag = 0; tag < TAGS; tag++) {
        const readings = crowd.readings[window * TAGS + tag]!;
        count += readings;
        if (isConfigured(tag)) expect([window, tag, readings === 1 || readings === 2]).toEqual([window, tag, true]);
      }
      if (count > most) most = count;
    }
    expect(most).toBeLessThanOrEqual(2 * PLACES);
    expect(crowd.taken).toBeLessThanOrEqual(PLACES * (WINDOWS + 1));
    expect(crowd.taken).toBeGreaterThan(0.9 * PLACES * WINDOWS);

    // Nothing is lost without a number that says so.
    expect(crowd.heard).toBe((TAGS * RUN) / INTERVAL);
    expect(decoder.states.reduce((sum, count) => sum + count, 0)).toBe(crowd.heard);
    expect(crowd.recognised).toBe(crowd.heard);
    expect(table.refused).toBeGreaterThan(0);
    expect(crowd.held + outbox.appendedCount + table.refused).toBe(crowd.recognised);
    expect(outbox.appendedCount).toBe(crowd.stored + outbox.refusedCount);
    expect(outbox.acknowledgedCount + outbox.droppedCount + outbox.waitingCount).toBe(crowd.stored);
    expect([table.size, table.configuredCount]).toEqual([PLACES, CONFIGURED]);
    expect(table.lastSeen.buffer.byteLength).toBe(places);
  }, 60000);

  it('of addresses that change each time makes no more readings than there are places', () => {
    const crowd = new Crowd();
    for (let i = 0; i < 200000; i++) {
      const address = Uint8Array.of(0x40, 0, 0, i >> 16, i >> 8, i);
      crowd.hearAs(address, i, i);
      crowd.drain(Infinity);
    }
    const free = PLACES - CONFIGURED;
    expect(crowd.taken).toBe(free * 20);
    expect(crowd.table.replaced).toBe(free * 19);
    expect(crowd.table.refused).toBe(200000 - free * 20);
    expect(crowd.table.configuredCount).toBe(CONFIGURED);
  });

  it('while the broker is away fills the outbox, drops the oldest and counts them', () => {
    const crowd = new Crowd();
    for (let number = 0; number < 500; number++) crowd.round(number * INTERVAL, number);
    const { outbox } = crowd;
    expect(outbox.droppedCount).toBeGreaterThan(0);
    expect(outbox.waitingCount + outbox.droppedCount).toBe(crowd.stored);
    crowd.drain(Infinity);
    expect([crowd.taken + outbox.droppedCount, outbox.waitingCount]).toEqual([crowd.stored, 0]);
  });
});
