import { describe, expect, it } from 'vitest';
import { MessageForm } from '../../../sim/fleet/message-form.js';
import { Template } from '../../../sim/fleet/template.js';
import type { FleetPlan } from '../../../sim/fleet/plan.js';

const plan = { devices: 4, startNumber: 100, name: 'fleet', shard: { index: 1, count: 1 } } as FleetPlan;
const DEFAULT = '{prefix}/{gateway}/{kind}/{tag}';

function readings(form: MessageForm, payload: string): number[][] {
  const found: number[][] = [];
  form.read(payload, (...reading) => found.push(reading));
  return found;
}

describe('MessageForm', () => {
  it('knows the device by its topic, and nobody else', () => {
    const form = new MessageForm(plan, { prefix: 'a/b', topic: DEFAULT });
    expect(form.device('a/b/fleet-103/tags/E07400006400')).toBe(3);
    expect(form.device('a/b/fleet-100/presence/E07400006400')).toBe(0);
    for (const topic of [
      'a/b/fleet-x/tags/1',
      'a/b/other-103/tags/1',
      'a/b/fleet-103/status',
      'x/a/b/fleet-103/tags/1',
    ]) {
      expect(form.device(topic)).toBeNaN();
    }
  });

  it('subscribes by wildcards, and with several shards to the devices of its own', () => {
    const form = new MessageForm(plan, { prefix: 'p', topic: DEFAULT });
    const range = { from: 2, to: 4, step: 1 };
    expect(form.filters(range)).toEqual(['p/+/tags/+', 'p/+/presence/+']);
    const sharded = { ...plan, shard: { index: 2, count: 2 } };
    expect(new MessageForm(sharded, { prefix: 'p', topic: DEFAULT }).filters(range)).toEqual([
      'p/fleet-102/tags/+',
      'p/fleet-103/tags/+',
      'p/fleet-102/presence/+',
      'p/fleet-103/presence/+',
    ]);
    const odd = { prefix: 'p', topic: 'x/{gateway}-{tag}/{number}' };
    expect(new MessageForm(sharded, odd).filters(range)).toEqual(['x/+/102', 'x/+/103']);
  });

  it('reads counter and time of a reading, of presence, and of each reading in a batch', () => {
    const form = new MessageForm(plan, { prefix: 'p', topic: DEFAULT });
    const reading =
      '{"address":"E0:74:00:00:64:00","format":"ruuvi5","id":"1/42","rssi":-60,"time":1700000000123,"t":1}';
    expect(readings(form, reading)).toEqual([[1, 42, 1700000000123]]);
    expect(readings(form, `[${reading},${reading.replace('1/42', '7/0')}]`)).toEqual([
      [1, 42, 1700000000123],
      [7, 0, 1700000000123],
    ]);
    expect(form.read('{"temperature":20}', () => undefined)).toBe(false);
    // The next search begins at the beginning again.
    expect(readings(form, reading)).toHaveLength(1);
  });

  it('reads counter and time of a template, with whatever is around them, in any order', () => {
    const payload = '{"at":{time},"é":[{random:1..2}],"who":"{name}","n":{counter},"again":{counter}}';
    const form = new MessageForm(plan, { prefix: 'p', topic: 'd/{number}/{name}', payload });
    const values = { name: 'fleet-101', number: 101, prefix: 'p', counter: 12, time: 1700000000123 };
    const written = new Template('--payload', payload).write(values, () => 0);
    expect(written).toBe('{"at":1700000000123,"é":[1],"who":"fleet-101","n":12,"again":12}');
    expect(readings(form, Buffer.from(written).toString('latin1'))).toEqual([[0, 12, 1700000000123]]);
    expect(readings(form, Buffer.from(written + 'x').toString('latin1'))).toEqual([]);
    expect(form.device('d/101/fleet-101')).toBe(1);
    expect(form.device('d/x/fleet-101')).toBeNaN();
  });
});
