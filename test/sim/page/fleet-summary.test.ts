import { describe, expect, it } from 'vitest';
import {
  clockErrorText,
  coverageOf,
  rankOf,
  STAGES,
  strengthOf,
  summaryOf,
  versionsOf,
  wearText,
  worstFirst,
} from '../../../sim/page/fleet/fleet-summary.js';
import type { TagCoverage } from '../../../sim/page/fleet/fleet-summary.js';
import type { FleetGateway } from '../../../sim/page/protocol.js';

const gateway = (fields: Partial<FleetGateway>): FleetGateway => ({ name: 'gw', lastHeard: 0, readings: 0, ...fields });

describe('a fleet', () => {
  it('has stuck gateways first, those at the outermost stage before the others', () => {
    const rows = [
      gateway({ name: 'well', online: true }),
      gateway({ name: 'clock', stage: 'clock', stuck: 'x' }),
      gateway({ name: 'other', stuck: 'x' }),
      gateway({ name: 'offline', stage: 'offline', stuck: 'x' }),
    ];
    rows.sort((a, b) => rankOf(a) - rankOf(b));
    expect(rows.map(({ name }) => name)).toEqual(['offline', 'clock', 'other', 'well']);
    expect(new Set(STAGES.map((stage) => rankOf({ ...stage, stuck: 'x' }))).size).toBe(STAGES.length);
  });

  it('is added up', () => {
    const fleet = [
      gateway({ online: true, readings: 5, outbox: 3, duplicates: 1 }),
      gateway({ online: false, stage: 'offline', stuck: 'offline 3 min', readings: 2, dropped: 7 }),
      gateway({ stage: 'offline', stuck: 'offline 4 min' }),
      gateway({ online: true, stage: 'outbox', stuck: 'outbox 812', outbox: 812 }),
    ];
    expect(summaryOf(fleet)).toEqual({
      known: 4,
      online: 2,
      offline: 1,
      stuck: 3,
      stages: new Map([
        ['offline', 2],
        ['outbox', 1],
      ]),
      readings: 7,
      duplicates: 1,
      dropped: 7,
      outbox: 815,
    });
  });

  it('has versions, the most frequent first', () => {
    const fleet = [
      gateway({ version: '0.2.0', board: 'esp32' }),
      gateway({ version: '0.1.0' }),
      gateway({}),
      gateway({ version: '0.2.0', board: 'esp32' }),
    ];
    expect(versionsOf(fleet)).toEqual([
      { name: '0.2.0, esp32', count: 2 },
      { name: '0.1.0', count: 1 },
      { name: 'not told', count: 1 },
    ]);
  });
});

describe('the coverage of a tag', () => {
  it('has who hears it best first, and is made once', () => {
    const list = [
      { name: 'far', rssi: -92, at: 50, readings: 2 },
      { name: 'near', rssi: -61, at: 40, readings: 9 },
    ];
    const coverage = coverageOf('AA', list)!;
    expect(coverage.gateways.map(({ name }) => name)).toEqual(['near', 'far']);
    expect(coverage).toMatchObject({ best: { name: 'near' }, readings: 11, lastHeard: 50 });
    expect(coverageOf('AA', list)).toBe(coverage);
    expect(coverageOf('AA', [])).toBeUndefined();
  });

  it('comes in the order of those that few gateways hear, and then weakly', () => {
    const heard = (address: string, ...rssi: number[]): TagCoverage =>
      coverageOf(
        address,
        rssi.map((each, place) => ({ name: `gw-${place}`, rssi: each, at: 0, readings: 1 })),
      )!;
    const tags = [heard('both', -90, -95), heard('near', -50), heard('far', -96), heard('all', -40, -40, -40)];
    const sorted = tags.sort((a, b) => worstFirst(a) - worstFirst(b));
    expect(sorted.map(({ address }) => address)).toEqual(['far', 'near', 'both', 'all']);
  });

  it.each([
    [-60, 'good'],
    [-75, 'good'],
    [-76, 'fair'],
    [-89, 'weak'],
  ])('of %d dBm is %s', (rssi, strength) => {
    expect(strengthOf(rssi)).toBe(strength);
  });
});

it.each([
  [wearText(0.4), '0 h'],
  [wearText(47), '47 h'],
  [wearText(24 * 90), '90 d'],
  [wearText(24 * 365 * 14), '14 years'],
  [clockErrorText(0), '0 ms'],
  [clockErrorText(12), '12 ms ahead'],
  [clockErrorText(-3000), '3.0 s behind'],
  [clockErrorText(7_200_000), '2.0 h ahead'],
  [clockErrorText(-10 * 86_400_000), '10 d behind'],
])('%s', (text, wanted) => {
  expect(text).toBe(wanted);
});
