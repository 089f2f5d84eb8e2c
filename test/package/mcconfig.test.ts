import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectAsync } from 'mqtt';
import { hostTools } from '../rom/link.js';
import { TOP } from '../support/folders.js';
import { findProgram, startMosquitto } from '../support/mosquitto.js';
import type { Mosquitto } from '../support/mosquitto.js';
import { describeIfPresent } from '../support/require.js';
import { makeTemporaryFolder } from '../support/temp.js';
import type { TemporaryFolder } from '../support/temp.js';

/** A build on a busy machine. */
const BUILD_MILLISECONDS = 600_000;

const moddable = process.env['MODDABLE'] ?? '';

/** What a build for the SDK's Linux target and its simulator need. */
function missing(): string | undefined {
  if (!hostTools(moddable)) return 'MODDABLE does not name a Moddable SDK with its tools built';
  const absent = ['make', 'gcc', 'xvfb-run', 'mosquitto'].find((program) => findProgram(program) === undefined);
  return absent && `${absent} is not installed`;
}

/** The first block of a language behind a heading of docs/moddable.md. */
function example(heading: string, language: string): string {
  const text = readFileSync(join(TOP, 'docs/moddable.md'), 'utf8');
  const from = text.indexOf('```' + language + '\n', text.indexOf(heading));
  return text.slice(text.indexOf('\n', from) + 1, text.indexOf('\n```\n', from) + 1);
}

describeIfPresent(missing())('a project of the Moddable SDK with the packed package', () => {
  let folder: TemporaryFolder;
  let broker: Mosquitto;
  let output = '';

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    broker = await startMosquitto();
    // What is in dist was built by npm test.
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder.path];
    const tarball = execFileSync('npm', pack, { cwd: TOP, encoding: 'utf8' }).trim();
    mkdirSync(folder.file('node_modules/tagwire'), { recursive: true });
    execFileSync('tar', [
      '-xzf',
      folder.file(tarball),
      '-C',
      folder.file('node_modules/tagwire'),
      '--strip-components=1',
    ]);
    writeFileSync(folder.file('manifest.json'), example('### Parts alone', 'json'));
    const main = example('### Parts alone', 'js').replace('port: 1883', `port: ${broker.port}`);
    writeFileSync(folder.file('main.js'), main.replace('false), 10000)', 'false), 1000)'));
    // A compiler of TypeScript that tells that it was started.
    mkdirSync(folder.file('programs'));
    writeFileSync(folder.file('programs/tsc'), `#!/bin/sh\ntouch '${folder.file('compiled')}'\nexit 1\n`, {
      mode: 0o755,
    });
    mkdirSync(folder.file('output'));
    const PATH = [folder.file('programs'), hostTools(moddable)!, process.env['PATH']].join(':');
    const args = ['-m', '-p', 'lin', '-o', folder.file('output'), '-t', 'build'];
    const { status, stdout, stderr } = spawnSync('mcconfig', args, {
      cwd: folder.path,
      encoding: 'utf8',
      env: { ...process.env, PATH },
    });
    output = status === 0 ? '' : stdout + stderr;
  }, BUILD_MILLISECONDS);

  afterAll(async () => {
    await broker.stop();
    folder.remove();
  });

  it('is built from the example of docs/moddable.md, without a compiler of TypeScript', () => {
    expect(output).toBe('');
    expect(existsSync(folder.file('compiled'))).toBe(false);
  });

  it(
    'publishes to Mosquitto on the engine of the SDK',
    async () => {
      const found = readdirSync(folder.file('output'), { recursive: true, encoding: 'utf8' });
      const program = found.find((path) => basename(path) === 'mc.so')!;
      const client = await connectAsync(broker.url);
      const message = new Promise<string>((resolve) => {
        client.on('message', (topic, payload) => resolve(`${topic} ${payload.toString()}`));
      });
      await client.subscribeAsync('#');
      const simulator = spawn(
        'xvfb-run',
        ['-a', join(hostTools(moddable)!, 'mcsim'), folder.file(join('output', program))],
        {
          cwd: dirname(folder.file(join('output', program))),
          detached: true,
          stdio: 'ignore',
        },
      );
      try {
        expect(await message).toBe('shed/door closed');
      } finally {
        // With the display and the simulator that it started.
        process.kill(-simulator.pid!);
        await client.endAsync();
      }
    },
    BUILD_MILLISECONDS,
  );
});
