import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { hostTools } from '../rom/link.js';
import { TOP } from '../support/folders.js';

const program = new Command('bench:build')
  .description('measures a first build of the desktop board: the tools of the Moddable SDK are built, all else is not')
  .option('--json', 'print one JSON object')
  .addHelpText('after', '\nNeeds the Moddable SDK (MODDABLE) with its tools built, make, gcc and GTK 3.')
  .parse();

const moddable = process.env['MODDABLE'] ?? '';
const tools = hostTools(moddable);
if (!tools) program.error('bench:build: MODDABLE does not name a Moddable SDK with its tools built');

const folder = mkdtempSync(join(tmpdir(), 'tagwire-build-'));
try {
  const start = performance.now();
  // `times` ends with a line of what the children took: user and system.
  const args = ['-c', '"$@" >&2 && times', 'sh', 'mcconfig', '-m', '-p', 'lin', '-o', folder, '-t', 'build'];
  const env = { ...process.env, PATH: `${tools}:${process.env['PATH'] ?? ''}` };
  const { status, stdout, stderr } = spawnSync('sh', args, { cwd: TOP, env, encoding: 'utf8' });
  if (status !== 0) program.error(`bench:build: mcconfig failed: ${stderr.trim()}`);
  const seconds = (performance.now() - start) / 1000;
  const taken = [
    ...stdout
      .trim()
      .split('\n')
      .at(-1)!
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  const processorSeconds = taken.reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0);
  const processors = cpus().length;
  if (program.opts<{ json?: boolean }>().json) console.log(JSON.stringify({ seconds, processorSeconds, processors }));
  else {
    const load = `${processorSeconds.toFixed(1)} s of processor time, ${processors} processors`;
    console.log(`first build of the desktop board: ${seconds.toFixed(1)} s, ${load}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
