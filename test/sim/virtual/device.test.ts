import { describe, expect, it } from 'vitest';
import { powerCut, randomWorld, VirtualWorld } from '../../../sim/virtual/index.js';
import type { BoardName, PersonAction, SimulatedWorld } from '../../../sim/virtual/index.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A running world that writes down what its device says. */
class Bench {
  readonly lines: string[] = [];
  output = '';
  readonly simulation: VirtualWorld;

  constructor(world: SimulatedWorld = worldWith({}), faults: ConstructorParameters<typeof VirtualWorld>[1] = []) {
    this.simulation = new VirtualWorld(world, faults, 1);
    this.simulation.deviceObservers.push({
      onLine: (_device, text) => void this.lines.push(text),
      onOutput: (_device, text) => void (this.output += text),
    });
  }

  get device(): VirtualWorld['devices'][number] {
    return this.simulation.devices[0]!;
  }

  async run(milliseconds: number): Promise<this> {
    await this.simulation.runUntil(this.simulation.now() + milliseconds);
    return this;
  }

  has(part: string): boolean {
    return this.lines.some((line) => line.includes(part));
  }

  payloads(topic: string): string[] {
    const { received } = this.simulation.ledger;
    return received.filter((message) => message.topic === topic).map(({ payload }) => Buffer.from(payload).toString());
  }
}

function worldWith(settings: object, people: PersonAction[] = [], board: BoardName = 'esp32'): SimulatedWorld {
  const world = randomWorld(1, { tags: 3, board });
  const [gateway] = world.gateways;
  return { ...world, gateways: [{ ...gateway!, settings: { ...gateway!.settings, ...settings }, people }] };
}

describe('a device', () => {
  it.each(['esp32', 'esp8266', 'desktop'] as const)('starts the firmware of %s and connects', async (board) => {
    const bench = await new Bench(worldWith({}, [], board)).run(MINUTE);
    expect(bench.has('tagwire: gateway-1 on ' + board)).toBe(true);
    expect(bench.has('connected to mqtt://broker.example:1883')).toBe(true);
    expect(bench.simulation.ledger.broken).toEqual([]);
  });

  it('hears a person at its serial console', async () => {
    const line = '/system identity print';
    const bench = await new Bench(worldWith({}, [{ at: 10 * SECOND, line }])).run(MINUTE);
    expect(bench.output).toContain('name: gateway-1');
  });

  it('answers calls', async () => {
    const call = { method: 'log', params: { level: 'debug' } };
    const bench = await new Bench(worldWith({ rpcAccess: 'all' }, [{ at: 10 * SECOND, call }])).run(MINUTE);
    expect(bench.payloads('tagwire/gateway-1/res/c1')).toEqual(['{"result":{"level":"debug"}}']);
  });

  it('restarts by itself, and says why', async () => {
    const call = { method: 'reboot' };
    const bench = await new Bench(worldWith({ rpcAccess: 'all' }, [{ at: 10 * SECOND, call }])).run(MINUTE);
    expect(bench.payloads('tagwire/gateway-1/res/c1')).toEqual(['{"result":{"restarting":true}}']);
    expect(bench.has('started by software')).toBe(true);
    expect(bench.simulation.finish().figures).toMatchObject({ starts: 2, restarts: 1, powerCuts: 0, connects: 2 });
  });

  it('keeps a setting over a power cut', async () => {
    const call = { method: 'policy.set', params: 'default interval=77' };
    const world = worldWith({ rpcAccess: 'all' }, [
      { at: 10 * SECOND, call },
      { at: 50 * SECOND, call: { method: 'policy.get' } },
    ]);
    const bench = await new Bench(world, [powerCut(20 * SECOND)]).run(MINUTE);
    expect(bench.payloads('tagwire/gateway-1/res/c2').join()).toContain('interval=77');
    expect(bench.simulation.ledger.broken).toEqual([]);
  });

  it('sends what it heard without a network when there is one again', async () => {
    const bench = await new Bench(worldWith({ interval: 30 })).run(MINUTE);
    const { accessPoint } = bench.device;
    accessPoint.present = false;
    bench.device.start!.radio.look();
    await bench.run(HOUR);
    expect(bench.has('Wi-Fi: lost "tagwire"')).toBe(true);
    const before = bench.simulation.ledger.received.length;
    expect(before).toBeLessThan(30);
    accessPoint.present = true;
    await bench.run(10 * MINUTE);
    expect(bench.simulation.ledger.received.length - before).toBeGreaterThan(50);
    expect(bench.simulation.ledger.connects.get('tagwire-gateway-1')).toBe(2);
  });

  it.each([
    ['another password', { password: 'another one' }, 'wrong password'],
    ['no access point', { ssid: 'elsewhere' }, 'no access point'],
  ])('says what is wrong with Wi-Fi: %s', async (_name, settings, line) => {
    const bench = await new Bench(worldWith(settings)).run(MINUTE);
    expect(bench.has(line)).toBe(true);
    expect(bench.simulation.ledger.received).toEqual([]);
  });

  it('says that DHCP has no address', async () => {
    const bench = new Bench();
    bench.device.accessPoint.dhcp = false;
    await bench.run(MINUTE);
    expect(bench.has('no address from DHCP')).toBe(true);
  });

  it('knows the time of day from SNTP, and no other', async () => {
    const bench = new Bench();
    bench.simulation.internet.time.silent = true;
    await bench.run(MINUTE);
    expect(bench.device.start!.clock.unixTime()).toBe(0);
    bench.simulation.internet.time.silent = false;
    bench.simulation.internet.time.ahead = HOUR;
    await bench.run(20 * MINUTE);
    expect(bench.device.start!.clock.unixTime()).toBeGreaterThan(1_790_000_000_000 + HOUR);
  });

  it('has a crystal that may be fast, for its clock and its timers', async () => {
    const bench = new Bench(worldWith({ health: 60 }));
    bench.device.clockRate = 1.5;
    await bench.run(40 * MINUTE);
    const { clock } = bench.device.start!;
    expect(clock.now()).toBe(60 * MINUTE);
    const count = bench.payloads('tagwire/gateway-1/health').length;
    expect(count).toBeGreaterThan(55);
    expect(count).toBeLessThan(62);
  });

  it('turns to the next address of a name, and says when there is none', async () => {
    const bench = new Bench();
    const record = bench.simulation.internet.names.get('broker.example')!;
    record.addresses = ['203.0.113.99', '203.0.113.10'];
    await bench.run(MINUTE);
    expect(bench.has('connected to')).toBe(true);

    const lost = new Bench();
    lost.simulation.internet.names.get('broker.example')!.addresses = [];
    expect((await lost.run(MINUTE)).has('broker.example: no such name')).toBe(true);

    const silent = new Bench();
    silent.simulation.internet.names.get('broker.example')!.silent = true;
    expect((await silent.run(MINUTE)).has('broker.example: no answer from a name server')).toBe(true);
  });

  it('does nothing while its power is off, and nothing of an earlier start happens in a later one', async () => {
    const bench = await new Bench(undefined, [powerCut(30 * SECOND, 0, 0, 10 * MINUTE)]).run(MINUTE);
    const { length } = bench.lines;
    const { events } = bench.simulation.scheduler;
    expect(bench.device.running).toBe(false);
    await bench.run(9 * MINUTE);
    expect(bench.lines.length).toBe(length);
    expect(bench.simulation.scheduler.events - events).toBeGreaterThan(100);
    await bench.run(5 * MINUTE);
    expect(bench.device.starts).toBe(2);
    expect(bench.simulation.ledger.connects.get('tagwire-gateway-1')).toBe(2);
  });

  it('connects over TLS once it knows the time, and says what is wrong with a certificate', async () => {
    const world = worldWith({ broker: 'mqtts://broker.example', serverName: 'broker.example' });
    const [broker] = world.brokers;
    const secure = { ...world, brokers: [{ ...broker!, port: 8883, tls: true }] };
    const bench = new Bench(secure);
    bench.simulation.internet.time.silent = true;
    await bench.run(MINUTE);
    expect(bench.has('so TLS waits')).toBe(true);
    expect(bench.simulation.ledger.connects.size).toBe(0);
    bench.simulation.internet.time.silent = false;
    await bench.run(10 * MINUTE);
    expect(bench.has('connected to mqtts://broker.example:8883')).toBe(true);

    bench.simulation.brokers[0]!.servers[0]!.tlsFault = 'expired';
    bench.device.connections[0]!.reset();
    await bench.run(MINUTE);
    expect(bench.has('TLS: the certificate has expired')).toBe(true);
  });

  it('takes turns with another of the same client identifier, and neither is lost', async () => {
    const world = worldWith({ clientId: 'twin' });
    const [gateway] = world.gateways;
    const bench = new Bench({ ...world, gateways: [gateway!, { ...gateway!, name: 'gateway-2' }] });
    await bench.run(10 * MINUTE);
    const connects = bench.simulation.ledger.connects.get('twin')!;
    expect(connects).toBeGreaterThan(4);
    // Unstable connections back off too.
    expect(connects).toBeLessThan(100);
    expect(bench.simulation.ledger.broken).toEqual([]);
  });
});
