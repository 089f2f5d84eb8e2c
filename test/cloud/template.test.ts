import { describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../sim/cli/configuration-file.js';
import {
  PayloadFormat,
  PlainTagProfile,
  TemplateProfile,
  writeReportCbor,
  writeReportJson,
} from '../../src/cloud/index.js';
import { AdvertisementDecoder, Field, KeyTable, ReadingState } from '../../src/tags/index.js';
import { Report, ReportKind } from '../../src/telemetry/index.js';
import { readExamples } from '../tags/examples.js';

const text = (bytes: Uint8Array, from: number, to: number): string => new TextDecoder().decode(bytes.slice(from, to));

function reading(): Report {
  const report = new Report();
  report.address.set([0xdc, 0x2c, 0x6e, 0x0f, 0xc0, 0x3d]);
  report.reading.format = 1;
  report.reading.state = ReadingState.ok;
  report.reading.set(Field.temperature, 23.38);
  report.reading.set(Field.humidity, 45.5);
  report.rssi = -61;
  report.unixTime = 1790000000000;
  return report;
}

function profile(topic: string, payload = PayloadFormat.json, batch = 1): TemplateProfile {
  return new TemplateProfile({ prefix: 'site', gateway: 'shed', topic, payload, batch, batchWait: 0 });
}

/** The messages of a report: topic and payload. */
function messages(made: TemplateProfile, report: Report): [string, string][] {
  const into = new Uint8Array(600).fill(0x2a);
  const all: [string, string][] = [];
  for (let part = 0, count = made.messages(report); part < count; part++) {
    const topic = made.writeTopic(report, part, into, 3, 300);
    const payload = made.writePayload(report, part, into, 300, 600);
    expect([topic > 0, topic <= made.maxTopicLength, payload >= 0]).toEqual([true, true, true]);
    expect(made.writeTopic(report, part, into, 3, 2 + topic)).toBe(-1);
    expect(made.writeTopic(report, part, into, 3, 3 + topic)).toBe(topic);
    all.push([text(into, 3, 3 + topic), text(into, 300, 300 + payload)]);
  }
  return all;
}

describe('a topic template', () => {
  it.each([
    ['{prefix}/{gateway}/{kind}/{tag}', 'site/shed/tags/DC2C6E0FC03D'],
    ['a/{tag}/b', 'a/DC2C6E0FC03D/b'],
    ['{tag}', 'DC2C6E0FC03D'],
    ['tags', 'tags'],
    ['{format}-{tag}/{format}', 'mikrotik-DC2C6E0FC03D/mikrotik'],
    ['größe/{gateway}', 'größe/shed'],
  ])('%s makes %s', (topic, made) => {
    expect(messages(profile(topic), reading()).map(([name]) => name)).toEqual([made]);
  });

  it('has a kind for presence', () => {
    const report = reading();
    report.kind = ReportKind.away;
    expect(messages(profile('{kind}/{tag}'), report)[0]![0]).toBe('presence/DC2C6E0FC03D');
  });

  it('has room for the longest names', () => {
    expect(profile('{tag}/{kind}').maxTopicLength).toBe('DC2C6E0FC03D/presence'.length);
    // Not shorter than the topics of the device itself.
    expect(profile('x').maxTopicLength).toBe('site/shed/health'.length);
  });
});

describe('the payload of a template profile', () => {
  it('is JSON as on plain topics', () => {
    const report = reading();
    const plain = new PlainTagProfile({ prefix: 'site', gateway: 'shed' });
    const into = new Uint8Array(300);
    const length = plain.writePayload(report, 0, into, 0, 300);
    const topic = plain.writeTopic(report, 0, into, 200, 300);
    expect(messages(profile('{prefix}/{gateway}/{kind}/{tag}'), report)).toEqual([
      [text(into, 200, 200 + topic), text(into, 0, length)],
    ]);
  });

  it('is CBOR or SenML', () => {
    const into = new Uint8Array(300);
    const expected = new Uint8Array(300);
    const length = profile('x', PayloadFormat.cbor).writePayload(reading(), 0, into, 0, 300);
    expect(writeReportCbor(reading(), expected, 0, 300)).toBe(length);
    expect(into).toEqual(expected);
    const [[, senml]] = messages(profile('x', PayloadFormat.senml), reading()) as [[string, string]];
    expect(JSON.parse(senml)).toContainEqual(expect.objectContaining({ u: 'Cel', v: 23.38 }));
  });

  it('is one value for each topic', () => {
    const made = profile('{tag}/{field}', PayloadFormat.value);
    const values = messages(made, reading());
    expect(values).toEqual([
      ['DC2C6E0FC03D/rssi', '-61'],
      ['DC2C6E0FC03D/temperature', '23.38'],
      ['DC2C6E0FC03D/humidity', '45.5'],
    ]);
    // As JSON has them, but for who and when.
    const into = new Uint8Array(300);
    const json = JSON.parse(text(into, 0, writeReportJson(reading(), into, 0, 300))) as object;
    expect(Object.keys(json).filter((name) => !['address', 'format', 'id', 'time'].includes(name))).toEqual(
      values.map(([topic]) => topic.split('/')[1]),
    );
    const away = reading();
    away.kind = ReportKind.away;
    expect(messages(made, away)[0]).toEqual(['DC2C6E0FC03D/presence', 'away']);
  });

  it('finds a part again from anywhere', () => {
    const made = profile('{field}', PayloadFormat.value);
    const report = reading();
    made.messages(report);
    const into = new Uint8Array(100);
    const topicOf = (part: number): string => text(into, 0, made.writeTopic(report, part, into, 0, 100));
    expect([2, 0, 1, 1, 2].map(topicOf)).toEqual(['humidity', 'rssi', 'temperature', 'temperature', 'humidity']);
  });
});

describe('the keys of a plain broker', () => {
  const mistakes = (raw: object): string[] => {
    try {
      parseForDesktop({ broker: 'mqtt://broker', ...raw }, false);
      return [];
    } catch (error) {
      return (error as Error).message.split('\n');
    }
  };

  it.each([
    [{ topic: 'a/{tags}' }, 'topic: fields must be {prefix}, {gateway}, {tag}, {kind}, {format}, {field}, got {tags}'],
    [{ topic: 'a/{tag' }, 'topic: braces must be around the name of a field, got "a/{tag"'],
    [{ topic: 'a/+/{tag}' }, 'topic: has no + and no #'],
    [{ topic: '$SYS/{tag}' }, 'topic: must not begin with $, which is reserved for the broker'],
    [{ topic: '{tag}', payload: 'value' }, 'topic must have {field} with payload=value, got "{tag}"'],
    [{ topic: '{field}' }, 'topic must have no {field} without payload=value, got "{field}"'],
    [{ payload: 'xml' }, 'payload must be json, cbor, senml, value or raw, got "xml"'],
    [{ batch: 8, topic: 'a/{tag}/{kind}' }, 'batch must be 1 for a topic with {tag}, {kind}, got 8'],
    [{ batch: 8, topic: 'a', seal: 'gcm', sealKey: '0'.repeat(32) }, 'batch must be 1 with seal=gcm, got 8'],
  ])('%j is a mistake: %s', (raw, line) => {
    const lines = mistakes(raw);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(line.replace(/^topic: has no.*$/, 'topic: '));
  });

  it('are read', () => {
    expect(mistakes({ topic: 'site/{gateway}/{tag}/{field}', payload: 'value' })).toEqual([]);
    expect(mistakes({ topic: 'site/{gateway}', payload: 'cbor', batch: 20, batchSeconds: 2.5 })).toEqual([]);
  });

  it('make room for all that a known tag can say, with id, window and distance', () => {
    for (const [payload, format] of [
      ['json', PayloadFormat.json],
      ['cbor', PayloadFormat.cbor],
      ['senml', PayloadFormat.senml],
    ] as const) {
      const { maxPayload } = parseForDesktop({ broker: 'mqtt://broker', payload }, false);
      const made = profile('a', format);
      const into = new Uint8Array(maxPayload);
      for (const { name, bytes, key, address } of readExamples()) {
        const report = new Report();
        const keys = new KeyTable();
        if (key.length > 0) keys.set(address, 0, key, key.length);
        new AdvertisementDecoder(keys).decode(bytes, 0, bytes.length, report.reading, address);
        report.setWindow(4000, -101.5, -100);
        Object.assign(report, {
          rssi: -101,
          distance: 12.345,
          unixTime: 2 ** 41 + 123,
          boot: 2 ** 32 - 1,
          sequence: 2 ** 32 - 1,
        });
        made.messages(report);
        expect(made.writePayload(report, 0, into, 0, maxPayload), `${name} as ${payload}`).toBeGreaterThan(0);
      }
    }
  });
});
