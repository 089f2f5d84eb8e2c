import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { noDevices } from '../../../sim/fleet/figures.js';
import type { FleetFigures } from '../../../sim/fleet/fleet.js';
import { Histogram } from '../../../sim/fleet/histogram.js';
import { MetricsServer, metricsText } from '../../../sim/fleet/metrics.js';
import { parsePrometheus } from './prometheus-text.js';

const times = new Histogram();
for (const time of [0.5, 3, 40, 2000]) times.record(time);
const empty = new Histogram().toRecord();
const loop = { delay: times.toRecord(), busy: 0.5 };

const figures: FleetFigures = {
  seconds: 10,
  devices: { ...noDevices(), devices: 20, connected: 19, connects: 21, acknowledged: 100, published: 103 },
  connectsBySecond: [20, 1],
  acknowledgement: times.toRecord(),
  lag: empty,
  loop,
  subscriber: {
    ...{ connected: true, interruptions: 0, received: 99, duplicates: 1, unreadable: 0 },
    delivery: empty,
    loop,
  },
  cpuSeconds: 1.5,
  memory: 1e8,
};

describe('metricsText', () => {
  it('is what Prometheus reads: types, labels, and histograms whose buckets add up', () => {
    const { samples, types } = parsePrometheus(metricsText(figures, { fleet: 'a"b\\c', shard: '1/2' }));
    const value = (name: string, labels = {}): number | undefined =>
      samples.find((sample) => sample.name === `tagwire_fleet_${name}` && containsAll(sample.labels, labels))?.value;
    expect(value('devices')).toBe(20);
    expect(value('connected')).toBe(19);
    expect(value('acknowledged_total')).toBe(100);
    expect(value('received_total')).toBe(99);
    expect(types.get('tagwire_fleet_acknowledgement_seconds')).toBe('histogram');
    expect(value('acknowledgement_seconds_bucket', { le: '0.001' })).toBe(1);
    expect(value('acknowledgement_seconds_bucket', { le: '0.005' })).toBe(2);
    expect(value('acknowledgement_seconds_bucket', { le: '0.1' })).toBe(3);
    expect(value('acknowledgement_seconds_bucket', { le: '+Inf' })).toBe(4);
    expect(value('acknowledgement_seconds_count')).toBe(4);
    expect(value('acknowledgement_seconds_sum')).toBeCloseTo(2.0435, 6);
    expect(value('timer_lag_seconds_sum')).toBe(0);
    expect(value('event_loop_delay_seconds_count', { thread: 'subscriber' })).toBe(4);
    for (const { labels } of samples) expect(labels).toMatchObject({ fleet: 'a\\"b\\\\c', shard: '1/2' });
  });

  it('leaves out what is not looked for', () => {
    const { subscriber: _, ...unchecked } = figures;
    const { types } = parsePrometheus(metricsText(unchecked));
    expect(types.has('tagwire_fleet_received_total')).toBe(false);
    expect(types.has('tagwire_fleet_acknowledged_total')).toBe(true);
  });
});

describe('MetricsServer', () => {
  const servers: MetricsServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  const open = async (port = 0): Promise<MetricsServer> => {
    const server = await MetricsServer.open(port, {}, () => Promise.resolve(figures));
    servers.push(server);
    return server;
  };

  it('answers on loopback at /metrics, and nothing else', async () => {
    const { url } = await open();
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    parsePrometheus(await answer.text());
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('refuses a Host that is not loopback', async () => {
    const { url } = await open();
    const status = await new Promise((resolve) => {
      request(url, { headers: { host: 'evil.example' } }, (response) => resolve(response.statusCode)).end();
    });
    expect(status).toBe(403);
  });

  it('says which port is in use', async () => {
    const { url } = await open();
    const port = Number(new URL(url).port);
    await expect(open(port)).rejects.toThrow(
      `--metrics: port ${port} is in use; name another one, or 0 for a free one`,
    );
  });
});

function containsAll(labels: Readonly<Record<string, string>>, wanted: object): boolean {
  return Object.entries(wanted).every(([label, value]) => labels[label] === value);
}
