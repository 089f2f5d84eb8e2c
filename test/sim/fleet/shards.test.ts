import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Finished } from '../../support/cli.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';

afterEach(killCommands);

interface Summary {
  event: string;
  shards?: number;
  devices: number;
  connected: number;
  connects: number;
  refused: number;
  readings: number;
  acknowledged: number;
  received: number;
  lost: number;
  connectsBySecond: number[];
  acknowledgementMilliseconds: { count: number };
  subscriberInterruptions: number;
}

function lastOf({ stdout }: Pick<Finished, 'stdout'>): Summary {
  return JSON.parse(stdout.toString().trim().split('\n').at(-1)!) as Summary;
}

requireMosquitto()('the shards of a fleet', () => {
  let broker: Mosquitto;
  beforeAll(async () => {
    broker = await startMosquitto({ maxQueuedMessages: 0, settings: ['set_tcp_nodelay true'] });
  });
  afterAll(() => broker.stop());

  const shard = (part: string, run: string, ...args: string[]): string[] => [
    ...['fleet', '--broker', broker.url, '--devices', '9', '--shard', part, '--run', run, '--json'],
    ...['--rate', '2', '--rate-connect', 'max', ...args],
  ];

  it('start together, and shard 1 prints the report of both', async () => {
    // Ready long before the other one is there.
    const second = startTagwire(shard('2/2', 'monday', '--duration', '1'));
    await second.until(() => second.lines.length > 0);
    const first = startTagwire(shard('1/2', 'monday', '--duration', '2'));
    const [leader, follower] = await Promise.all([first.finished, second.finished]);
    expect([leader.stderr, follower.stderr]).toEqual(['', '']);
    expect([leader.code, follower.code]).toEqual([0, 0]);
    const joined = lastOf(leader);
    const own = JSON.parse(leader.stdout.toString().trim().split('\n').at(-2)!) as Summary;
    const other = lastOf(follower);
    expect(own).toMatchObject({ event: 'summary', devices: 4, connected: 4, lost: 0 });
    expect(other).toMatchObject({ event: 'summary', devices: 5, connected: 5, lost: 0 });
    expect(joined).toMatchObject({ event: 'joined', shards: 2, devices: 9, connected: 9, connects: 9, lost: 0 });
    expect(joined.readings).toBe(own.readings + other.readings);
    expect(joined.received).toBe(joined.readings);
    expect(joined.acknowledgementMilliseconds.count).toBe(
      own.acknowledgementMilliseconds.count + other.acknowledgementMilliseconds.count,
    );
  });

  it('end when shard 1 is interrupted, and rubbish on the control topic disturbs nobody', async () => {
    const first = startTagwire(shard('1/2', 'tuesday'));
    const second = startTagwire(shard('2/2', 'tuesday'));
    const stranger = await connectAsync(broker.url, { protocolVersion: 4 });
    for (const topic of ['hello/2', 'hello/x', 'report/1', 'report/2', 'done/1']) {
      for (const payload of ['', '{', 'null', '5', '{"instance":"x","report":{}}']) {
        await stranger.publishAsync(`tagwire/fleet-control/tuesday/${topic}`, payload, { qos: 1 });
      }
    }
    await stranger.endAsync();
    await second.until(() =>
      second.lines.some((line) => line.includes('"progress"') && line.includes('"connected":5')),
    );
    first.process.kill('SIGINT');
    const [leader, follower] = await Promise.all([first.finished, second.finished]);
    expect([leader.code, follower.code]).toEqual([0, 0]);
    expect(lastOf(leader)).toMatchObject({ event: 'joined', shards: 2, devices: 9, lost: 0 });
    expect(follower.stdout.toString()).toContain('shard 1 was interrupted: stopping');
  });

  it('refuse one that does not fit: it ends with the reason, and the others wait on', async () => {
    const first = startTagwire(shard('1/2', 'friday'));
    const odd = await runTagwire(shard('2/2', 'friday', '--start-number', '5'));
    expect(odd.code).toBe(1);
    expect(odd.stderr).toMatch(
      /^tagwire: shard 2 has other devices than shard 1, which has --devices 9 --start-number 1/,
    );
    first.process.kill('SIGINT');
    expect((await first.finished).code).toBe(130);
  });

  it('need --shard', async () => {
    const { code, stderr } = await runTagwire(['fleet', '--broker', broker.url, '--run', 'x']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--run is for the shards of a fleet; give --shard i\/n, too/);
  });
});

requireMosquitto()('a fleet whose broker is restarted', () => {
  it('comes back with jitter, none is refused, and the report shows connects a second', async () => {
    const broker = await startMosquitto({ maxQueuedMessages: 0, settings: ['set_tcp_nodelay true'] });
    try {
      const command = startTagwire([
        ...['fleet', '--broker', broker.url, '--devices', '60', '--rate', '2', '--rate-connect', 'max', '--json'],
      ]);
      const shows = (text: string): boolean => command.lines.at(-1)?.includes(text) ?? false;
      await command.until(() => shows('"connected":60'));
      await broker.restart('SIGKILL');
      await command.until(() => shows('"connected":60') && shows('"connects":120'));
      command.process.kill('SIGINT');
      const summary = lastOf(await command.finished);
      expect(summary).toMatchObject({ devices: 60, connected: 60, connects: 120, refused: 0 });
      expect(summary.subscriberInterruptions).toBe(1);
      expect(summary.connectsBySecond.reduce((sum, count) => sum + count)).toBe(120);
      // What was there at the first second comes again later.
      expect(summary.connectsBySecond.lastIndexOf(Math.max(...summary.connectsBySecond.slice(1)))).toBeGreaterThan(0);
      expect(summary.acknowledged).toBe(summary.readings);
    } finally {
      await broker.stop();
    }
  });
});
