import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { killCommands, runTagwire } from '../../support/cli.js';
import { FakeSdk, startTagwireIn } from '../../support/fake-sdk.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const SECRET = 'hush-hush-42';
const top = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const folders: { remove(): void }[] = [];

/** With an mcconfig that writes down how it was called. */
function makeSdk(): FakeSdk {
  const folder = makeTemporaryFolder();
  folders.push(folder);
  const sdk = new FakeSdk(folder.path);
  mcconfig(sdk, 'exit 0');
  return sdk;
}

function mcconfig(sdk: FakeSdk, then: string): void {
  const log = sdk.path('log');
  sdk.program(
    'sdk/build/bin/lin/release/mcconfig',
    `{ pwd; echo "$UPLOAD_PORT"; echo "$TAGWIRE_BUNDLE"; for a in "$@"; do echo "[$a]"; done; } > '${log}'\n${then}`,
  );
}

function logOf(sdk: FakeSdk): string[] {
  return readFileSync(sdk.path('log'), 'utf8').trimEnd().split('\n');
}

afterEach(async () => {
  await killCommands();
  for (const folder of folders.splice(0)) folder.remove();
});

describe('tagwire flash --dry-run', () => {
  it('prints the command of mcconfig with stars for secrets, and needs nothing', async () => {
    const settings = ['ssid=My Home', `password=${SECRET}`, 'broker=mqtt://127.0.0.1', 'username=ann'];
    const args = ['flash', 'esp32/m5stack', ...settings, `brokerPassword=${SECRET}`, '--dry-run'];
    const { code, stdout, stderr } = await startTagwireIn({ ...process.env, MODDABLE: '', PATH: '' }, args).finished;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.toString()).toBe(
      "TAGWIRE_BUNDLE=debug mcconfig -d -m -p esp32/m5stack 'ssid=My Home' password=*** broker=mqtt://127.0.0.1 username=ann " +
        'brokerPassword=***\n',
    );
  });

  it('takes the keys of a cloud, and hides their secrets', async () => {
    const settings = ['cloud=thingsboard', `accessToken=${SECRET.slice(0, 32)}`];
    const { code, stdout } = await runTagwire(['flash', 'esp32', ...settings, '--release', '--dry-run']);
    expect([code, stdout.toString()]).toEqual([0, 'mcconfig -m -p esp32 cloud=thingsboard accessToken=***\n']);
    const wrong = await runTagwire(['flash', 'esp32', 'cloud=thingsboard', 'acessToken=x', '--dry-run']);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'tagwire: "acessToken" is not a configuration key; did you mean accessToken?\n',
    ]);
  });

  it('leaves the debugger out with --release', async () => {
    const { stdout } = await runTagwire(['flash', 'esp8266', 'gateway=shed', '--release', '--dry-run']);
    expect(stdout.toString()).toBe('mcconfig -m -p esp gateway=shed\n');
  });

  it.each(['esp32c3', 'esp32c6', 'esp32s3'])('knows the chip %s, and leaves out the console', async (chip) => {
    const { stdout } = await runTagwire(['flash', chip, '--release', '--no-console', '--dry-run']);
    expect(stdout.toString()).toBe(`mcconfig -m -p esp32/${chip} boards/esp32/manifest_without_console.json\n`);
  });
});

describe('tagwire flash', () => {
  it('runs mcconfig in the folder of the manifest, with settings and port', async () => {
    const sdk = makeSdk();
    const args = ['flash', 'esp32', 'ssid=My Home', `password=${SECRET}`, 'broker=mqtt://127.0.0.1'];
    const port = sdk.path('dev/ttyUSB0');
    const { code, stderr } = await startTagwireIn(sdk.environment(), [...args, '--port', port]).finished;
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^TAGWIRE_BUNDLE=debug mcconfig -d -m -p esp32 'ssid=My Home' password=\*\*\* broker=\S+\n$/,
    );
    expect(existsSync(`${top}/manifest.json`)).toBe(true);
    expect(logOf(sdk)).toEqual([
      top,
      port,
      'debug',
      '[-d]',
      '[-m]',
      '[-p]',
      '[esp32]',
      '[ssid=My Home]',
      `[password=${SECRET}]`,
      '[broker=mqtt://127.0.0.1]',
    ]);
  });

  it('names what is missing, and builds nothing', async () => {
    const sdk = makeSdk();
    sdk.remove('idf/export.sh');
    const { code, stdout, stderr } = await startTagwireIn(sdk.environment(), ['flash', 'esp32', `password=${SECRET}`])
      .finished;
    expect([code, stdout.toString()]).toEqual([1, '']);
    expect(stderr).toMatch(/^missing ESP-IDF [^\n]*export\.sh/m);
    expect(stderr).toMatch(/^tagwire: nothing was built; tagwire doctor esp32 checks again$/m);
    expect(stderr).not.toContain(SECRET);
    expect(existsSync(sdk.path('log'))).toBe(false);
  });

  it('starts all the same with --no-checks, and passes on the exit code', async () => {
    const sdk = makeSdk();
    sdk.remove('idf');
    mcconfig(sdk, 'exit 3');
    const { code } = await startTagwireIn(sdk.environment(), ['flash', 'esp32', '--no-checks']).finished;
    expect(code).toBe(3);
    expect(logOf(sdk)).toContain('[esp32]');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends mcconfig at %s', async (signal) => {
    const sdk = makeSdk();
    mcconfig(
      sdk,
      `trap 'echo ended >> "${sdk.path('log')}"; exit 0' INT TERM\necho ready\nwhile :; do sleep 0.05; done`,
    );
    const command = startTagwireIn(sdk.environment(), ['flash', 'desktop', '--no-checks']);
    await command.until(() => command.lines.includes('ready'));
    command.process.kill(signal);
    expect((await command.finished).code).toBe(130);
    expect(logOf(sdk).at(-1)).toBe('ended');
  });

  it('says so when there is no mcconfig', async () => {
    const sdk = makeSdk();
    sdk.remove('sdk/build');
    const { code, stderr } = await startTagwireIn(
      {
        ...sdk.environment(),
        PATH: sdk.path('bin'),
      },
      ['flash', 'desktop', '--no-checks'],
    ).finished;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/\ntagwire: mcconfig was not found: [^\n]*\n$/)]);
  });
});

const refused: [string[], RegExp][] = [
  [[], /missing required argument 'board'/],
  [['esp33'], /board "esp33" is not known; it must be esp32/],
  [['esp32', SECRET], /an argument of 12 characters is not key=value; the keys are ssid, password, cloud, broker/],
  [['esp32', `=${SECRET}`], /an argument of 13 characters is not key=value/],
  [['esp32', `pasword=${SECRET}`], /"pasword" is not a configuration key; did you mean password/],
  [['esp32', 'password=short'], /password must be 8 to 63 bytes of text, got 5 characters/],
  [['esp32', `broker=mqtt://ann:${SECRET}@h`], /broker must be mqtt:\/\/host.*, got 25 characters/],
  [['esp32', 'keepAlive=x'], /keepAlive must be an integer from 0 to 65535, got "x"/],
  [['esp32', 'gateway=a', 'gateway=b'], /gateway is given more than once/],
  [['esp8266', '--no-console'], /--no-console: only an ESP32 has a console/],
  [['esp32', `--pasword=${SECRET}`], /unknown option '--pasword'/],
];

describe('tagwire flash refuses', () => {
  it.each(refused)('%j in one line', async (args, line) => {
    const { code, stdout, stderr } = await runTagwire(['flash', ...args, '--dry-run']);
    expect(stderr).toMatch(/^tagwire: [^\n]+\n$/);
    expect(stderr).toMatch(line);
    expect(stderr).not.toContain(SECRET);
    expect([code, stdout.toString()]).toEqual([2, '']);
  });

  it('and shows help with examples', async () => {
    const { code, stdout } = await runTagwire(['flash', '--help']);
    expect([code, stdout.toString()]).toEqual([0, expect.stringMatching(/Examples:\n +\$ tagwire flash esp32 ssid=/)]);
  });
});
