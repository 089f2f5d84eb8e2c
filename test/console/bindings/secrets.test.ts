import { writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { MemoryStore } from '../../../sim/hal/index.js';
import { nodePlatforms } from '../../../sim/hal/platform.js';
import { Connection } from '../../../src/connection/connection.js';
import type { ConnectionFailure } from '../../../src/connection/index.js';
import { bootLine, configurationLine, failureLine } from '../../../src/device/firmware.js';
import { ConfigurationMethods } from '../../../src/rpc/configuration-methods.js';
import { CONFIGURATION_KEYS, parseConfiguration, parseTagConfiguration } from '../../../src/settings/index.js';
import type { ConfigurationTarget, RawConfiguration } from '../../../src/settings/index.js';
import { PersistedSettings } from '../../../src/settings/persisted-settings.js';
import { RemoteConfiguration } from '../../../src/settings/remote-configuration.js';
import { SettingsTrial } from '../../../src/settings/settings-trial.js';
import { loadSettings, writeSetting } from '../../../src/settings/settings.js';
import { Desk } from '../../rpc/desk.js';
import { makeCertificates } from '../../support/certificates.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { LiveDevice } from './live-device.js';

/** Planted wherever a secret can be configured; nothing else may look like them. */
const WIFI = 'Zq4vWm81kTfy';
const PASSWORD = 'Rj7xHb05uLcn';
const TOKEN = 'Gd2sYe63oAxk';
const TAG_KEY = '5ec4e75ec4e75ec4e75ec4e75ec4e711';
const CLI_PASSWORD = 'Nu9iPw48hBzt';
const TAG = 'AA:BB:CC:DD:EE:FF';

const ending: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  await killCommands();
  for (const end of ending.splice(0).reverse()) await end();
});

/** What came out of the device, by where. */
class Sightings {
  private readonly all: [string, string][] = [];
  secrets = [WIFI, PASSWORD, TOKEN, TAG_KEY, CLI_PASSWORD];

  note(where: string, text: string): void {
    this.all.push([where, text]);
  }

  /** The message that `action` fails with. */
  error(where: string, action: () => unknown): void {
    try {
      action();
    } catch (error) {
      this.note(where, `${String(error)} ${(error as Error).stack}`);
      return;
    }
    this.note(where, '');
  }

  /** Where a secret was seen, whole or any eight characters of it in a row. */
  get leaks(): string[] {
    const found: string[] = [];
    for (const [where, text] of this.all) {
      for (const secret of this.secrets) {
        for (let i = 0; i + 8 <= secret.length; i++) {
          const part = secret.slice(i, i + 8);
          if (text.includes(part)) {
            found.push(`${where}: ${part}`);
            break;
          }
        }
      }
    }
    return found;
  }

  get count(): number {
    return this.all.length;
  }
}

const TARGET: ConfigurationTarget = { tags: { scanProfile: 'dedicated', parse: parseTagConfiguration } };

const CONFIGURATION: RawConfiguration = {
  ssid: 'hall',
  password: WIFI,
  broker: 'mqtt://127.0.0.1:1',
  username: TOKEN,
  brokerPassword: PASSWORD,
  tagKeys: `${TAG}=${TAG_KEY}`,
};

/** A value that a key does not take, with a secret in it. */
function spoilt(name: string, key: string): string {
  if (name === 'password') return WIFI.repeat(5);
  if (name === 'brokerPassword') return PASSWORD + '\u0001';
  if (name === 'key') return key.slice(0, -40) + '\u0007';
  if (name === 'tagKeys') return `${TAG}=${TAG_KEY}00`;
  return '';
}

it('no secret of the configuration in errors, lines, RPC', async () => {
  const seen = new Sightings();
  const { client } = await makeCertificates();
  seen.secrets.push(client.key.split('\n')[1]!);
  const tls = { broker: 'mqtts://127.0.0.1:1', certificate: client.certificate, key: client.key };
  const raw: RawConfiguration = { ...CONFIGURATION, ...tls };

  const configuration = parseConfiguration(raw, TARGET);
  const board = { name: 'test', ...nodePlatforms(), store: new MemoryStore(), userStore: new MemoryStore() };
  seen.note('boot line', bootLine(configuration, board));
  seen.note('configuration line', configurationLine(configuration, true));

  for (const { name } of CONFIGURATION_KEYS) {
    const value = spoilt(name, client.key);
    if (value === '') continue;
    seen.error(`configuration ${name}`, () => parseConfiguration({ ...raw, [name]: value }, TARGET));
    seen.error(`setting ${name}`, () => writeSetting(board.store, name, value));
  }
  // Secrets in the wrong place, and under a misspelt name.
  seen.error('URL', () => parseConfiguration({ ...raw, broker: `mqtts://ann:${PASSWORD}@h` }, TARGET));
  for (const name of ['pasword', 'brokerPasword', 'tagKey', 'usernam', 'keys'])
    seen.error(name, () => parseConfiguration({ ...raw, [name]: PASSWORD }, TARGET));
  seen.error('misspelt setting', () => writeSetting(board.store, 'brokerPasword', PASSWORD));
  seen.error('key alone', () => parseConfiguration({ ...raw, tagKeys: TAG_KEY }, TARGET));

  // Stored, then damaged.
  writeSetting(board.store, 'brokerPassword', PASSWORD);
  const remote = new RemoteConfiguration(
    new PersistedSettings(raw, TARGET, board.store),
    new SettingsTrial(board.store),
  );
  const desk = new Desk({ methods: [new ConfigurationMethods(remote, () => {})], maxAnswer: 4096 });
  seen.note('configuration.get', JSON.stringify(desk.call({ method: 'configuration.get' })));
  for (const { name } of CONFIGURATION_KEYS) {
    seen.note(`get ${name}`, JSON.stringify(desk.call({ method: 'configuration.get', params: name })));
    const value = spoilt(name, client.key) || (name === 'broker' ? `mqtt://ann:${PASSWORD}@h` : name);
    const params = { [name]: value };
    seen.note(`set ${name}`, JSON.stringify(desk.call({ method: 'configuration.set', params })));
  }
  seen.note('faults', desk.faults.join('\n'));
  for (const key of ['-brokerpassword', '-b7b3b1b5']) board.store.write(key, Buffer.from(PASSWORD), 0, 5);
  loadSettings(board.store, {}, { line: (text) => seen.note('damaged setting', text) });

  expect(seen.count).toBeGreaterThan(80);
  expect(seen.leaks).toEqual([]);
});

requireMosquitto()('no secret of a running device', () => {
  it('in the failures of a connection', async () => {
    const seen = new Sightings();
    const broker = await startMosquitto({ users: { ann: 'right' } });
    ending.push(() => broker.stop());
    const failure = await new Promise<ConnectionFailure>((resolve) => {
      const connection = new Connection(
        {
          endpoints: [{ host: '127.0.0.1', port: broker.port }],
          clientId: 'c',
          username: TOKEN,
          password: PASSWORD,
          will: { topic: 'w', payload: 'x', qos: 0, retain: false },
        },
        nodePlatforms(),
        {
          onConnected: () => {},
          onAcknowledged: () => {},
          onFailed: (failed) => resolve(failed),
          onMessage: () => {},
          onRoom: () => {},
          onStopped: () => {},
          onSubscribed: () => {},
          onUnsubscribed: () => {},
        },
      );
      ending.push(() => connection.close());
      connection.start();
    });
    seen.note('line', failureLine(failure));
    seen.note('failure', JSON.stringify({ ...failure, endpoint: { ...failure.endpoint, tls: undefined } }));
    expect(failure.detail).toContain('refused');
    expect(seen.leaks).toEqual([]);
  });

  it('on its console: prints, errors, completion, history, log', async () => {
    const seen = new Sightings();
    const broker = await startMosquitto({ users: { ann: 'right' } });
    ending.push(() => broker.stop());
    const notices: string[] = [];
    const device = new LiveDevice(broker.port, new MemoryStore(), {
      brokers: { onNotice: (text) => notices.push(text) },
    });
    ending.push(() => device.end());
    const at = `address=127.0.0.1 port=${broker.port}`;
    const lines = [
      `/iot mqtt brokers add name=a ${at} username=ann password=${PASSWORD}`,
      `/iot mqtt brokers add name=token ${at} username=${TOKEN}`,
      '/iot mqtt brokers print',
      '/iot mqtt brokers print detail',
      ':foreach i in=[/iot mqtt brokers find] do={:put [/iot mqtt brokers get $i password]}',
      ':foreach i in=[/iot mqtt brokers find] do={:log info [/iot mqtt brokers get $i username]}',
      '/iot mqtt brokers print where password~"^R"',
      '/iot mqtt brokers print where username~"^Gd2"',
      '/iot mqtt connect a',
      '/iot mqtt connect token',
      '/iot mqtt publish broker=a topic=t message=x',
      // With mistakes.
      `/iot mqtt brokers add name=b ${at} username=u passwort=${PASSWORD}`,
      `/iot mqtt brokers add name=b ${at} password=${PASSWORD}`,
      `/iot mqtt brokers add name=b ${at} username=u password=${PASSWORD}\u0000`,
      `/iot mqtt brokers add name=b ${at} port=0 username=${TOKEN} password=${PASSWORD}`,
      `/iot mqtt brokers add name=b address=mqtt://ann:${PASSWORD}@127.0.0.1`,
      `/iot mqtt brokers add name=b address=ann:${PASSWORD}@127.0.0.1`,
      `/iot mqtt brokers add name=a ${at} username=${TOKEN} password=${PASSWORD}`,
      `/iot mqtt brokers set a username="" password=${PASSWORD}`,
      `/iot mqtt brokers set a username=${TOKEN.repeat(30)}`,
      `/iot mqtt brokers set a password=${PASSWORD.repeat(60)}`,
      `/iot mqtt brokers set nobody password=${PASSWORD}`,
      `/iot mqtt brokers set a password=${PASSWORD} foo`,
      `/iot mqtt brokers set a pass=${PASSWORD} certificate=none`,
      `/iot mqtt connect a password=${PASSWORD}`,
      `/iot mqtt brokers sett a password=${PASSWORD}`,
      `:if (yes) do={/iot mqtt brokers set a port=x password=${PASSWORD}}`,
      ':put $password',
      '/system script print',
      '/log print',
      '/iot mqtt subscriptions print',
    ];
    for (const line of lines) seen.note(line.slice(0, 50), (await device.type(line)).join('\n'));
    expect((await device.type('/iot mqtt brokers print')).join()).toContain('password="*****"');

    // A person, whose own typing is not counted.
    let written = '';
    const editor = device.console.attach({ write: (text) => void (written += text) }, { terminal: {} });
    const press = async (keys: string): Promise<void> => {
      const bytes = Buffer.from(keys);
      editor.receive(bytes, 0, bytes.length);
      await editor.idle();
    };
    editor.start();
    // The password in a URL, which is refused, is not known as one.
    for (const line of lines) await press(line + '\r');
    written = '';
    for (let i = 0; i < lines.length; i++) await press('\x1b[A');
    seen.note('history', written);
    expect(written).toContain('/log print');
    written = '';
    for (const start of ['set 0 password=', 'set a username=', 'print where password', 'get a password', 'remove ']) {
      await press(`\x15\x03/iot mqtt brokers ${start}\t\t?`);
    }
    seen.note('completion', written);

    seen.note('log', device.lines.join('\n'));
    seen.note('notices', notices.join('\n'));
    seen.note('broker', JSON.stringify(device.console.brokers.list.map((each) => each.property('username'))));
    expect(notices.join()).toContain('not authorized');
    expect(seen.leaks).toEqual([]);
  });

  it('in what the simulator writes', async () => {
    const seen = new Sightings();
    const folder = makeTemporaryFolder();
    ending.push(() => folder.remove());
    const { ca, server, client } = await makeCertificates();
    seen.secrets.push(client.key.split('\n')[1]!);
    const tls = { server, clientCa: ca.certificate };
    const broker = await startMosquitto({ users: { ann: CLI_PASSWORD }, tls });
    ending.push(() => broker.stop());
    for (const [name, text] of Object.entries({ ca: ca.certificate, crt: client.certificate, key: client.key }))
      writeFileSync(folder.file(name), text);
    writeFileSync(folder.file('keys'), `${TAG}=${TAG_KEY}\n`);
    writeFileSync(folder.file('bad-keys'), `${TAG}=${TAG_KEY}00\n`);
    const files = ['--cafile', folder.file('ca'), '--cert', folder.file('crt'), '--key', folder.file('key')];
    const url = (password: string): string => `mqtts://ann:${password}@localhost:${broker.tlsPort}`;

    for (const password of [CLI_PASSWORD, PASSWORD]) {
      for (const output of ['--json', '--verbose']) {
        const args = ['sim', '--broker', url(password), ...files, '--keys', folder.file('keys'), '--duration', '1'];
        const { stdout, stderr } = await runTagwire([...args, output]);
        seen.note(`${output} ${password}`, stdout.toString() + stderr);
      }
    }
    const wrong = [
      ['--broker', `mqt://ann:${PASSWORD}@localhost`],
      ['--broker', `mqtt://ann:${PASSWORD}@localhost:99999`],
      ['--broker', 'mqtt://localhost', '--pw', PASSWORD],
      ['--keys', folder.file('bad-keys')],
      [`--password=${PASSWORD}`],
      ['--set', `tagKeys=${TAG}=${TAG_KEY}00`],
      ['--set', `tagKey=${TAG_KEY}`],
      ['--broker', url(CLI_PASSWORD), '--cafile', folder.file('key')],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await runTagwire(['sim', '--duration', '1', ...args]);
      expect([args[0], code]).toEqual([args[0], 2]);
      seen.note(args.join(' ').slice(0, 40), stdout.toString() + stderr);
    }

    const sim = startTagwire(['sim', '--console', '--store', folder.file('store')]);
    sim.process.stdin.end(
      `/iot mqtt brokers add name=a address=localhost port=${broker.port} username=ann password=${PASSWORD}\n` +
        '/iot mqtt connect a\n/iot mqtt brokers print detail\n/log print\n/system script print\n',
    );
    const { stdout, stderr } = await sim.finished;
    expect(stdout.toString()).toContain('connection refused by the broker');
    seen.note('console', stdout.toString() + stderr);
    const again = await runTagwire(['sim', '--console', '--store', folder.file('store')], '/iot mqtt brokers print\n');
    expect(again.stdout.toString()).toContain('password="*****"');
    seen.note('console again', again.stdout.toString() + again.stderr);
    expect(seen.leaks).toEqual([]);
  });
});
