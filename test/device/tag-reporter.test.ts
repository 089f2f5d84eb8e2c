import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { PlainTagProfile } from '../../src/cloud/index.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import { parseTagSettings } from '../../src/settings/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { AdvertisementRing, FilterReason, filterReasonNames } from '../../src/tags/index.js';
import { parsePolicies } from '../../src/telemetry/index.js';
import { mikrotik } from './hand-scanner.js';
import { EPOCH, VirtualBoard } from './virtual-board.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const OTHER = '2C:C8:1B:4B:BB:0A';
const MINUTE = 60_000;

/** A gateway with these settings on a virtual board, connected. */
class Bench {
  readonly virtual = new VirtualBoard();
  readonly notices: string[] = [];
  readonly ring = new AdvertisementRing({ capacity: 4 });
  readonly reporter: TagReporter;
  readonly gateway: Gateway;

  constructor(settings: RawConfiguration = {}) {
    const board = this.virtual.board();
    const profile = new PlainTagProfile({ gateway: 'shed' });
    const nothing = (): void => {};
    const handler = {
      onConnected: nothing,
      onFailed: nothing,
      onStopped: nothing,
      onTag: nothing,
      onPublished: nothing,
      onNotice: (text: string) => void this.notices.push(text),
    };
    const tags = parseTagSettings({ interval: 0, heartbeat: 0, persist: 0, silent: 0, ...settings });
    const connection = { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 };
    this.reporter = new TagReporter({ ...tags, profile, ring: this.ring }, board, handler);
    this.gateway = new Gateway({ connection, profile }, board, handler, this.reporter);
    this.gateway.start();
    this.virtual.run(1000);
  }

  hear(address: string, uptime: number, rssi = -60): void {
    this.virtual.scanner.hear(address, mikrotik(uptime, 5000 + uptime), rssi);
    this.virtual.run(100);
  }

  published(topic: string): { [key: string]: unknown }[] {
    const packets = this.virtual.broker.all('publish') as IPublishPacket[];
    return packets
      .filter((packet) => packet.topic.startsWith(`tagwire/shed/${topic}/`))
      .map((packet) => ({
        ...(JSON.parse(packet.payload.toString()) as { [key: string]: unknown }),
        of: packet.topic.split('/').at(-1),
      }));
  }
}

describe('presence', () => {
  it('says that a tag arrived, that it is away, and when it was heard last', () => {
    const bench = new Bench({ presence: 60 });
    for (let i = 0; i < 12; i++) {
      bench.hear(TAG, i);
      bench.virtual.run(4900);
    }
    expect(bench.published('presence')).toEqual([
      {
        presence: 'arrived',
        address: TAG,
        time: expect.any(Number) as number,
        rssi: -60,
        id: '1/0',
        of: 'DC2C6E0FC03D',
      },
    ]);
    const lastHeard = EPOCH + bench.virtual.platform.time.now() - 5000;
    bench.virtual.run(2 * MINUTE);
    const [, away] = bench.published('presence') as { presence: string; time: number; lastSeen: number }[];
    expect(away).toMatchObject({ presence: 'away', rssi: -60 });
    expect(away!.time - away!.lastSeen).toBeGreaterThanOrEqual(MINUTE);
    expect(away!.time - away!.lastSeen).toBeLessThan(MINUTE + 2000);
    expect(away!.lastSeen).toBe(lastHeard);
    bench.hear(TAG, 99);
    expect(bench.published('presence').map(({ presence }) => presence)).toEqual(['arrived', 'away', 'arrived']);
  });

  it('waits while nobody listens', () => {
    const bench = new Bench({ presence: 60 });
    for (let i = 0; i < 12; i++) bench.hear(TAG, i);
    bench.reporter.endScan(bench.virtual.platform.time.now());
    bench.virtual.run(60 * MINUTE);
    expect(bench.published('presence')).toHaveLength(1);
    bench.reporter.startScan(bench.virtual.platform.time.now());
    bench.virtual.run(2 * MINUTE);
    expect(bench.published('presence')).toHaveLength(2);
  });

  it('is not told when it is not wanted', () => {
    const bench = new Bench({ presence: 0 });
    bench.hear(TAG, 1);
    bench.virtual.run(60 * MINUTE);
    expect([bench.published('presence').length, bench.published('tags').length]).toEqual([0, 1]);
  });

  it('of a tag that loses its place is told at once', () => {
    const bench = new Bench({ presence: 60, tags: 1 });
    bench.hear(TAG, 1);
    bench.hear(OTHER, 1);
    expect(bench.published('presence').map(({ presence, of }) => [presence, of])).toEqual([
      ['arrived', 'DC2C6E0FC03D'],
      ['away', 'DC2C6E0FC03D'],
      ['arrived', '2CC81B4BBB0A'],
    ]);
  });
});

describe('policies', () => {
  it('of a tag hold back what is not worth a report', () => {
    const bench = new Bench({ policies: `${TAG} interval=30`, presence: 0 });
    for (let i = 0; i < 10; i++) {
      bench.hear(TAG, i);
      bench.hear(OTHER, i);
    }
    const addresses = bench.published('tags').map(({ of }) => of);
    expect(addresses.filter((of) => of === 'DC2C6E0FC03D')).toHaveLength(1);
    expect(addresses.filter((of) => of === '2CC81B4BBB0A')).toHaveLength(10);
  });

  it('can be changed while it runs', () => {
    const bench = new Bench({ policies: `${TAG} interval=3600`, presence: 0 });
    bench.hear(TAG, 1);
    bench.hear(TAG, 2);
    expect(bench.published('tags')).toHaveLength(1);
    bench.reporter.setRules(parsePolicies('default interval=0', { minimumInterval: 0, maximumInterval: 0 }));
    bench.hear(TAG, 3);
    bench.hear(TAG, 4);
    expect(bench.published('tags').length).toBeGreaterThanOrEqual(3);
    expect(
      bench.reporter.tags.isConfigured(bench.reporter.tags.find(Uint8Array.of(0xdc, 0x2c, 0x6e, 0x0f, 0xc0, 0x3d), 0)),
    ).toBe(true);
  });

  it('say once when there is no room for the values of their deltas', () => {
    const bench = new Bench({ policies: 'default temperature=1', tags: 1 });
    bench.hear(TAG, 1);
    const beacon = '1aff4c000215' + '00'.repeat(21);
    bench.virtual.scanner.hear(TAG, beacon, -60);
    expect(bench.notices).toEqual([]);
    const sensing = (hundredths: string) => '05166e2a' + hundredths + '09';
    bench.virtual.scanner.hear(TAG, sensing('01'), -60);
    bench.virtual.scanner.hear(TAG, sensing('02'), -60);
    expect(bench.notices).toEqual(['no room for the deltas of more tags: their fields are compared as they are']);
    bench.virtual.run(1000);
    // MikroTik, iBeacon, and every change of the third.
    expect(bench.published('tags')).toHaveLength(4);
  });

  it('say when there is no room for their tags', () => {
    const bench = new Bench({ policies: `${TAG} interval=1; ${OTHER} interval=2`, tags: 1 });
    expect(bench.notices).toEqual(['the tag table has no room for 1 of the tags that have a policy']);
  });
});

describe('signal strength', () => {
  it('is reported as last, mean and maximum since the report before, with the distance', () => {
    const bench = new Bench({ policies: 'default interval=30', rssiAt1m: -60, pathLoss: 2, presence: 0 });
    bench.hear(TAG, 1, -70);
    for (const rssi of [-80, -90, -70]) bench.hear(TAG, 2, rssi);
    bench.virtual.run(30_000);
    bench.hear(TAG, 3, -80);
    const [first, second] = bench.published('tags');
    expect(first).toMatchObject({ rssi: -70, distance: 3.2 });
    expect(first).not.toHaveProperty('rssiMean');
    expect(second).toMatchObject({ rssi: -80, rssiMean: -80, rssiMax: -70, distance: 10 });
  });
});

describe('the filter', () => {
  it('keeps away what is weak, denied or not configured, and counts it', () => {
    const bench = new Bench({ rssiFloor: -80, deny: '2C:C8:*', presence: 0 });
    bench.hear(TAG, 1, -81);
    bench.hear(OTHER, 1, -50);
    bench.hear(TAG, 1, -80);
    expect(bench.published('tags')).toHaveLength(1);
    const { counts } = bench.reporter.filter;
    expect([counts[FilterReason.weak], counts[FilterReason.denied], counts[FilterReason.passed]]).toEqual([1, 1, 1]);
    expect([bench.reporter.control.advertisements, bench.ring.size]).toEqual([3, 1]);
  });

  it('takes tags that have a policy or a key as configured', () => {
    const key = '231d39c1d7cc1ab1aee224cd096db932';
    const bench = new Bench({ configuredTags: true, policies: `${TAG} interval=0`, tagKeys: `${OTHER}=${key}` });
    for (const address of [TAG, OTHER, 'C0:00:00:00:00:01']) bench.hear(address, 1);
    expect(bench.published('tags').map(({ of }) => of)).toEqual(['DC2C6E0FC03D', '2CC81B4BBB0A']);
    expect(bench.reporter.filter.counts[FilterReason.unknownTag]).toBe(1);
  });

  it('tells a watcher why it keeps a stranger out: its lists first, then that only configured tags are taken', () => {
    const bench = new Bench({ configuredTags: true, policies: `${TAG} interval=0`, deny: '2C:C8:*' });
    const told: string[] = [];
    const nothing = (): void => {};
    bench.reporter.decisions = {
      filtered: ({ address }, reason) => void told.push(`${address[0]!.toString(16)} ${filterReasonNames[reason]}`),
      ...{ undecoded: nothing, refused: nothing, judged: nothing, stored: nothing },
    };
    for (const address of [TAG, OTHER, 'C0:00:00:00:00:01']) bench.hear(address, 1);
    expect(told).toEqual(['2c denied', 'c0 unknownTag']);
  });
});
