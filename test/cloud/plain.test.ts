import { describe, expect, it } from 'vitest';
import { PlainProfile, PlainTagProfile, writeHealthJson, writeReportJson } from '../../src/cloud/index.js';
import { HealthReport, Report, ReportKind } from '../../src/telemetry/index.js';

const text = (bytes: Uint8Array, from = 0, to = bytes.length) => new TextDecoder().decode(bytes.slice(from, to));

function report(): Report {
  const made = new Report();
  made.address.set([0xdc, 0x2c, 0x6e, 0x0f, 0xc0, 0x3d]);
  made.reading.format = 1;
  return made;
}

describe('PlainTagProfile', () => {
  it('has a topic for each tag', () => {
    const profile = new PlainTagProfile({ gateway: 'dock-1' });
    const into = new Uint8Array(100).fill(0x2a);
    const length = profile.writeTopic(report(), 0, into, 2, 100);
    expect(text(into, 2, 2 + length)).toBe('tagwire/dock-1/tags/DC2C6E0FC03D');
    expect(text(into, 0, 2)).toBe('**');
    expect(into[2 + length]).toBe(0x2a);
  });

  it.each([ReportKind.arrived, ReportKind.away])('has a topic and a payload for presence, kind %i', (kind) => {
    const profile = new PlainTagProfile({ gateway: 'dock-1' });
    const made = report();
    made.kind = kind;
    const into = new Uint8Array(100);
    const length = profile.writeTopic(made, 0, into, 2, 100);
    expect(text(into, 2, 2 + length)).toBe('tagwire/dock-1/presence/DC2C6E0FC03D');
    expect(length).toBe(profile.maxTopicLength);
    expect(profile.writeTopic(made, 0, into, 0, length - 1)).toBe(-1);
    made.unixTime = 1790000060000;
    const end = profile.writePayload(made, 0, into, 3, 100);
    const expected = new Uint8Array(100);
    expect(writeReportJson(made, expected, 3, 100)).toBe(end);
    expect(text(into, 3, 3 + end)).toBe(text(expected, 3, 3 + end));
  });

  it('needs less room without tags', () => {
    const profile = new PlainProfile({ gateway: 'g' });
    expect(profile.maxTopicLength).toBe('tagwire/g/health'.length);
  });

  it('has a retained status topic', () => {
    const profile = new PlainTagProfile({ prefix: 'site/größe', gateway: 'tør' });
    expect(text(profile.birth.topic)).toBe('site/größe/tør/status');
    expect(profile.birth.retain).toBe(true);
  });

  it('has a topic and a payload for health reports', () => {
    const profile = new PlainTagProfile({ prefix: 'site', gateway: 'dock-1' });
    expect(text(profile.health.topic)).toBe('site/dock-1/health');
    const health = new HealthReport(new TextEncoder().encode('power on'));
    const into = new Uint8Array(200);
    const length = profile.writeHealth(health, into, 3, 200);
    const expected = new Uint8Array(200);
    expect(writeHealthJson(health, expected, 3, 200)).toBe(length);
    expect(into).toEqual(expected);
    expect(profile.writeHealth(health, into, 0, 10)).toBe(-1);
  });

  it('refuses a topic that does not fit', () => {
    const profile = new PlainTagProfile({ gateway: 'g' });
    const length = 'tagwire/g/tags/DC2C6E0FC03D'.length;
    expect(profile.writeTopic(report(), 0, new Uint8Array(length), 0, length)).toBe(length);
    expect(profile.writeTopic(report(), 0, new Uint8Array(length), 0, length - 1)).toBe(-1);
    expect(profile.writeTopic(report(), 0, new Uint8Array(length), 1, length + 1)).toBe(-1);
  });

  it('writes the payload as JSON', () => {
    const profile = new PlainTagProfile({ gateway: 'g' });
    const into = new Uint8Array(200);
    const length = profile.writePayload(report(), 0, into, 3, 200);
    const expected = new Uint8Array(200);
    expect(writeReportJson(report(), expected, 3, 200)).toBe(length);
    expect(into).toEqual(expected);
    expect(profile.writePayload(report(), 0, into, 0, 10)).toBe(-1);
  });

  it.each([
    [{ prefix: '', gateway: 'g' }, 'topic prefix "": it is empty'],
    [{ prefix: 'a/+/b', gateway: 'g' }, 'topic prefix "a/+/b": a topic to publish to has no + and no #'],
    [{ prefix: 'a#', gateway: 'g' }, 'topic prefix "a#": a topic to publish to has no + and no #'],
    [{ prefix: 'a\u0000', gateway: 'g' }, 'topic prefix "a\\u0000": it contains U+0000'],
    [{ prefix: 'a\ud800', gateway: 'g' }, 'topic prefix "a\\ud800": unpaired surrogate'],
    [{ prefix: '/a', gateway: 'g' }, 'topic prefix "/a" must not begin or end with /'],
    [{ prefix: 'a/', gateway: 'g' }, 'topic prefix "a/" must not begin or end with /'],
    [{ prefix: '$SYS', gateway: 'g' }, 'topic prefix "$SYS" must not begin with $, which is reserved for the broker'],
    [{ gateway: '' }, 'gateway id "": it is empty'],
    [{ gateway: '+' }, 'gateway id "+": a topic to publish to has no + and no #'],
    [{ gateway: 'a/b' }, 'gateway id "a/b" must be a single topic level, without /'],
    [{ gateway: 'ä'.repeat(40000) }, 'ä…": it is longer than 65535 bytes'],
  ])('refuses %j', (options, message) => {
    let thrown: unknown;
    try {
      new PlainTagProfile(options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RangeError);
    expect((thrown as RangeError).message).toContain(message);
    expect((thrown as RangeError).message).not.toMatch(/\n/);
    expect((thrown as RangeError).message.length).toBeLessThan(200);
  });

  it('makes topics of up to 65535 bytes', () => {
    const room = 65535 - '//presence/DC2C6E0FC03D'.length - 1;
    const profile = new PlainTagProfile({ prefix: 'p', gateway: 'x'.repeat(room) });
    expect(profile.maxTopicLength).toBe(65535);
    expect(() => new PlainTagProfile({ prefix: 'p', gateway: 'x'.repeat(room + 1) })).toThrow(
      'topic prefix and gateway id must make topics of at most 65535 bytes, got 65536',
    );
  });
});
