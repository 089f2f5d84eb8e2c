import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command, Finished } from '../../support/cli.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { parsePrometheus } from './prometheus-text.js';

afterEach(killCommands);

/** The last object of `--json`. */
interface Summary {
  devices: number;
  connected: number;
  connects: number;
  refused: number;
  failed: number;
  connectsBySecond: number[];
  readings: number;
  published: number;
  acknowledged: number;
  received: number;
  duplicates: number;
  unreadable: number;
  lost: number | null;
  faults: number;
  cut: number;
  dropped: number;
  waiting: number;
  memoryPerDevice: number;
  cpuPerDevice: number;
  deaths: string[];
  acknowledgementMilliseconds: { count: number; p50: number; p99: number; max: number };
  deliveryMilliseconds: { count: number; p50: number; p99: number; max: number };
}

/** Of the objects before it. */
interface Progress {
  event: string;
  line?: string;
  devices?: number;
  connected?: number;
  acknowledged?: number;
}

function summaryOf({ stdout }: Pick<Finished, 'stdout'>): Summary {
  return JSON.parse(stdout.toString().trim().split('\n').at(-1)!) as Summary;
}

requireMosquitto()('tagwire fleet', () => {
  let broker: Mosquitto;

  beforeAll(async () => {
    broker = await startMosquitto({ maxQueuedMessages: 0, settings: ['set_tcp_nodelay true'] });
  });
  afterAll(() => broker.stop());

  const fleet = (...args: string[]): Promise<Finished> =>
    runTagwire(['fleet', '--broker', broker.url, '--json', ...args]);

  it('publishes what MQTT.js receives, message for message, with counters that have no gap', async () => {
    const witness = await connectAsync(broker.url, { protocolVersion: 4 });
    const heard = new Map<string, Set<number>>();
    let messages = 0;
    witness.on('message', (topic, payload) => {
      const { id } = JSON.parse(payload.toString()) as { id: string };
      const device = topic.split('/')[1]!;
      const numbers = heard.get(device) ?? new Set<number>();
      heard.set(device, numbers.add(Number(id.split('/')[1])));
      messages++;
    });
    await witness.subscribeAsync(['tagwire/+/tags/+', 'tagwire/+/presence/+'], { qos: 1 });
    const finished = await fleet(
      '--devices',
      '30',
      '--rate',
      '5',
      '--tags',
      '3',
      '--duration',
      '2',
      '--start-number',
      '7',
    );
    expect(finished.stderr).toBe('');
    expect(finished.code).toBe(0);
    const summary = summaryOf(finished);
    expect(summary).toMatchObject({ devices: 30, connected: 30, connects: 30, refused: 0, failed: 0, lost: 0 });
    expect(summary.connectsBySecond.reduce((sum, count) => sum + count)).toBe(30);
    expect(summary.readings).toBeGreaterThan(30);
    expect(summary.acknowledged).toBe(summary.readings);
    expect(summary.received).toBe(summary.readings);
    expect(summary.acknowledgementMilliseconds.count).toBeGreaterThan(0);
    expect(summary.deliveryMilliseconds.count).toBeGreaterThan(0);
    // It has what the subscriber has acknowledged, which was sent after it.
    await witness.endAsync();
    expect(messages).toBe(summary.received + summary.duplicates);
    expect([...heard.keys()].sort()).toEqual(Array.from({ length: 30 }, (_, i) => `fleet-${7 + i}`).sort());
    for (const numbers of heard.values()) expect(Math.max(...numbers)).toBe(numbers.size - 1);
  });

  it('ends at Ctrl-C with the summary', async () => {
    const command = startTagwire(['fleet', '--broker', broker.url, '--devices', '5', '--json']);
    await command.until(() =>
      command.lines.some((line) => line.includes('"acknowledged":') && !line.includes(':0,"w')),
    );
    command.process.kill('SIGINT');
    const finished = await command.finished;
    expect(finished.code).toBe(0);
    expect(summaryOf(finished)).toMatchObject({ event: 'summary', devices: 5, connected: 5, lost: 0 });
  });

  it('says at Ctrl-C that there is nothing to report while it waits for the other shard', async () => {
    const command = startTagwire([
      'fleet',
      '--broker',
      broker.url,
      '--devices',
      '4',
      '--shard',
      '1/2',
      '--run',
      'alone',
    ]);
    await command.until(() => command.lines.length > 0);
    command.process.kill('SIGINT');
    const { code, stderr } = await command.finished;
    expect(code).toBe(130);
    expect(stderr).toContain('tagwire: interrupted before the devices began to connect; there is nothing to report\n');
  });

  it('publishes messages from a template, also over a power cut, and finds that none is lost', async () => {
    const witness = await connectAsync(broker.url, { protocolVersion: 4 });
    const heard: { topic: string; message: { n: number; t: number; x: number } }[] = [];
    witness.on('message', (topic, payload) => {
      heard.push({ topic, message: JSON.parse(payload.toString()) as { n: number; t: number; x: number } });
    });
    await witness.subscribeAsync('site/#', { qos: 1 });
    const finished = await fleet(
      ...['--devices', '8', '--rate', '4', '--duration', '5', '--start-number', '0', '--rate-connect', 'max'],
      ...['--payload', '{"n":{counter},"t":{time},"x":{random:1.00..2.00}}', '--topic', 'site/{number}/out'],
      ...['--faults', 'powercut@500ms+200ms devices=50%, reset@1500ms'],
    );
    expect(finished.stderr).toBe('');
    const summary = summaryOf(finished);
    expect(summary.faults).toBeGreaterThan(8);
    expect(summary.connects).toBe(8 + summary.faults);
    expect(summary).toMatchObject({ devices: 8, connected: 8, unreadable: 0 });
    expect(summary.lost).toBeLessThanOrEqual(summary.cut + summary.waiting + summary.dropped);
    await witness.endAsync();
    expect(new Set(heard.map(({ topic }) => topic)).size).toBe(8);
    expect(heard.length).toBe(summary.received + summary.duplicates);
    for (const { message } of heard) expect(message.x).toBeGreaterThanOrEqual(1);
  });

  it('hears the tags of a world file, in copies whose tags have addresses of their own', async () => {
    const witness = await connectAsync(broker.url, { protocolVersion: 4 });
    const addresses = new Map<string, Set<string>>();
    witness.on('message', (topic) => {
      const [, device, , address] = topic.split('/');
      addresses.set(device!, (addresses.get(device!) ?? new Set<string>()).add(address!));
    });
    await witness.subscribeAsync('tagwire/+/tags/+', { qos: 1 });
    const finished = await fleet(
      '--devices',
      '4',
      '--world',
      'sim/worlds/warehouse.json',
      '--duration',
      '4',
      '--set',
      'interval=1',
    );
    expect(finished.stderr).toBe('');
    expect(summaryOf(finished)).toMatchObject({ devices: 4, connected: 4, lost: 0 });
    await witness.endAsync();
    expect(addresses.size).toBe(4);
    const all = [...addresses.values()].flatMap((set) => [...set]);
    expect(all.length).toBeGreaterThan(4);
    expect(new Set(all).size).toBe(all.length);
  });

  it('comes back from faults of all kinds, and loses nothing but what was in memory', async () => {
    const finished = await fleet(
      ...['--devices', '12', '--rate', '4', '--duration', '6', '--rate-connect', 'max', '--set', 'keepAlive=1'],
      ...['--faults', 'wifigone@500ms+1s devices=50%, halfopen@1s devices=30%, powercut@2s+500ms devices=30%'],
    );
    const summary = summaryOf(finished);
    expect(summary.faults).toBeGreaterThan(6);
    expect(summary).toMatchObject({ devices: 12, refused: 0 });
    // An outbox may be too small for a link that is dead for seconds; it says what it dropped.
    expect(summary.lost).toBeLessThanOrEqual(summary.cut + summary.waiting + summary.dropped);
  });

  describe('when a thread dies', () => {
    const folder = makeTemporaryFolder();
    afterAll(() => folder.remove());

    /** Runs a fleet in two threads, of which those that `which` is true of throw after a while. */
    async function deadly(which: string, ...args: string[]): Promise<{ command: Command; events: () => Progress[] }> {
      const fault = folder.file(`${randomUUID()}.mjs`);
      writeFileSync(
        fault,
        `import { isMainThread, parentPort, workerData } from 'node:worker_threads';
        // The subscriber is not told to start; it is measured three times before.
        let left = workerData?.role === 'subscriber' ? 6 : Infinity;
        if (!isMainThread && (({ role, range }) => ${which})(workerData)) {
          parentPort.on('message', ({ type }) => {
            if (type === 'start') left = 3;
            if (type === 'measure' && --left === 0) throw new Error('a fault of the thread');
          });
        }`,
      );
      const command = startTagwire(
        ['fleet', '--broker', broker.url, '--json', '--devices', '9', '--threads', '2', '--rate', '5', ...args],
        { env: { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(fault).href}` } },
      );
      const events = (): Progress[] => command.lines.map((line) => JSON.parse(line) as Progress);
      return { command, events };
    }

    it('goes on with the others, and says at the end with an exit code that their figures are not all', async () => {
      const { command, events } = await deadly(`role === 'devices' && range.from === 1`);
      const text = 'a thread with 4 devices died: a fault of the thread; what these devices lost cannot be known';
      await command.until(() => events().some(({ event, line }) => event === 'log' && line === text));
      const { acknowledged } = events()
        .filter(({ event }) => event === 'progress')
        .at(-1)!;
      await command.until(() => {
        const { devices, connected, acknowledged: later } = events().at(-1)!;
        return devices === 9 && connected === 5 && later! > acknowledged! + 20;
      });
      command.process.kill('SIGINT');
      const finished = await command.finished;
      expect({ code: finished.code, stderr: finished.stderr }).toEqual({ code: 1, stderr: '' });
      expect(summaryOf(finished)).toMatchObject({ devices: 9, connected: 5, lost: 0, waiting: 0, deaths: [text] });
    });

    it('says that no losses are known when it was that of the subscriber', async () => {
      const { command, events } = await deadly(`role === 'subscriber'`);
      const text = 'the subscriber died: a fault of the thread; losses cannot be known';
      await command.until(() => events().some(({ line }) => line === text));
      command.process.kill('SIGINT');
      const finished = await command.finished;
      expect({ code: finished.code, stderr: finished.stderr }).toEqual({ code: 1, stderr: '' });
      expect(summaryOf(finished)).toMatchObject({ devices: 9, connected: 9, lost: null, deaths: [text] });
    });

    it('ends at once when it was the last one', async () => {
      const { command } = await deadly(`role === 'devices'`);
      const { code, stderr } = await command.finished;
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'tagwire: a thread of the fleet died: a fault of the thread\n',
      });
    });
  });

  it('shows its figures to Prometheus while it runs', async () => {
    const command = startTagwire(['fleet', '--broker', broker.url, '--devices', '5', '--json', '--metrics', '0']);
    await command.until(() => command.lines.some((line) => line.includes('"connected":5')));
    const { metrics } = JSON.parse(command.lines[0]!) as { metrics: string };
    const { samples } = parsePrometheus(await (await fetch(metrics)).text());
    const value = (name: string): number => samples.find((sample) => sample.name === `tagwire_fleet_${name}`)!.value;
    expect(value('connected')).toBe(5);
    expect(value('connects_total')).toBe(5);
    expect(value('published_total')).toBeGreaterThanOrEqual(value('acknowledged_total'));
    expect(samples[0]!.labels).toEqual({ fleet: 'fleet', shard: '1/1' });
    command.process.kill('SIGINT');
    expect((await command.finished).code).toBe(0);
  });

  it('runs the devices of its shard only', async () => {
    const finished = await fleet('--devices', '10', '--shard', '2/3', '--duration', '1');
    expect(finished.code).toBe(0);
    expect(summaryOf(finished)).toMatchObject({ devices: 3, connected: 3, lost: 0 });
  });

  it('says losses are not looked for with --no-check', async () => {
    const finished = await fleet('--devices', '2', '--no-check', '--duration', '1', '--rate-connect', 'max');
    expect(finished.code).toBe(0);
    expect(summaryOf(finished)).toMatchObject({ connected: 2, lost: null });
  });

  it.each([
    [['--devices', '0'], /option '--devices <number>' argument '0' is invalid\. It must be an integer from 1/],
    [['--shard', '3/2'], /--shard <i\/n>.*It must be i\/n with i from 1 to n/],
    [['--rate', '0'], /--rate <readings>.*It must be a number above 0/],
    [['--name', 'a/b'], /--name <name>.*It must be 1 to 40 of/],
    [['--set', 'clientId=one'], /clientId must have \{name\} or \{number\}/],
    [['--set', 'gateway=one'], /gateway is not for the configuration of a fleet: use --name/],
    [['--set', 'payload=cbor'], /losses cannot be found with payload=cbor.*--no-check/],
    [['--set', 'interval=-1'], /interval must be/],
    [['--payload', 'x'], /losses are found by \{counter\} and \{time\} in --payload/],
    [['--payload', '{counter}{time}', '--topic', 'x'], /--topic without \{name\} or \{number\}/],
    [['--payload', '{counter}{time}', '--topic', 'x/#'], /topic .*x\/#/],
    [['--payload', '{count}'], /--payload: fields must be \{name\}/],
    [['--payload', 'x'.repeat(5000)], /--payload must make payloads of at most 4096 bytes, got 5000/],
    [['--payload', 'x', '--world', 'y'], /--world and --payload exclude each other/],
    [['--world', 'nowhere.json'], /world file .*nowhere\.json.* cannot be read/],
    [['--topic', 'x'], /--topic needs --payload/],
    [['--faults', 'flood@1s'], /the faults of a fleet are reset/],
    [['--devices', '9000000'], /9000000 devices need \d+ open files, and this process may have \d+; raise the limit/],
  ])('refuses %j in one line', async (args, message) => {
    const { code, stderr } = await fleet(...args);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(message);
  });

  it('says that nobody is there, and ends', async () => {
    const finished = await runTagwire(['fleet', '--broker', 'mqtt://127.0.0.1:1', '--devices', '2', '--duration', '1']);
    expect(finished.code).toBe(1);
    expect(finished.stderr).toMatch(/^tagwire: .*127\.0\.0\.1.*refused/);
  });
});
