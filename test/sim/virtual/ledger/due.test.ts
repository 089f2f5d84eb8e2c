import { describe, expect, it } from 'vitest';
import { randomWorld, VirtualWorld } from '../../../../sim/virtual/index.js';
import type { Fault, SimulatedWorld } from '../../../../sim/virtual/index.js';
import { policiesText, readPolicies } from '../../../../sim/virtual/ledger/policy-model.js';
import { parsePolicies, policyText } from '../../../../src/telemetry/report/policy-text.js';
import type { TagReporter } from '../../../../src/device/tag-reporter.js';

const MINUTE = 60_000;

/** Runs 12 minutes, with `change` made to the tag side after 6, and returns what the rule `due` says. */
async function judged(
  change: (reporter: TagReporter) => void = () => {},
  settings: SimulatedWorld['gateways'][0]['settings'] = {},
): Promise<string[]> {
  const world = randomWorld(7);
  Object.assign(world.gateways[0]!.settings, { interval: 30, ...settings });
  const fault: Fault = {
    kind: 'test',
    at: 6 * MINUTE,
    install: ({ devices }) => change(devices[0]!.firmware!.gateway.reporter!),
  };
  const simulation = new VirtualWorld(world, [fault], 7);
  await simulation.runUntil(12 * MINUTE);
  const broken = simulation.finish().broken.filter(({ rule }) => rule === 'due');
  return broken.map(({ detail }) => detail.replace(/^gateway-1: /, ''));
}

describe('the rule that each due reading is reported', () => {
  it.each([
    '',
    'default interval=5 heartbeat=20 temperature=0.2 humidity=off; bthome2 events=no temperature=any',
    'mikrotik interval=60; ruuvi5 heartbeat=0 accelerationX=off accelerationY=off accelerationZ=off',
    'C4:7C:8D:6A:00:01 interval=0 heartbeat=3; default temperature=0.1',
  ])('holds with the policies "%s"', async (policies) => {
    expect(await judged(() => {}, policies === '' ? {} : { policies })).toEqual([]);
  });

  it('holds with a table that is too small, and with deltas that find no room', async () => {
    expect(await judged(() => {}, { tags: 8 })).toEqual([]);
  });

  it('finds readings that are left out', async () => {
    const broken = await judged((reporter) => Object.assign(reporter, { storeReading: () => true }));
    expect(broken[0]).toMatch(/^tag-\d+ \(C4:.*\) has a reading that is due and is not reported: \w+ changed$/);
  });

  it('finds a reading that counts as reported when the outbox refuses it', async () => {
    const refuse = (reporter: TagReporter): void => {
      reporter.outbox.reserve = () => -1;
    };
    expect(await judged(refuse)).toEqual([]);
    const broken = await judged((reporter) => {
      refuse(reporter);
      const store = reporter['storeReading'].bind(reporter);
      Object.assign(reporter, { storeReading: (...all: Parameters<typeof store>) => store(...all) || true });
    });
    expect(broken[0]).toContain('is due and is not reported');
  });

  it('finds readings that come before their interval is over', async () => {
    const broken = await judged(({ tags }) => tags.lastReported.fill(-1e6));
    expect(broken[0]).toMatch(/is reported too early: \d+ ms after the last report, and the interval is not over$/);
  });

  it('finds policies that are not those of the settings', async () => {
    const rules = parsePolicies('default interval=1 heartbeat=2', { minimumInterval: 0, maximumInterval: 0 });
    const broken = await judged((reporter) => reporter.setRules(rules));
    expect(broken[0]).toContain('the policies in force are default 1000 2000 true, the settings say default 30000');
  });
});

describe('the reader of policies for that rule', () => {
  it.each([
    'default interval=10 heartbeat=60; ruuvi5 interval=30 temperature=0.2 humidity=1; DC:2C:6E:0F:C0:3D events=no',
    'default interval=60 heartbeat=600 temperature=0.1; AA:BB:CC:DD:EE:FF interval=0 temperature=any',
    'default heartbeat=0\nbthome2 heartbeat=3; mikrotik, ruuvi5 interval=100 temperature=off',
    'ruuvi5 interval=0.125',
  ])('understands what the firmware prints: %s', (text) => {
    const rules = parsePolicies(text, { minimumInterval: 10_000, maximumInterval: 60_000 });
    expect(policiesText(readPolicies(policyText(rules)))).toBe(policiesText(readPolicies(text, 10, 60)));
  });
});
