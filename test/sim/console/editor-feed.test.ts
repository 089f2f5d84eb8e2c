import { EditorFeed } from '../../../sim/console/editor-feed.js';
import { LineEditor } from '../../../src/console/line-editor.js';
import { TerminalOutput } from '../../../src/console/terminal-output.js';
import { Bench } from '../../console/fakes.js';
import { describe, expect, it } from 'vitest';

class Source {
  readonly calls: string[] = [];

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}

function makeFeed(interactive: boolean): { bench: Bench; source: Source; feed: EditorFeed } {
  const bench = new Bench();
  const source = new Source();
  const terminal = interactive ? new TerminalOutput({ write: (text) => void (bench.text += text) }) : undefined;
  const editor = new LineEditor(bench.console, terminal);
  return { bench, source, feed: new EditorFeed(editor, source, interactive) };
}

const PASTE = Buffer.from(':put x\r'.repeat(10_000));

describe('EditorFeed', () => {
  it.each([true, false])('loses nothing of a paste of 70 KB (terminal: %s)', async (interactive) => {
    const { bench, feed, source } = makeFeed(interactive);
    feed.take(PASTE.subarray(0, 100));
    for (let at = 100; at < PASTE.length; at += 1000) feed.take(PASTE.subarray(at, at + 1000));
    await feed.end();
    expect(bench.text.match(/x\r?\n/g)!.length - (interactive ? 10_000 : 0)).toBe(10_000);
    expect(source.calls).toEqual(interactive ? [] : ['pause', 'resume']);
  });

  it('sees Ctrl-C behind a paste, and drops the paste', async () => {
    const { bench, feed } = makeFeed(true);
    await bench.type('/iot mqtt brokers add name=b address=h');
    bench.brokers.list[0]!.hold();
    feed.take(Buffer.from('/iot mqtt connect b\r'));
    feed.take(PASTE);
    feed.take(Buffer.from('\x03:put y\r'));
    await feed.end();
    expect(bench.text).toContain('interrupted');
    expect(bench.text).toContain('\ny\n');
    expect(bench.text).not.toContain('x\n');
  });
});
