import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainTagProfile } from '../../src/cloud/index.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import type { DecisionWatcher } from '../../src/device/tag-reporter.js';
import { parseTagSettings } from '../../src/settings/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { FilterReason } from '../../src/tags/filter/advertisement-filter.js';
import { parseAddressPatterns } from '../../src/tags/filter/filter-text.js';
import { AdvertisementRing } from '../../src/tags/index.js';
import { parsePolicies } from '../../src/telemetry/index.js';
import { mikrotik } from './hand-scanner.js';
import { VirtualBoard } from './virtual-board.js';

/*
 * An advertisement that says what its tag said last is not decoded again. With a `DecisionWatcher`, who wants to hear
 * of each reading, it is: so the same device with a watcher and without one must do the same.
 */

const nothing = (): void => {};
const WATCHER: DecisionWatcher = {
  filtered: nothing,
  undecoded: nothing,
  refused: nothing,
  judged: nothing,
  stored: nothing,
};

const TAG = 'DC:2C:6E:0F:C0:3D';
const OTHER = '2C:C8:1B:4B:BB:0A';
const ADDRESSES = [TAG, TAG, TAG, OTHER, OTHER, 'C0:00:00:00:00:01', 'C0:00:00:00:00:02'];

/** What is heard: two formats whose values differ, a button with and without a counter, and what is of no use. */
const CONTENTS = [
  mikrotik(1, 5000),
  mikrotik(2, 5000),
  mikrotik(2, 5130),
  mikrotik(3, 9000),
  '0201060a16d2fc40016402b009', // BTHome 2: battery, temperature
  '0201060a16d2fc40016402b109',
  '0201060716d2fc4000013a01', // BTHome 2: packet number, button
  '0201060716d2fc4000023a01',
  '0201060516d2fc403a01', // the same without a number
  '1aff4c000215' + '11'.repeat(16) + '00010002c5', // iBeacon
  '1aff4c000215' + '11'.repeat(16) + '00010003c5',
  '0201060303aafe0516aafe2000', // Eddystone TLM cut short
  '0201061106' + '42'.repeat(16), // services that nobody knows
  '0b094e6f626f64792068657265', // a name, cut short
  '020106',
  '',
] as const;

type Step =
  | { kind: 'hear'; address: number; type: number; content: number; rssi: number; times: number; apart: number }
  | { kind: 'wait'; milliseconds: number }
  | { kind: 'rules'; text: string }
  | { kind: 'filter'; rssiFloor: number; deny: string }
  | { kind: 'fill' }
  | { kind: 'broker'; acknowledges: boolean };

/** A gateway that hears what a test says. */
class Bench {
  readonly virtual = new VirtualBoard();
  readonly ring = new AdvertisementRing({ capacity: 5 });
  readonly reporter: TagReporter;
  readonly told: string[] = [];
  decoded = 0;

  constructor(settings: RawConfiguration, watched: boolean) {
    const board = this.virtual.board();
    const profile = new PlainTagProfile({ gateway: 'shed' });
    const handler = {
      onConnected: nothing,
      onFailed: nothing,
      onStopped: nothing,
      onTag: (address: Uint8Array) => void this.told.push(address.join()),
      onPublished: nothing,
      onNotice: (text: string) => void this.told.push(text),
    };
    const tags = parseTagSettings({ persist: 0, silent: 0, ...settings });
    const connection = { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 };
    this.reporter = new TagReporter({ ...tags, profile, ring: this.ring }, board, handler);
    if (watched) this.reporter.decisions = WATCHER;
    const { decoder } = this.reporter;
    const decode = decoder.decode.bind(decoder);
    decoder.decode = (...heard) => {
      this.decoded++;
      return decode(...heard);
    };
    new Gateway({ connection, profile }, board, handler, this.reporter).start();
    this.virtual.run(1000);
  }

  hear(address: string, content: string, rssi?: number, type?: number): void {
    this.virtual.scanner.hear(address, content, rssi, type);
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'hear':
        for (let i = 0; i < step.times; i++) {
          this.hear(ADDRESSES[step.address]!, CONTENTS[step.content]!, step.rssi, step.type);
          this.virtual.run(step.apart);
        }
        break;
      case 'wait':
        this.virtual.run(step.milliseconds);
        break;
      case 'rules':
        this.reporter.setRules(parsePolicies(step.text, { minimumInterval: 1000, maximumInterval: 20_000 }));
        break;
      case 'filter':
        this.reporter.filter.configure({ rssiFloor: step.rssiFloor, deny: parseAddressPatterns(step.deny) });
        break;
      case 'fill':
        // As many readings as the outbox has no room for.
        this.virtual.broker.acknowledges = false;
        for (let i = 0; i < 40; i++) {
          this.hear(TAG, mikrotik(i, 100 * i));
          this.virtual.run(4000);
        }
        break;
      case 'broker':
        this.virtual.broker.acknowledges = step.acknowledges;
        break;
    }
  }

  /** All that can be seen of it. */
  state(): object {
    const { reporter, ring, virtual } = this;
    const { tags, presence, outbox } = reporter;
    const heard: unknown[] = [];
    for (let tag = tags.nextUsed(-1); tag >= 0; tag = tags.nextUsed(tag)) {
      const window = [tags.windowSize(tag), tags.windowMean(tag), tags.windowMax(tag)];
      const times = [tags.firstSeen[tag], tags.lastSeen[tag], tags.rssi[tag], tags.advertisements[tag]];
      heard.push([tag, ...times, ...window, presence?.isPresent(tag), presence?.timeout(tag)]);
    }
    const order: number[] = [];
    for (let tag = tags.leastRecent(); tag >= 0; tag = tags.nextNewer(tag)) order.push(tag);
    const kept: unknown[] = [];
    for (let entry = ring.newest(); entry >= 0; entry = ring.nextOlder(entry)) {
      const at = entry * ring.maxBytes;
      const bytes = Buffer.from(ring.bytes.subarray(at, at + ring.keptOf(entry))).toString('hex');
      kept.push([ring.heardAt[entry], ring.rssiOf(entry), ring.isAllowed(entry), bytes]);
    }
    return {
      heard,
      order,
      kept,
      told: this.told,
      refused: [tags.refused, tags.replaced, tags.rowsRefused],
      overwritten: ring.overwritten,
      filtered: [...reporter.filter.counts],
      advertisements: reporter.control.advertisements,
      presence: presence && [presence.present, presence.arrivals, presence.departures, presence.replaced],
      outbox: [outbox.appendedCount, outbox.acknowledgedCount, outbox.droppedCount, outbox.refusedCount],
      published: virtual.broker.all('publish').map((packet) => JSON.stringify(packet)),
    };
  }
}

const hearing = fc.record({
  kind: fc.constant('hear' as const),
  address: fc.nat(ADDRESSES.length - 1),
  type: fc.constantFrom(0, 0, 0, 1),
  content: fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 2, arbitrary: fc.nat(CONTENTS.length - 1) }),
  rssi: fc.constantFrom(-60, -60, -75, -85, 127),
  times: fc.constantFrom(1, 2, 2, 3, 12),
  apart: fc.constantFrom(1, 20, 300, 1000, 4000),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 16, arbitrary: hearing },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(50, 2000, 21_000, 1_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'fill' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rules' as const),
      text: fc.constantFrom('default interval=0', 'default interval=5 heartbeat=0', `${TAG} temperature=0.5 events=no`),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('filter' as const),
      rssiFloor: fc.constantFrom(-90, -80),
      deny: fc.constantFrom('AA:*', OTHER, 'DC:2C:* random'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('broker' as const), acknowledges: fc.boolean() }) },
);
const settings: fc.Arbitrary<RawConfiguration> = fc.record(
  {
    interval: fc.constantFrom(0, 3),
    heartbeat: fc.constantFrom(0, 12),
    policies: fc.constantFrom('mikrotik interval=2 temperature=1', `${TAG} interval=4 heartbeat=8; bthome2 events=no`),
    presence: fc.constantFrom(0, 5),
    presenceConfigured: fc.boolean(),
    configuredTags: fc.boolean(),
    tags: fc.constantFrom(1, 2, 16),
    outbox: fc.constant(512),
    outboxFull: fc.constantFrom('newest', 'thin'),
    rssiFloor: fc.constant(-80),
    companies: fc.constant('0x094F'),
    allow: fc.constantFrom('DC:2C:*, C0:00:*', 'DC:2C:* public, 2C:C8:* random'),
    deny: fc.constant('C0:00:00:00:00:02'),
    duplicates: fc.constantFrom('off', 'keep-newest', 'keep-unique'),
  },
  { requiredKeys: [] },
);

describe('advertisements that repeat', () => {
  it('do what they do to a device that decodes each of them', () => {
    let decoded = 0;
    let spared = 0;
    fc.assert(
      fc.property(settings, fc.array(step, { maxLength: 40 }), (settings, steps) => {
        const watched = new Bench(settings, true);
        const plain = new Bench(settings, false);
        for (const each of steps) {
          watched.take(each);
          plain.take(each);
          expect(plain.reporter.deadline).toBe(watched.reporter.deadline);
        }
        expect(plain.state()).toEqual(watched.state());
        decoded += plain.decoded;
        spared += watched.decoded - plain.decoded;
      }),
      { numRuns: 150 },
    );
    expect(spared).toBeGreaterThan(decoded / 10);
  });

  const SAME = mikrotik(1, 5000);

  /** Fills the outbox with readings of another tag until it takes no more. */
  function fill(bench: Bench): void {
    bench.take({ kind: 'fill' });
    expect(bench.reporter.outbox.refusedCount).toBeGreaterThan(0);
  }

  /** The broker acknowledges again, and all that waits leaves. */
  function empty(bench: Bench): void {
    bench.virtual.broker.acknowledges = true;
    bench.virtual.broker.drop();
    bench.virtual.run(60_000);
  }

  it('of a tag that was let in are let in no more under another type of its address, nor under another filter', () => {
    const bench = new Bench({ interval: 0, heartbeat: 0, allow: 'DC:2C:* random', rssiFloor: -80 }, false);
    const { counts } = bench.reporter.filter;
    for (let i = 0; i < 3; i++) bench.hear(TAG, mikrotik(i, 5000), -60, 1);
    bench.hear(TAG, mikrotik(3, 5000), -60, 0);
    bench.hear(TAG, mikrotik(3, 5000), -85, 1);
    expect([counts[FilterReason.passed], counts[FilterReason.notAllowed], counts[FilterReason.weak]]).toEqual([
      3, 1, 1,
    ]);
    bench.reporter.filter.configure({ deny: parseAddressPatterns(TAG) });
    bench.hear(TAG, mikrotik(4, 5000), -60, 1);
    bench.hear(TAG, mikrotik(4, 5000), -60, 1);
    expect([counts[FilterReason.passed], counts[FilterReason.denied]]).toEqual([3, 2]);
  });

  it('are let in no more once a filter denies them, also when it has kept out strangers before', () => {
    const bench = new Bench({ interval: 0, heartbeat: 0 }, false);
    const { counts } = bench.reporter.filter;
    for (let i = 0; i < 2; i++) bench.hear(TAG, mikrotik(1, 5000));
    bench.reporter.filter.configure({ deny: parseAddressPatterns(`${TAG}, ${OTHER}`) });
    bench.hear(OTHER, mikrotik(1, 5000));
    bench.hear(TAG, mikrotik(1, 5000));
    expect([counts[FilterReason.passed], counts[FilterReason.denied]]).toEqual([2, 2]);
    bench.reporter.filter.configure({});
    bench.hear(TAG, mikrotik(1, 5000));
    expect([counts[FilterReason.passed], bench.decoded]).toEqual([3, 2]);
  });

  it('are not decoded, but one is when a report is due', () => {
    const bench = new Bench({ interval: 5, heartbeat: 60 }, false);
    for (let i = 0; i < 59; i++) {
      bench.hear(OTHER, SAME);
      bench.virtual.run(1000);
    }
    expect([bench.decoded, bench.reporter.outbox.appendedCount]).toEqual([1, 2]); // arrival, reading
    for (let i = 0; i < 3; i++) {
      bench.hear(OTHER, SAME);
      bench.virtual.run(1000);
    }
    expect([bench.decoded, bench.reporter.outbox.appendedCount]).toEqual([2, 3]);
  });

  it('are reported when the minimum interval is over, where they came before', () => {
    const bench = new Bench({ interval: 5, heartbeat: 0, presence: 0 }, false);
    bench.hear(OTHER, SAME);
    for (let i = 0; i < 7; i++) {
      bench.virtual.run(1000);
      bench.hear(OTHER, mikrotik(1, 6000));
    }
    expect([bench.decoded, bench.reporter.outbox.appendedCount]).toEqual([3, 2]);
  });

  it('tell that a tag that was away is back', () => {
    const bench = new Bench({ interval: 0, heartbeat: 0, presence: 5 }, false);
    for (let visit = 1; visit <= 3; visit++) {
      for (let i = 0; i < 10; i++) {
        bench.hear(OTHER, SAME);
        bench.virtual.run(1000);
      }
      bench.virtual.run(1_000_000);
      const { arrivals, departures } = bench.reporter.presence!;
      expect([arrivals, departures]).toEqual([visit, visit]);
    }
  });

  it('tell so once there is room for it', () => {
    const bench = new Bench({ interval: 0, heartbeat: 0, presence: 5, outbox: 512, outboxFull: 'newest' }, false);
    bench.hear(OTHER, SAME);
    bench.virtual.run(1_000_000);
    fill(bench);
    bench.hear(OTHER, SAME);
    expect(bench.reporter.presence!.arrivals).toBe(2); // OTHER, TAG
    empty(bench);
    bench.hear(OTHER, SAME);
    expect(bench.reporter.presence!.arrivals).toBe(3);
  });

  it('are reported once there is room, also in a place that was of another tag', () => {
    const settings = { interval: 0, heartbeat: 0, presence: 0, tags: 1, outbox: 512, outboxFull: 'newest' };
    const bench = new Bench(settings, false);
    const { outbox } = bench.reporter;
    fill(bench);
    const stored = outbox.appendedCount - outbox.refusedCount;
    // What the tag said last of which there was a report; its place is taken by another one that says the same.
    const last = mikrotik(stored - 1, 100 * (stored - 1));
    bench.hear(OTHER, last);
    empty(bench);
    bench.hear(OTHER, last);
    expect(outbox.appendedCount - outbox.refusedCount).toBe(stored + 1);
  });
});
