import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { freePort } from '../../support/ports.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { dissect, requireTshark } from '../../support/tshark.js';
import { requireXs } from '../xs/require-xs.js';

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

  it.each(['--pcap', '--btsnoop', '--record'])('refuses a file that %s cannot write', async (flag) => {
    const { code, stderr } = await runTagwire(['sim', '--until', '1m', flag, folder.file('absent/file')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^tagwire: ${flag}: ".*absent/file" cannot be written \\(ENOENT: .*\\)\\n$`));
  });
});

describe('tagwire sim --replay', () => {
  const path = folder.file('run.tagwire');
  beforeAll(async () => {
    const flags = ['--until', '20m', '--faults', 'reset@3m, powercut@6m', '--record', path];
    const { code, stderr } = await runTagwire(['sim', ...flags]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  async function replayed(file: string, ...flags: string[]): Promise<{ code: number | null; events: Event[] }> {
    const { code, stdout } = await runTagwire(['sim', '--json', '--replay', file, ...flags]);
    const lines = stdout.toString().trimEnd().split('\n');
    return { code, events: lines.map((line) => JSON.parse(line) as Event).filter(({ event }) => event !== 'progress') };
  }

  it('repeats what --record wrote, for its owner to read', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { code, events } = await replayed(path);
    expect(code).toBe(0);
    expect(events).toMatchObject([{ event: 'summary', engine: 'node', ended: 'equal', starts: 2 }]);
    const text = (await runTagwire(['sim', '--replay', path])).stdout.toString();
    expect(text.split('\n').at(-2)).toMatch(
      /^\d+ events of 2 starts replayed on node in \d+\.\d s: all states equal, hash /,
    );
  });

  it('says where a file that was cut short ends, with exit code 1', async () => {
    const cut = folder.file('cut.tagwire');
    writeFileSync(cut, readFileSync(path).subarray(0, -1000));
    const { code, events } = await replayed(cut);
    expect(code).toBe(1);
    expect(events).toMatchObject([{ event: 'damaged' }, { event: 'summary', ended: 'damaged', starts: 2 }]);
    expect(events[0]!['problem']).toMatch(/^at offset \d+: the file ends before this block does$/);
  });

  it.each([
    [
      ['--world', 'sim/worlds/warehouse.json'],
      '--replay and --world exclude each other: all that happens is in the recording',
    ],
    [['--until', '1h'], '--replay and --until exclude each other: all that happens is in the recording'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await runTagwire(['sim', '--replay', path, ...flags]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `tagwire: ${message}\n` });
  });

  it('refuses what is no recording', async () => {
    const { code, stderr } = await runTagwire(['sim', '--replay', 'README.md']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'tagwire: recording "README.md": at offset 0: a recording begins with TAGWREC\n',
    });
  });

  requireXs()('on XS', () => {
    it('comes to the same hash', async () => {
      const node = await replayed(path);
      const xs = await replayed(path, '--engine', 'xs');
      expect(xs.code).toBe(0);
      expect(xs.events).toMatchObject([{ engine: 'xs', ended: 'equal', hash: node.events[0]!['hash'] }]);
    });
  });
});

describe('tagwire sim --record in real time', () => {
  const KEY = '000102030405060708090a0b0c0d0e0f';

  it('records a gateway with a store, a broker that comes late, and sealed payloads', async () => {
    const port = await freePort();
    const path = folder.file('real.tagwire');
    const seal = ['--set', 'seal=gcm', '--set', `sealKey=${KEY}`, '--set', 'recorder=1024'];
    const flags = ['--interval', '0.2', '--store', folder.file('device'), ...seal, '--record', path];
    const sim = startTagwire(['sim', '--json', '--broker', `mqtt://127.0.0.1:${port}`, ...flags]);
    await sim.until(() => sim.stdout.includes('"disconnected"'));
    const broker = await startEmbeddedBroker({ port });
    await sim.until(() => sim.stdout.includes('"reading"'));
    sim.process.kill('SIGINT');
    expect((await sim.finished).code).toBe(0);
    await broker.close();
    const replayed = await runTagwire(['sim', '--replay', path]);
    expect(replayed.stdout.toString()).toMatch(/^\d+ events of 1 starts replayed on node .*: all states equal, hash /);
    expect(replayed.code).toBe(0);
  });

  it('records the same store over two starts, and a gateway with the limits of a board', async () => {
    for (const name of ['first', 'second']) {
      const path = folder.file(`${name}.tagwire`);
      const flags = ['--duration', '1.5', '--board', 'esp32', '--store', folder.file('esp32'), '--record', path];
      const sim = await runTagwire(['sim', ...flags]);
      expect({ code: sim.code, stderr: sim.stderr }).toEqual({ code: 0, stderr: '' });
      const replayed = await runTagwire(['sim', '--replay', path]);
      expect(replayed.stdout.toString(), name).toContain('all states equal');
    }
  });

  it.each([
    [['--engine', 'xs'], '--record needs --engine node; what it writes is replayed on either engine'],
    [
      ['--console'],
      '--record and a console exclude each other in real time: with --until, "people" in the world file type',
    ],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await runTagwire(['sim', '--record', folder.file('x'), ...flags]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `tagwire: ${message}\n` });
  });

  requireXs()('on XS', () => {
    it('replays it there, too', async () => {
      const path = folder.file('for-xs.tagwire');
      expect((await runTagwire(['sim', '--duration', '2', '--record', path])).code).toBe(0);
      const { code, stdout } = await runTagwire(['sim', '--replay', path, '--engine', 'xs']);
      expect({ code, text: stdout.toString() }).toEqual({
        code: 0,
        text: expect.stringMatching(/ events of 1 starts replayed on xs in .*: all states equal, hash /) as string,
      });
    });
  });
});
