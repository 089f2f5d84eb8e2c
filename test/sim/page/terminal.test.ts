import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyBytes, Terminal } from '../../../sim/page/parts/terminal.js';
import { Key } from '../../../src/console/key-decoder.js';
import { LineBuffer, TerminalOutput } from '../../../src/console/terminal-output.js';

function shown(...pieces: string[]): string {
  const terminal = new Terminal();
  for (const piece of pieces) terminal.write(piece);
  return terminal.text;
}

describe('Terminal', () => {
  it.each([
    ['lines', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['a line feed alone goes down', 'ab\ncd', 'ab\n  cd'],
    ['a carriage return goes to the beginning', 'abc\rX', 'Xbc'],
    ['backspace moves and does not erase', 'abc\b\bX', 'aXc'],
    ['tab stops', 'a\tb', 'a       b'],
    ['erasing to the end of the line', 'abcdef\x1b[4D\x1b[K', 'ab'],
    ['erasing to the beginning', 'abcdef\x1b[4D\x1b[1K', '   def'],
    ['erasing the whole line', 'abcdef\x1b[2K', ''],
    ['moving right', 'a\x1b[3Cb', 'a   b'],
    ['up and down', 'a\r\nb\x1b[AX\x1b[BY', 'aX\nb Y'],
    ['clearing the screen', 'a\r\nb\r\n\x1b[H\x1b[2Jc', 'c'],
    ['sequences that nobody knows', 'a\x1b[?25lb\x1b[5;3rc\x1b7d\x1b(e', 'abcde'],
    ['control characters', 'a\x07\x00\x9bb', 'ab'],
    ['characters of two code units', '😀b\b\bX', 'Xb'],
  ])('shows %s', (_what, text, screen) => {
    expect(shown(text)).toBe(screen);
  });

  it('shows the same, wherever the pieces end', () => {
    const text = 'a\x1b[31mred\x1b[0m\r\n\x1b[36m> \x1b[0mshow\x1b[K\x1b[2D\x1b[Hx';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((to, i) => text.slice(places[i], to));
        expect(shown(...pieces)).toBe(shown(text));
      }),
    );
  });

  it('takes anything, and keeps no more than its limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\x1b', '[', '\n', '\r', '9', ';', 'J', 'H', 'A', 'K', 'm', 'x', '\x1b[')),
        (pieces) => {
          const terminal = new Terminal(8);
          for (let i = 0; i < 3; i++) terminal.write(pieces.join(''));
          expect(terminal.lines.length).toBeGreaterThan(0);
          expect(terminal.lines.length).toBeLessThanOrEqual(10);
          expect(terminal.cursor.row).toBeLessThan(terminal.lines.length);
        },
      ),
    );
    const terminal = new Terminal(100);
    for (let i = 0; i < 10_000; i++) terminal.write(`line ${i}\r\n`);
    expect(terminal.lines.length).toBeLessThanOrEqual(126);
    expect(terminal.text).toContain('line 9999');
    terminal.write('x'.repeat(100_000));
    expect(terminal.lines.at(-1)!.runs[0]!.text.length).toBeLessThanOrEqual(4000);
  });

  it('has runs of one colour', () => {
    const terminal = new Terminal();
    terminal.write('\x1b[36mname\x1b[0m  help\x1b[1;31m!\x1b[0m');
    expect(terminal.lines[0]!.runs).toEqual([
      { text: 'name', colour: 36, bold: false },
      { text: '  help', colour: 0, bold: false },
      { text: '!', colour: 31, bold: true },
    ]);
  });

  it('counts changes of a line, so that only what changed is drawn', () => {
    const terminal = new Terminal();
    terminal.write('one\r\ntwo');
    const [one, two] = terminal.lines.map(({ version }) => version);
    terminal.write('!');
    expect(terminal.lines[0]!.version).toBe(one);
    expect(terminal.lines[1]!.version).toBeGreaterThan(two!);
  });

  it('shows the line that the console of the firmware edits, with the cursor in its place', () => {
    const terminal = new Terminal();
    const output = new TerminalOutput({ write: (text) => terminal.write(text) }, { colours: true });
    const line = new LineBuffer();
    for (const character of 'show tags') line.insert(character);
    output.draw('> ', line);
    expect(terminal.text).toBe('> show tags');
    for (let i = 0; i < 4; i++) line.edit(Key.left);
    output.draw('> ', line);
    expect(terminal.cursor).toEqual({ row: 0, column: '> show '.length });
    output.error('no such command');
    output.clear();
    output.write('fresh');
    expect(terminal.text).toBe('fresh');
  });
});

describe('a key', () => {
  const plain = { ctrlKey: false, altKey: false, metaKey: false, shiftKey: false };

  it.each([
    ['Enter', '\r'],
    ['Backspace', '\x7f'],
    ['Tab', '\t'],
    ['ArrowUp', '\x1b[A'],
    ['Home', '\x1b[H'],
    ['Delete', '\x1b[3~'],
  ])('%s sends what a terminal sends', (key, bytes) => {
    expect(keyBytes({ ...plain, key })).toBe(bytes);
  });

  it('with Ctrl sends the control character that the console reads', () => {
    expect(keyBytes({ ...plain, key: 'c', ctrlKey: true })).toBe('\x03');
    expect(keyBytes({ ...plain, key: 'L', ctrlKey: true })).toBe('\x0c');
  });

  it.each([
    { ...plain, key: 'v', ctrlKey: true },
    { ...plain, key: 'Tab', shiftKey: true },
    { ...plain, key: 'Escape' },
    { ...plain, key: 'a' },
    { ...plain, key: 'ArrowLeft', altKey: true },
  ])('is the browser’s: $key', (key) => {
    expect(keyBytes(key)).toBeUndefined();
  });
});
