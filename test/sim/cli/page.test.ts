import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { GatewayState, StateUpdate } from '../../../sim/page/protocol.js';
import { EPOCH } from '../../../sim/virtual/index.js';
import { endPeers, Peer } from '../../broker/peer.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { freePort } from '../../support/ports.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { quietWorld } from '../dashboard/bench.js';
import { PageSocket } from '../dashboard/page-socket.js';
import { requireXsHost } from '../xs/require-xs.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

const pages: PageSocket[] = [];
afterEach(async () => {
  for (const page of pages.splice(0)) page.end();
  await endPeers();
  await killCommands();
});

async function start(...flags: string[]): Promise<{ sim: Command; url: string; page: PageSocket }> {
  const sim = startTagwire(['sim', ...flags]);
  await sim.until(() => sim.lines.length > 0);
  const url = /^page (http:\/\/127\.0\.0\.1:\d+\/#[\w-]+)$/.exec(sim.lines[0]!)![1]!;
  const page = new PageSocket(url);
  pages.push(page);
  return { sim, url, page };
}

const states = (page: PageSocket): StateUpdate[] =>
  page.texts.filter((text): text is StateUpdate => text.type === 'state');

const gateway = (page: PageSocket): GatewayState | undefined => states(page).at(-1)?.gateways[0];

describe('tagwire sim with its page', () => {
  it('says first of all where the page is, and shows a world there', async () => {
    const { sim, url, page } = await start();
    const hello = await page.take('hello');
    expect(hello).toMatchObject({ source: 'simulation', title: 'warehouse' });
    expect(hello.gateways).toMatchObject([{ name: 'sim-gateway', board: 'esp32', measured: { meters: [{}, {}] } }]);
    expect(hello.controls).toEqual(expect.arrayContaining(['wifi', 'broker', 'why', 'loadWorld']));
    const index = await fetch(url);
    expect(index.status).toBe(200);
    expect(await index.text()).toContain('page.js');
    // Clients reach the broker of the world, where it says.
    expect(sim.lines.find((line) => line.startsWith('broker '))).toContain(
      `npx tagwire sub -p ${new URL(hello.brokerUrl!).port}`,
    );
    const peer = await Peer.subscribed(hello.brokerUrl!, 'tagwire/sim-gateway/tags/+');
    await peer.first();
    await page.until(() => (gateway(page)?.counts.acknowledged ?? 0) > 0);
    sim.process.kill('SIGINT');
    const { code, stdout, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toMatch(/^connected to mqtt:\/\/broker\.example:1883$/m);
    expect(stdout.toString()).toMatch(/^tag [0-9A-F:]{17} \S+ -\d+ dBm$/m);
    const { code: closed, text } = await page.closed;
    expect({ closed, text }).toEqual({ closed: 4005, text: 'the command has ended' });
  });

  it('lets the Wi-Fi be pulled, and the outbox fill and drain', async () => {
    const { sim, page } = await start('--seed', '3');
    await page.until(() => (gateway(page)?.counts.acknowledged ?? 0) > 0);
    page.send({ id: 1, name: 'wifi', parameters: { gateway: 0, on: false } });
    expect(await page.take('answer')).toEqual({ type: 'answer', id: 1 });
    page.send({ id: 2, name: 'speed', parameters: { speed: 20 } });
    const held = (): number => gateway(page)?.meters.find(({ id }) => id === 'outbox')?.value ?? 0;
    await page.until(() => gateway(page)?.wifi?.up === false && held() > 10);
    page.send({ id: 3, name: 'wifi', parameters: { gateway: 0, on: true } });
    await page.until(() => gateway(page)?.wifi?.up === true && held() <= 2);
    sim.process.kill('SIGINT');
    const { code } = await sim.finished;
    expect(code).toBe(0);
    expect(sim.lines.at(-1)).toMatch(/ 0 lost, 1 reconnections$/);
  });

  it('lets the devices of the world talk to a real broker, which does not obey', async () => {
    const broker = await startEmbeddedBroker();
    try {
      const peer = await Peer.subscribed(broker.url, 'tagwire/shed/tags/+');
      const { sim, page } = await start('--broker', broker.url, '--gateway', 'shed');
      const { controls, faults, brokerUrl } = await page.take('hello');
      expect(brokerUrl).toBe(broker.url);
      expect(controls).toContain('wifi');
      expect(controls).not.toContain('broker');
      expect(controls).not.toContain('speed');
      expect(faults.map(({ kind }) => kind)).toContain('halfopen');
      expect(faults.map(({ kind }) => kind)).not.toContain('connackdelay');
      await peer.first();
      sim.process.kill('SIGINT');
      expect((await sim.finished).code).toBe(0);
    } finally {
      await endPeers();
      await broker.close();
    }
  });

  requireXsHost()('with --engine xs', () => {
    it('shows the memory of the chip live, and has all that it has without it', async () => {
      const plain = await start();
      const { controls } = await plain.page.take('hello');
      const { sim, page } = await start('--engine', 'xs');
      const hello = await page.take('hello');
      expect(hello.controls).toEqual(controls);
      expect(hello.gateways).toEqual([{ name: 'sim-gateway', board: 'esp32', position: [12, 8] }]);
      const meters = (): string[] => gateway(page)?.xs?.meters.map(({ id }) => id) ?? [];
      await page.until(() => meters().includes('xs-collections'));
      expect(meters()).toEqual(['xs-slots', 'xs-chunks', 'xs-free', 'xs-heap', 'xs-collections']);
      sim.process.kill('SIGINT');
      const { code, stderr } = await sim.finished;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });
  });

  it('names the port that is in use, and what to do', async () => {
    const port = String(await freePort());
    const { url } = await start('--page-port', port);
    expect(new URL(url).port).toBe(port);
    const { code, stdout, stderr } = await runTagwire(['sim', '--page-port', port]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `tagwire: port ${port} of 127.0.0.1: it is in use by another program; name another one, ` +
        'or leave --page-port out for a free one\n',
    );
  });

  it.each([
    [['--duration', '1'], '--duration'],
    [['--json'], '--json'],
    [['--no-page'], '--no-page'],
    [['--set', 'broker=mqtt://broker.example'], 'a broker in the configuration'],
  ])('has no page with %j, so that --page-port makes no sense', async (flags, named) => {
    const { code, stderr } = await runTagwire(['sim', '--page-port', '4021', ...flags]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `tagwire: --page-port and ${named} exclude each other: there is no page with ${named}\n`,
    });
  });

  it('begins with the speed and the faults that were asked for, and pauses at the end that was', async () => {
    const flags = ['--speed', '120', '--faults', 'wifigone@1m+10m', '--until', '4m'];
    const { sim, page } = await start('--page', ...flags);
    await page.until(() => states(page).some(({ faults }) => faults.some(({ text }) => text.startsWith('wifigone'))));
    expect(states(page).at(-1)?.speed).toBe(120);
    const lines = (): string[] =>
      page.texts.flatMap((text) => (text.type === 'log' ? text.lines.map((line) => line.text) : []));
    await page.until(() => lines().includes('paused at 4m, as asked for'));
    await page.until(() => states(page).at(-1)?.speed === 0);
    const { now } = states(page).at(-1)!;
    expect(now - EPOCH).toBe(240_000);
    // It goes on when somebody wants it to.
    page.send({ id: 1, name: 'speed', parameters: { speed: 10 } });
    await page.until(() => states(page).at(-1)!.now > now);
    sim.process.kill('SIGINT');
    expect((await sim.finished).code).toBe(0);
  });

  it.each([
    [['--speed', '2'], '--speed and --broker exclude each other on a page: a real broker keeps real time'],
    [['--until', '1h'], '--until and --broker exclude each other on a page: a real broker does not wait'],
    [['--faults', 'brokerrestart@1m'], 'brokerrestart@1m broker=0 sessions=kept off=3s is a fault of the broker model'],
    [['--faults', 'nonsense@1m'], '--faults: fault "nonsense@1m"'],
  ])('refuses %j on a page with a real broker', async (flags, message) => {
    const { code, stderr } = await runTagwire(['sim', '--page', '--broker', 'mqtt://127.0.0.1:1', ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(`tagwire: ${message}`);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('has the world of --world among those that can be loaded, as its file is then', async () => {
    const file = folder.file('shed.json');
    const write = (...names: string[]): void =>
      writeFileSync(file, JSON.stringify({ ...quietWorld, name: 'shed', tags: names.map(tagCalled) }));
    const tagCalled = (name: string, place: number): object => ({
      ...quietWorld.tags[0],
      name,
      address: `A4:C1:38:00:01:0${place}`,
    });
    write('fridge');
    const { sim, page } = await start('--world', file);
    const names = (): string[] =>
      page.texts.flatMap((text) => (text.type === 'tags' ? text.tags.map(({ name }) => name) : []));
    const hello = await page.take('hello');
    expect(hello.title).toBe('shed');
    expect(hello.worlds.slice(0, 2)).toEqual(['shed', 'warehouse']);
    page.send({ id: 1, name: 'loadWorld', parameters: { world: 'greenhouse' } });
    await page.until(() => page.texts.some((text) => text.type === 'hello' && text.title !== 'shed'));
    write('fridge', 'oven');
    page.send({ id: 2, name: 'loadWorld', parameters: { world: 'shed' } });
    await page.until(() => names().includes('oven'));
    writeFileSync(file, '{');
    page.send({ id: 3, name: 'loadWorld', parameters: { world: 'shed' } });
    await page.until(() => page.texts.some((text) => text.type === 'answer' && text.id === 3));
    const answer = page.texts.find((text) => text.type === 'answer' && text.id === 3);
    expect(answer).toMatchObject({ error: expect.stringContaining('shed.json') as string });
    sim.process.kill('SIGINT');
    expect((await sim.finished).code).toBe(0);
  });

  it('ends with exit code 1 when a power cut took readings with it, as without a page', async () => {
    const { sim, page } = await start('--speed', '20', '--page');
    let id = 0;
    const ask = async (name: string, parameters: object): Promise<void> => {
      page.send({ id: ++id, name, parameters });
      await page.until(() => page.texts.some((text) => text.type === 'answer' && text.id === id));
    };
    /** The next state that is told, in which the world stands still or does not. */
    const state = async (isPaused: boolean): Promise<void> => {
      const { length } = states(page);
      await page.until(() => states(page).length > length && (states(page).at(-1)!.speed === 0) === isPaused);
    };
    await page.until(() => (gateway(page)?.counts.acknowledged ?? 0) > 0);
    await ask('wifi', { gateway: 0, on: false });
    // While some readings are in memory only: the log takes those of a few seconds together.
    const meter = (name: string): number => gateway(page)?.meters.find((one) => one.id === name)?.value ?? 0;
    for (let inMemory = 0; inMemory < 2; inMemory = meter('outbox') - meter('outboxFlash')) {
      await ask('speed', { speed: 2 });
      await state(false);
      await ask('speed', { speed: 0 });
      await state(true);
    }
    await ask('powerCut', { gateway: 0, off: 1000 });
    await ask('speed', { speed: 20 });
    await page.until(() => (gateway(page)?.counts.restarts ?? 0) > 0);
    sim.process.kill('SIGINT');
    const { code } = await sim.finished;
    expect(sim.lines.at(-1)).toMatch(/ [1-9]\d* lost/);
    expect(code).toBe(1);
  });

  it('runs one gateway in real time with --no-page', async () => {
    const sim = startTagwire(['sim', '--no-page']);
    await sim.until(() => sim.lines.some((line) => line.startsWith('connected to mqtt://127.0.0.1:')));
    expect(sim.stdout.toString()).not.toContain('http://');
    sim.process.kill('SIGINT');
    expect((await sim.finished).code).toBe(0);
  });

  it('shows a recording with --replay and --page', async () => {
    const recording = folder.file('minute.tagwire');
    expect((await runTagwire(['sim', '--until', '1m', '--record', recording])).code).toBe(0);
    const { sim, page } = await start('--replay', recording, '--page', '--speed', 'max');
    const lines = (): string[] =>
      page.texts.flatMap((text) => (text.type === 'log' ? text.lines.map((line) => line.text) : []));
    await page.until(() => lines().some((line) => /^the recording is over: .* all states equal/.test(line)));
    expect(await page.take('hello')).toMatchObject({ source: 'replay', title: 'replay of minute.tagwire' });
    sim.process.kill('SIGINT');
    const { code, stdout, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toContain('the recording is over: ');
    const bad = await runTagwire(['sim', '--replay', recording, '--page-port', '4021']);
    expect({ code: bad.code, stderr: bad.stderr }).toEqual({
      code: 2,
      stderr: 'tagwire: --replay and --page-port exclude each other without --page, which shows the recording\n',
    });
    const world = await runTagwire(['sim', '--replay', recording, '--page', '--world', 'x.json']);
    expect(world.stderr).toMatch(/^tagwire: --replay and --world exclude each other/);
  });
});

requireMosquitto()('tagwire sim with its page and a broker that refuses the login', () => {
  it('says on the page, in its log and in its lines which keys to check, without their values', async () => {
    const broker = await startMosquitto({ users: { ann: 'secret' } });
    try {
      const { sim, page } = await start('--broker', `mqtt://ann:wrong-one@127.0.0.1:${broker.port}`);
      const advice = 'connection refused by the broker: not authorized; check username, brokerPassword';
      await page.until(() => gateway(page)?.lastError !== undefined);
      expect(gateway(page)?.lastError?.text).toContain(`refused: ${advice} (mqtt://127.0.0.1:${broker.port}); next`);
      const lines = (): { kind: string; text: string; gateway?: number }[] =>
        page.texts.flatMap((text) => (text.type === 'log' ? text.lines : []));
      // What the device itself says is as on a board; beside it stands what a person can do, once.
      const told = (kind: string): number =>
        lines().filter((line) => line.kind === kind && line.text.includes('not authorized')).length;
      await page.until(() => told('device') > 1);
      expect(lines().filter(({ kind, text }) => kind === 'device' && text.includes('check'))).toEqual([]);
      expect(lines().filter(({ text }) => text.includes('check'))).toMatchObject([
        { kind: 'world', gateway: 0, text: advice },
      ]);
      sim.process.kill('SIGINT');
      const { code, stdout } = await sim.finished;
      expect(code).toBe(0);
      expect(sim.lines.filter((line) => line.includes(advice))).toHaveLength(1);
      expect(stdout.toString() + JSON.stringify(page.texts)).not.toContain('wrong-one');
    } finally {
      await broker.stop();
    }
  });
});
