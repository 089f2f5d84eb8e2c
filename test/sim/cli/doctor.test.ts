import { afterEach, describe, expect, it } from 'vitest';
import { isAtLeast } from '../../../sim/flash/check-sdk.js';
import { checkAll } from '../../../sim/flash/checks.js';
import { parseBoard, platformName, TARGETS } from '../../../sim/flash/mcconfig.js';
import type { Target } from '../../../sim/flash/mcconfig.js';
import type { Check } from '../../../sim/flash/workshop.js';
import { killCommands, runTagwire } from '../../support/cli.js';
import { FakeSdk, startTagwireIn } from '../../support/fake-sdk.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const folders: { remove(): void }[] = [];

function makeSdk(): FakeSdk {
  const folder = makeTemporaryFolder();
  folders.push(folder);
  return new FakeSdk(folder.path);
}

afterEach(async () => {
  await killCommands();
  for (const folder of folders.splice(0)) folder.remove();
});

function missing(sdk: FakeSdk, targets: readonly Target[] = TARGETS): Check[] {
  return checkAll(sdk.workshop, targets).filter((check) => !check.ok);
}

describe('checks', () => {
  it.each(TARGETS)('find everything for %s where everything is', (target) => {
    const checks = checkAll(makeSdk().workshop, [target]);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);
    for (const check of checks) expect(check.remedy).toBeUndefined();
  });

  it('look once for what several boards need', () => {
    const names = checkAll(makeSdk().workshop, TARGETS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a board of the SDK', () => {
  it('needs the compiler of its chip', () => {
    const sdk = makeSdk();
    expect(checkAll(sdk.workshop, ['esp32'], 'm5stack').filter((check) => !check.ok)).toEqual([]);
    const [absent, ...others] = checkAll(sdk.workshop, ['esp32'], 'esp32c3').filter((check) => !check.ok);
    expect([absent?.name, absent?.found, others]).toEqual(['compiler for ESP32', 'no riscv32-esp-elf-gcc on PATH', []]);
    sdk.program('bin/riscv32-esp-elf-gcc');
    expect(checkAll(sdk.workshop, ['esp32'], 'esp32c3').filter((check) => !check.ok)).toEqual([]);
  });

  it('is missing when the SDK does not know it', () => {
    const [absent] = checkAll(makeSdk().workshop, ['esp32'], 'm5stak').filter((check) => !check.ok);
    expect(absent).toMatchObject({ name: 'board esp32/m5stak', found: 'the SDK has none of that name' });
  });
});

/** What is taken away or changed, and what must be said. */
const parts: [string, (sdk: FakeSdk) => void, name: string, found: RegExp, remedy: RegExp, Target][] = [
  ['MODDABLE', (sdk) => delete sdk.workshop.variables['MODDABLE'], 'Moddable SDK', /^MODDABLE is not set$/, /export/, 'esp32'],
  ['the SDK', (sdk) => sdk.remove('sdk/xs'), 'Moddable SDK', /which has no xs\/includes\/xs\.h$/, /folder of the SDK/, 'esp32'],
  ['an SDK of today', (sdk) => sdk.file('sdk/tools/VERSION', '7.9.0'), 'Moddable SDK', /^7\.9\.0 in .*older/, /git pull/, 'esp32'],
  ['xsc', (sdk) => sdk.remove('sdk/build/bin/lin/release/xsc'), 'tools of the SDK', /^no xsc in/, /make/, 'esp32'],
  ['mcconfig', (sdk) => sdk.remove('sdk/build/bin/lin/release/mcconfig'), 'tools of the SDK', /^no mcconfig/, /make/, 'esp32'],
  ['mcsim', (sdk) => sdk.remove('sdk/build/bin/lin/release/mcsim'), 'tools of the SDK', /^no mcsim in/, /make/, 'desktop'],
  ['serial2xsbug', (sdk) => sdk.remove('sdk/build/bin/lin/release/serial2xsbug'), 'tools of the SDK', /serial2xsbug/, /make/, 'esp32'],
  ['make', (sdk) => sdk.remove('bin/make'), 'make', /not on PATH/, /Getting/, 'esp32'],
  ['IDF_PATH', (sdk) => delete sdk.workshop.variables['IDF_PATH'], 'ESP-IDF', /IDF_PATH is not set/, /ESP-IDF v6\.0.*esp32\.md/, 'esp32'],
  ['the ESP-IDF', (sdk) => sdk.remove('idf/export.sh'), 'ESP-IDF', /which has no export\.sh$/, /ESP-IDF v6\.0/, 'esp32'],
  ['the right ESP-IDF', (sdk) => sdk.file('idf/tools/cmake/version.cmake', 'IDF_VERSION_MAJOR 5)IDF_VERSION_MINOR 4)IDF_VERSION_PATCH 0'), 'ESP-IDF', /^5\.4\.0 in .*6\.0$/, /v6\.0/, 'esp32'],
  ['idf.py', (sdk) => sdk.remove('bin/idf.py'), 'idf.py', /^no idf\.py on PATH$/, /export\.sh/, 'esp32'],
  ['the compiler', (sdk) => sdk.remove('bin/xtensa-esp32-elf-gcc'), 'compiler for ESP32', /xtensa-esp32-elf-gcc/, /export\.sh/, 'esp32'],
  ['cmake', (sdk) => sdk.remove('bin/cmake'), 'cmake', /^no cmake on PATH$/, /export\.sh/, 'esp32'],
  ['ninja', (sdk) => sdk.remove('bin/ninja'), 'ninja', /^no ninja on PATH$/, /export\.sh/, 'esp32'],
  ['python', (sdk) => sdk.remove('bin/python'), 'python', /^no python on PATH$/, /export\.sh/, 'esp32'],
  ['python', (sdk) => sdk.remove('bin/python'), 'python', /^not on PATH$/, /python-is-python3/, 'esp8266'],
  ['the toolchain', (sdk) => sdk.remove('home/esp/toolchain'), 'compiler for ESP8266', /esp\/toolchain\/Linux$/, /ESP_BASE/, 'esp8266'],
  ['the Arduino core', (sdk) => sdk.remove('home/esp/esp8266-2.3.0'), 'Arduino core for ESP8266', /esp8266-2\.3\.0$/, /ESP_BASE/, 'esp8266'],
  ['esptool', (sdk) => sdk.remove('home/esp/ESP8266_RTOS_SDK/components'), 'esptool', /esptool\.py$/, /esp8266\.md/, 'esp8266'],
  ['a port', (sdk) => sdk.remove('dev/ttyUSB0'), 'serial port', /^none in/, /USB cable that carries data/, 'esp32'],
  ['devices', (sdk) => sdk.remove('dev'), 'serial port', /^none in/, /UPLOAD_PORT/, 'esp8266'],
  ['UPLOAD_PORT', (sdk) => (sdk.workshop.variables['UPLOAD_PORT'] = sdk.path('dev/ttyS9')), 'serial port', /ttyS9, which is not there/, /another port/, 'esp32'],
  ['GTK', (sdk) => sdk.program('bin/pkg-config', 'exit 1'), 'GTK 3', /no gtk\+-3\.0/, /libgtk-3-dev/, 'desktop'],
  ['a display', (sdk) => delete sdk.workshop.variables['DISPLAY'], 'display', /neither DISPLAY/, /xvfb-run/, 'desktop'],
  ['Node.js 20.11', (sdk) => (sdk.workshop.nodeVersion = 'v18.20.0'), 'Node.js', /^v18\.20\.0, which is older than 20\.11/, /nodejs\.org/, 'desktop'],
]; // prettier-ignore

describe('without', () => {
  it.each(parts)('%s: it is named, with how to get it (%#)', (_, change, name, found, remedy, target) => {
    const sdk = makeSdk();
    change(sdk);
    const checks = missing(sdk, [target]).filter((check) => check.name === name);
    expect(checks).toHaveLength(1);
    expect(checks[0]!.found).toMatch(found);
    expect(checks[0]!.remedy).toMatch(remedy);
    for (const { found: line, remedy: way } of missing(sdk)) expect(line + way!).not.toMatch(/\n|undefined/);
  });

  it('anything: every line says how to get it', () => {
    const sdk = makeSdk();
    for (const name of ['sdk', 'bin', 'idf', 'home', 'dev']) sdk.remove(name);
    sdk.workshop.variables = {};
    sdk.workshop.nodeVersion = 'v16.0.0';
    const checks = checkAll(sdk.workshop, TARGETS);
    expect(checks.filter((check) => check.ok)).toEqual([]);
    for (const check of checks) expect(check.remedy).toMatch(/\S/);
  });

  it('the right to write to the port: the group is named', () => {
    const sdk = makeSdk();
    sdk.workshop.mayWrite = () => false;
    expect(missing(sdk, ['esp32'])).toEqual([
      expect.objectContaining({ name: 'serial port', remedy: expect.stringContaining('dialout') as string }),
    ]);
  });

  it('the right to write to one port of two: the other is taken', () => {
    const sdk = makeSdk();
    sdk.file('dev/ttyUSB1');
    sdk.workshop.mayWrite = (path) => path.endsWith('1');
    const port = checkAll(sdk.workshop, ['esp32']).find(({ name }) => name === 'serial port');
    expect(port).toEqual({ name: 'serial port', ok: true, found: sdk.path('dev/ttyUSB1') });
  });
});

describe('isAtLeast', () => {
  it.each([
    ['v20.11.0', true],
    ['v20.11', true],
    ['v20.9.5', false],
    ['v21.0.0-rc.1', true],
    ['20.10.99', false],
    ['no number', false],
  ])('%s against 20.11.0: %s', (text, expected) => {
    expect(isAtLeast(text, [20, 11, 0])).toBe(expected);
  });
});

describe('parseBoard', () => {
  it('takes the boards of the SDK', () => {
    expect(platformName(parseBoard('esp32'), 'linux')).toBe('esp32');
    expect(platformName(parseBoard('esp32/m5stack_core2'), 'linux')).toBe('esp32/m5stack_core2');
    expect(platformName(parseBoard('esp8266'), 'linux')).toBe('esp');
    expect(platformName(parseBoard('desktop'), 'linux')).toBe('lin');
    expect(platformName(parseBoard('desktop'), 'darwin')).toBe('mac');
  });

  it.each(['esp', '', 'esp32/', 'esp32/../x', 'desktop/lin', 'ESP32', 'esp32/a/b', 'esp32/-v'])(
    'refuses %j',
    (text) => {
      expect(() => parseBoard(text)).toThrow(/^board ".*" is not known; it must be esp32, esp8266, desktop/);
    },
  );
});

describe('tagwire doctor', () => {
  it('prints one line a check, and exits with 1 when something is missing', async () => {
    const sdk = makeSdk();
    sdk.remove('idf/export.sh');
    const { code, stdout, stderr } = await startTagwireIn(sdk.environment(), ['doctor', 'esp32']).finished;
    expect([code, stderr]).toEqual([1, '']);
    const lines = stdout.toString().trimEnd().split('\n');
    expect(lines.find((line) => line.includes('Moddable SDK'))).toBe(
      `ok      Moddable SDK             8.2.3 in ${sdk.path('sdk')}`,
    );
    expect(lines.find((line) => line.includes('ESP-IDF  '))).toMatch(
      /^missing ESP-IDF .*has no export\.sh; set it to the/,
    );
    expect(lines.at(-1)).toMatch(/^(1 thing is|\d+ things are) missing for esp32$/);
  });

  it('prints one object with --json', async () => {
    const { code, stdout } = await startTagwireIn({ ...process.env, MODDABLE: '' }, ['doctor', '--json']).finished;
    const report = JSON.parse(stdout.toString()) as { board: string; ok: boolean; checks: Check[] };
    expect([code, report.board, report.ok]).toEqual([1, 'all', false]);
    expect(report.checks.find(({ name }) => name === 'Moddable SDK')!.found).toBe('MODDABLE is not set');
  });

  it('exits with 0 when all is there', async () => {
    const sdk = makeSdk();
    const { code, stdout } = await startTagwireIn(sdk.environment(), ['doctor', 'desktop']).finished;
    expect(stdout.toString()).toMatch(/all is there for desktop\n$/);
    expect(code).toBe(0);
  });

  it('refuses a board that does not exist, and shows help with examples', async () => {
    const { code, stderr } = await runTagwire(['doctor', 'esp33']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^tagwire: board "esp33" is not known; [^\n]*\n$/)]);
    const help = await runTagwire(['doctor', '--help']);
    expect([help.code, help.stdout.toString()]).toEqual([0, expect.stringMatching(/Examples:\n +\$ tagwire doctor/)]);
  });
});
