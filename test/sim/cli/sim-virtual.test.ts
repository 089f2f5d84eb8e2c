import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { simulationOfWorld } from '../../../sim/read-world.js';
import { defaultRules, parseFaults, run } from '../../../sim/virtual/index.js';
import { defaultWorld } from '../../../sim/world/default-world.js';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import { endPeers, Peer } from '../../broker/peer.js';
import { freePort } from '../../support/ports.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const folder = makeTemporaryFolder();
afterEach(killCommands);
afterAll(() => folder.remove());

type Event = { event: string } & Record<string, unknown>;

async function runVirtual(...args: string[]): Promise<{ code: number | null; events: Event[]; stderr: string }> {
  const { code, stdout, stderr } = await runTagwire(['sim', '--json', ...args]);
  const lines = stdout.toString().split('\n').slice(0, -1);
  return { code, events: lines.map((line) => JSON.parse(line) as Event), stderr };
}

const texts = (events: Event[], name: string): unknown[] =>
  events.filter(({ event }) => event === name).map(({ text }) => text);

function writeWorld(name: string, world: object): string {
  const path = folder.file(name);
  writeFileSync(path, JSON.stringify(world));
  return path;
}

describe('tagwire sim in virtual time', () => {
  it('runs as a campaign does: with the same events', async () => {
    const faults = 'halfopen@10s+30s, powercut@2m';
    const { code, events, stderr } = await runVirtual('--until', '20m', '--faults', faults, '--seed', '7');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(events[0]).toEqual({
      at: 0,
      event: 'started',
      world: 'warehouse',
      gateways: [{ name: 'gateway-1', board: 'esp32' }],
      seed: 7,
      until: 1_200_000,
      speed: 'max',
      faults: 2,
      brokers: [],
      expects: true,
    });
    expect(texts(events, 'fault')).toEqual([
      'fault: halfopen@10s+30s gateway=0',
      'fault: powercut@2m gateway=0 writes=0 off=5s',
    ]);
    expect(texts(events, 'boot')).toHaveLength(2);
    expect(texts(events, 'publish')).toEqual([]);
    const { world, expectations } = simulationOfWorld(defaultWorld, '', 7, 1 / 3);
    const rules = [...defaultRules(), expectations];
    const outcome = await run(world, parseFaults(faults), 7, { hours: 1 / 3, rules });
    const summary = events.at(-1)!;
    const { messages, connects, advertisements, heard } = outcome.figures;
    expect(summary).toMatchObject({
      event: 'summary',
      ended: 'until',
      world: 'warehouse',
      seed: 7,
      hash: outcome.hash,
      at: 1_200_000,
      faults: 2,
      faultsBy: { halfopen: 1, powercut: 1 },
      broken: 0,
      ...{ messages, connects, advertisements, heard, starts: 2, powerCuts: 1, restarts: 0 },
    });
    const { made, received, held, dropped, lost } = summary['readings'] as Record<string, number>;
    expect(received).toBeGreaterThan(100);
    expect(made).toBe(received! + held! + dropped! + lost!);
  });

  it('keeps to a pace', async () => {
    const { code, events } = await runVirtual('--speed', '20', '--until', '30s');
    expect(code).toBe(0);
    const summary = events.at(-1)!;
    expect(summary['at']).toBe(30_000);
    expect(summary['speed']).toBeLessThanOrEqual(20);
    expect(summary['seconds']).toBeGreaterThanOrEqual(1.5);
    expect(events.some(({ event }) => event === 'progress')).toBe(true);
  });

  it('ends early on Ctrl-C with a summary, and does not judge what the world expects at its end', async () => {
    const expects = { ...defaultWorld, until: '7d', expect: { messages: { atLeast: 1e9 } } };
    const path = writeWorld('long.json', expects);
    const sim = startTagwire(['sim', '--json', '--speed', '100', '--world', path]);
    await sim.until(() => sim.lines.some((line) => line.includes('"progress"')));
    sim.process.kill('SIGINT');
    const { code, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const summary = JSON.parse(sim.lines.at(-1)!) as Event;
    expect(summary).toMatchObject({ event: 'summary', ended: 'interrupted', broken: 0 });
    expect(summary['at']).toBeLessThan(7 * 86_400_000);
  });

  it('ends when nobody reads its output any more', async () => {
    const sim = startTagwire(['sim', '--json', '--speed', '1000', '--until', '30d', '-v']);
    await sim.until(() => sim.lines.length > 3);
    sim.process.stdout.destroy();
    expect((await sim.finished).code).toBe(0);
  });

  it('ends with exit code 1 when a rule broke, and says which', async () => {
    const path = writeWorld('much.json', { ...defaultWorld, until: '5m', expect: { messages: { atLeast: 1e6 } } });
    const { code, events } = await runVirtual('--speed', 'max', '--world', path);
    expect(code).toBe(1);
    const broken = events.filter(({ event }) => event === 'broken');
    expect(broken).toMatchObject([
      { at: 300_000, rule: 'expect', detail: expect.stringMatching(/^messages: at least/) },
    ]);
    expect(events.at(-1)).toMatchObject({ event: 'summary', broken: 1 });
    const shorter = await runVirtual('--until', '4m', '--world', path);
    expect(shorter.code).toBe(0);
    expect(shorter.events[0]).toMatchObject({ event: 'started', expects: false });
    const text = await runTagwire(['sim', '--speed', 'max', '--world', path]);
    expect(text.code).toBe(1);
    expect(text.stdout.toString()).toMatch(/^00:05:00\.000 RULE BROKEN: expect: messages: at least/m);
    expect(text.stdout.toString()).toMatch(/^rules broken: 1; hash [0-9a-f]{16} with seed 1$/m);
  });

  it('says for people what became of the readings', async () => {
    const { code, stdout } = await runTagwire(['sim', '--until', '2h', '--faults', 'blackout@10m+1h']);
    expect(code).toBe(0);
    const text = stdout.toString();
    expect(text).toMatch(/^world "warehouse" in virtual time, as fast as possible, until 02:00:00\.000, seed 1\n/);
    expect(text).toMatch(/^00:10:00\.000 fault: blackout@10m\+1h gateway=0$/m);
    expect(text).toMatch(/^01:10:00\.000 healed: blackout@10m\+1h gateway=0$/m);
    expect(text).toMatch(/^ended at 02:00:00\.000, after [\d.]+ s of real time: [\d,]+ times as fast$/m);
    expect(text).toMatch(
      /^readings: \d+ made, \d+ received, \d+ held, \d+ dropped.*, 0 lost in power cuts, \d+ received/m,
    );
    expect(text).toMatch(/^faults: 1 \(blackout 1\)$/m);
  });

  it('counts what the outbox drops by its rule', async () => {
    const lines = ['--until', '3h', '--faults', 'blackout@1m+150m', '--board', 'esp32', '--max-age', '600'];
    const { code, events } = await runVirtual(...lines);
    expect(code).toBe(0);
    const { droppedBy, readings } = events.at(-1)! as Event & { readings: Record<string, number> };
    expect(droppedBy).toEqual({ age: readings['dropped'] });
    expect(readings['dropped']).toBeGreaterThan(100);
  });

  it('takes every configuration key, with the brokers and the Wi-Fi that it names', async () => {
    const config = folder.file('shed.json');
    const keys = {
      ssid: 'Shed',
      password: 'shed shed',
      broker: 'mqtts://broker.shed:8884',
      gateway: 'shed',
      inFlight: 2,
    };
    writeFileSync(config, JSON.stringify({ ...keys, interval: 60 }));
    const flags = ['--config', config, '--set', 'health=30', '--prefix', 'farm', '--until', '10m', '-v'];
    const { code, events } = await runVirtual(...flags);
    expect(code).toBe(0);
    expect(events[0]).toMatchObject({ gateways: [{ name: 'shed', board: 'esp32' }] });
    const lines = texts(events, 'line').map(String);
    expect(lines.find((line) => line.includes(': broker '))).toMatch(
      /^shed: broker mqtts:\/\/broker\.shed:8884, client tagwire-shed, topics farm\/shed\/.* every 60 s, .*health every 30 s$/,
    );
    expect(texts(events, 'publish')).toContain('broker: tagwire-shed publishes to farm/shed/tags/DC2C6E0FC03D');
    expect(events.at(-1)).toMatchObject({ event: 'summary', broken: 0, connects: 1 });
  });

  it('runs the boards of a world against a real broker, with faults of the network', async () => {
    const broker = await startEmbeddedBroker();
    try {
      const flags = ['--broker', broker.url, '--until', '12s', '--faults', 'reset@5s', '--interval', '1', '--json'];
      const sim = startTagwire(['sim', ...flags]);
      const peer = await Peer.subscribed(broker.url, 'tagwire/gateway-1/tags/#');
      await peer.until(() => peer.messages.length > 0);
      expect(JSON.parse(peer.messages[0]!.payload.toString())).toMatchObject({ time: expect.any(Number) });
      const { code, stderr } = await sim.finished;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const events = sim.lines.map((line) => JSON.parse(line) as Event);
      expect(events[0]).toMatchObject({ event: 'started', speed: 1, brokers: [broker.url] });
      expect(texts(events, 'line').filter((text) => /: connected to mqtt:/.test(String(text)))).toHaveLength(2);
      const summary = events.at(-1)! as Event & { readings: Record<string, number> };
      expect(summary).not.toHaveProperty('messages');
      expect(summary['seconds']).toBeGreaterThanOrEqual(12);
      expect(summary.readings['received']).toBeGreaterThan(5);
      const ids = new Set(peer.messages.map(({ payload }) => (JSON.parse(payload.toString()) as { id: string }).id));
      expect(ids.size).toBeGreaterThan(5);
    } finally {
      await endPeers();
      await broker.close();
    }
  });

  it('says that there is no broker where one is named, and loses nothing', async () => {
    const flags = ['--broker', `mqtt://127.0.0.1:${await freePort()}`, '--until', '8s', '--interval', '1'];
    const { code, events } = await runVirtual(...flags);
    expect(code).toBe(0);
    expect(texts(events, 'disconnect')[0]).toMatch(/^broker: no connection: 127\.0\.0\.1 port \d+ refused/);
    expect(events.at(-1)).toMatchObject({ readings: { received: 0, dropped: 0, lost: 0 } });
  });

  it('is real time with --speed 1 alone, against a broker inside the process', async () => {
    const { code, events } = await runVirtual('--speed', '1', '--duration', '1');
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ event: 'summary', engine: 'node', lost: 0 });
  });

  const bad: [args: string[], ...said: RegExp[]][] = [
    [['--speed', '0'], /'0'/, /above 0, or max/],
    [['--speed', 'fast'], /'fast'/, /above 0, or max/],
    [['--until', '7'], /'7'/, /unit s, m, h or d/],
    [['--until', '0s'], /'0s'/, /above 0/],
    [['--board', 'esp33'], /'esp33'/, /esp32, esp8266, desktop/],
    [['--faults', 'explode@1m'], /--faults: fault "explode@1m": unknown kind explode; the kinds are refused, /],
    [['--faults', 'halfopen'], /write KIND@TIME/],
    [['--faults', 'powercut@2h'], /--faults: powercut@2h .* is behind the end, 1h; see --until/],
    [['--faults', 'reset@1m gateway=3'], /gateway must be a place from 0 to 0, got 3/],
    [['--until', '1d', '--seed', 'x'], /'x'/, /0 to 4294967295/],
    [['--until', '1d', '--world', 'missing.json'], /missing\.json/, /ENOENT/],
    [
      ['--speed', '1000', '--broker', 'mqtt://h'],
      /--speed 1000 and --broker exclude each other/,
      /use --speed 1, or leave --broker out/,
    ],
    [['--speed', 'max', '--broker', 'mqtt://h'], /--speed max and --broker exclude each other/, /real time/],
    [['--until', '1d', '--broker', 'h'], /"h" is not a URL/],
    [['--until', '1d', '--broker', 'mqtt://h', '--insecure'], /--insecure: the broker h:1883 is without TLS/],
    [
      ['--faults', 'nopong@1m+1m', '--broker', 'mqtt://h'],
      /nopong@1m\+1m broker=0 is a fault of the broker model; leave --broker out, or the fault/,
    ],
    [['--until', '1d', '--broker', 'mqtts://h', '--board', 'esp8266'], /has no memory for TLS/],
    [['--until', '1d', '--capture', 'x.log'], /--until and --capture exclude each other/, /--world/],
    [['--until', '1d', '--engine', 'xs'], /--until and --engine xs exclude each other/, /campaign/],
    [['--until', '1d', '--duration', '5'], /--until and --duration exclude each other/],
    [['--until', '1d', '--console'], /--until and --console exclude each other/, /people/],
    [['--until', '1d', '--console-port', '0'], /--until and --console-port exclude each other/],
    [['--until', '1d', '--console-token', '12345678'], /--until and --console-token exclude each other/],
    [['--until', '1d', '--store', 'x'], /--until and --store exclude each other/, /memories/],
    [['--until', '1d', '--unchecked'], /--until and --unchecked exclude each other/],
    [['--until', '1d', '--insecure'], /--until and --insecure exclude each other/, /fault tls/],
    [['--until', '1d', '--set', 'tags=0'], /--set: tags must be an integer from 1 to 4096, got "0"/],
    [['--until', '1d', '--set', 'tags=4096'], /gateway-1, esp32: .* this board has room for 24576/],
    [['--until', '1d', '--set', 'inFlight=0'], /--set: inFlight must be an integer from 1 to 1024, got "0"/],
    [['--until', '1d', '--board', 'esp8266', '--set', 'broker=mqtts://h'], /has no memory for TLS/],
    [['--until', '1d', '--board', 'esp8266', '--cloud', 'azure'], /gateway-1, esp8266: cloud must be one of plain/],
    [['--until', '1d', '--gateway', 'a/b'], /must be one topic level/],
    [
      ['--until', '1d', '--gateway', 'a', '--world', 'sim/worlds/greenhouse.json'],
      /gateway: the world has 2 gateways with names of their own, glass, pump/,
    ],
  ];

  it.each(bad)('refuses %j', async (args, ...said) => {
    const { code, stdout, stderr } = await runTagwire(['sim', ...args]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    for (const text of said) expect(stderr).toMatch(text);
  });
});
