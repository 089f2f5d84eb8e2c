import { readFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { dissect, requireTshark } from '../../support/tshark.js';

const folder = makeTemporaryFolder();
afterEach(killCommands);
afterAll(() => folder.remove());

type Event = { event: string } & Record<string, unknown>;

const summaryOf = (command: Command): Event => JSON.parse(command.lines.at(-1)!) as Event;

requireTshark()('tagwire sim --pcap --btsnoop', () => {
  it('writes the traffic with a real broker, and the advertisements that were heard', async () => {
    const pcap = folder.file('sim.pcap');
    const btsnoop = folder.file('sim.btsnoop');
    const flags = ['--duration', '3', '--interval', '0.2', '--pcap', pcap, '--btsnoop', btsnoop];
    const sim = startTagwire(['sim', '--json', ...flags]);
    expect((await sim.finished).code).toBe(0);
    const { published, advertisements } = summaryOf(sim);
    const packets = await dissect(pcap, ['mqtt.msgtype', 'mqtt.topic'], { filter: 'mqtt' });
    const types = packets.flatMap(([values]) => values!.split(','));
    expect(types.slice(0, 2)).toEqual(['1', '2']);
    expect(types.at(-1)).toBe('14');
    const topics = packets.flatMap(([, values]) => (values ?? '').split(','));
    const readings = topics.filter((topic) => /^tagwire\/sim-gateway\/(tags|presence)\//.test(topic));
    expect(readings.length).toBe(published);
    expect(topics).toContain('tagwire/sim-gateway/status');
    const bad = 'tcp.checksum.status != 1 || tcp.analysis.flags || _ws.malformed';
    expect(await dissect(pcap, ['_ws.col.Info'], { filter: bad, options: ['tcp.check_checksum:TRUE'] })).toEqual([]);
    expect((await dissect(btsnoop, ['bthci_evt.bd_addr'])).length).toBe(advertisements);
  });
});

describe('tagwire sim with output files', () => {
  it('reads with --capture what it wrote with --btsnoop', async () => {
    const heard = folder.file('heard.btsnoop');
    const first = startTagwire(['sim', '--json', '--duration', '2', '--btsnoop', heard]);
    expect((await first.finished).code).toBe(0);
    const second = startTagwire(['sim', '--json', '--capture', heard, '--speed', '4']);
    expect((await second.finished).code).toBe(0);
    expect(summaryOf(second)['advertisements']).toBe(summaryOf(first)['advertisements']);
    expect(readFileSync(heard).length).toBeGreaterThan(16);
  });

  it.each(['--pcap', '--btsnoop'])('refuses a file that %s cannot write', async (flag) => {
    const { code, stderr } = await runTagwire(['sim', flag, folder.file('absent/file')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^tagwire: ${flag}: ".*absent/file" cannot be written \\(ENOENT\\)\\n$`));
  });
});
