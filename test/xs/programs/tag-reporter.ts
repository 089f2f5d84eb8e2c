import { PlainTagProfile } from '../../../src/cloud/plain/plain-tags.js';
import { Gateway } from '../../../src/device/gateway.js';
import { TagReporter } from '../../../src/device/tag-reporter.js';
import { AdvertisementRing } from '../../../src/tags/advertisement-ring.js';
import { FilterReason } from '../../../src/tags/filter/advertisement-filter.js';
import { DuplicateFilter, DuplicateMode } from '../../../src/tags/filter/duplicate-filter.js';
import { parseAddressPatterns, parseCompanies, parseServices } from '../../../src/tags/filter/filter-text.js';
import { parsePolicies } from '../../../src/telemetry/report/policy-text.js';
import { SILENT } from './silent.js';
import { World } from './world.js';

/*
 * What an advertisement costs where everything is switched on: filters, ring, policies with deltas, presence. Each
 * export does its operation `count` times, and returns how many times it was seen to have happened.
 */

const SECOND = 1000;
const STANDARD = { minimumInterval: 0, maximumInterval: 60 * SECOND };
const POLICIES =
  'default interval=1 heartbeat=60; mikrotik temperature=0.05 batteryPercent=2; ' +
  'DC:2C:6E:00:00:07 interval=5 humidity=off';

const world = new World(0);
const board = world.board('bench', true);
const profile = new PlainTagProfile({ gateway: 'shed' });
const reporter = new TagReporter(
  {
    profile,
    rules: parsePolicies(POLICIES, STANDARD),
    filter: {
      rssiFloor: -90,
      allow: parseAddressPatterns('DC:2C:*, AA:BB:CC:* random = shed'),
      deny: parseAddressPatterns('DC:2C:6F:*'),
      companies: parseCompanies('0x094F, 0x0499'),
      services: parseServices('FCD2'),
      duplicates: new DuplicateFilter({ mode: DuplicateMode.keepNewest }),
    },
    ring: new AdvertisementRing(),
    presence: { minimumSeconds: 10, maximumSeconds: 10 },
    distance: { rssiAt1m: -59 },
  },
  board,
  SILENT,
);
const endpoints = [{ host: '127.0.0.1', port: 1883 }];
const gateway = new Gateway(
  { connection: { clientId: 'bench', endpoints, keepAliveSeconds: 0 }, profile },
  board,
  SILENT,
  reporter,
);
const { scanner, broker, time } = world;
const { outbox, filter } = reporter;
gateway.start();
time.run(SECOND);
scanner.advertise();
time.run(SECOND);
broker.byHand = true;

/** One that is on the allow list and on the deny list. */
export function filteredAdvertisement(count: number): number {
  const before = filter.counts[FilterReason.denied]!;
  scanner.address[2] = 0x6f;
  for (let i = 0; i < count; i++) scanner.repeat();
  scanner.address[2] = 0x6e;
  return filter.counts[FilterReason.denied]! - before;
}

/** Within the minimum interval and after it, but nothing is new; the tag is noted in table, presence and ring. */
export function repeatedAdvertisement(count: number): number {
  const before = reporter.control.advertisements;
  const reports = outbox.appendedCount;
  for (let i = 0; i < count; i++) {
    time.run(i % 100 === 0 ? SECOND : 1);
    scanner.repeat();
  }
  broker.answer();
  // Some are due by the maximum interval.
  const silent = reporter.control.advertisements - before - (outbox.appendedCount - reports);
  return silent >= 0.99 * count ? count : silent;
}

/** Something new that is not worth a report: its minimum interval is over, and no value is as far from the last one. */
export function unreportedAdvertisement(count: number): number {
  const before = reporter.control.advertisements;
  const reports = outbox.appendedCount;
  for (let i = 0; i < count; i++) {
    time.run(i % 100 === 0 ? SECOND : 1);
    scanner.age();
  }
  broker.answer();
  // Some are due by the maximum interval.
  const silent = reporter.control.advertisements - before - (outbox.appendedCount - reports);
  return silent >= 0.99 * count ? count : silent;
}

/** Something new, behind its minimum interval, which goes to the outbox and to the broker. */
export function reportedAdvertisement(count: number): number {
  const before = outbox.acknowledgedCount;
  for (let i = 0; i < count; i++) {
    time.run(SECOND);
    scanner.advertise();
    broker.answer();
  }
  return outbox.acknowledgedCount - before;
}

/** A tag goes away and comes back: two reports of presence, and a reading. */
export function presenceChange(count: number): number {
  const { presence } = reporter;
  const departures = presence!.departures;
  const arrivals = presence!.arrivals;
  const before = outbox.acknowledgedCount;
  for (let i = 0; i < count; i++) {
    time.run(12 * SECOND);
    scanner.advertise();
    broker.answer();
    broker.answer();
  }
  if (outbox.acknowledgedCount - before !== 3 * count || presence!.departures - departures !== count) return -1;
  return presence!.arrivals - arrivals;
}
