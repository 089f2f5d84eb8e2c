import { expect, it } from 'vitest';
import { findXsWorker } from '../../../sim/xs/engine-paths.js';
import { XsWorker } from '../../../sim/xs/worker.js';
import { wholeNumber } from '../../support/environment.js';
import { bundleScript } from './bundle.js';

/** Virtual hours of a day; with 24 it takes minutes. */
const HOURS = wholeNumber('TAGWIRE_GROWTH_HOURS', 1);
const DAYS = 3;
/** Slots of 32 bytes that the heaps of two days may differ by: the world remembers that a start was. */
const MAY_DIFFER = 8;

/** Each day has the same faults, and what the world remembers for its ledger is forgotten every half hour. */
const PROGRAM = `
const { VirtualWorld, randomWorld, parseFaults } = simulation;
const world = new VirtualWorld(randomWorld(5, { tags: 3 }), [], 5, { rules: [] });
globalThis.runDay = async (day) => {
  const at = (minute) => '@' + (day * ${60 * HOURS} + minute) + 'm';
  const text = 'reset' + at(10) + ', refused' + at(15) + '+2m, halfopen' + at(25) + ', brokerrestart' + at(35) +
    ' sessions=lost, powercut' + at(40);
  for (const fault of parseFaults(text)) {
    world.scheduler.at(fault.at, () => fault.install(world));
    if (fault.for !== undefined) world.scheduler.at(fault.at + fault.for, () => fault.heal(world));
  }
  for (let half = 1; half <= ${2 * HOURS}; half++) {
    await world.runUntil((day * ${2 * HOURS} + half) * 1800000);
    world.ledger.received.length = 0;
  }
};
globalThis.connects = () => Uint8Array.of(world.ledger.connects.get('tagwire-gateway-1')).buffer;
`;

it('the heap of XS is the same at the end of the second and the third day', async () => {
  const worker = new XsWorker({ path: findXsWorker(), computeLimit: 0 });
  try {
    const script = await bundleScript('build/sim/virtual/index.js', 'simulation');
    await worker.evaluate(`(() => { ${script}\n${PROGRAM} })()`);
    const slots: number[] = [];
    for (let day = 0; day < DAYS; day++) {
      await worker.evaluate(`void runDay(${day})`);
      slots.push((await worker.evaluate('gc()')).meter.slots);
    }
    expect((await worker.evaluate('connects()')).bytes[0]).toBeGreaterThanOrEqual(5 * DAYS);
    expect(Math.abs(slots[2]! - slots[1]!)).toBeLessThanOrEqual(MAY_DIFFER);
  } finally {
    await worker.quit();
  }
});
