import { beforeAll, describe, expect, it } from 'vitest';
import { connectionReset, powerCut, randomFaults, randomWorld, RecordTap } from '../../../../sim/virtual/index.js';
import { BadRecording, replay, run, timeText } from '../../../../sim/virtual/index.js';
import type { BoardName, Fault, ReplayOutcome, SimulatedWorld } from '../../../../sim/virtual/index.js';
import { Chance } from '../../../../sim/virtual/random.js';
import { replayOnXs } from '../../../../sim/xs/replay-engine.js';
import { crc32 } from '../../../../src/telemetry/crc32.js';
import { requireXs } from '../../xs/require-xs.js';

const MINUTE = 60_000;

interface Recorded {
  file: Buffer;
  hash: string;
  heard: number;
}

async function record(world: SimulatedWorld, faults: readonly Fault[], seed: number, hours: number): Promise<Recorded> {
  const parts: Buffer[] = [];
  const tap = new RecordTap((bytes) => void parts.push(Buffer.from(bytes)));
  const { hash, figures } = await run(world, faults, seed, { hours, rules: [], taps: [tap] });
  tap.finish();
  return { file: Buffer.concat(parts), hash, heard: figures.heard };
}

const faultsOf = (): Fault[] => [connectionReset(5 * MINUTE), powerCut(10 * MINUTE, 0, 2), powerCut(15 * MINUTE)];

/** The recording with `change` made to the block that has `bytes` first, whose CRC is right again. */
function changed(file: Buffer, bytes: Uint8Array, change: (found: Buffer) => void): Buffer {
  const copy = Buffer.from(file);
  for (let at = 8; at < copy.length; at += 8 + copy.readUInt32LE(at)) {
    const content = copy.subarray(at + 8, at + 8 + copy.readUInt32LE(at));
    const found = content.indexOf(bytes);
    if (found < 0) continue;
    change(content.subarray(found));
    copy.writeUInt32LE(crc32(content, 0, content.length, 0), at + 4);
    return copy;
  }
  throw new Error('not found');
}

describe('a replay', () => {
  it.each(['esp32', 'esp8266', 'desktop'] as BoardName[])('comes to equal states on %s', async (board) => {
    const world = randomWorld(3, { board, tags: 5 });
    const { hash } = await run(world, faultsOf(), 3, { hours: 0.5, rules: [] });
    const recorded = await record(world, faultsOf(), 3, 0.5);
    expect(recorded.hash, 'recording changes nothing').toBe(hash);
    const { starts, events, ...differs } = await replay(recorded.file);
    expect(differs).toEqual({ hash: differs.hash });
    expect(starts).toBe(3);
    expect(events).toBeGreaterThan(recorded.heard);
    expect((await replay(recorded.file)).hash).toBe(differs.hash);
  });

  it('comes to equal states under all kinds of faults, with two gateways, people and calls', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const base = randomWorld(seed, { tags: 4 });
      const [gateway] = base.gateways;
      const people = [
        { at: 2 * MINUTE, line: ':foreach i in={1;2;3} do={:put $i}' },
        { at: 3 * MINUTE, line: '/system scheduler add name=tick interval=1m on-event=":log info tick"' },
        { at: 4 * MINUTE, call: { method: 'statistics' } },
        { at: 9 * MINUTE, call: { method: 'policy.set', params: 'default interval=20' } },
        { at: 12 * MINUTE, line: '/system reboot' },
      ];
      const gateways = [
        { ...gateway!, people },
        {
          ...gateway!,
          name: 'gateway-2',
          board: 'desktop' as const,
          settings: { broker: gateway!.settings['broker'] },
        },
      ];
      const world = { ...base, gateways };
      const faults = randomFaults(new Chance(seed).stream('faults'), world, 0.5, 40);
      const { file } = await record(world, faults, seed, 0.5);
      const { events, starts, ...differs } = await replay(file);
      expect(differs, `seed ${seed}`).toEqual({ hash: differs.hash });
      expect(events).toBeGreaterThan(1000);
      expect(starts).toBeGreaterThan(1);
    }
  }, 60_000);
});

describe('a replay that differs', () => {
  let recorded: Recorded;
  beforeAll(async () => {
    recorded = await record(randomWorld(3, { tags: 2 }), [], 3, 0.2);
  });

  it('names the first event, its time, and that bytes sent differ', async () => {
    // Of a tag of Ruuvi: the temperature.
    const { difference } = await replay(
      changed(recorded.file, Uint8Array.of(0xff, 0x99, 0x04, 0x05), (found) => (found[4]! ^= 0x04)),
    );
    expect(difference).toMatchObject({ device: 'gateway-1' });
    expect(difference!.what).toMatch(/^(timer \d+|advertisement|bytes received \d+): bytes sent/);
    expect(difference!.event).toBeGreaterThan(10);
    expect(timeText(difference!.time)).toMatch(/^00:0\d:/);
  });

  it('names an event that the firmware did not ask for', async () => {
    const name = Buffer.from('\x06gotIP\x00'.slice(1));
    const { difference } = await replay(changed(recorded.file, name, (found) => found.write('lostI')));
    expect(difference!.what).toMatch(
      /^Wi-Fi \d+: the firmware makes 0 calls that have a result; in the recording there is call 1$/,
    );
  });

  it('names a call that the firmware does not make any more', async () => {
    // The entropy for the first wait: as a result of a call that is not made.
    const { difference, problem } = await replay(
      changed(recorded.file, Buffer.from('gateway-1"'), (found) => found.write('gateway-2')),
    );
    expect(problem).toBeUndefined();
    expect(difference).toMatchObject({ event: 1, time: 0, what: expect.stringMatching(/^launch: .*calls/) as string });
  });
});

describe('a damaged recording', () => {
  let file: Buffer;
  let whole: ReplayOutcome;
  beforeAll(async () => {
    ({ file } = await record(randomWorld(3, { board: 'esp8266' }), faultsOf(), 3, 0.3));
    whole = await replay(file);
  });

  async function outcomeOf(bytes: Uint8Array): Promise<ReplayOutcome | string> {
    try {
      return await replay(bytes);
    } catch (error) {
      if (error instanceof BadRecording) return error.message;
      throw error;
    }
  }

  it('that ends early is told with the offset, and compared up to there', async () => {
    for (let length = 0; length < file.length; length += length < 40 ? 1 : 97) {
      const outcome = await outcomeOf(file.subarray(0, length));
      if (typeof outcome === 'string') {
        expect(length).toBeLessThan(8);
        expect(outcome).toMatch(/^at offset [07]: /);
        continue;
      }
      expect(outcome.problem, String(length)).toMatch(/^at offset \d+: the file ends before /);
      expect(outcome.difference).toBeUndefined();
      expect(outcome.events).toBeLessThanOrEqual(whole.events);
    }
    const last = await replay(file.subarray(0, -1));
    expect(last.problem).toMatch(/the file ends before this block does$/);
  });

  it('with a flipped bit is told with the offset of its block', async () => {
    for (let at = 8; at < file.length; at += 53) {
      const copy = Buffer.from(file);
      copy[at]! ^= 1 << (at % 8);
      const { problem, difference } = (await outcomeOf(copy)) as ReplayOutcome;
      expect(problem, String(at)).toMatch(/^at offset \d+: (the block is damaged: |the file ends before )/);
      expect(difference).toBeUndefined();
    }
  });

  it('is refused when it is something else, or of another version', async () => {
    expect(await outcomeOf(Buffer.from('{"name": "warehouse"}'))).toBe('at offset 0: a recording begins with TAGWREC');
    const later = Buffer.from(file);
    later[7] = 2;
    expect(await outcomeOf(later)).toBe('at offset 7: the version must be 1, got 2');
  });

  it('is told when a block is right and its records are not', async () => {
    for (let i = 0; i < 300; i++) {
      const random = new Chance(i).stream('damage');
      const place = random.uint32() % 2000;
      const copy = Buffer.from(file);
      let at = 8;
      while (place > at + 8 + copy.readUInt32LE(at)) at += 8 + copy.readUInt32LE(at);
      const content = copy.subarray(at + 8, at + 8 + copy.readUInt32LE(at));
      content[Math.max(0, place - at - 8) % content.length] = random.uint32();
      copy.writeUInt32LE(crc32(content, 0, content.length, 0), at + 4);
      const { problem, difference, hash } = (await outcomeOf(copy)) as ReplayOutcome;
      // What changes nothing, such as a name for people, may pass.
      if (problem === undefined && difference === undefined) expect(hash).toBe(whole.hash);
    }
  }, 60_000);
});

requireXs()('a replay on XS', () => {
  it('comes to the states of the recording', { timeout: 60_000 }, async () => {
    const { file } = await record(randomWorld(5, { tags: 5 }), faultsOf(), 5, 0.3);
    const onNode = await replay(file);
    const engine = await replayOnXs(file);
    try {
      while (await engine.advance(500));
      expect(engine.outcome).toEqual(onNode);
      expect(engine.outcome.difference).toBeUndefined();
    } finally {
      await engine.end();
    }
  });
});
