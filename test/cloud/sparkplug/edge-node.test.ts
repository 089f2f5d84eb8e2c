import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceTable } from '../../../src/cloud/sparkplug/device-table.js';
import { EdgeNode } from '../../../src/cloud/sparkplug/edge-node.js';
import { MetricReader } from '../../../src/cloud/sparkplug/metric-reader.js';
import { METRIC_WORDS, noteMetrics, putBirthMetrics } from '../../../src/cloud/sparkplug/payload.js';
import type { GatewayHost } from '../../../src/cloud/index.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { Refusal } from '../../../src/mqtt/state.js';
import { Field } from '../../../src/tags/index.js';
import { Report, ReportKind } from '../../../src/telemetry/index.js';
import { command, decode } from '../../clouds/sparkplug/decode.js';
import { anyReport } from '../../telemetry/readings.js';
import { expectWholeOrRefused, MIKROTIK, reportOf } from '../reports.js';

const NOW = 1790000005000;

describe('a reader of commands', () => {
  it('finds name, alias and value of each metric', () => {
    const bytes = command(
      { name: 'Node Control/Scan', type: 'Boolean', value: true },
      { alias: 3, type: 'Int64', value: 300 },
      { alias: 4, type: 'String', value: 'größe' },
      { alias: 70000, type: 'Double', value: 1.5 },
    );
    const reader = new MetricReader();
    reader.point(bytes, 0, bytes.length);
    const text = (from: number, to: number): string =>
      from < 0 ? '' : Buffer.from(bytes.subarray(from, to)).toString();
    const found: unknown[] = [];
    while (reader.next()) {
      const { alias, flag, integer, nameFrom, nameTo, textFrom, textTo } = reader;
      found.push([text(nameFrom, nameTo), alias, flag, integer, text(textFrom, textTo)]);
    }
    expect(found).toEqual([
      ['Node Control/Scan', 0, 1, -1, ''],
      ['', 3, -1, 300, ''],
      ['', 4, -1, -1, 'größe'],
      ['', 70000, -1, -1, ''],
    ]);
  });

  it('ends with any bytes, and stays in its range', () => {
    const whole = command({ name: 'a', type: 'String', value: 'b' }, { alias: 1, type: 'Boolean', value: false });
    const reader = new MetricReader();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc
            .tuple(fc.nat(whole.length - 1), fc.nat(255))
            .map(([at, byte]) => whole.map((was, i) => (i === at ? byte : was))),
        ),
        (bytes) => {
          reader.point(bytes, 0, bytes.length);
          let count = 0;
          while (reader.next()) {
            expect(Math.max(reader.nameTo, reader.textTo)).toBeLessThanOrEqual(bytes.length);
            expect(++count).toBeLessThanOrEqual(bytes.length);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the birth of a tag', () => {
  function birth(report: Report | undefined, metrics: Uint32Array): ReturnType<typeof decode> {
    const into = new Uint8Array(8192);
    const end = putBirthMetrics(
      report ?? new Report(),
      report !== undefined,
      metrics,
      0,
      256,
      NOW,
      into,
      0,
      into.length,
    );
    return decode(into.subarray(0, end));
  }

  it('has the values of a reading, and null for the metrics of others', () => {
    const metrics = new Uint32Array(METRIC_WORDS);
    const other = new Report();
    other.reading.set(Field.humidity, 45);
    other.reading.set(Field.events, 1);
    expect([noteMetrics(reportOf(MIKROTIK), metrics, 0), noteMetrics(other, metrics, 0)]).toEqual([true, true]);
    expect(noteMetrics(other, metrics, 0)).toBe(false);
    const found = Object.fromEntries(
      birth(reportOf(MIKROTIK), metrics).metrics.map(({ name, value }) => [name, value]),
    );
    expect(found).toMatchObject({ temperature: 23.38, humidity: null, state: 'ok', rssiMean: null, freeFall: true });
    expect(birth(undefined, metrics).metrics.every(({ value }) => value === null)).toBe(true);
  });

  it('names no metric twice, and is whole or refused, for any reading', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        report.kind = ReportKind.reading;
        const metrics = new Uint32Array(METRIC_WORDS);
        noteMetrics(report, metrics, 0);
        const names = birth(report, metrics).metrics.map(({ name }) => name!.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        expectWholeOrRefused((into, from, to) => {
          if (to > into.length) to = into.length;
          const end = putBirthMetrics(report, true, metrics, 0, 256, NOW, into, from, to);
          return end < 0 ? -1 : end - from;
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the table of devices', () => {
  const address = (last: number): Uint8Array => Uint8Array.of(1, 2, 3, 4, 5, last);

  it('gives the place of one that is not born first, then of the one that was silent longest', () => {
    const table = new DeviceTable(2);
    expect([table.add(address(1)), table.add(address(2)), table.silent()]).toEqual([0, 1, -1]);
    table.born.fill(1);
    expect(table.silent()).toBe(0);
    table.born[1] = 0;
    expect([table.silent(), table.add(address(3)), table.find(address(2)), table.find(address(3))]).toEqual([
      -1, 1, -1, 1,
    ]);
  });

  it('keeps the last reading, unless it is longer than its place', () => {
    const table = new DeviceTable(1);
    const tag = table.add(address(1));
    const kept = new Report();
    expect(table.read(tag, kept)).toBe(false);
    table.keep(tag, reportOf(MIKROTIK));
    expect([table.read(tag, kept), kept.reading.get(Field.batteryPercent)]).toEqual([true, 100]);
    const long = reportOf(MIKROTIK);
    for (let field = 0; field < 20; field++) long.reading.set(field, 0.1);
    table.keep(tag, long);
    expect(table.read(tag, kept)).toBe(false);
  });
});

describe('an edge node', () => {
  const options = {
    groupId: 'G',
    nodeId: 'n',
    primaryHost: undefined,
    brokers: 1,
    tags: 2,
    maxPayload: 1024,
    commands: true,
  };

  /** A connection with room for so many messages. */
  function make(room: number): { node: EdgeNode; sent: [string, number | undefined][]; link: { room: number } } {
    const sent: [string, number | undefined][] = [];
    const link = { room };
    const connection = {
      connected: true,
      subscribe: () => 0,
      publishRange(topic: Uint8Array, a: number, b: number, payload: Uint8Array, c: number, d: number): number {
        if (link.room === 0) return Refusal.full;
        link.room--;
        sent.push([Buffer.from(topic.subarray(a, b)).toString(), decode(payload.subarray(c, d)).seq]);
        return 0;
      },
    };
    const node = new EdgeNode(options, { clock: { now: () => 0, unixTime: () => NOW }, notice: () => undefined });
    node.start(0, {
      connection,
      tags: undefined,
      presence: undefined,
      wake: () => undefined,
    } as unknown as GatewayHost);
    node.connected(0);
    return { node, sent, link };
  }

  /** As the queue does it. */
  function report(node: EdgeNode, link: { room: number }, sent: [string, number | undefined][], it: Report): boolean {
    if (!node.introduce(it, node['host']!.connection, 0)) return false;
    if (node.messages() === 0) return true;
    const into = new Uint8Array(2048);
    const topic = node.writeTopic(it, 0, into, 1024, 2048);
    const length = node.writePayload(it, 0, into, 0, 1024);
    if (link.room === 0) return false;
    link.room--;
    sent.push([Buffer.from(into.subarray(1024, 1024 + topic)).toString(), decode(into.subarray(0, length)).seq]);
    node.sent(it);
    return true;
  }

  it('uses a sequence number only for what the connection took', () => {
    const { node, sent, link } = make(0);
    const reading = reportOf(MIKROTIK);
    reading.unixTime = NOW;
    expect([report(node, link, sent, reading), sent]).toEqual([false, []]);
    link.room = 1;
    node.room(0);
    expect(report(node, link, sent, reading)).toBe(false);
    link.room = 1;
    expect(report(node, link, sent, reading)).toBe(true);
    // An answer while a reading waits for room.
    expect(report(node, link, sent, reading)).toBe(false);
    node.answered(encodeUtf8('7'), 0, 1, encodeUtf8('{"result":1}'), 0, 12);
    link.room = 2;
    node.tick(0);
    expect(report(node, link, sent, reading)).toBe(true);
    expect(sent).toEqual([
      ['spBv1.0/G/NBIRTH/n', 0],
      ['spBv1.0/G/DBIRTH/n/DC2C6E0FC03D', 1],
      ['spBv1.0/G/NDATA/n', 2],
      ['spBv1.0/G/DDATA/n/DC2C6E0FC03D', 3],
    ]);
  });

  it('lets a tag die when it is away, and not when a newer reading of it was sent', () => {
    const { node, sent, link } = make(9);
    const reading = reportOf(MIKROTIK);
    reading.unixTime = NOW;
    report(node, link, sent, reading);
    const away = Object.assign(reportOf(MIKROTIK), { kind: ReportKind.away, unixTime: NOW - 1 });
    report(node, link, sent, away);
    expect(sent.length).toBe(2);
    away.unixTime = NOW + 1;
    report(node, link, sent, away);
    report(node, link, sent, away);
    const arrived = Object.assign(reportOf(MIKROTIK), { kind: ReportKind.arrived, unixTime: NOW + 2 });
    report(node, link, sent, arrived);
    report(node, link, sent, arrived);
    expect(sent.slice(2).map(([topic]) => topic.split('/')[2])).toEqual(['DDEATH', 'DBIRTH']);
  });
});
