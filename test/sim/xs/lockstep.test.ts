import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { planOfFile } from '../../../sim/dashboard/world-plan.js';
import type { WorldSourceOptions } from '../../../sim/dashboard/world-source.js';
import { findXsHost } from '../../../sim/xs/engine-paths.js';
import { Lockstep, LockstepWorld } from '../../../sim/xs/lockstep.js';
import { TOP } from '../../support/folders.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { buildHost } from '../../xs/host/build.js';
import { requireXs } from '../../xs/host/require.js';
import { readSizes } from '../../xs/sizes.js';
import { Bench, defaultWorld, quietWorld } from '../dashboard/bench.js';

interface Manifest {
  creation: { stack: number };
}

const benches: Bench[] = [];
afterEach(() => {
  for (const { source } of benches.splice(0)) source.close();
});

requireXs(32)('a world in lockstep with XS', () => {
  let host: string;
  beforeAll(async () => {
    host = await buildHost(32);
  });

  const bench = (file: ConstructorParameters<typeof Bench>[0], options: WorldSourceOptions = {}): Bench => {
    const made = new Bench(file, { lockstep: (world) => new LockstepWorld(host, world), ...options });
    benches.push(made);
    return made;
  };
  const meters = (of: Bench): Record<string, number> =>
    Object.fromEntries((of.state().xs?.meters ?? []).map(({ id, value }) => [id, value]));
  const events = (of: Bench): number => Number(/inputs: (\d+) events/.exec(of.state().xs?.text ?? '')?.[1] ?? 0);

  it('tells slots, chunks, free bytes and collections of an ESP32, in the order of what the table has', async () => {
    const world = bench(defaultWorld);
    await world.run(10);
    const { slots, chunkBytes } = readSizes().firmware.esp32;
    const first = meters(world);
    // The firmware with the parts of its board and a console, and garbage.
    expect(first['xs-slots']).toBeGreaterThan(slots / 2);
    expect(first['xs-slots']).toBeLessThan(4 * slots);
    expect(first['xs-chunks']).toBeGreaterThan(chunkBytes / 2);
    expect(first['xs-chunks']).toBeLessThan(4 * chunkBytes);
    expect(first['xs-heap']).toBe(first['xs-slots']! * 16 + first['xs-chunks']! + first['xs-free']!);
    expect(world.state().engine).toBe('Node and XS');
    const before = events(world);
    await world.run(60);
    const then = meters(world);
    expect(events(world)).toBeGreaterThan(before + 20);
    expect(then['xs-collections']).toBeGreaterThan(first['xs-collections']!);
    // Nothing is held that was not held before.
    expect(then['xs-heap']).toBeLessThan(1.2 * first['xs-heap']!);
  });

  it('goes on through faults, power cuts and what is typed and called', async () => {
    const world = bench(quietWorld);
    await world.run(10);
    for (const [name, parameters] of [
      ['wifi', { gateway: 0, on: false }],
      ['wifi', { gateway: 0, on: true }],
      ['powerCut', { gateway: 0, off: 1000 }],
      ['clockJump', { gateway: 0, by: 60_000 }],
      ['broker', { broker: 0, action: 'restart' }],
      ['fault', { text: 'slow+5s bytes=10' }],
      ['type', { gateway: 0, text: '/iot mqtt brokers print\r' }],
      ['pressButton', { tag: 'A4:C1:38:00:00:01' }],
      ['warmTag', { tag: 'A4:C1:38:00:00:01', temperature: 30 }],
    ] as const) {
      expect([name, await world.error(name, parameters)]).toEqual([name, undefined]);
      await world.run(20);
    }
    const policies = world.error('policies', { gateway: 0, text: 'bthome2 interval=5' });
    await world.run(5);
    expect(await policies).toBeUndefined();
    expect(world.state().counts.restarts).toBe(1);
    expect(world.state().xs).not.toHaveProperty('failed');
    const before = events(world);
    await world.run(10);
    expect(events(world)).toBeGreaterThan(before);
  });

  it('begins anew with a world that is loaded, and tells the table of a board where it is not live', async () => {
    const world = bench(defaultWorld);
    await world.run(30);
    const before = events(world);
    expect(await world.error('loadWorld', { world: 'greenhouse' })).toBeUndefined();
    await world.run(5);
    const [hello] = world.source.snapshot();
    const gateways = hello?.type === 'hello' ? hello.gateways : [];
    expect(gateways.length).toBeGreaterThan(1);
    for (const [place, { board, measured }] of gateways.entries()) {
      expect({ place, measured }).toEqual({ place, measured: undefined });
      expect([place, world.state(place).xs === undefined]).toEqual([place, board === 'desktop']);
    }
    expect(events(world)).toBeLessThan(before);
  });

  it('counts the one block of an ESP8266', async () => {
    const world = bench(planOfFile(quietWorld, 'test', 1, { board: 'esp8266' }));
    await world.run(20);
    const { 'xs-block': block, 'xs-free': free, 'xs-slots': slots, 'xs-chunks': chunks } = meters(world);
    const manifest = JSON.parse(readFileSync(join(TOP, 'boards/esp8266/manifest.json'), 'utf8')) as Manifest;
    expect(block).toBe((manifest.creation.stack + 28 + slots!) * 16 + chunks!);
    expect(free).toBe(Math.max(0, 34_816 - block!));
    expect(slots).toBeGreaterThan(readSizes().firmware.esp8266.slots / 2);
  });

  it('says where the firmware on XS does what the one on Node does not, and stops there', async () => {
    const world = bench(quietWorld);
    await world.run(10);
    // Past the board, so that the other one hears nothing of it.
    world.source.world.devices[0]!.firmware!.policies!.setPolicyText('bthome2 interval=1');
    await world.run(5);
    await world.run(20);
    const { xs, engine } = world.state();
    expect(xs).toMatchObject({ meters: [], failed: true });
    expect(xs!.text).toMatch(/^XS has stopped: it differs from the firmware on Node: event \d+: .* differ/);
    expect(engine).toBe('Node');
    const [, , ...past] = world.source.snapshot();
    const lines = past.flatMap((text) => (text.type === 'log' ? text.lines : []));
    expect(lines.filter(({ kind, text }) => kind === 'broken' && text === xs!.text)).toHaveLength(1);
  });

  it('keeps nothing of what is recorded when XS has stopped', async () => {
    const lockstep = new Lockstep('/bin/false', 0, 'esp32');
    const beside = {
      taps: [lockstep.tap],
      stateOf: () => lockstep.state,
      follow: () => lockstep.follow(),
      stop: () => lockstep.stop(),
    };
    const world = bench(quietWorld, { lockstep: () => beside as unknown as LockstepWorld });
    await world.run(60);
    expect(world.state().xs).toMatchObject({ failed: true });
    expect((lockstep as unknown as { blocks: Uint8Array[] }).blocks).toEqual([]);
  });

  it('has no control that would pass the board by', async () => {
    const controls = (options: WorldSourceOptions): readonly string[] => {
      const [hello] = bench(quietWorld, options).source.snapshot();
      return hello?.type === 'hello' ? hello.controls : [];
    };
    expect(controls({})).toContain('policies');
    expect(controls({ realBroker: true })).not.toContain('policies');
  });

  it('goes on without it when XS does not run', async () => {
    const world = bench(quietWorld, { lockstep: (file) => new LockstepWorld('/bin/false', file) });
    await world.run(20);
    expect(world.state().xs).toMatchObject({ meters: [], failed: true });
    expect(world.state().counts.acknowledged).toBeGreaterThan(0);
  });
});

describe('the host of XS for a page', () => {
  it('is found from a bundle and from the source, and else it is said how to get it', () => {
    const folder = makeTemporaryFolder();
    try {
      const from = (path: string): string => findXsHost(pathToFileURL(folder.file(path)).href);
      const places = ['dist/cli.js', 'dist/shared/sim.js', 'build/sim/xs/engine-paths.js', 'sim/xs/engine-paths.ts'];
      for (const place of places)
        expect(() => from(place)).toThrow(/not compiled: .* run npm run engine in a checkout/);
      const host = folder.file('build/xs/host');
      mkdirSync(dirname(host), { recursive: true });
      writeFileSync(host, '');
      for (const place of places) expect(from(place)).toBe(host);
    } finally {
      folder.remove();
    }
  });
});
