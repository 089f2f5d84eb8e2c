import { describe, expect, it } from 'vitest';
import { drawOfGateway, drawOfNode, ESTIMATES, loadOf } from '../../../sim/capacity/capacity.js';
import type { Instructions, Site } from '../../../sim/capacity/capacity.js';
import { CHIPS } from '../../../sim/capacity/chips.js';
import type { Chip } from '../../../sim/capacity/chips.js';

const figure = (value: number): { value: number; source: string } => ({ value, source: 'here' });

/** At 1 MHz, 1,000 instructions of one cycle take a millisecond. */
const CHIP: Chip = {
  title: 'chip',
  core: 'rv32',
  coreNote: '',
  clockMegahertz: figure(1),
  bluetooth: true,
  currents: {
    running: figure(30),
    listening: figure(100),
    transmitting: figure(200),
    modemSleep: figure(20),
    lightSleep: figure(1),
    deepSleep: figure(0.01),
  },
};

const INSTRUCTIONS: Instructions = {
  filteredAdvertisement: 100,
  unknownAdvertisement: 250,
  repeatedAdvertisement: 1000,
  reportedAdvertisement: 20_000,
  jsonPayload: 6000,
  publishQos1Ack: 4000,
  reconnect8: 42_000,
};

const SITE: Site = { tags: 10, rate: 2, interval: 10, others: 0 };

describe('what a site takes of a processor', () => {
  it('is that of its repeated and of its reported advertisements', () => {
    // 19 repeated ones of 1 ms, and one reported one of 20 ms.
    const load = loadOf(CHIP, INSTRUCTIONS, SITE, 1);
    expect(load).toMatchObject({ advertisements: 20, reports: 1 });
    expect(load.share).toBeCloseTo(0.039, 10);
  });

  it('counts those that are refused', () => {
    const load = loadOf(CHIP, INSTRUCTIONS, { ...SITE, others: 100 }, 1);
    expect(load.advertisements).toBe(120);
    expect(load.share).toBeCloseTo(0.049, 10);
  });

  it('does not report more often than a tag is heard', () => {
    const load = loadOf(CHIP, INSTRUCTIONS, { tags: 10, rate: 0.1, interval: 1, others: 0 }, 1);
    expect(load).toMatchObject({ advertisements: 1, reports: 1 });
    expect(load.share).toBeCloseTo(0.02, 10);
  });

  it('grows with the cycles of an instruction, and falls with the clock', () => {
    const share = (chip: Chip, cycles: number): number => loadOf(chip, INSTRUCTIONS, SITE, cycles).share;
    expect(share(CHIP, 2)).toBeCloseTo(0.078, 10);
    expect(share({ ...CHIP, clockMegahertz: figure(100) }, 1)).toBeCloseTo(0.00039, 10);
  });

  it('is all of it at the rate at which it is full', () => {
    const { full, share } = loadOf(CHIP, INSTRUCTIONS, SITE, 1);
    expect(full.site * (share / 20)).toBeCloseTo(1, 10);
    expect(full).toMatchObject({ refused: 10_000, unknown: 4000, repeated: 1000, reported: 50 });
  });
});

describe('what a node takes of a battery', () => {
  const node = { interval: 100, battery: 2400, cycles: 1 } as const;

  it('is what sleeping takes, and the charge of its readings', () => {
    const { average, reading, days } = drawOfNode(CHIP, INSTRUCTIONS, { ...node, sleep: 'lightSleep' });
    // 10 ms of computing, a round trip with the radio on, a packet.
    const expected = 0.01 * 29 + ESTIMATES.roundTrip * 99 + ESTIMATES.transmission * 199;
    expect(reading).toBeCloseTo(expected, 10);
    expect(average).toBeCloseTo(1 + expected / 100, 10);
    expect(days).toBeCloseTo(100 / average, 10);
  });

  it('has a start, an association and two more round trips in it after deep sleep', () => {
    const { reading } = drawOfNode(CHIP, INSTRUCTIONS, { ...node, sleep: 'deepSleep' });
    // And 10 ms more of computing: what a connection takes beside its messages.
    const running = 0.02 + ESTIMATES.boot;
    const listening = 3 * ESTIMATES.roundTrip + ESTIMATES.association;
    const expected = running * 29.99 + listening * 99.99 + 3 * ESTIMATES.transmission * 199.99;
    expect(reading).toBeCloseTo(expected, 10);
  });

  it('does not go below no charge where an operation takes more alone than within another', () => {
    const odd = { ...INSTRUCTIONS, reconnect8: 0 };
    const { reading } = drawOfNode(CHIP, odd, { ...node, sleep: 'deepSleep' });
    expect(reading).toBeLessThan(drawOfNode(CHIP, INSTRUCTIONS, { ...node, sleep: 'deepSleep' }).reading);
    expect(reading).toBeGreaterThan(drawOfNode(CHIP, odd, { ...node, sleep: 'lightSleep' }).reading);
  });

  it('is that of a node that is always awake where readings come faster than it can send them', () => {
    const fast = drawOfNode(CHIP, INSTRUCTIONS, { ...node, interval: 0.001, sleep: 'deepSleep' });
    expect(fast.average).toBeLessThan(CHIP.currents.transmitting.value);
    expect(fast.average).toBeGreaterThan(CHIP.currents.running.value);
  });

  it('is what the radio takes all the time in a gateway, and what it computes and sends', () => {
    const load = loadOf(CHIP, INSTRUCTIONS, SITE, 1);
    const { average, days } = drawOfGateway(CHIP, load, 2400);
    expect(average).toBeCloseTo(100 + 0.039 * 10 + ESTIMATES.transmission * 100, 10);
    expect(days).toBeCloseTo(100 / average, 10);
  });
});

describe('the table of chips', () => {
  it.each(Object.values(CHIPS))('has a source for each figure of an $title', (chip: Chip) => {
    for (const { value, source } of [chip.clockMegahertz, ...Object.values(chip.currents)]) {
      expect(value).toBeGreaterThan(0);
      expect(source).toMatch(/Datasheet|ESP-IDF|Moddable SDK|^estimated: /);
    }
  });

  it.each(Object.values(CHIPS))('has an $title take less the deeper it sleeps', ({ currents }: Chip) => {
    const { deepSleep, lightSleep, modemSleep, listening, transmitting } = currents;
    const order = [deepSleep, lightSleep, modemSleep, listening, transmitting].map(({ value }) => value);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(currents.running.value).toBeLessThan(listening.value);
  });
});
