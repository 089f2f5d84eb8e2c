import { MAX_REMAINING_LENGTH, packetSize, writeFixedHeader } from '../../src/mqtt/packet.js';
import { hex } from './bench/bytes.js';
import { describe, expect, it } from 'vitest';

/** Table 2.4 of MQTT 3.1.1. */
const table: [length: number, bytes: string][] = [
  [0, '00'],
  [64, '40'],
  [127, '7f'],
  [128, '8001'],
  [321, 'c102'],
  [16383, 'ff7f'],
  [16384, '808001'],
  [2097151, 'ffff7f'],
  [2097152, '80808001'],
  [268435455, 'ffffff7f'],
];

describe('remaining length', () => {
  it('has the limit of 2.2.3', () => {
    expect(MAX_REMAINING_LENGTH).toBe(256 * 1024 * 1024 - 1);
  });

  it.each(table)('%i is encoded as %s', (length, bytes) => {
    const target = new Uint8Array(7).fill(0xaa);
    const end = writeFixedHeader(target, 1, 0xd0, length);
    expect(target.slice(1, end)).toEqual(hex('d0' + bytes));
    expect(target[0]).toBe(0xaa);
    expect(target[end]).toBe(0xaa);
  });

  it.each(table)('%i has the size of %s', (length, bytes) => {
    expect(packetSize(length)).toBe(1 + bytes.length / 2 + length);
  });
});
