import { Bench } from './fakes.js';
import { GRAMMAR_ROWS } from './grammar-rows.js';
import { describe, expect, it } from 'vitest';

describe('the grammar', () => {
  it.each(GRAMMAR_ROWS)('%j shows %j', async (line, shown) => {
    expect(await new Bench().type(line)).toBe(shown === '' ? '' : shown + '\n');
  });

  it('keeps global variables and the menu from line to line, but no local ones', async () => {
    const bench = new Bench();
    expect(await bench.type(':global a 1', ':local b 2', ':put "$a,$b"', ':global a', ':put $a')).toBe('1,\n1\n');
  });

  it('enters menus, and leaves them', async () => {
    const bench = new Bench();
    expect(bench.console.prompt).toBe('[admin@knot] > ');
    const prompts: string[] = [];
    for (const line of [
      '/iot mqtt',
      'brokers',
      '..',
      '../bluetooth',
      '/',
      'iot/mqtt/brokers',
      '..  ..',
      '/iot mqtt br',
    ]) {
      await bench.type(line);
      prompts.push(bench.console.prompt.slice(13, -2));
    }
    expect(prompts).toEqual([
      '/iot/mqtt',
      '/iot/mqtt/brokers',
      '/iot/mqtt',
      '/iot/bluetooth',
      '',
      '/iot/mqtt/brokers',
      '/iot',
      '/iot/mqtt/brokers',
    ]);
  });

  it('does not move for a command with a path', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt', '/system resource print', ':put [/system package find]');
    expect(bench.console.prompt).toBe('[admin@knot] /iot/mqtt> ');
  });

  it('runs scripts with variables that others do not see', async () => {
    const bench = new Bench();
    await bench.console.run(':put "Got {$msgData} from {$msgTopic}"', { msgData: 'x', msgTopic: 'a/b' });
    expect(bench.text).toBe('Got {x} from {a/b}\n');
    expect(await bench.console.run(':len $msgData')).toBe(0);
  });
});
