import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelnetFilter } from '../../../sim/console/telnet.js';

const IAC = 255;

/** What is left of the pieces, and what is answered. */
function take(...pieces: number[][]): { data: number[]; answers: number[]; isTelnet: boolean } {
  const answers: number[] = [];
  const filter = new TelnetFilter((bytes) => answers.push(...bytes));
  const data = pieces.flatMap((piece) => [...filter.take(Uint8Array.from(piece))]);
  return { data, answers, isTelnet: filter.isTelnet };
}

describe('TelnetFilter', () => {
  it.each<[string, number[], number[], number[]]>([
    ['text', [97, 13, 10], [97, 13, 10], []],
    ['a return as Telnet sends it', [97, 13, 0], [97, 13], []],
    ['consent', [IAC, 253, 1, IAC, 253, 3, 97], [97], []],
    ['what is not offered', [IAC, 253, 24], [], [IAC, 252, 24]],
    ['what the client would do', [IAC, 251, 31], [], [IAC, 254, 31]],
    ['a refusal', [IAC, 254, 1, IAC, 252, 31], [], []],
    ['a parameter', [97, IAC, 250, 31, 0, 80, 0, 24, IAC, IAC, 1, IAC, 240, 98], [97, 98], []],
    ['an interrupt', [97, IAC, 244], [97, 3], []],
    ['an escaped 255', [IAC, IAC], [IAC], []],
    ['other commands', [IAC, 241, 97, IAC, 246], [97], []],
  ])('%s', (_, input, data, answers) => {
    expect(take(input)).toMatchObject({ data, answers });
    // In any pieces.
    expect(take(...input.map((byte) => [byte]))).toMatchObject({ data, answers });
  });

  it('knows a Telnet client by its first command', () => {
    expect(take([97, IAC, IAC]).isTelnet).toBe(false);
    expect(take([IAC, 253, 1]).isTelnet).toBe(true);
  });

  it('takes any bytes in any pieces alike', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 3, 97, 240, 244, 250, 251, 253, IAC)), fc.nat(), (bytes, at) => {
        const cut = bytes.length === 0 ? 0 : at % bytes.length;
        expect(take(bytes.slice(0, cut), bytes.slice(cut))).toEqual(take(bytes));
      }),
    );
  });
});
