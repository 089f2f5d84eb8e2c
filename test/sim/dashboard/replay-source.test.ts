import { afterEach, describe, expect, it } from 'vitest';
import { ReplaySource } from '../../../sim/dashboard/replay-source.js';
import { ReplayableWorld } from '../../../sim/dashboard/replayable-world.js';
import { planOfFile } from '../../../sim/dashboard/world-plan.js';
import { WorldSource } from '../../../sim/dashboard/world-source.js';
import type { Request, TagState, ToPage } from '../../../sim/page/protocol.js';
import { simulationOfWorld } from '../../../sim/read-world.js';
import { halfOpen, powerCut, RecordTap, run } from '../../../sim/virtual/index.js';
import type { Fault } from '../../../sim/virtual/index.js';
import { defaultWorld } from '../../../sim/world/default-world.js';

/** Two minutes of the built-in world. */
async function record(faults: Fault[] = []): Promise<{ file: Uint8Array; messages: number }> {
  const parts: Uint8Array[] = [];
  const tap = new RecordTap((bytes) => parts.push(bytes.slice()));
  const { world } = simulationOfWorld(defaultWorld, 'warehouse', 1, 1, { settings: { interval: 2 } });
  const { figures } = await run(world, faults, 1, { hours: 2 / 60, rules: [], taps: [tap] });
  tap.finish();
  return { file: Buffer.concat(parts), messages: figures.messages };
}

const sources: { close(): void }[] = [];
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});

function told<Type extends ToPage['type']>(texts: readonly ToPage[], type: Type): Extract<ToPage, { type: Type }>[] {
  return texts.filter((text): text is Extract<ToPage, { type: Type }> => text.type === type);
}

async function replayed(file: Uint8Array): Promise<{ source: ReplaySource; texts: ToPage[] }> {
  const source = new ReplaySource(file, { title: 'replay of x', speed: Infinity });
  sources.push(source);
  const texts: ToPage[] = [];
  source.watch((text) => texts.push(text));
  await source.run();
  return { source, texts };
}

describe('a recording on a page', () => {
  it('shows connection, tags, messages and log as they were', async () => {
    const { file, messages } = await record();
    const { source, texts } = await replayed(file);
    const [hello] = told(texts, 'hello');
    expect(hello).toMatchObject({ source: 'replay', title: 'replay of x', controls: ['speed', 'why'] });
    expect(hello!.gateways).toMatchObject([{ name: 'gateway-1', board: 'esp32', measured: { meters: [{}, {}] } }]);
    const last = told(texts, 'state').at(-1)!;
    expect(last.gateways[0]).toMatchObject({ powered: true, counts: { connects: 1, restarts: 0 } });
    expect(last.gateways[0]!.counts.acknowledged).toBeGreaterThan(10);
    const up = told(texts, 'messages').flatMap((text) => text.messages);
    const left = told(texts, 'messages').reduce((sum, text) => sum + (text.left ?? 0), 0);
    expect(up.filter(({ direction }) => direction === 'up').length + left).toBeGreaterThanOrEqual(messages);
    expect(told(texts, 'acknowledged').flatMap((text) => text.messages).length).toBeGreaterThan(10);
    const tags = new Map<string, TagState>();
    for (const text of told(texts, 'tags')) for (const tag of text.tags) tags.set(tag.id, tag);
    const box = tags.get('DC:2C:6E:0F:C0:3D')!;
    expect(box).toMatchObject({ format: 'mikrotik', presence: 'here' });
    expect(box.fields.find(({ name }) => name === 'temperature')?.value).toBeCloseTo(4.5, 0);
    expect(box.reports).toBeGreaterThan(0);
    expect(box.heard[0]!.at).toBeLessThanOrEqual(last.now);
    const lines = told(texts, 'log').flatMap((text) => text.lines);
    expect(lines.map(({ text }) => text)).toContain('connected to mqtt://broker.example:1883');
    expect(lines.at(-1)!.text).toMatch(
      /^the recording is over: \d+ events of 1 starts, all states equal, hash [0-9a-f]+$/,
    );
    // A page that opens later is told the same.
    const late = source.snapshot();
    expect(told(late, 'tags')[0]!.tags).toHaveLength(tags.size);
    expect(told(late, 'log')[0]!.lines.at(-1)).toEqual(lines.at(-1));
  });

  it('says why a tag was reported, by the decisions of the firmware', async () => {
    const { source } = await replayed((await record()).file);
    const request: Request = { id: 1, name: 'why', parameters: { tag: 'DC:2C:6E:0F:C0:3D' } };
    const { why } = await source.request(request);
    expect(why!.decisions.length).toBeGreaterThan(5);
    expect(why!.decisions.some(({ reported }) => reported)).toBe(true);
    expect(why!.decisions.some(({ step, reported }) => step === 'policy' && !reported)).toBe(true);
  });

  it('shows what went wrong: a dead connection, and a power cut', async () => {
    const { texts } = await replayed((await record([halfOpen(30_000, 20_000), powerCut(80_000)])).file);
    const states = told(texts, 'state');
    expect(states.at(-1)!.gateways[0]!.counts.restarts).toBe(1);
    const lines = told(texts, 'log').flatMap((text) => text.lines);
    expect(lines.some(({ kind, text }) => kind === 'world' && /^gateway-1 starts again/.test(text))).toBe(true);
  });

  it('goes at the speed that was asked for, and stands still at 0', async () => {
    const source = new ReplaySource((await record()).file, { title: '', speed: 0 });
    sources.push(source);
    const over = source.run();
    const ask = (speed: number): Promise<unknown> => source.request({ id: 1, name: 'speed', parameters: { speed } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const at = source.now();
    expect(at).toBeLessThan(5000);
    expect(await ask(-1)).toMatchObject({ error: 'speed must be from 0 to 1e9, got -1' });
    await ask(1e9);
    await over;
    expect(source.now()).toBeGreaterThan(110_000);
  });

  it('tells where it differs, or is damaged, and stays', async () => {
    const { file } = await record();
    const damaged = Uint8Array.from(file);
    damaged[Math.floor(file.length / 2)]! ^= 1;
    const { source, texts } = await replayed(damaged);
    const lines = told(texts, 'log').flatMap((text) => text.lines);
    expect(lines.at(-1)).toMatchObject({ kind: 'broken', text: expect.stringContaining('damaged') as string });
    expect(told(source.snapshot(), 'hello')).toHaveLength(1);
    expect(() => new ReplaySource(Buffer.from('no recording at all'), { title: '' })).toThrow(/offset 0/);
  });

  it('takes the place of a world that stands still, and gives it back', async () => {
    const { file } = await record();
    const world = new WorldSource(planOfFile(defaultWorld, 'warehouse', 1), { speed: 1 });
    const source = new ReplayableWorld(world);
    sources.push(source);
    const texts: ToPage[] = [];
    source.watch((text) => texts.push(text));
    const running = world.run();
    const show = (recording: string): ReturnType<typeof source.request> =>
      source.request({ id: 1, name: 'replay', parameters: { recording } });
    expect(told(source.snapshot(), 'hello')[0]!.controls).toContain('replay');
    expect((await show('')).error).toMatch(/nothing to go back from/);
    expect((await show('###')).error).toBe('recording: it must be base64');
    expect((await show(Buffer.from('no recording').toString('base64'))).error).toMatch(/^recording: .*offset 0/);
    expect(await show(Buffer.from(file).toString('base64'))).toEqual({ type: 'answer', id: 1 });
    const before = world.now();
    expect(told(texts, 'hello').at(-1)).toMatchObject({ source: 'replay', controls: ['speed', 'why', 'replay'] });
    expect(await source.request({ id: 2, name: 'wifi', parameters: { gateway: 0, on: false } })).toMatchObject({
      error: 'wifi is not to be had in a replay',
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(world.now()).toBe(before);
    expect(await show('')).toEqual({ type: 'answer', id: 1 });
    expect(told(texts, 'hello').at(-1)).toMatchObject({ source: 'simulation', title: 'warehouse' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(world.now()).toBeGreaterThan(before);
    source.close();
    await running;
  });
});
