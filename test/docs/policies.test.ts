import { FormatNumber } from '../../src/tags/frame.js';
import {
  Field,
  parseAddress,
  parseAddressPatterns,
  parseCompanies,
  parseServices,
  Reading,
  ReadingState,
} from '../../src/tags/index.js';
import {
  estimateDistance,
  parsePolicies,
  PolicyTable,
  policyText,
  Report,
  ReportKind,
} from '../../src/telemetry/index.js';
import { writeReportJson } from '../../src/cloud/index.js';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { parseConfiguration } from '../../src/settings/parse-configuration.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { checkSetting } from '../../src/settings/parse-value.js';
import { blocksOf } from './examples.js';
import { describe, expect, it } from 'vitest';

const STANDARD = { minimumInterval: 10000, maximumInterval: 60000 };
const blocks = (language: string): string[] => blocksOf('policies.md', language);

function message(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing wrong';
}

function written(report: Report, write: typeof writeReportJson): string {
  const into = new Uint8Array(512);
  return String.fromCharCode(...into.slice(0, write(report, into, 0, into.length)));
}

describe('docs/policies.md', () => {
  it.each(blocks('policies'))('has policies that are allowed: %s', (text) => {
    const rules = parsePolicies(text, STANDARD);
    expect(rules.length).toBeGreaterThan(1);
    expect(parsePolicies(policyText(rules), STANDARD)).toHaveLength(rules.length);
    expect(new PolicyTable(rules).size).toBe(rules.length);
  });

  it.each(blocks('policies'))('has policies that the key takes as they stand, with any line break: %j', (text) => {
    const lines = text.replace(/\n/g, '\r\n');
    expect(message(() => checkSetting('policies', text))).toBe('nothing wrong');
    expect(message(() => checkSetting('policies', lines))).toBe('nothing wrong');
    expect(parsePolicies(lines, STANDARD)).toEqual(parsePolicies(text, STANDARD));
  });

  it.each(blocks('policies'))('has policies that fit an ESP32 as it is: %j', (policies) => {
    const site = { ...ESP32_LIMITS, tags: { ...ESP32_LIMITS.tags, parse: parseTagConfiguration } };
    const keys = { ssid: 'shed', broker: 'mqtt://broker.example', policies };
    expect(message(() => parseConfiguration(keys, site))).toBe('nothing wrong');
  });

  it('shows lists whose keys take line breaks, too', () => {
    for (const name of ['allow', 'deny', 'companies', 'services']) {
      const text = blocks(name === 'allow' || name === 'deny' ? 'addresses' : name)[0]!.replace(/, /g, '\r\n');
      expect(message(() => checkSetting(name, text))).toBe('nothing wrong');
    }
    expect(message(() => checkSetting('ssid', 'a\nb'))).toContain('ssid');
  });

  it('shows what the first one means', () => {
    const rules = parsePolicies(blocks('policies')[0]!, STANDARD);
    expect(rules).toMatchObject([
      { minimumInterval: 10000, maximumInterval: 60000, events: true },
      { minimumInterval: 30000, maximumInterval: 60000, formats: [FormatNumber.ruuvi5] },
      { minimumInterval: 10000, maximumInterval: 60000, events: false },
    ]);
    expect(rules[1]!.deltas).toEqual([
      { field: Field.temperature, threshold: 0.2 },
      { field: Field.humidity, threshold: 1 },
    ]);
    expect(rules[2]!.addresses).toEqual([parseAddress('DC:2C:6E:0F:C0:3D')]);
  });

  it.each(blocks('mistake'))('shows a mistake and what is said of it: %s', (block) => {
    const [text, said] = block.split('\n');
    expect(message(() => parsePolicies(text!, STANDARD))).toContain(said);
  });

  it('has lists that are allowed', () => {
    const [addresses, ...others] = blocks('addresses').map((text) => parseAddressPatterns(text));
    expect([addresses!.size, others]).toEqual([3, []]);
    expect(addresses!.commentOf(1)).toBe('shed door');
    expect(blocks('companies').map((text) => [...parseCompanies(text)])).toEqual([[0x0499, 0x094f, 76]]);
    expect(blocks('services').map((text) => message(() => parseServices(text)))).toEqual(['nothing wrong']);
    for (const block of blocks('wrong-addresses')) {
      const [text, said] = block.split('\n');
      expect(message(() => parseAddressPatterns(text!))).toContain(said);
    }
  });

  it('shows a reading as it is published', () => {
    const report = Object.assign(new Report(), { rssi: -61, distance: 4.5, unixTime: 1790000000000 });
    report.address.set(parseAddress('DC:2C:6E:0F:C0:3D'));
    report.setWindow(4, -62.5, -60);
    report.reading.format = FormatNumber.mikrotik;
    report.reading.state = ReadingState.ok;
    report.reading.set(Field.temperature, 23.38);
    expect([written(report, writeReportJson)]).toEqual(blocks('reading'));
  });

  it('shows messages of presence as they are published', () => {
    const arrived = { kind: ReportKind.arrived, unixTime: 1790000000000, rssi: -70 };
    const away = { kind: ReportKind.away, unixTime: 1790000060000, lastSeen: 1790000000000, rssi: -61 };
    const lines = [arrived, away].map((values) => {
      const report = Object.assign(new Report(), values);
      report.address.set(parseAddress('DC:2C:6E:0F:C0:3D'));
      return written(report, writeReportJson);
    });
    expect([lines.join('\n')]).toEqual(blocks('presence'));
  });

  it('computes distances as the device does', () => {
    const reading = new Reading();
    for (const line of blocks('distance').join('\n').split('\n')) {
      const [, at1m, loss, rssi, metres] = /^rssiAt1m=(\S+) pathLoss=(\S+) rssi=(\S+): (\S+) m$/.exec(line)!;
      expect(estimateDistance(reading, Number(rssi), Number(at1m), Number(loss))).toBeCloseTo(Number(metres), 1);
    }
  });
});
