import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/mqtt/index.js';
import { makeFault, parseFaults, randomWorld, VirtualWorld } from '../../../../sim/virtual/index.js';
import type { BoardName, Fault } from '../../../../sim/virtual/index.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const CLIENT = 'tagwire-gateway-1';

/** A world in which faults happen, with all that can be seen of them. */
class Bench {
  readonly simulation: VirtualWorld;
  readonly lines: string[] = [];
  /** PUBACKs that the broker sent. */
  answers = 0;
  /** Segments from the device, and their bytes. */
  readonly segments: number[] = [];
  readonly disconnects: string[] = [];

  constructor(faults: string | readonly Fault[], board: BoardName = 'esp32', tls = false) {
    const random = randomWorld(1, { tags: 3, board });
    const [gateway] = random.gateways;
    const broker = { ...random.brokers[0]!, ...(tls && { port: 8883, tls }) };
    const settings = {
      ...gateway!.settings,
      health: 30,
      keepAlive: 20,
      rpcAccess: 'all',
      ...(tls && { broker: 'mqtts://broker.example' }),
    };
    const world = { ...random, brokers: [broker], gateways: [{ ...gateway!, settings }] };
    this.simulation = new VirtualWorld(world, typeof faults === 'string' ? parseFaults(faults, world) : faults, 1);
    this.simulation.deviceObservers.push({
      onLine: (_device, text) => void this.lines.push(text),
      onSegment: (_connection, up, length) => void (up && length > 0 && this.segments.push(length)),
    });
    this.model.watch({
      onAnswer: () => void this.answers++,
      onDisconnect: (_client, _reason, _will, detail) => void this.disconnects.push(detail ?? ''),
    });
  }

  get model(): VirtualWorld['brokers'][number]['model'] {
    return this.simulation.brokers[0]!.model;
  }

  get device(): VirtualWorld['devices'][number] {
    return this.simulation.devices[0]!;
  }

  async until(time: number): Promise<this> {
    await this.simulation.runUntil(time);
    return this;
  }

  has(part: string): boolean {
    return this.lines.some((line) => line.includes(part));
  }

  get connects(): number {
    return this.simulation.ledger.connects.get(CLIENT) ?? 0;
  }

  get received(): number {
    return this.simulation.ledger.received.length;
  }

  get isConnected(): boolean {
    return this.model.session(CLIENT)?.connected === true;
  }

  /** Connected, subscribed, and what is measured arrives: within half an hour of the end of all faults. */
  async isWell(from: number): Promise<void> {
    await this.until(from + 30 * MINUTE);
    const before = this.received;
    await this.until(from + 40 * MINUTE);
    expect(this.simulation.ledger.broken).toEqual([]);
    expect(this.isConnected, this.lines.slice(-5).join('\n')).toBe(true);
    expect([...this.model.session(CLIENT)!.subscriptions.values()].filter((qos) => qos < 3).length).toBeGreaterThan(0);
    expect(this.received).toBeGreaterThan(before + 10);
    expect(this.model.session(CLIENT)!.inflight).toBe(0);
    for (const connection of this.device.connections) expect(connection.up.outgoing.length).toBeLessThan(500);
  }
}

/** What shows that a fault has bitten, looked at while it lasts. It begins at 2 minutes. */
type Bite = (bench: Bench, before: Seen) => void;
interface Seen {
  readonly received: number;
  readonly connects: number;
  readonly segments: number;
  readonly answers: number;
}

const says =
  (part: string): Bite =>
  (bench) =>
    expect(bench.has(part), bench.lines.slice(-8).join('\n')).toBe(true);
const isQuiet: Bite = (bench, { received }) => expect(bench.received - received).toBeLessThan(2);
const reconnects: Bite = (bench, { connects }) => expect(bench.connects).toBeGreaterThan(connects);
const receivesOne: Bite = (bench, { connects }) => {
  expect(bench.connects).toBe(connects);
  expect(bench.device.firmware!.gateway.connection.session['parser'].atPacketStart).toBe(false);
};
const isOff: Bite = (bench) => expect(bench.isConnected).toBe(false);
const longest: (bytes: number) => Bite = (bytes) => (bench, before) =>
  expect(Math.max(...bench.segments.slice(before.segments))).toBeLessThanOrEqual(bytes);

const CASES: readonly (readonly [text: string, bite: Bite, board?: BoardName, tls?: boolean])[] = [
  ['refused@2m+5m', says('connection refused')],
  ['noanswer@2m+5m', isOff],
  ['reset@2m', reconnects],
  ['halfopen@2m', reconnects],
  ['halfopen@2m+5m', isQuiet],
  ['blackout@2m+5m', isQuiet],
  ['slow@2m+5m bytes=1', longest(1)],
  ['fragments@2m+5m bytes=3', longest(3)],
  ['shortwrites@2m+5m bytes=16', longest(16)],
  ['zerowindow@2m+5m', isQuiet],
  ['loss@2m+5m percent=90', says('timed out')],
  ['latency@2m+5m delay=30s', says('timed out')],
  ['connackdelay@2m+5m delay=10m', isOff],
  ['connackcode@2m+5m code=5', says('not authorized')],
  ['connackend@2m+5m', reconnects],
  ['pubackdelay@2m+5m delay=1h', (bench, { answers }) => expect(bench.answers).toBe(answers)],
  ['subackdelay@2m+5m delay=20s', reconnects],
  ['nopong@2m+5m', says('timed out waiting for PINGRESP')],
  ['trickle@2m+5m bytes=1, connackdelay@2m+5m delay=8s', says('timed out waiting for CONNACK')],
  ['longmessage@2m+5m bytes=300', receivesOne],
  ['pubacklost@2m+5m', reconnects],
  ['brokerrestart@2m sessions=kept', reconnects],
  ['brokerrestart@2m sessions=lost off=1m', reconnects],
  ['subackrefused@2m+5m', says('refused')],
  ['poison@2m+5m', (bench) => expect(bench.disconnects.join()).toContain('PUBLISH not allowed')],
  ['acldrop@2m+5m', (bench) => expect(bench.simulation.ledger.received.at(-1)!.outcome).not.toBe(0)],
  ['takeover@2m session=kept', reconnects],
  ['takeover@2m session=lost', reconnects],
  ['twin@2m+5m every=10s', (bench) => expect(bench.connects).toBeGreaterThan(20)],
  ['tls@2m+5m cause=expired', says('TLS: the certificate has expired'), 'esp32', true],
  ['tls@2m+5m cause=name', says('TLS: the certificate is for another name'), 'esp32', true],
  ['tls@2m+5m cause=untrusted', says('TLS: the certificate is not from a trusted authority'), 'esp32', true],
  ['tls@2m+5m cause=version', says('TLS: no common version'), 'esp32', true],
  ['tls@2m+5m cause=alert', says('TLS: the server sent an alert'), 'esp32', true],
  ['dns@2m+5m cause=unknown', says('broker.example: no such name')],
  ['dns@2m+5m cause=silent', says('no answer from a name server')],
  ['dns@2m+5m cause=moved', reconnects],
  ['dns@2m+10m cause=dead', reconnects],
  ['portal@2m+5m', isOff],
  ['wifigone@2m+5m', says('Wi-Fi: lost "tagwire"')],
  ['wififlap@2m+5m period=7s', says('Wi-Fi: lost "tagwire"')],
  ['nodhcp@2m+5m', says('no address from DHCP')],
  ['notime@2m+5m, powercut@2m', (bench) => expect(bench.device.start!.clock.unixTime()).toBe(0)],
  [
    'wrongtime@2m+5m ahead=365d, powercut@2m',
    (bench) => expect(bench.device.start!.clock.unixTime()).toBeGreaterThan(1_820_000_000_000),
  ],
  ['clockjump@2m by=-1d', (bench) => expect(bench.device.start!.clock.unixTime()).toBeLessThan(1_789_950_000_000)],
  ['flashfull@2m+5m of=outbox, refused@2m+5m', (bench) => expect(bench.device.outbox.broken).toBe(true)],
  ['flashfull@2m+5m of=settings', (bench) => expect(bench.device.preferences.broken).toBe(true)],
  ['badblock@2m+5m of=outbox block=0 how=fails, refused@2m+5m', isOff],
  ['bitflip@2m bit=100', (bench) => expect(bench.device.running).toBe(true)],
  ['powercut@2m', (bench) => expect(bench.device).toMatchObject({ powerCuts: 1, starts: 2 })],
  ['refused@1m+5m, powercut@2m writes=1', (bench) => expect(bench.device).toMatchObject({ powerCuts: 1, starts: 2 })],
  ['heaplow@2m+5m free=0', (bench) => expect(bench.device.figures[2]).toBe(0), 'esp32'],
  ['wifigone@2m+5m', says('Wi-Fi: lost "tagwire"'), 'esp8266'],
  ['dns@2m+5m cause=moved', reconnects, 'desktop'],
  [
    'flashfull@2m+5m of=outbox, refused@2m+5m',
    (bench) => expect(bench.device.disk.outbox.broken).toBe(true),
    'desktop',
  ],
  ['flashfull@2m+5m of=settings', (bench) => expect(bench.device.disk.store.broken).toBe(true), 'desktop'],
  ['powercut@2m', (bench) => expect(bench.device.starts).toBe(2), 'desktop'],
];

describe('a fault bites, and after it all is well', () => {
  it.each(CASES.map((row) => [row[0], row] as const))('%s', async (_name, row) => {
    const [text, bite, board = 'esp32', tls = false] = row;
    const bench = new Bench(text, board, tls);
    await bench.until(2 * MINUTE - 1);
    const before = {
      received: bench.received,
      connects: bench.connects,
      segments: bench.segments.length,
      answers: bench.answers,
    };
    await bench.until(7 * MINUTE - 1);
    bite(bench, before);
    await bench.isWell(12 * MINUTE);
  });
});

describe('a memory that takes no more', () => {
  const call = encodeUtf8('{"method":"policy.set","params":"default interval=77"}');
  async function answers(text: string): Promise<string> {
    const bench = new Bench(text);
    await bench.until(3 * MINUTE);
    bench.model.publish('tagwire/gateway-1/cmd/during', call, 1, false);
    await bench.until(10 * MINUTE);
    bench.model.publish('tagwire/gateway-1/cmd/after', call, 1, false);
    await bench.isWell(10 * MINUTE);
    const results = bench.simulation.ledger.received.filter(({ topic }) => topic.includes('/res/'));
    return results.map(({ topic, payload }) => topic.slice(22) + ' ' + Buffer.from(payload).toString()).join('\n');
  }

  it('refuses a setting and takes it afterwards', async () => {
    expect(await answers('')).toMatch(/^during .*"result".*\nafter .*"result"/);
    expect(await answers('flashfull@2m+5m of=settings')).toMatch(/^during .*"error".*\nafter .*"result"/);
  });

  it('programs nothing while its outbox is full, and as before after a restart', async () => {
    const bench = await new Bench('flashfull@2m+15m of=outbox, refused@2m+30m, powercut@18m').until(2 * MINUTE);
    const { chip } = bench.device.outbox;
    const before = chip.programCalls;
    await bench.until(17 * MINUTE - 1);
    expect(chip.programCalls).toBe(before);
    await bench.until(32 * MINUTE - 1);
    expect(chip.programCalls).toBeGreaterThan(before);
    await bench.isWell(32 * MINUTE);
  });

  it('turns over one bit', async () => {
    const bench = await new Bench('bitflip@2m bit=100').until(2 * MINUTE - 1);
    const { bytes } = bench.device.outbox.chip;
    const before = bytes[12]!;
    await bench.until(2 * MINUTE);
    expect(bytes[12]! ^ before).toBe(16);
  });
});

describe('faults of the radio', () => {
  async function heard(text: string): Promise<{ bench: Bench; tags: number[] }> {
    const bench = new Bench(text);
    await bench.until(2 * MINUTE - 1);
    const before = bench.simulation.ledger.tags.map((tag) => tag.heard);
    await bench.until(4 * MINUTE);
    return { bench, tags: bench.simulation.ledger.tags.map((tag, index) => tag.heard - before[index]!) };
  }

  it('hears nothing while it is silent', async () => {
    const { bench, tags } = await heard('radiosilent@2m+5m');
    expect(tags).toEqual([0, 0, 0]);
    await bench.isWell(7 * MINUTE);
    expect(bench.simulation.ledger.tags[0]!.heard).toBeGreaterThan(500);
  });

  it('hears nothing of one tag', async () => {
    const { bench, tags } = await heard('tagsilent@2m+5m tag=1');
    expect(tags[1]).toBe(0);
    expect(tags[0]).toBeGreaterThan(20);
    await bench.isWell(7 * MINUTE);
  });

  it('hears less when advertisements collide', async () => {
    const { bench, tags } = await heard('interference@2m+5m percent=95');
    const quiet = (await heard('')).tags;
    for (const index of tags.keys()) expect(tags[index]).toBeLessThan(quiet[index]! / 4);
    await bench.isWell(7 * MINUTE);
  });

  it.each(['storm@2m+1m rate=100', 'malformed@2m+1m rate=100'])('bears %s', async (text) => {
    const { bench } = await heard(text);
    expect(bench.device.receiver.heard).toBeGreaterThan(3000);
    await bench.isWell(7 * MINUTE);
  });

  it('gives a tag other addresses, and then its own', async () => {
    const bench = new Bench('rotate@2m+5m tag=0 every=1m');
    const { address } = bench.simulation.air.tags[0]!.transmitter;
    const own = address.join();
    const seen = new Set<string>();
    for (let minute = 2; minute < 7; minute++) {
      await bench.until(minute * MINUTE + SECOND);
      seen.add(address.join());
    }
    expect(seen.size).toBe(5);
    expect(seen.has(own)).toBe(false);
    await bench.isWell(7 * MINUTE);
    expect(address.join()).toBe(own);
  });
});

describe('faults that overlap', () => {
  it('leave everything as it was', async () => {
    const bench = new Bench(
      'slow@1m+3m bytes=20, slow@2m+3m bytes=100, blackout@2m+1m, halfopen@2500ms+90s, refused@1m+2m, noanswer@2m+2m,' +
        'connackdelay@1m+2m, connackdelay@2m+2m delay=9s, wifigone@1m+2m, wififlap@2m+1m, rotate@1m+2m, rotate@2m+3m',
    );
    const { path, accessPoint } = bench.device;
    const state = (): string =>
      JSON.stringify([
        path,
        accessPoint,
        bench.model.faults,
        bench.simulation.brokers[0]!.servers.map((server) => server.state),
        [...bench.simulation.air.tags[0]!.transmitter.address],
      ]);
    const before = state();
    await bench.until(2 * MINUTE + 30 * SECOND);
    expect(path).toMatchObject({ bytesPerSecond: 4100, down: true });
    await bench.until(6 * MINUTE);
    expect(state()).toBe(before);
    await bench.isWell(6 * MINUTE);
  });

  it('can be used in two runs', async () => {
    const faults = [makeFault('slow', MINUTE, MINUTE), makeFault('wifigone', 90 * SECOND, MINUTE)];
    const first = await new Bench(faults).until(2 * MINUTE);
    const second = await new Bench(faults).until(5 * MINUTE);
    await first.until(5 * MINUTE);
    expect(first.device.path).toEqual(second.device.path);
    expect(first.device.path.segmentBytes).toBe(1436);
    expect(first.simulation.finish().hash).toBe(second.simulation.finish().hash);
  });
});
