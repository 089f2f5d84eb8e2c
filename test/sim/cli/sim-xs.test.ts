import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import { advertisingReport, BtsnoopWriter, hex } from '../../support/btsnoop-writer.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { freePort } from '../../support/ports.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { requireXs } from '../xs/require-xs.js';

const folder = makeTemporaryFolder();
afterEach(killCommands);
afterAll(() => folder.remove());

type Event = { event: string } & Record<string, unknown>;

const named = (command: Command, name: string): Event[] =>
  command.lines.map((line) => JSON.parse(line) as Event).filter(({ event }) => event === name);

const payloads = (command: Command): Record<string, unknown>[] =>
  named(command, 'reading').map(({ reading }) => reading as Record<string, unknown>);

const startSim = (...args: string[]): Command =>
  startTagwire(['sim', '--engine', 'xs', '--json', '--interval', '0.2', ...args]);

/** A capture of `count` advertisements of so many tags, each different from the one before. */
function writeCapture(count: number, tags: number, gapMilliseconds: number): string {
  const path = folder.file(`capture-${count}-${tags}.log`);
  const capture = new BtsnoopWriter(1002);
  for (let i = 0; i < count; i++) {
    const uptime = i.toString(16).padStart(4, '0');
    const bytes = hex(`15ff4f090100669dfcff0600fcff6117${uptime.slice(2)}${uptime.slice(0, 2)}00000064`);
    const address = `2CC81B4BBB${(i % tags).toString(16).padStart(2, '0')}`;
    capture.event(advertisingReport({ address, bytes, rssi: -50 - (i % 10) }), i * 1000 * gapMilliseconds);
  }
  writeFileSync(path, capture.bytes());
  return path;
}

requireXs()('tagwire sim --engine xs', () => {
  it('publishes the tags of three formats and loses nothing, and meters its memory', async () => {
    const sim = startSim('--duration', '3');
    const { code, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const formats = new Set(named(sim, 'tag').map(({ format }) => format));
    expect([...formats]).toEqual(expect.arrayContaining(['mikrotik', 'ibeacon', 'eddystone-uid']));
    const summary = named(sim, 'summary')[0]!;
    expect(summary).toMatchObject({ engine: 'xs', tags: 6, lost: 0, reconnections: 0 });
    expect(summary['published']).toBeGreaterThanOrEqual(6);
    expect(summary['acknowledged']).toBe(summary['published']);
    for (const event of [summary, ...named(sim, 'progress')]) {
      const memory = event['memory'] as Record<string, number>;
      expect(Object.keys(memory)).toEqual(['slots', 'peakSlots', 'engineSlots', 'computePerReading']);
      expect(Object.values(memory).every((value) => value > 0)).toBe(true);
      expect(memory['peakSlots']).toBeGreaterThanOrEqual(memory['slots']!);
    }
  });

  it('publishes what the engine node publishes', async () => {
    // Each tag once: a tag that is new is reported whatever the time. Long enough to be connected before its end.
    const capture = writeCapture(40, 40, 75);
    const published: Record<string, unknown>[][] = [];
    for (const engine of ['node', 'xs']) {
      const sim = startTagwire(['sim', '--json', '--capture', capture, '--engine', engine, '--set', 'presence=0']);
      expect((await sim.finished).code).toBe(0);
      expect(named(sim, 'summary')[0]).toMatchObject({ engine, advertisements: 40, acknowledged: 40, lost: 0 });
      expect(payloads(sim).every(({ time }) => Number.isInteger(time) && Number(time) > 1.6e12)).toBe(true);
      published.push(payloads(sim).map((payload) => ({ ...payload, time: 0 })));
    }
    expect(published[1]).toEqual(published[0]);
    expect(published[1]!.map((payload) => Object.keys(payload))).toEqual(
      published[0]!.map((payload) => Object.keys(payload)),
    );
  });

  it('keeps with --store what is not acknowledged at its end, and publishes it at the next start', async () => {
    const port = await freePort();
    const flags = ['--broker', `mqtt://127.0.0.1:${port}`, '--store', folder.file('xs-device')];
    const first = startSim(...flags);
    await first.until(() => named(first, 'progress').some(({ readings }) => Number(readings) > 0));
    first.process.kill('SIGINT');
    expect((await first.finished).code).toBe(0);
    const kept = named(first, 'summary')[0]!;
    expect(kept).toMatchObject({ engine: 'xs', lost: 0, acknowledged: 0, persisted: kept['readings'] });
    const late = await startEmbeddedBroker({ port });
    const second = startSim(...flags, '--duration', '2');
    await second.finished;
    await late.close();
    const ids = new Set(payloads(second).map(({ id }) => String(id)));
    expect([...ids].filter((id) => id.startsWith('1/'))).toHaveLength(kept['readings'] as number);
  });

  it('hears every advertisement of a capture that is replayed as fast as possible', async () => {
    const sim = startSim('--capture', writeCapture(3000, 2, 1), '--speed', '1000000');
    // It may be over before there is a connection, so nothing is said about what was published.
    await sim.finished;
    expect(named(sim, 'summary')[0]).toMatchObject({ advertisements: 3000, tags: 2 });
  });

  it('ends by itself on Ctrl-C, with a summary', async () => {
    const sim = startTagwire(['sim', '--engine', 'xs', '--no-page']);
    // Which comes first depends on the machine, and without a connection there is nothing to drain to.
    await sim.until(() => ['tag ', 'connected to '].every((word) => sim.lines.some((line) => line.startsWith(word))));
    sim.process.kill('SIGINT');
    const { code, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(sim.lines.at(-2)).toMatch(/^ended after .* readings published, \d+ acknowledged, 0 lost, 0 reconnections$/);
    expect(sim.lines.at(-1)).toMatch(
      /^memory on XS: \d+ slots in use, \d+ at the peak .* \d+ of the engine .*; \d+ steps of the interpreter/,
    );
  });

  it.skipIf(!existsSync('/proc/self/task'))('says what was not acknowledged when the engine dies', async () => {
    const sim = startSim('--broker', `mqtt://127.0.0.1:${await freePort()}`);
    await sim.until(() => named(sim, 'progress').some(({ waiting }) => Number(waiting) > 0));
    const { pid } = sim.process;
    const engine = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    expect(engine).toMatch(/^\d+$/);
    process.kill(Number(engine), 'SIGKILL');
    const { code, stderr } = await sim.finished;
    expect(code).toBe(1);
    expect(stderr).toBe('tagwire: the XS engine died: ended by SIGKILL\n');
    expect(named(sim, 'died')).toHaveLength(1);
    const summary = named(sim, 'summary')[0]!;
    expect(summary['lost']).toBe(summary['readings']);
    expect(summary['lost']).toBeGreaterThan(0);
    expect(summary['memory']).toBeDefined();
  });

  it('seals what it publishes, as the engine node does', async () => {
    const key = '000102030405060708090a0b0c0d0e0f';
    const broker = await startEmbeddedBroker();
    try {
      const sub = startTagwire(['sub', '-p', String(broker.port), '-t', 'tagwire/+/tags/#', '--unseal', key]);
      await new Promise((resolve) => broker.aedes.on('subscribe', resolve));
      const sim = startSim('--broker', broker.url, '--set', 'seal=gcm', '--set', `sealKey=${key}`, '--duration', '2');
      await sub.until(() => sub.lines.some((line) => line.includes('"format":"mikrotik"')));
      expect((await sim.finished).code).toBe(0);
      expect(named(sim, 'reading').every((reading) => 'hex' in reading)).toBe(true);
    } finally {
      await broker.close();
    }
  });

  it('answers RPC, and keeps policies that were set by it in the folder of --store', async () => {
    const broker = await startEmbeddedBroker();
    const reader = await mqtt.connectAsync(broker.url, { protocolVersion: 4, clientId: 'caller' });
    try {
      await reader.subscribeAsync('tagwire/sim-gateway/res/+');
      const call = async (method: string, params?: string): Promise<string> => {
        const answered = new Promise<string>((resolve) =>
          reader.once('message', (_topic, payload) => resolve(payload.toString())),
        );
        await reader.publishAsync('tagwire/sim-gateway/cmd/1', JSON.stringify({ method, params }), { qos: 1 });
        return answered;
      };
      const start = async (): Promise<Command> => {
        const subscribed = new Promise<void>((resolve) => {
          broker.aedes.on('subscribe', (filters) => {
            if (filters.some(({ topic }) => topic.endsWith('/cmd/+'))) resolve();
          });
        });
        const sim = startSim('--broker', broker.url, '--store', folder.file('xs-rpc'));
        await subscribed;
        return sim;
      };
      const first = await start();
      await call('policy.set', 'ruuvi5 interval=30');
      first.process.kill('SIGINT');
      expect((await first.finished).code).toBe(0);
      const second = await start();
      expect(await call('policy.get')).toContain('ruuvi5 interval=30');
      second.process.kill('SIGINT');
      expect((await second.finished).code).toBe(0);
    } finally {
      await reader.endAsync(true);
      await broker.close();
    }
  });

  it.each(['home-assistant', 'sparkplug', 'ruuvi'])('reports to the cloud %s', async (cloud) => {
    const sim = startSim('--cloud', cloud, '--set', 'presence=0', '--duration', '3');
    const { code, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(named(sim, 'summary')[0]).toMatchObject({ engine: 'xs', lost: 0 });
    expect(Number(named(sim, 'summary')[0]!['acknowledged'])).toBeGreaterThan(0);
  });

  it('has the limits of a board', async () => {
    const sim = startSim('--board', 'esp32', '--duration', '1');
    expect((await sim.finished).code).toBe(0);
    expect(named(sim, 'log').map(({ line }) => String(line))).toContainEqual(
      expect.stringMatching(/scan shared, .* outbox 1536 B without flash/),
    );
  });

  it.each([[[]], [['--no-page']]])('refuses bad input as the engine node does, with %j', async (flags) => {
    const engines = ['xs', 'node'];
    const runs = await Promise.all(
      engines.map((engine) => runTagwire(['sim', '--engine', engine, '--gateway', 'a/b', ...flags])),
    );
    for (const { code, stdout } of runs) expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    const [xs, node] = runs.map(({ stderr }) => stderr);
    expect(xs).toBe(node);
    expect(xs).toMatch(/^tagwire: .*gateway must be one topic level, without \/, got "a\/b"\n$/);
  });

  requireMosquitto()('against Mosquitto', () => {
    it('delivers everything although the broker goes away in the middle', async () => {
      const broker = await startMosquitto({ persistence: true, maxQueuedMessages: 0 });
      const reader = await mqtt.connectAsync(broker.url, {
        protocolVersion: 4,
        clientId: 'reader',
        clean: false,
        reconnectPeriod: 50,
      });
      try {
        const came = new Set<string>();
        reader.on('message', (_topic, payload) => came.add(payload.toString()));
        await reader.subscribeAsync('tagwire/sim-gateway/+/+', { qos: 1 });
        const sim = startSim('--broker', broker.url);
        await sim.until(() => named(sim, 'reading').length >= 5);
        await broker.halt();
        await sim.until(() => named(sim, 'disconnected').length > 0);
        const heard = named(sim, 'progress').length;
        await sim.until(() => named(sim, 'progress').length >= heard + 2);
        expect(Number(named(sim, 'progress').at(-1)!['waiting'])).toBeGreaterThan(0);
        await broker.start();
        await sim.until(() => named(sim, 'connected').length === 2);
        sim.process.kill('SIGINT');
        expect((await sim.finished).code).toBe(0);
        expect(named(sim, 'summary')[0]).toMatchObject({ engine: 'xs', lost: 0, reconnections: 1 });
        const published = payloads(sim).map((payload) => JSON.stringify(payload));
        while (published.some((payload) => !came.has(payload))) {
          await new Promise((resolve) => reader.once('message', resolve));
        }
      } finally {
        await reader.endAsync(true);
        await broker.stop();
      }
    });
  });
});

describe('tagwire sim --engine', () => {
  it('names the engines there are', async () => {
    const { code, stdout, stderr } = await runTagwire(['sim', '--engine', 'v8']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tagwire: .*--engine.*'v8'.*node, xs\.?\n$/);
  });

  it('says in JSON that node runs it', async () => {
    const sim = startTagwire(['sim', '--json', '--duration', '0.5']);
    await sim.finished;
    expect(named(sim, 'summary')[0]).toMatchObject({ engine: 'node' });
    expect(named(sim, 'summary')[0]).not.toHaveProperty('memory');
  });
});
