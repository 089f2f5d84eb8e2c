import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { EmbeddedBroker } from '../../../sim/broker.js';
import { endPeers, Peer } from '../../broker/peer.js';
import { advertisingReport, BtsnoopWriter, hex } from '../../support/btsnoop-writer.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { freePort } from '../../support/ports.js';
import { requireXs } from '../xs/require-xs.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const folder = makeTemporaryFolder();
afterEach(killCommands);
afterAll(() => folder.remove());

/** Never shown. */
const SEAL_KEY = '000102030405060708090a0b0c0d0e0f';

type Event = { event: string } & Record<string, unknown>;

const events = (command: Command): Event[] => command.lines.map((line) => JSON.parse(line) as Event);

const named = (command: Command, name: string): Event[] => events(command).filter(({ event }) => event === name);

function startSim(...args: string[]): Command {
  return startTagwire(['sim', '--json', '--interval', '0.2', ...args]);
}

/** Resolves when somebody has subscribed to `filter`. */
function subscribedTo(broker: EmbeddedBroker, filter: string): Promise<void> {
  return new Promise((resolve) => {
    broker.aedes.on('subscribe', (subscriptions) => {
      if (subscriptions.some(({ topic }) => topic === filter)) resolve();
    });
  });
}

/** What a store holds for another broker waits in it, and is told; a broker that is named gets it. */
async function leavesWhatIsHeld(engine: string): Promise<void> {
  const store = folder.file('held');
  const away = ['--json', '--broker', `mqtt://127.0.0.1:${await freePort()}`, '--store', store];
  const first = startTagwire(['sim', ...away]);
  await first.until(() => /"event":"progress".*"readings":[1-9]/.test(first.stdout.toString()));
  first.process.kill('SIGINT');
  const { persisted } = JSON.parse((await first.finished).stdout.toString().trimEnd().split('\n').pop()!) as {
    persisted: number;
  };
  const flags = ['sim', '--json', '--store', store, '--engine', engine, '--duration', '1'];
  const alone = await startTagwire(flags).finished;
  const line = `${persisted} readings in ${store} wait for a broker: name it with --broker`;
  expect(alone.stdout.toString()).toContain(JSON.stringify(line));
  const late = await startEmbeddedBroker();
  const named = await startTagwire([...flags, '--broker', `mqtt://127.0.0.1:${late.port}`]).finished;
  await late.close();
  expect(named.stdout.toString()).toContain(`readings from before the restart: ${persisted}`);
}

requireXs()('tagwire sim --engine xs', () => {
  it('leaves what --store holds to a broker that is named', () => leavesWhatIsHeld('xs'));
});

describe('tagwire sim', () => {
  it('publishes the tags of three formats and loses nothing, with a broker of its own', async () => {
    const sim = startSim('--duration', '3');
    const { code, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const formats = new Set(named(sim, 'tag').map(({ format }) => format));
    expect([...formats]).toEqual(expect.arrayContaining(['mikrotik', 'ibeacon', 'eddystone-uid']));
    const summary = events(sim).at(-1)!;
    expect(summary).toMatchObject({ event: 'summary', tags: 6, lost: 0, reconnections: 0 });
    expect(summary['published']).toBeGreaterThanOrEqual(6);
    expect(summary['acknowledged']).toBe(summary['published']);
  });

  it('ends by itself on Ctrl-C, with a summary', async () => {
    const sim = startTagwire(['sim']);
    // Which comes first depends on the machine, and without a connection there is nothing to drain to.
    await sim.until(() => ['tag ', 'connected to '].every((word) => sim.lines.some((line) => line.startsWith(word))));
    sim.process.kill('SIGINT');
    const { code } = await sim.finished;
    expect(code).toBe(0);
    expect(sim.lines.at(-1)).toMatch(/^ended after .* readings published, \d+ acknowledged, 0 lost, 0 reconnections$/);
  });

  it('ends when nobody reads its output any more', async () => {
    const sim = startSim();
    // As with Ctrl-C: without a connection, what was heard is lost, and the exit code says so.
    await sim.until(() => ['tag', 'connected'].every((event) => named(sim, event).length > 0));
    sim.process.stdout.destroy();
    const { code, stderr } = await sim.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.each(['payload=cbor', 'payload=senml'])('shows payloads that are no JSON objects, with %s', async (payload) => {
    const json = startSim('--set', payload, '--set', 'maxPayload=1024', '--duration', '2');
    expect((await json.finished).code).toBe(0);
    const readings = named(json, 'reading');
    expect(readings.length).toBeGreaterThan(0);
    for (const reading of readings) expect('hex' in reading || 'reading' in reading).toBe(true);
    const text = startTagwire(['sim', '-v', '--set', payload, '--set', 'maxPayload=1024', '--duration', '2']);
    expect((await text.finished).code).toBe(0);
  });

  it('takes every configuration key, and applies the limits of a board', async () => {
    const sim = startSim(
      ...['--board', 'esp32', '--set', 'inFlight=3', '--set', 'health=30', '--set', 'recorder=512'],
      ...['--duration', '1'],
    );
    expect((await sim.finished).code).toBe(0);
    const lines = named(sim, 'log').map(({ line }) => String(line));
    expect(lines.find((line) => line.startsWith('broker '))).toMatch(
      /scan shared, .* a tag at most every 0\.2 s, outbox 1536 B without flash, health every 30 s$/,
    );
    const deaf = startSim('--board', 'esp8266', '--duration', '1');
    expect((await deaf.finished).code).toBe(0);
    expect(events(deaf).at(-1)).toMatchObject({ event: 'summary', advertisements: 0, lost: 0 });
  });

  it('keeps policies that were set by RPC in the folder of --store', async () => {
    const broker = await startEmbeddedBroker();
    const flags = ['--broker', broker.url, '--store', folder.file('remote'), '--gateway', 'shed'];
    try {
      const peer = await Peer.subscribed(broker.url, 'tagwire/shed/res/+');
      const call = async (method: string, params?: unknown): Promise<unknown> => {
        const before = peer.messages.length;
        await peer.publish('tagwire/shed/cmd/1', JSON.stringify({ method, params }), 1);
        await peer.until(() => peer.messages.length > before);
        return JSON.parse(peer.messages.at(-1)!.payload.toString());
      };
      let subscribed = subscribedTo(broker, 'tagwire/shed/cmd/+');
      const first = startSim(...flags);
      await subscribed;
      await call('policy.set', 'ruuvi5 interval=30');
      first.process.kill('SIGINT');
      expect((await first.finished).code).toBe(0);
      subscribed = subscribedTo(broker, 'tagwire/shed/cmd/+');
      const second = startSim(...flags);
      await subscribed;
      const answer = await call('policy.get');
      expect(answer).toEqual({ result: { policy: expect.stringContaining('ruuvi5 interval=30') } });
      second.process.kill('SIGINT');
      expect((await second.finished).code).toBe(0);
    } finally {
      await endPeers();
      await broker.close();
    }
  });

  it('takes tags from a world file', async () => {
    const sim = startSim('--world', 'sim/worlds/warehouse.json', '--duration', '1');
    const { code } = await sim.finished;
    expect(code).toBe(0);
    expect(named(sim, 'tag').length).toBeGreaterThan(0);
  });

  it('waits for the broker with what a capture held, when that is over first', async () => {
    const path = folder.file('short.log');
    const capture = new BtsnoopWriter(1002);
    const bytes = hex('15ff4f09010010a90000fdff010000806be866000062');
    for (let i = 0; i < 3; i++) capture.event(advertisingReport({ address: `2CC81B4BBB0${i}`, bytes, rssi: -50 }), i);
    writeFileSync(path, capture.bytes().subarray(0, -1));
    const port = await freePort();
    const sim = startTagwire(['sim', '--json', '--capture', path, '--broker', `mqtt://127.0.0.1:${port}`]);
    await sim.until(() => sim.stdout.includes('its readings wait for the broker'));
    const late = await startEmbeddedBroker({ port });
    const { code, stdout, stderr } = await sim.finished;
    await late.close();
    expect(stderr).toContain('the last record is cut short and left out');
    const summary = JSON.parse(stdout.toString().trimEnd().split('\n').pop()!) as Record<string, unknown>;
    expect(summary).toMatchObject({ event: 'summary', lost: 0, tags: 2 });
    expect(summary['acknowledged']).toBe(summary['readings']);
    expect(code).toBe(0);
  });

  it('does not call lost what it persisted at an orderly end, and publishes it at the next start', async () => {
    const port = await freePort();
    const store = folder.file('device');
    const flags = ['--json', '--broker', `mqtt://127.0.0.1:${port}`, '--store', store];
    const first = startTagwire(['sim', ...flags]);
    await first.until(() => /"event":"progress".*"readings":[1-9]/.test(first.stdout.toString()));
    first.process.kill('SIGINT');
    const ended = await first.finished;
    const lastLine = (out: Buffer): Record<string, number> =>
      JSON.parse(out.toString().trimEnd().split('\n').pop()!) as Record<string, number>;
    const summary = lastLine(ended.stdout);
    expect(summary).toMatchObject({ lost: 0, acknowledged: 0, persisted: summary['readings'] });
    expect(ended.code).toBe(0);
    const late = await startEmbeddedBroker({ port });
    const second = startTagwire(['sim', ...flags, '--duration', '1']);
    const again = lastLine((await second.finished).stdout);
    await late.close();
    expect(again['acknowledged']).toBeGreaterThanOrEqual(summary['persisted']!);
  });

  it('leaves what --store holds to a broker that is named', () => leavesWhatIsHeld('node'));

  it('tells by which rule readings were dropped', async () => {
    const flags = ['--broker', `mqtt://127.0.0.1:${await freePort()}`, '--outbox', '1024', '--outbox-full', 'newest'];
    const sim = startSim(...flags, '--set', 'presence=0', '--duration', '6');
    const { code } = await sim.finished;
    const summary = events(sim).at(-1)!;
    expect(summary['dropped']).toBeGreaterThan(0);
    expect(summary).toMatchObject({ event: 'summary', droppedBy: { refused: summary['dropped'] } });
    expect(code).toBe(1);
  });

  it('refuses a folder that another process uses', async () => {
    const store = folder.file('shared');
    const first = startTagwire(['sim', '--store', store]);
    await first.until(() => first.lines.some((line) => line.startsWith('tag ')));
    const { code, stdout, stderr } = await runTagwire(['sim', '--store', store]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tagwire: flash file [^\n]*shared[^\n]* in use by process \d+[^\n]*\n$/);
    first.process.kill('SIGINT');
    expect((await first.finished).code).toBe(0);
  });

  it('replays a capture to its end', async () => {
    const path = folder.file('capture.log');
    const capture = new BtsnoopWriter(1002);
    for (let i = 0; i < 5; i++) {
      const bytes = hex(`15ff4f090100669dfcff0600fcff6117f${i}e50f000064`);
      capture.event(advertisingReport({ address: '2CC81B4BBB0A', bytes, rssi: -50 }), i * 300_000);
    }
    writeFileSync(path, capture.bytes());
    const sim = startSim('--capture', path);
    const { code } = await sim.finished;
    expect(code).toBe(0);
    expect(events(sim).at(-1)).toMatchObject({ event: 'summary', advertisements: 5, tags: 1, lost: 0 });
    expect(named(sim, 'tag')).toMatchObject([{ address: '2C:C8:1B:4B:BB:0A', format: 'mikrotik', rssi: -50 }]);
  });

  it('says once that no broker is there, keeps scanning, and says what was lost', async () => {
    const port = await freePort();
    const sim = startTagwire(['sim', '--broker', `mqtt://127.0.0.1:${port}`, '--duration', '4']);
    const { code } = await sim.finished;
    expect(code).toBe(1);
    expect(sim.lines.filter((line) => line.startsWith('no connection: '))).toHaveLength(1);
    expect(sim.lines.filter((line) => line.startsWith('tag '))).toHaveLength(6);
    expect(sim.lines.at(-1)).toMatch(/ 0 readings published, 0 acknowledged, [1-9]\d* lost, 0 reconnections$/);
  });

  it('says that a broker refuses it, and does not show the password', async () => {
    const broker = await startEmbeddedBroker({ users: { ann: 'right' } });
    try {
      const sim = startTagwire(['sim', '--broker', `mqtt://ann:planted@127.0.0.1:${broker.port}`]);
      await sim.until(() => sim.lines.some((line) => line.startsWith('no connection: ')));
      sim.process.kill('SIGINT');
      const { code, stdout, stderr } = await sim.finished;
      expect(code === 0 || code === 1).toBe(true);
      expect(stdout.toString()).toMatch(/connection refused by the broker: (bad user name or password|not authorized)/);
      expect(stdout.toString() + stderr).not.toContain('planted');
    } finally {
      await broker.close();
    }
  });

  requireMosquitto()('against Mosquitto', () => {
    it('delivers everything although the broker goes away in the middle', async () => {
      const broker = await startMosquitto();
      try {
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
        const { code } = await sim.finished;
        expect(code).toBe(0);
        expect(events(sim).at(-1)).toMatchObject({ event: 'summary', lost: 0, reconnections: 1 });
      } finally {
        await broker.stop();
      }
    });
  });

  const bad: [args: string[], ...said: RegExp[]][] = [
    [['--broker', 'http://x'], /"http:\/\/x"/, /mqtt:\/\//],
    [['--broker', 'x'], /"x"/, /mqtt:\/\//],
    [['--broker', 'mqtt://'], /no host|not a URL/, /mqtt:\/\//],
    [['--broker', 'mqtt://h:99999'], /99999/, /mqtt:\/\//],
    [['--broker', 'mqtt://h:0'], /port 0/, /1 to 65535/],
    [['--broker', 'mqtt://127.0.0.1', '--cafile', 'x.pem'], /--cafile: the broker 127\.0\.0\.1:1883 is without TLS/],
    [['--broker', 'mqtts://h', '--broker', 'mqtt://h', '--insecure'], /--insecure: the broker h:1883 is without TLS/],
    [['--tls-version', 'tlsv1.3'], /--tls-version: the broker inside the process is without TLS/],
    [['--broker', 'mqtts://h', '--cafile', 'missing.pem'], /--cafile "missing.pem"/, /ENOENT/],
    [['--world', 'missing.json'], /missing\.json/, /ENOENT/],
    [['--world', folder.file('text')], /is not JSON/, /a JSON object/],
    [['--world', folder.file('empty.json')], /empty\.json: /, /name is missing/],
    [['--capture', 'missing.log'], /missing\.log/, /ENOENT/],
    [['--capture', folder.file('text')], /text: /, /btsnoop/],
    [['--capture', folder.file('text'), '--world', folder.file('text')], /exclude each other/],
    [['--gateway', 'a/b'], /"a\/b"/, /must be one topic level/],
    [['--gateway', '+'], /"\+"/, /without \+ and #/],
    [['--prefix', ''], /""/, /1 to 128 bytes/],
    [['--cloud', 'azur'], /cloud must be one of plain/, /"azur"/],
    [['--set', 'seal=gcm'], /sealKey is missing/, /32 or 64 hexadecimal digits/],
    [['--set', 'seal=aes'], /seal must be off, gcm or ccm/, /"aes"/],
    [['--set', 'seal=ccm', '--set', `sealKey=${SEAL_KEY}0`], /sealKey is wrong/, /got 33 characters/],
    [
      ['--set', 'intervall=3'],
      /--set "intervall" is not a configuration key; did you mean interval\? The keys are ssid,/,
    ],
    [['--set', 'interval'], /--set must be KEY=VALUE\. The keys are ssid, password, cloud, broker,/],
    [['--set', 'inFlight=0'], /--set: inFlight must be an integer from 1 to 1024, got "0"/],
    [['--set', 'inFlight=x', '--until', '1d'], /--set: inFlight must be an integer from 1 to 1024, got "x"/],
    [['--set', 'broker=http://h'], /--set: broker must be mqtt:\/\/host\[:port\]/],
    [['--set', 'ca=missing.pem'], /ca must be PEM text or the name of a resource/],
    [['--set', 'serverName=h'], /serverName is given, but no broker begins with mqtts/],
    [['--board', 'esp32', '--set', 'tags=4096'], /but this board has room for 24576/],
    [['--board', 'esp8266', '--broker', 'mqtts://h'], /this chip has no memory for TLS/],
    [['--board', 'esp8266', '--cloud', 'azure'], /cloud must be one of plain, home-assistant, thingsboard/],
    [['--interval', '0'], /'0'/, /seconds above 0/],
    [['--duration', 'x'], /'x'/, /seconds above 0/],
    [['--outbox', '10'], /'10'/, /from 512/],
    [['--persist', 'soon'], /persist must be an integer from 0 to 86400, got "soon"/],
    [['--outbox-full', 'some'], /'some'/, /oldest, newest, thin/],
    [['--max-age', '-1'], /maxAge must be an integer from 0 to 31536000, got "-1"/],
    [['--rate', '0.5'], /maxMessageRate must be an integer from 0 to 100000, got "0.5"/],
    [['--keys', 'none.txt'], /keys file "none.txt"/, /cannot be read/],
    [['--seed', '-1'], /'-1'/, /0 to 4294967295/],
    [['--speed', '0'], /'0'/, /above 0/],
    [['surplus'], /too many arguments/],
  ];
  writeFileSync(folder.file('text'), 'certainly not a btsnoop file, nor JSON');
  writeFileSync(folder.file('empty.json'), '{}');

  it.each(bad)('refuses %j', async (args, ...said) => {
    const { code, stdout, stderr } = await runTagwire(['sim', ...args]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    for (const text of said) expect(stderr).toMatch(text);
    expect(stderr).not.toContain(SEAL_KEY);
  });
});

describe('tagwire decode', () => {
  it('prints format and fields as one JSON object', async () => {
    const { code, stdout } = await runTagwire(['decode', '15ff4f090100669dfcff0600fcff6117f1e50f000064']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      format: 'mikrotik',
      state: 'ok',
      fields: { temperature: 23.37890625, batteryPercent: 100, uptime: 1041905 },
    });
  });

  it.each(['15:ff:4f:09:01:00:66:9d:fc:ff:06:00:fc:ff:61:17:f1:e5:0f:00:00:64', '0x0201060303AAFE'])(
    'takes %s',
    async (text) => {
      expect((await runTagwire(['decode', text])).code).toBe(0);
    },
  );

  it.each([
    ['letters', 'zz'],
    ['nothing', ''],
    ['half a byte', '123'],
    ['more than an advertisement holds', 'ff'.repeat(1651)],
  ])('refuses %s', async (_, text) => {
    const { code, stdout, stderr } = await runTagwire(['decode', text]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tagwire: hex .*\n$/);
  });
});

describe('tagwire', () => {
  it.each(['sim', 'pub', 'sub', 'decode'])('%s has help with examples', async (command) => {
    const { code, stdout } = await runTagwire([command, '--help']);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain(`$ tagwire ${command}`);
  });

  it('prints the version of the package', async () => {
    expect((await runTagwire(['--version'])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('without a command prints its help', async () => {
    const { code, stderr, stdout } = await runTagwire([]);
    expect(code).toBe(2);
    expect(stderr + stdout.toString()).toContain('Usage: tagwire');
  });
});

describe('RPC of tagwire sim', () => {
  it.each([
    ['plain', 'tagwire/sim-gateway/cmd/7', 'tagwire/sim-gateway/res/7', (result: unknown) => ({ result })],
    ['thingsboard', 'v1/devices/me/rpc/request/7', 'v1/devices/me/rpc/response/7', (result: unknown) => result],
  ])('answers as a board does, %s', async (dialect, request, response, wrap) => {
    const broker = await startEmbeddedBroker();
    try {
      const filter = request.replace(/7$/, '+');
      const subscribed = subscribedTo(broker, filter);
      const peer = await Peer.subscribed(broker.url, response);
      const sim = startSim('--broker', broker.url, '--rpc', dialect);
      await subscribed;
      const calls: [string, unknown][] = [
        ['{"method":"scan","params":{"on":false}}', wrap({ on: false })],
        [
          '{"method":"policy.set","params":"ruuvi5 interval=30"}',
          wrap({ policy: expect.stringContaining('ruuvi5 interval=30') }),
        ],
        ['{"method":"statistics"}', wrap(expect.objectContaining({ connects: 1, scanner: 'stopped' }))],
        ['{"method":"reboot"}', { error: { code: -32003, message: 'this device cannot do that' } }],
        ['no JSON', { error: expect.objectContaining({ code: -32700 }) }],
      ];
      for (const [payload, answer] of calls) {
        const before = peer.messages.length;
        await peer.publish(request, payload, 1);
        await peer.until(() => peer.messages.length > before);
        expect(JSON.parse(peer.messages.at(-1)!.payload.toString())).toEqual(answer);
      }
      sim.process.kill('SIGINT');
      expect((await sim.finished).code).toBe(0);
    } finally {
      await endPeers();
      await broker.close();
    }
  });
});
