import { describe, expect, it } from 'vitest';
import { MessageForm } from '../../../sim/fleet/message-form.js';
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
    const form = new MessageForm(plan, 'a/b', DEFAULT);
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
    const form = new MessageForm(plan, 'p', DEFAULT);
    const range = { from: 2, to: 4, step: 1 };
    expect(form.filters(plan, range)).toEqual(['p/+/tags/+', 'p/+/presence/+']);
    const sharded = { ...plan, shard: { index: 2, count: 2 } };
    expect(form.filters(sharded, range)).toEqual([
      'p/fleet-102/tags/+',
      'p/fleet-103/tags/+',
      'p/fleet-102/presence/+',
      'p/fleet-103/presence/+',
    ]);
    expect(new MessageForm(plan, 'p', 'x/{gateway}-{tag}/y').filters(sharded, range)).toEqual(['x/+/y', 'x/+/y']);
  });

  it('reads counter and time of a reading, of presence, and of each reading in a batch', () => {
    const form = new MessageForm(plan, 'p', DEFAULT);
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
});
