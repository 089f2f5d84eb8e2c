import { ConnectionState } from '../../../src/connection/connection.js';
import { SessionState } from '../../../src/mqtt/state.js';
import { planOfFile, planOfName } from '../../../sim/dashboard/world-plan.js';
import type { GatewayPlace } from '../../../sim/page/protocol.js';
import { EPOCH, VirtualWorld } from '../../../sim/virtual/index.js';
import { describe, expect, it } from 'vitest';
import { readSizes } from '../../xs/sizes.js';
import { Bench, defaultWorld, quietWorld } from './bench.js';

describe('WorldSource', () => {
  it('tells a page that opens all there is, and nothing twice', async () => {
    const bench = new Bench(defaultWorld);
    await bench.run(20);
    const [hello, state, ...past] = bench.source.snapshot();
    expect(hello).toMatchObject({ type: 'hello', source: 'simulation', title: 'warehouse' });
    expect(hello).toMatchObject({ gateways: [{ name: 'gateway-1', board: 'esp32', position: [12, 8] }] });
    expect(state).toMatchObject({ type: 'state', now: EPOCH + 20_000 });
    const tags = past.find((text) => text.type === 'tags')!;
    expect(tags.tags.map(({ name }) => name).sort()).toEqual(defaultWorld.tags.map(({ name }) => name).sort());
    const told = bench.of('messages').flatMap(({ messages }) => messages.map(({ id }) => id));
    expect(told).toEqual(told.map((_, i) => i + 1));
    expect(past.find((text) => text.type === 'messages')!.messages.map(({ id }) => id)).toEqual(told);
  });

  it('says what the firmware of a chip holds on XS, by measurement, and of a desktop nothing', () => {
    const measuredOf = (board: 'esp32' | 'esp8266' | 'desktop'): GatewayPlace['measured'] => {
      const [hello] = new Bench(planOfFile(quietWorld, 'test', 1, { board })).source.snapshot();
      return hello?.type === 'hello' ? hello.gateways[0]!.measured : undefined;
    };
    const { esp32, esp8266 } = readSizes().firmware;
    expect(measuredOf('esp32')?.meters).toMatchObject([
      { id: 'slots', value: esp32.slots, maximum: 2048 },
      { id: 'chunks', value: esp32.chunkBytes, maximum: 32_768 },
    ]);
    expect(measuredOf('esp8266')?.meters).toMatchObject([
      { id: 'block', value: 34_816 - esp8266.freeBytes, maximum: 24_576 },
    ]);
    expect(measuredOf('desktop')).toBeUndefined();
  });

  it('changes nothing in the world by looking at it', async () => {
    const plan = planOfName('greenhouse', 5);
    const alone = new VirtualWorld(plan.world, plan.faults, plan.seed, { rules: [] });
    await alone.runUntil(1_200_000);
    const bench = new Bench(planOfName('greenhouse', 5));
    for (let i = 0; i < 20; i++) {
      await bench.run(60);
      bench.source.snapshot();
      for (const { transmitter } of bench.source.world.air.tags) {
        await bench.ask('why', { tag: transmitter.tag.address });
      }
    }
    expect(bench.source.world.hash.text).toBe(alone.hash.text);
  });

  it('keeps no more of a day than of an hour', async () => {
    const bench = new Bench();
    const { source } = bench;
    const sizes = (): number[] => {
      const { world, live } = source;
      const { messages } = live;
      return [
        world.ledger.received.length,
        world.ledger.faults.length,
        messages['history'].length,
        messages['afters'].size,
        live.decisions[0]!['rings'].size,
      ];
    };
    for (let hour = 1; hour <= 6; hour++) {
      await source.runUntil(hour * 3_600_000);
      source.update();
    }
    const before = sizes();
    expect(before[0]).toBe(0);
    for (let hour = 7; hour <= 24; hour++) {
      await source.runUntil(hour * 3_600_000);
      source.update();
    }
    sizes().forEach((size, i) => expect(size).toBeLessThanOrEqual(1.5 * before[i]! + 100));
    expect(JSON.stringify(source.snapshot()).length).toBeLessThan(1_000_000);
  });

  it('tells the states that connection and session enter', async () => {
    const bench = new Bench();
    await bench.run(10);
    const entered = bench.of('state').flatMap(({ gateways }) => gateways[0]!.entered!);
    expect(entered.flatMap(({ connection }) => (connection === undefined ? [] : [connection]))).toEqual([
      // For a short time by chance, when the network comes up.
      ConnectionState.waiting,
      ConnectionState.resolving,
      ConnectionState.connecting,
      ConnectionState.handshaking,
      ConnectionState.connected,
    ]);
    expect(entered.flatMap(({ session }) => (session === undefined ? [] : [session]))).toEqual([
      SessionState.connecting,
      SessionState.connected,
    ]);
  });

  it('shows a gateway as its firmware has it', async () => {
    const bench = new Bench(defaultWorld);
    expect(bench.state()).toMatchObject({ powered: false, meters: [] });
    await bench.run(60);
    const state = bench.state();
    const { gateway } = bench.source.world.devices[0]!.firmware!;
    expect(state).toMatchObject({
      powered: true,
      connection: ConnectionState.connected,
      session: SessionState.connected,
      broker: 'mqtt://broker.example:1883',
      uptime: 60_000,
      wifi: { up: true, rssi: -58 },
      counts: { connects: 1, acknowledged: gateway.reporter!.outbox.acknowledgedCount },
      policies: 'default interval=10 heartbeat=60 events=yes',
    });
    expect(gateway.reporter!.outbox.acknowledgedCount).toBeGreaterThan(20);
    const tags = state.meters.find(({ id }) => id === 'tags');
    expect(tags).toMatchObject({ value: defaultWorld.tags.length, maximum: gateway.reporter!.tags.capacity });
  });

  it('shows tags with what the firmware decoded, their place and their next heartbeat', async () => {
    const bench = new Bench();
    await bench.run(5);
    const last = new Map(bench.of('tags').flatMap(({ tags }) => tags.map((tag) => [tag.name, tag])));
    const fridge = last.get('fridge')!;
    expect(fridge).toMatchObject({ id: 'A4:C1:38:00:00:01', format: 'bthome2', presence: 'here', position: [3, 0] });
    expect(fridge.fields).toContainEqual({ name: 'temperature', value: 4, unit: '°C' });
    expect(fridge).toMatchObject({ reports: 1, battery: 80, temperature: 4, button: true });
    const [reading] = bench.of('readings').flatMap(({ readings }) => readings.filter(({ tag }) => tag === fridge.id));
    expect(fridge.heartbeatAt).toBe(reading!.time + 60_000);
    expect(last.get('shelf')).toMatchObject({ format: 'ruuvi5', battery: 90 });
  });

  it('tells apart the formats that one address sends', async () => {
    const [fridge] = quietWorld.tags;
    const { temperature: _celsius, batteryPercent: _percent, ...bare } = fridge!;
    const ibeacon = { uuid: 'b2b98de4-c81c-47c2-b14e-791b3e5587ec', major: 2, minor: 5 };
    const bench = new Bench({ ...quietWorld, tags: [fridge!, { ...bare, name: 'same', format: 'ibeacon', ibeacon }] });
    await bench.run(20);
    const tags = bench.source.snapshot().find((text) => text.type === 'tags')!.tags;
    expect(tags.map(({ id, address, format }) => [id, address, format])).toEqual([
      ['A4:C1:38:00:00:01 bthome2', 'A4:C1:38:00:00:01', 'bthome2'],
      ['A4:C1:38:00:00:01 ibeacon', 'A4:C1:38:00:00:01', 'ibeacon'],
    ]);
    for (const { id, format } of tags) {
      const { why } = await bench.ask('why', { tag: id });
      const names = new Set(why!.decisions.flatMap(({ fields }) => fields.map(({ name }) => name)));
      expect(names.has('temperature')).toBe(format === 'bthome2');
      expect(names.has('major')).toBe(format === 'ibeacon');
    }
    const points = new Set(bench.of('readings').flatMap(({ readings }) => readings.map(({ tag }) => tag)));
    expect(points).toEqual(new Set(tags.map(({ id }) => id)));
  });

  it('shows strangers that a firmware heard, and keeps a tag that changes its address', async () => {
    const bench = new Bench();
    await bench.run(5);
    await bench.ask('fault', { text: 'storm+2s rate=20' });
    await bench.ask('fault', { text: 'rotate+1h tag=0 every=10s' });
    await bench.run(26);
    const tags = bench.source.snapshot().find((text) => text.type === 'tags')!.tags;
    const fridge = tags.find(({ name }) => name === 'fridge')!;
    expect(fridge.id).toBe('A4:C1:38:00:00:01');
    expect(fridge.address).not.toBe(fridge.id);
    expect(fridge.heard).toHaveLength(1);
    const strangers = tags.filter(({ name }) => name === '');
    expect(strangers.length).toBeGreaterThan(0);
    expect(new Set(tags.map(({ id }) => id)).size).toBe(tags.length);
    for (const stranger of strangers) {
      expect(stranger).not.toHaveProperty('position');
      expect(await bench.error('removeTag', { tag: stranger.id })).toContain("is none of the simulation's");
    }
  });

  it('shows each message with its acknowledgement', async () => {
    const bench = new Bench();
    await bench.run(5);
    const messages = bench.of('messages').flatMap((update) => update.messages);
    const after = new Map(bench.of('acknowledged').flatMap((one) => one.messages.map((ack) => [ack.id, ack.after])));
    const reading = messages.find(({ topic }) => topic === 'tagwire/gateway-1/tags/A4C138000001')!;
    expect(reading).toMatchObject({ gateway: 0, direction: 'up', qos: 1, length: reading.payload.length });
    expect(JSON.parse(reading.payload)).toMatchObject({ address: 'A4:C1:38:00:00:01', temperature: 4 });
    // There and back again through the network of the world.
    expect(after.get(reading.id)).toBeGreaterThan(10);
    expect(after.get(reading.id)).toBeLessThan(500);
  });

  it('tells the lines of the log, and what a console prints', async () => {
    const bench = new Bench();
    await bench.run(5);
    expect(bench.lines()).toContain('device: connected to mqtt://broker.example:1883');
    expect(bench.lines()).toContain('world: gateway-1 starts');
    expect(
      bench
        .of('console')
        .map(({ text }) => text)
        .join(''),
    ).toContain('[admin@gateway-1] >');
  });
});
