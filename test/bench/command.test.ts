import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { killCommands, startProgram } from '../support/cli.js';
import type { Command, Finished } from '../support/cli.js';
import { TOP } from '../support/folders.js';
import type { Results } from './results.js';

const MAIN = join(TOP, 'build/test/bench/main.js');
const start = (...args: string[]): Command => startProgram(process.execPath, [MAIN, ...args]);
const bench = (...args: string[]): Promise<Finished> => start(...args).finished;

afterEach(killCommands);

describe('npm run bench', () => {
  it('has examples in its help', async () => {
    const { code, stdout } = await bench('--help');
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('$ npm run bench -- --only publish receive');
  });

  it.each([
    [['--only', 'recieve'], /argument 'recieve' is invalid\. Allowed choices are codec, publish, receive/],
    [['--only'], /'--only <parts\.\.\.>' argument missing/],
    [['publish'], /Name parts with --only, for example --only publish/],
    [['--slow'], /unknown option '--slow'/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await bench(...args);
    expect(code).toBe(1);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(message);
  });

  it('measures clients against the sink, and prints one JSON object', async () => {
    const { code, stdout, stderr } = await bench('--quick', '--only', 'connections', '--json');
    expect(stderr).toContain('connections: 10 connections, a message each, round 1 of 2, MQTT.js');
    expect(code).toBe(0);
    const { quick, parts, machine } = JSON.parse(stdout.toString()) as Results;
    expect(quick).toBe(true);
    expect(machine.node).toBe(process.versions.node);
    expect(Object.keys(parts)).toEqual(['connections']);
    const { rows } = parts.connections!;
    expect(rows.map(({ name }) => name.split(',').slice(0, -1).join())).toEqual(
      ['10', '100', '1,000'].map((count) => `${count} connections`),
    );
    for (const { sides } of rows) {
      expect(sides.map(({ name }) => name)).toEqual(['Tagwire', 'MQTT.js']);
      for (const { figures } of sides) {
        expect(Object.keys(figures)).toEqual(['milliseconds', 'cpuMilliseconds', 'kibibytesEach']);
        for (const [unit, { low, median, high }] of Object.entries(figures)) {
          // A process can give memory back while it connects.
          if (unit !== 'kibibytesEach') expect(low).toBeGreaterThan(0);
          expect(low <= median && median <= high).toBe(true);
        }
      }
    }
  });

  it('says in one line which program is missing', async () => {
    const command = startProgram(process.execPath, [MAIN, '--quick', '--only', 'publish', 'log'], {
      env: { PATH: '' },
    });
    const { code, stdout, stderr } = await command.finished;
    expect(code).toBe(1);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^error: mosquitto(_pub)? is .*; measured in part: publish; not measured: log$/m);
  });

  it('ends at SIGINT with what was measured', async () => {
    const command = start('--quick', '--only', 'connections', 'log');
    // The row before has been measured.
    let seen = '';
    await new Promise<void>((resolve) => {
      command.process.stderr.on('data', (text: Buffer) => {
        seen += text.toString();
        if (seen.includes(' 100 connections')) resolve();
      });
    });
    command.process.kill('SIGINT');
    const { code, stdout, stderr } = await command.finished;
    expect(code).toBe(130);
    expect(stdout.toString()).toContain('connections: 10 connections, a message each');
    expect(stdout.toString()).not.toContain('1,000 connections');
    expect(stderr).toContain('interrupted; measured in part: connections; not measured: log');
  });
});
