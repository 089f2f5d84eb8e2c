import { LineEditor } from '../../src/console/line-editor.js';
import { TerminalOutput } from '../../src/console/terminal-output.js';
import { Bench } from './fakes.js';
import { describe, expect, it } from 'vitest';

/** A console whose pauses last one turn of Node's event loop, beside something else that wants its turn. */
class SlicedBench extends Bench {
  turns = 0;

  constructor(options: ConstructorParameters<typeof Bench>[0] = {}) {
    super(options, () => {
      this.turns++;
      return new Promise((resolve) => setImmediate(resolve));
    });
  }
}

/** Calls `beat` in each turn of the event loop until `work` has ended. */
async function beside(work: Promise<unknown>, beat: () => void): Promise<void> {
  let ended = false;
  void work.finally(() => (ended = true));
  while (!ended) {
    await new Promise((resolve) => setImmediate(resolve));
    beat();
  }
  await work;
}

async function feed(editor: LineEditor, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; await editor.idle()) at += editor.receive(bytes, at, bytes.length);
}

describe('a busy console', () => {
  it('leaves the event loop its turns over 1.5 MB of lines, and keeps their order', async () => {
    const bench = new SlicedBench();
    const editor = new LineEditor(bench.console, undefined);
    const line = (i: number): string => `:if ("abcdefghij" ~ "j$") do={:put ${String(i).padStart(6, '0')}}\n`;
    const count = Math.ceil(1_500_000 / line(0).length);
    let beats = 0;
    let last = 0;
    let most = 0;
    const text = Array.from({ length: count }, (_, i) => line(i)).join('');
    await beside(feed(editor, text), () => {
      beats++;
      const lines = bench.text.length / 7;
      most = Math.max(most, lines - last);
      last = lines;
    });
    expect(bench.text).toBe(Array.from({ length: count }, (_, i) => String(i).padStart(6, '0') + '\n').join(''));
    expect(beats).toBeGreaterThan(2000);
    expect(most).toBeLessThan(40);
  });

  it('looks for a pattern in slices, however long the text', async () => {
    const bench = new SlicedBench();
    await bench.type(':global t a; :for i from=1 to=12 do={:set t "$t$t"}');
    bench.turns = 0;
    await beside(bench.type(':put ($t ~ "(a?){250}b")'), () => {});
    expect(bench.text).toBe('false\n');
    expect(bench.turns).toBeGreaterThan(100);
  });

  it('prints in slices', async () => {
    const bench = new SlicedBench();
    for (let i = 0; i < 1000; i++) bench.advertisements.push({ address: 'AA:BB:CC:DD:EE:01', rssi: String(-i) });
    let most = 0;
    let last = 0;
    await beside(bench.type('/iot bluetooth scanners advertisements print where rssi<0'), () => {
      const lines = bench.text.split('\n').length;
      most = Math.max(most, lines - last);
      last = lines;
    });
    expect(bench.text.split('\n')).toHaveLength(1000);
    expect(most).toBeLessThan(20);
  });

  it('is interrupted by Ctrl-C between two slices', async () => {
    const bench = new SlicedBench({ limits: { steps: 1e9, depth: 24, variables: 32 } });
    const terminal = new TerminalOutput({ write: (text) => void (bench.text += text) });
    const editor = new LineEditor(bench.console, terminal);
    const keys = new TextEncoder().encode(':while (true) do={}\r');
    editor.receive(keys, 0, keys.length);
    while (bench.turns < 5) await new Promise((resolve) => setImmediate(resolve));
    editor.receive(Uint8Array.of(0x03), 0, 1);
    await editor.idle();
    expect(bench.text).toContain('interrupted');
  });
});
