import mqtt from 'mqtt';
import { afterAll, describe, expect, it } from 'vitest';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../sim/world/random.js';
import { DiskStore } from '../../sim/hal/index.js';
import { nodePlatform } from '../../sim/hal/platform.js';
import { Firmware, makeTagReporter, openFlashLog } from '../../src/device/index.js';
import { TransportFailure } from '../../src/hal/index.js';
import type { Board } from '../../src/hal/index.js';
import type { Configuration } from '../../src/settings/index.js';
import { parseTagSettings } from '../../src/settings/tag-settings.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import { freePort } from '../support/ports.js';
import { makeTemporaryFolder } from '../support/temp.js';
import { HandScanner, mikrotik } from './hand-scanner.js';
import { VirtualBoard } from './virtual-board.js';

const TAG = 'DC:2C:6E:0F:C0:3D';

const TAGS = parseTagSettings({ scanInterval: 100, scanWindow: 60, presence: 0 });

function makeConfiguration(changes: Partial<Configuration> = {}): Configuration {
  return {
    gateway: 'shed',
    prefix: 'site',
    connection: { clientId: 'tagwire-shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 },
    timeServers: [],
    tags: TAGS,
    cloud: 'plain',
    cloudValues: {},
    rpc: 'off',
    rpcAccess: 'operate',
    serialConsole: false,
    retention: { persistSeconds: 5, rule: 0, maxAgeSeconds: 0 },
    pace: {},
    maxPayload: 512,
    healthSeconds: 60,
    ...changes,
  };
}

describe('Firmware', () => {
  it('says on the log what happens', () => {
    const virtual = new VirtualBoard();
    virtual.platform.entropy.constant = 0;
    const firmware = Firmware.launch(makeConfiguration(), virtual.board(), { makeReporter: makeTagReporter });
    virtual.run(100);
    virtual.scanner.hear(TAG, mikrotik(1, 5985), -61);
    virtual.run(100);
    virtual.broker.drop(TransportFailure.ended, 'the broker ended the connection');
    virtual.run(5000);
    firmware.stop();
    virtual.run(1000);
    expect(virtual.lines).toEqual([
      'tagwire: shed on virtual, started by power on',
      'broker mqtt://broker:1883, client tagwire-shed, topics site/shed/..., scan steady, 60 of 100 ms passive, ' +
        'a tag at most every 10 s, outbox 4608 B without flash, health every 60 s',
      'connected to mqtt://broker:1883',
      'tag DC:2C:6E:0F:C0:3D mikrotik -61 dBm',
      'lost: the broker ended the connection (mqtt://broker:1883); next attempt in 0.5 s',
      'connected to mqtt://broker:1883',
      'stopped',
    ]);
  });

  it.each([
    ['refuses', 'connect: nothing listens there (mqtt://broker:1883); next attempt in 0.5 s'],
    ['tls fails', 'TLS: the certificate has expired (mqtt://broker:1883); next attempt in 0.5 s'],
  ] as const)('names the kind of failure when a broker %s', (listener, line) => {
    const virtual = new VirtualBoard();
    virtual.platform.entropy.constant = 0;
    virtual.platform.listen('broker', 1883, listener);
    Firmware.launch(makeConfiguration(), virtual.board(), { makeReporter: makeTagReporter });
    virtual.run(100);
    expect(virtual.lines.at(-1)).toBe(line);
  });

  it('names a refusal, a name without address, and a network that is down', () => {
    const virtual = new VirtualBoard();
    virtual.platform.entropy.constant = 0;
    virtual.broker.returnCode = 5;
    Firmware.launch(makeConfiguration(), virtual.board(), { makeReporter: makeTagReporter });
    virtual.run(100);
    expect(virtual.lines.at(-1)).toMatch(/^refused: .*not authori[sz]ed.*next attempt in 0\.5 s$/);
    virtual.platform.resolver.unknown.add('broker');
    virtual.run(700);
    expect(virtual.lines.at(-1)).toMatch(/^name: broker: no such name \(mqtt:.*next attempt in 1\.0 s$/);
    virtual.platform.network.set(false);
    virtual.run(10);
    expect(virtual.lines.at(-1)).toBe('network: the network is down; next attempt when the network is up');
  });

  it('prints no secret, not even a user name', () => {
    const virtual = new VirtualBoard();
    const tls = { key: 'PRIVATE-KEY', certificate: 'CERTIFICATE' };
    const endpoints = [
      { host: '2001:db8::1', port: 8883, tls },
      { host: 'broker', port: 1883 },
    ];
    const connection = { clientId: 'c', endpoints, username: 'token-of-a-device', password: 'secret-password' };
    const wifi = { ssid: 'home', password: 'wifi-password' };
    const firmware = Firmware.launch(makeConfiguration({ connection, wifi }), virtual.board(), {
      makeReporter: makeTagReporter,
    })!;
    virtual.run(5000);
    firmware.stop();
    virtual.run(1000);
    const text = virtual.lines.join('\n');
    expect(text).toContain('mqtts://[2001:db8::1]:8883, then mqtt://broker:1883, client c with user name');
    expect(text).not.toMatch(/token-of|secret|wifi-password|PRIVATE|CERTIFICATE/);
  });

  it('prints ten new tags a minute, and how many more there were', () => {
    const virtual = new VirtualBoard();
    const tags = { ...TAGS, tagCapacity: 128 };
    Firmware.launch(makeConfiguration({ tags }), virtual.board(), { makeReporter: makeTagReporter });
    virtual.run(120_000);
    const hear = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        virtual.scanner.hear('DC:2C:6E:00:00:' + i.toString(16).padStart(2, '0'), mikrotik(i, 5985));
      }
    };
    const lines = (): string[] => virtual.lines.filter((line) => line.includes('tag'));
    const before = lines().length;
    hear(0, 100);
    expect(lines().length - before).toBe(10);
    virtual.run(60_000);
    hear(100, 101);
    expect(lines().slice(before + 10)).toEqual([
      'more tags in the minute before: 90',
      'tag DC:2C:6E:00:00:64 mikrotik -60 dBm',
    ]);
  });

  it('runs on a board that has only what every board has', () => {
    const virtual = new VirtualBoard();
    const firmware = Firmware.launch(makeConfiguration(), virtual.board(false), { makeReporter: makeTagReporter });
    virtual.run(100_000);
    firmware.stop();
    virtual.run(1000);
    expect(virtual.broker.count('publish')).toBeGreaterThanOrEqual(4);
  });

  it.each<[Partial<Configuration>, string]>([
    [{ maxPayload: 8192 }, 'transmitArenaSize must be at least'],
    [{ gateway: 'a/b' }, 'gateway id "a/b" must be a single topic level'],
    [{ tags: { ...TAGS, tagCapacity: 0 } }, 'tag table capacity must be'],
    [{ tags: { ...TAGS, outbox: { persistSeconds: -1 } } }, 'persistSeconds must be'],
    [{ connection: { clientId: 'c', endpoints: [] } }, 'endpoints must name'],
    [
      { tags: { ...TAGS, rules: [{ minimumInterval: 9, maximumInterval: 1 }] } },
      'report policy 0: maximum interval must be',
    ],
  ])('with %j throws an error that says what is wrong', (changes, line) => {
    const virtual = new VirtualBoard();
    const launch = (): unknown =>
      Firmware.launch(makeConfiguration(changes), virtual.board(), { makeReporter: makeTagReporter });
    expect(launch).toThrow(line);
    expect(launch).not.toThrow('\n');
    expect(virtual.platform.timers.armed).toBe(0);
  });

  it('leaves nothing running when the board fails', () => {
    const virtual = new VirtualBoard();
    virtual.scanner.start = () => {
      throw new Error('the radio does not answer');
    };
    expect(() => Firmware.launch(makeConfiguration(), virtual.board(), { makeReporter: makeTagReporter })).toThrow(
      'the radio does not answer',
    );
    virtual.run(1000);
    expect([virtual.broker.count('connect'), virtual.platform.timers.armed]).toEqual([0, 0]);
  });
});

requireMosquitto()('Firmware with Mosquitto', () => {
  const temporary = makeTemporaryFolder();
  afterAll(() => temporary.remove());

  it('delivers after a restart what it heard in an outage', async () => {
    const store = new DiskStore(temporary.file('store'));
    const random = new SeededRandom(1);
    const flash = new NorFlash({ blocks: 8, blockLength: 4096, random: () => random.unit() });
    const makeBoard = (scanner: HandScanner, lines: string[], onLine: () => void): Board => ({
      name: 'node',
      ...nodePlatform(),
      store,
      userStore: store,
      flash,
      scanner,
      log: {
        line(text) {
          lines.push(text);
          onLine();
        },
      },
    });
    const connectionTo = (port: number): Configuration['connection'] => ({
      clientId: 'tagwire-shed',
      endpoints: [{ host: '127.0.0.1', port }],
      backoff: { minimum: 10, maximum: 20 },
    });
    const run = async (port: number, until: string, hear: number[]): Promise<string[]> => {
      const lines: string[] = [];
      const scanner = new HandScanner();
      let check = (): void => {};
      const told = (start: string): Promise<void> =>
        new Promise((resolve) => {
          check = () => lines.some((line) => line.startsWith(start)) && resolve();
          check();
        });
      const tags = parseTagSettings({ interval: 0, heartbeat: 0, presence: 0 });
      const configuration = makeConfiguration({ connection: connectionTo(port), tags });
      const firmware = Firmware.launch(
        configuration,
        makeBoard(scanner, lines, () => check()),
        { openFlashLog, makeReporter: makeTagReporter },
      )!;
      for (const uptime of hear) scanner.hear(TAG, mikrotik(uptime, 5000 + uptime));
      await told(until);
      firmware.stop();
      await told('stopped');
      return lines;
    };

    const first = await run(await freePort(), 'connect: ', [1, 2, 3]);
    expect(first.at(-1)).toBe('stopped, readings kept on flash: 3');

    const broker = await startMosquitto();
    try {
      const watcher = await mqtt.connectAsync(broker.url);
      const seen: { topic: string; payload: string }[] = [];
      const offline = new Promise<void>((resolve) => {
        watcher.on('message', (topic, payload) => {
          seen.push({ topic, payload: payload.toString() });
          if (topic === 'site/shed/status' && payload.toString().includes('"offline"')) resolve();
        });
      });
      await watcher.subscribeAsync('site/#', { qos: 1 });
      const second = await run(broker.port, 'connected', [4]);
      await offline;
      await watcher.endAsync();
      expect(second).toContain('readings from before the restart: 3');
      expect(second.at(-1)).toBe('stopped');
      const readings = seen.filter(({ topic }) => topic === 'site/shed/tags/DC2C6E0FC03D');
      expect(readings.map(({ payload }) => (JSON.parse(payload) as { uptime: number }).uptime)).toEqual([4, 1, 2, 3]);
    } finally {
      await broker.stop();
    }
  });
});
