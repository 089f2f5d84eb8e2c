import { describe, expect, it } from 'vitest';
import { celsiusAt } from '../../../sim/world/motion.js';
import { connectionReset, powerCut, randomWorld, run, VirtualWorld } from '../../../sim/virtual/index.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('run', () => {
  const world = randomWorld(7);

  it('comes out the same for the same world, faults and seed, and differs for others', async () => {
    const faults = (): ReturnType<typeof powerCut>[] => [connectionReset(10 * MINUTE), powerCut(20 * MINUTE)];
    const first = await run(world, faults(), 7, { hours: 1 });
    expect(await run(randomWorld(7), faults(), 7, { hours: 1 })).toEqual(first);
    expect((await run(world, faults(), 8, { hours: 1 })).hash).not.toBe(first.hash);
    expect((await run(world, [], 7, { hours: 1 })).hash).not.toBe(first.hash);
  });

  it('brings the readings of every tag to the broker, and breaks no rule', async () => {
    const { ledger, figures, broken } = await run(world, [], 7, { hours: 1 });
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ starts: 1, connects: 1, restarts: 0, powerCuts: 0 });
    for (const tag of ledger.tags) expect(tag.heard, tag.name).toBeGreaterThan(300);
    for (const { address } of world.tags) {
      const topic = 'tagwire/gateway-1/tags/' + address.replaceAll(':', '');
      expect(ledger.received.filter((message) => message.topic === topic).length, topic).toBeGreaterThan(1);
    }
  });

  it('reports what the tags measured', async () => {
    const { ledger } = await run(world, [], 7, { hours: 1 });
    for (const tag of world.tags) {
      const topic = 'tagwire/gateway-1/tags/' + tag.address.replaceAll(':', '');
      const last = ledger.received.filter((message) => message.topic === topic).at(-1)!;
      const reading = JSON.parse(Buffer.from(last.payload).toString()) as { [field: string]: number };
      expect(reading['temperature'], tag.name).toBeCloseTo(celsiusAt(tag, last.time / 1000), 1);
      if (tag.humidityPercent !== undefined) expect(reading['humidity'], tag.name).toBe(tag.humidityPercent);
      if (tag.format === 'ruuvi') expect(reading['batteryVoltage']).toBeCloseTo(tag.batteryMillivolts! / 1000, 3);
      else expect(reading['batteryPercent'], tag.name).toBe(tag.batteryPercent);
    }
  });

  it('is not changed by a trace', async () => {
    const lines: string[] = [];
    const trace = { line: (_time: number, text: string) => void lines.push(text) };
    const faults = [connectionReset(10 * MINUTE)];
    const { hash } = await run(world, faults, 7, { hours: 0.5 });
    expect((await run(world, faults, 7, { hours: 0.5, trace })).hash).toBe(hash);
    expect(lines).toContain('fault: reset@10m gateway=0');
  });

  it('leaves the air as it is when a fault is added', async () => {
    const sent = async (faults: Parameters<typeof run>[1]): Promise<number[]> =>
      (await run(world, faults, 7, { hours: 0.5 })).ledger.tags.map((tag) => tag.sent);
    expect(await sent([connectionReset(10 * MINUTE), powerCut(15 * MINUTE)])).toEqual(await sent([]));
  });

  it('connects again after a reset, with the network as it was', async () => {
    const { figures } = await run(world, [connectionReset(10 * MINUTE)], 7, { hours: 0.5 });
    expect(figures).toMatchObject({ connects: 2, starts: 1 });
  });

  it('starts again after a power cut, and after one within a write to a memory', async () => {
    const simulation = new VirtualWorld(world, [powerCut(10 * MINUTE), powerCut(20 * MINUTE, 0, 3)], 7);
    await simulation.runUntil(HOUR);
    const { figures, broken } = simulation.finish();
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ powerCuts: 2, starts: 3, connects: 3 });
  });

  it('tells of firmware that throws', async () => {
    const simulation = new VirtualWorld(world, [], 7);
    simulation.scheduler.at(MINUTE, () => {
      simulation.devices[0]!.start!.enter(() => {
        throw new RangeError('this is a test');
      });
    });
    await simulation.runUntil(2 * MINUTE);
    expect(simulation.finish().broken).toMatchObject([
      { rule: 'panic', time: MINUTE, detail: 'gateway-1: RangeError: this is a test' },
    ]);
  });
});
