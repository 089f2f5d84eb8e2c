import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { advertisingReport, BtsnoopWriter, hex } from '../../support/btsnoop-writer.js';
import { runTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const MIKROTIK = '15ff4f090100669dfcff0600fcff6117f1e50f000064';
const RUUVI = '1bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f';
const ADDRESS = 'DC:2C:6E:0F:C0:3D';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

function listOf(...lines: string[]): string {
  const path = folder.file('list.txt');
  writeFileSync(path, lines.join('\n') + '\n');
  return path;
}

describe('tagwire decode', () => {
  it('takes the name of a tag that does not send it, its address and its key', async () => {
    const args = ['decode', MIKROTIK, '--address', ADDRESS, '--key', '00'.repeat(16), '--name', 'TG-BT5'];
    const { code, stdout } = await runTagwire(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject({ format: 'mikrotik', state: 'ok' });
  });

  it('prints a list as a table', async () => {
    const path = listOf('# two tags', `${ADDRESS},${MIKROTIK}`, '', RUUVI, '0201060bffc00a00');
    const { code, stdout } = await runTagwire(['decode', '--file', path]);
    expect(code).toBe(0);
    const lines = stdout.toString().trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^DC:2C:6E:0F:C0:3D +mikrotik +temperature 23\.378906 °C, .*batteryPercent 100 %/);
    expect(lines[2]).toMatch(/^- +ruuvi5 +temperature 24\.3 °C, humidity 53\.49 %/);
    expect(lines[4]).toBe('3 advertisements: 1 mikrotik, 1 ruuvi5, 1 unknown');
  });

  it('goes on behind an entry without bytes, as a scan response often is', async () => {
    const list = await runTagwire(['decode', '--file', listOf(`${ADDRESS},`, `${ADDRESS},${MIKROTIK}`)]);
    expect([list.code, list.stderr]).toEqual([0, '']);
    expect(list.stdout.toString().trimEnd()).toMatch(/\n2 advertisements: 1 unknown, 1 mikrotik$/);

    const path = folder.file('empty.log');
    const capture = new BtsnoopWriter(1002);
    capture.event(advertisingReport({ address: 'DC2C6E0FC03D', bytes: hex(''), rssi: -61 }));
    capture.event(advertisingReport({ address: 'DC2C6E0FC03D', bytes: hex(MIKROTIK), rssi: -61 }));
    writeFileSync(path, capture.bytes());
    const { code, stdout } = await runTagwire(['decode', '--file', path]);
    expect(code).toBe(0);
    expect(stdout.toString().trimEnd()).toMatch(/\n2 advertisements: 1 unknown, 1 mikrotik$/);
  });

  it('prints a list as JSON, an object a line', async () => {
    const { stdout } = await runTagwire(['decode', '--file', listOf(`${ADDRESS},${MIKROTIK}`, RUUVI), '--json']);
    const objects = stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(objects).toMatchObject([{ format: 'mikrotik', address: ADDRESS }, { format: 'ruuvi5' }]);
  });

  it('prints a capture, with address and signal strength', async () => {
    const path = folder.file('capture.log');
    const capture = new BtsnoopWriter(1002);
    capture.event(advertisingReport({ address: 'DC2C6E0FC03D', bytes: hex(MIKROTIK), rssi: -61 }));
    writeFileSync(path, capture.bytes());
    const { stdout } = await runTagwire(['decode', '--file', path, '--json']);
    expect(JSON.parse(stdout.toString())).toMatchObject({ format: 'mikrotik', address: ADDRESS, rssi: -61 });
  });

  it.each<[string, string[], RegExp]>([
    ['neither hex nor file', [], /either HEX or --file/],
    ['both', [MIKROTIK, '--file', 'x'], /either HEX or --file/],
    ['a key without an address', [MIKROTIK, '--key', '00'.repeat(16)], /--key needs --address/],
    [
      'a short key',
      [MIKROTIK, '--address', ADDRESS, '--key', 'c0ffee'],
      /must be 32 hexadecimal digits, or 24 .*, got 6 digits/,
    ],
    ['a wrong address', [MIKROTIK, '--address', 'AA:BB'], /--address: address must be six bytes/],
    ['an empty name', [MIKROTIK, '--name', ''], /--name must have 1 to 248 bytes, got 0/],
    ['a file that is not there', ['--file', folder.file('none')], /cannot be read \(ENOENT: no such file or folder\)/],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runTagwire(['decode', ...args]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('c0ffee');
  });

  it('prints HEX as JSON, with --json and without', async () => {
    const [asked, plain] = await Promise.all([
      runTagwire(['decode', MIKROTIK, '--json']),
      runTagwire(['decode', MIKROTIK]),
    ]);
    expect(asked).toEqual(plain);
    expect(JSON.parse(plain.stdout.toString())).toMatchObject({ format: 'mikrotik' });
  });

  it('names the line of a list that is wrong', async () => {
    const { code, stderr } = await runTagwire(['decode', '--file', listOf(MIKROTIK, `${ADDRESS},xyz`)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/line 2: hex "xyz" must be hexadecimal/);
  });
});
