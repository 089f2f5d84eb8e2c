import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLI, killCommands, runTagwire, startProgram } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { espImage, partitionTable, writeBuild } from '../../support/esp-image.js';
import { makeTemporaryFolder } from '../../support/temp.js';

let folder: ReturnType<typeof makeTemporaryFolder>;

beforeEach(() => {
  folder = makeTemporaryFolder();
});

afterEach(async () => {
  await killCommands();
  folder.remove();
});

const at = (name: string): string => `${folder.path}/${name}`;

function start(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Command {
  const env = { ...process.env, MODDABLE: '', ESP_BASE: at('esp'), ...variables };
  return startProgram(process.execPath, [CLI, 'flash-page', ...args], { env });
}

/** What it says when it refuses. */
async function refusal(args: readonly string[], variables?: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout, stderr } = await start(args, variables).finished;
  expect([code, stdout.toString()]).toEqual([2, '']);
  expect(stderr.trimEnd()).not.toContain('\n');
  return stderr.trimEnd();
}

function json(name: string): unknown {
  return JSON.parse(readFileSync(at(name), 'utf8'));
}

describe('tagwire flash-page', () => {
  it('writes a page for the image of an ESP32, with each part where its chip looks for it', async () => {
    writeBuild(at('built'), 0);
    const { code, stdout } = await start([at('page'), '--image', at('built')]).finished;
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(
      /^ESP32, built Nov 30 2026 12:34:56\n {2}0x001000 +5072 bytes {2}firmware\/esp32\//,
    );
    expect(json('page/manifest.json')).toEqual({
      name: 'Tagwire',
      version: '0.1.0',
      new_install_prompt_erase: true,
      builds: [
        {
          chipFamily: 'ESP32',
          parts: [
            { path: 'firmware/esp32/bootloader.bin', offset: 0x1000 },
            { path: 'firmware/esp32/partition-table.bin', offset: 0x8000 },
            { path: 'firmware/esp32/xs_esp32.bin', offset: 0x10000 },
          ],
        },
      ],
    });
    expect(readFileSync(at('page/firmware/esp32/xs_esp32.bin'))).toEqual(readFileSync(at('built/xs_esp32.bin')));
    for (const name of ['index.html', 'flash-page.js', 'flash-page.css'])
      expect(existsSync(at(`page/${name}`))).toBe(true);
  });

  it.each([
    ['ESP32-C3', 5],
    ['ESP32-C6', 13],
    ['ESP32-S3', 9],
  ])('knows %s, whose boot loader begins at 0', async (chip, id) => {
    writeBuild(at('built'), id);
    expect((await start([at('page'), '--image', at('built'), '--chip', chip.toLowerCase()]).finished).code).toBe(0);
    expect(json('page/manifest.json')).toMatchObject({
      builds: [{ chipFamily: chip, parts: [{ offset: 0 }, { offset: 0x8000 }, { offset: 0x10000 }] }],
    });
  });

  it('takes the image that mcconfig built of this package', async () => {
    const name = process.cwd().split('/').at(-1)!;
    writeBuild(at(`sdk/build/bin/esp32/release/${name}`), 0);
    writeBuild(at(`sdk/build/bin/esp32/esp32c6/release/${name}`), 13);
    const variables = { MODDABLE: at('sdk') };
    expect((await start([at('page')], variables).finished).stdout.toString()).toContain('ESP32, built');
    const { stdout } = await start([at('page'), '--chip', 'ESP32-C6', '--json'], variables).finished;
    expect(JSON.parse(stdout.toString())).toMatchObject({
      folder: at('page'),
      builds: [{ chip: 'ESP32-C6', improv: true }],
    });
    expect(existsSync(at('page/firmware/esp32'))).toBe(false);
    // As `tagwire flash --no-console` builds it; the older one is left alone.
    utimesSync(at(`sdk/build/bin/esp32/esp32c6/release/${name}/xs_esp32.bin`), 1, 1);
    writeBuild(at('sdk/build/bin/esp32/esp32c6/release/esp32'), 13, 30_000);
    expect((await start([at('page'), '--chip', 'ESP32-C6'], variables).finished).stdout.toString()).toContain(
      ' 30080 bytes',
    );
  });

  it('takes an ESP8266 with what its SDK adds, and tells the boot loader of its flash', async () => {
    mkdirSync(at('built'));
    writeFileSync(at('built/main.bin'), Buffer.from([0xea, 4, 0, 0, 1, 2, 3, 4]));
    const firmware = at('esp/ESP8266_RTOS_SDK/components/esp8266/firmware');
    expect(await refusal([at('page'), '--image', at('built')])).toContain(
      `there is no boot_v1.7.bin in ${at('built')} or ${firmware}: tagwire doctor`,
    );
    mkdirSync(firmware, { recursive: true });
    writeFileSync(`${firmware}/boot_v1.7.bin`, Buffer.from([0xe9, 1, 0, 0, 9]));
    writeFileSync(`${firmware}/esp_init_data_default.bin`, Buffer.alloc(128, 5));
    expect((await start([at('page'), '--image', at('built/main.bin')]).finished).code).toBe(0);
    expect(json('page/manifest.json')).toMatchObject({
      new_install_improv_wait_time: 0,
      builds: [{ chipFamily: 'ESP8266', parts: [{ offset: 0 }, { offset: 0x1000 }, { offset: 0x3fc000 }] }],
    });
    expect([...readFileSync(at('page/firmware/esp8266/boot_v1.7.bin'))]).toEqual([0xe9, 1, 2, 0x40, 9]);
  });

  it('takes one image for each of several chips', async () => {
    writeBuild(at('one'), 0);
    writeBuild(at('two'), 9);
    const args = [at('page'), '--image', at('one'), '--image', at('two')];
    expect((await start(args).finished).code).toBe(0);
    expect(json('page/manifest.json')).toMatchObject({ builds: [{ chipFamily: 'ESP32' }, { chipFamily: 'ESP32-S3' }] });
    expect(await refusal([at('page'), '--image', at('one'), '--image', at('one')])).toContain(
      'two images are for ESP32',
    );
  });

  it('warns of a debug build, with which the serial line belongs to xsbug', async () => {
    writeBuild(at('bin/esp32/debug/shed'), 0);
    const { code, stderr } = await start([at('page'), '--image', at('bin/esp32/debug/shed')]).finished;
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('ESP32: a debug build takes no settings over its serial line; build a release'),
    ]);
    expect(json('page/manifest.json')).toMatchObject({ new_install_improv_wait_time: 0 });
  });

  it('writes its own folder anew, and touches no other one', async () => {
    writeBuild(at('built'), 0);
    mkdirSync(at('page'));
    writeFileSync(at('page/thesis.txt'), 'all of it');
    expect(await refusal([at('page'), '--image', at('built')])).toContain(
      `folder ${at('page')} has other files in it; name an empty or a new one`,
    );
    expect(await refusal([at('page/thesis.txt'), '--image', at('built')])).toContain('cannot be written');
    const args = [at('other'), '--image', at('built')];
    expect((await start(args).finished).code).toBe(0);
    writeFileSync(at('other/README.txt'), 'mine');
    writeBuild(at('built'), 5);
    expect((await start(args).finished).code).toBe(0);
    expect(readFileSync(at('other/README.txt'), 'utf8')).toBe('mine');
    expect([existsSync(at('other/firmware/esp32')), existsSync(at('other/firmware/esp32-c3'))]).toEqual([false, true]);
  });

  it('says which command builds an image that is missing', async () => {
    expect(await refusal([at('page')])).toContain('MODDABLE is not set: give the folder of the image with --image');
    expect(await refusal([at('page')], { MODDABLE: at('sdk') })).toMatch(
      /there is no xs_esp32.bin or main.bin in .*; build it with: cd .* && mcconfig -m -p esp32 -t build$/,
    );
    expect(await refusal([at('page'), '--chip', 'ESP33'])).toContain('--chip must be ESP32, ESP32-C3,');
    expect(await refusal([at('page'), '--chip', 'ESP32-S3'], { MODDABLE: at('sdk') })).toContain(
      'mcconfig -m -p esp32/esp32s3 -t build',
    );
    mkdirSync(at('built'));
    writeFileSync(at('built/xs_esp32.bin'), espImage(0, 300));
    expect(await refusal([at('page'), '--image', at('built')])).toContain('there is no bootloader.bin in');
    writeFileSync(at('thesis.txt'), 'all of it');
    expect(await refusal([at('page'), '--image', at('thesis.txt')])).toMatch(
      /"\S*thesis.txt" must be a folder that mcconfig wrote, or xs_esp32.bin or main.bin in it$/,
    );
    expect(await refusal([at('page'), '--image', at('none')])).toMatch(/main.bin in \S*none; build it with/);
    expect(existsSync(at('page'))).toBe(false);
  });

  it('writes the choice between two applications where the table has a place for it', async () => {
    writeBuild(at('built'), 0);
    writeFileSync(at('built/ota_data_initial.bin'), Buffer.alloc(0x2000, 0xff));
    writeFileSync(
      at('built/partition-table.bin'),
      partitionTable(['otadata', 1, 0, 0xe000, 0x2000], ['ota_0', 0, 0x10, 0x20000, 0x100000]),
    );
    expect((await start([at('page'), '--image', at('built')]).finished).code).toBe(0);
    expect(json('page/manifest.json')).toMatchObject({
      builds: [{ parts: [{ offset: 0x1000 }, { offset: 0x8000 }, { offset: 0x20000 }, { offset: 0xe000 }] }],
    });
  });
});

describe('tagwire flash-page --serve', () => {
  it('serves the folder to this computer, and ends with Ctrl-C', async () => {
    writeBuild(at('built'), 0);
    const command = start([at('page'), '--image', at('built'), '--serve', '--json']);
    await command.until(() => command.lines.length === 1);
    const { url } = JSON.parse(command.lines[0]!) as { url: string };
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('<title>Flash Tagwire</title>');
    const image = await fetch(`${url}firmware/esp32/xs_esp32.bin`);
    expect(Buffer.from(await image.arrayBuffer())).toEqual(readFileSync(at('built/xs_esp32.bin')));
    for (const path of ['nothing.js', '..%2fbuilt%2fxs_esp32.bin', '%00', '%ff', 'firmware']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    }
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    command.process.kill('SIGINT');
    expect((await command.finished).code).toBe(0);
  });

  it('says at Ctrl-C where the page stays', async () => {
    writeBuild(at('built'), 0);
    const command = start([at('page'), '--image', at('built'), '--serve']);
    await command.until(() => command.lines.some((line) => line.endsWith('Ctrl-C ends')));
    command.process.kill('SIGINT');
    expect((await command.finished).code).toBe(0);
    expect(command.lines.at(-1)).toBe(`ended; the page stays in ${at('page')}`);
  });

  it('says that a port is in use', async () => {
    writeBuild(at('built'), 0);
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const args = [at('page'), '--image', at('built'), '--port', String(port)];
    expect(await refusal([...args, '--serve'])).toContain(`port ${port} is in use by another program`);
    expect(await refusal(args)).toContain('--port has no effect without --serve');
    expect(await refusal([at('page'), '--serve', '--port', '0'])).toContain(
      '--port must be an integer from 1 to 65535',
    );
    server.close();
  });

  it('has help with examples', async () => {
    const { stdout } = await runTagwire(['flash-page', '--help']);
    expect(stdout.toString()).toContain('$ tagwire flash-page page --chip ESP32-C3');
  });
});
