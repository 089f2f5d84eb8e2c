import { describe, expect, it } from 'vitest';
import { FAULTS, faultText, makeFault, parseFaults, randomFaults, randomWorld } from '../../../../sim/virtual/index.js';
import type { Fault } from '../../../../sim/virtual/index.js';
import { Chance } from '../../../../sim/virtual/random.js';

const texts = (faults: readonly Fault[]): string => faults.map(faultText).join(', ');

describe('parseFaults', () => {
  it('reads what the command line has, and faultText writes it', () => {
    const faults = parseFaults('halfopen@10s+30s,  powercut@1.5m off=250ms,clockjump@1h by=-1d');
    expect(faults).toMatchObject([
      { kind: 'halfopen', at: 10_000, for: 30_000 },
      { kind: 'powercut', at: 90_000 },
      { kind: 'clockjump', at: 3_600_000 },
    ]);
    expect(texts(faults)).toBe(
      'halfopen@10s+30s gateway=0, powercut@90s gateway=0 writes=0 off=250ms, clockjump@1h gateway=0 by=-1d',
    );
    expect(parseFaults(' ')).toEqual([]);
  });

  it.each(FAULTS.map((row) => [row.kind, row] as const))('gives %s back from its own text', (kind, row) => {
    const made = makeFault(kind, 1500, row.time === 'moment' ? undefined : 90_000);
    expect(made.kind).toBe(kind);
    const [read] = parseFaults(faultText(made));
    expect(faultText(read!)).toBe(faultText(made));
    for (const { name } of row.parameters) expect(made.detail).toContain(' ' + name + '=');
  });

  const kinds = FAULTS.map(({ kind }) => kind).join(', ');
  it.each([
    ['slwo@1s', 'unknown kind slwo; the kinds are ' + kinds],
    ['slow', 'write KIND@TIME or KIND@TIME+LENGTH, such as halfopen@10s+30s'],
    ['slow@', '"" is no time; write a number with d, h, m, s or ms, such as 90s'],
    ['slow@10', '"10" is no time; write a number with d, h, m, s or ms, such as 90s'],
    ['slow@-1s+1s', 'slow: the time must be 0s or more, got -1000'],
    ['slow@1s+5', '"5" is no time; write a number with d, h, m, s or ms, such as 90s'],
    ['slow@1s+0s', 'slow: what follows + must be more than 0s'],
    ['slow@1s', 'slow needs how long it lasts, such as slow@1s+30s'],
    ['reset@1s+5s', 'reset happens at one moment; leave +5s out'],
    ['reset@1s bytes=1', 'reset has no parameter bytes; it has gateway'],
    ['portal@1s+1s bytes=1', 'portal has no parameter bytes; it has none'],
    ['slow@1s+1s bytes', '"bytes" is no parameter; write name=value'],
    ['slow@1s+1s bytes=1 bytes=2', 'bytes is given twice'],
    ['slow@1s+1s bytes=0', 'slow: bytes must be an integer from 1 to 65535, got 0'],
    ['slow@1s+1s bytes=many', 'slow: bytes must be an integer from 1 to 65535, got many'],
    ['slow@1s+1s gateway=1', 'slow: gateway must be a place from 0 to 0, got 1'],
    ['refused@1s+1s broker=1', 'refused: broker must be a place from 0 to 0, got 1'],
    ['tagsilent@1s+1s tag=20', 'tagsilent: tag must be a place from 0 to 19, got 20'],
    ['powercut@1s off=5', 'off: "5" is no time; write a number with d, h, m, s or ms, such as 90s'],
    ['powercut@1s off=31d', 'powercut: off must be a time from 0s to 30d, got 31d'],
    ['dns@1s+1s cause=gone', 'dns: cause must be unknown or silent or moved or dead or hangs, got gone'],
  ])('%s: %s', (text, message) => {
    expect(() => parseFaults('reset@1s,' + text, randomWorld(1))).toThrow(
      new RangeError('fault ' + JSON.stringify(text) + ': ' + message),
    );
  });

  it('says to which boards a fault can happen', () => {
    expect(() => parseFaults('wifigone@1s+1s', randomWorld(1, { board: 'desktop' }))).toThrow(
      'wifigone: gateway must be a gateway with the board esp32 or esp8266, got 0',
    );
  });
});

describe('randomFaults', () => {
  const draw = (seed: number, board: 'esp32' | 'esp8266' | 'desktop', hours = 200): Fault[] =>
    randomFaults(new Chance(seed).stream('faults'), randomWorld(1, { board }), hours, 5);

  it('draws the same from the same stream, within the hours, and replays from the text', () => {
    const faults = draw(1, 'esp32');
    expect(faults.length).toBe(1000);
    expect(texts(draw(1, 'esp32'))).toBe(texts(faults));
    expect(texts(draw(2, 'esp32'))).not.toBe(texts(faults));
    expect(texts(parseFaults(texts(faults), randomWorld(1)))).toBe(texts(faults));
    for (const { at, for: length = 0 } of faults) expect(at + length).toBeLessThanOrEqual(200 * 3_600_000);
  });

  it.each(['esp32', 'esp8266', 'desktop'] as const)('draws every kind that %s can have, and no other', (board) => {
    const possible = FAULTS.filter(({ boards, weight, parameters }) => {
      const hasTags = randomWorld(1, { board }).tags.length > 0 || !parameters.some(({ type }) => type === 'tag');
      return weight > 0 && boards.includes(board) && hasTags;
    });
    const drawn = new Set(draw(3, board, 2000).map(({ kind }) => kind));
    expect([...drawn].sort()).toEqual(possible.map(({ kind }) => kind).sort());
  });
});
