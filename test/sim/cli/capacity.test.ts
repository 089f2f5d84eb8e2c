import { describe, expect, it } from 'vitest';
import { CORE_COSTS } from '../../../sim/capacity/core-costs.js';
import type { Capacity } from '../../../sim/capacity/report.js';
import { runTagwire } from '../../support/cli.js';

const SITE = ['--tags', '200', '--rate', '2', '--interval', '30'];

async function capacity(...args: string[]): Promise<{ code: number | null; text: string; errors: string }> {
  const { code, stdout, stderr } = await runTagwire(['capacity', ...args]);
  return { code, text: stdout.toString(), errors: stderr };
}

async function asJson(...args: string[]): Promise<Capacity> {
  return JSON.parse((await capacity(...args, '--json')).text) as Capacity;
}

describe('tagwire capacity', () => {
  it('says what a site takes of a board, and when that is full', async () => {
    const { code, text } = await capacity('--board', 'esp32c3', ...SITE);
    expect(code).toBe(0);
    expect(text).toMatch(/^ESP32-C3 at 160 MHz, 1\.5 cycles an instruction \(estimated\)\n/);
    expect(text).toMatch(/^ {2}advertisements a second +400$/m);
    expect(text).toMatch(/^ {2}reports a second +6\.67$/m);
    expect(text).toMatch(/^ {2}processor +[\d.,]+ %/m);
    expect(text).toMatch(/^ {2}full at, a second +[\d.,]+ {2}such advertisements$/m);
    expect(text).toMatch(/^ {2}node, a reading every 30 s, deep sleep +[\d.]+ +[\d.]+ +[\d.]+$/m);
  });

  it('says when a board does not keep up', async () => {
    const { text } = await capacity('--board', 'esp32c3', '--tags', '100000', '--rate', '10');
    expect(text).toMatch(/^ {2}processor +[\d.,]+ % {2}too much: it does not keep up$/m);
  });

  it('takes the counts of the core of the board', async () => {
    const repeated = async (board: string): Promise<number> =>
      (await asJson('--board', board, ...SITE)).load!.full.repeated;
    const expected = (core: 'rv32' | 'lx106', megahertz: number): number =>
      (megahertz * 1e6) / 1.5 / CORE_COSTS[core].instructions.repeatedAdvertisement;
    expect(await repeated('esp32c3')).toBeCloseTo(expected('rv32', 160), 6);
    expect(await repeated('esp32')).toBeCloseTo(expected('lx106', 240), 6);
  });

  it('says of an ESP8266 what a node of its own readings takes', async () => {
    const { draws, load, site } = await asJson('--board', 'esp8266', '--interval', '600', '--battery', '1200');
    expect([load, site, draws.gateway]).toEqual([undefined, undefined, undefined]);
    expect(draws.deepSleep.days).toBeGreaterThan(draws.lightSleep.days);
    expect(draws.lightSleep.days).toBeGreaterThan(draws.modemSleep.days);
  });

  it.each([
    [
      ['--board', 'esp31'],
      "argument 'esp31' is invalid. Allowed choices are esp32, esp32c3, esp32c6, esp32s3, esp8266.",
    ],
    [['--tags', '5'], "required option '--board <name>' not specified"],
    [['--board', 'esp32', '--tags', '0'], 'It must be an integer from 1 to 1000000.'],
    [['--board', 'esp32', '--rate', '2'], '--rate needs --tags, the tags that the gateway knows'],
    [['--board', 'esp8266', '--tags', '5'], '--tags is for boards that hear tags: an ESP8266 has no Bluetooth'],
    [['--board', 'esp32', '--battery', '-1'], 'It must be a number above 0'],
    [['--board', 'esp32', '--interval', '0'], 'It must be a number of seconds above 0'],
  ])('refuses %j', async (args, message) => {
    const { code, errors, text } = await capacity(...args);
    expect([code, text]).toEqual([2, '']);
    expect(errors).toContain(message);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  it('says in its help what is counted and what is estimated', async () => {
    const { text } = await capacity('--help');
    for (const word of [
      'Counted:',
      'Estimated:',
      'Left out:',
      'Nothing was measured on hardware.',
      '$ tagwire capacity',
    ]) {
      expect(text).toContain(word);
    }
  });
});
