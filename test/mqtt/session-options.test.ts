import { describe, expect, it } from 'vitest';
import { Session } from '../../src/mqtt/session.js';
import { sizeOption } from '../../src/mqtt/session-options.js';
import type { SizeOption } from '../../src/mqtt/session-options.js';
import { Recorder } from './bench/recorder.js';

const rows: [name: SizeOption, standard: number, least: number, most: number][] = [
  ['receiveBufferSize', 512, 16, 268435455],
  ['transmitArenaSize', 512, 16, 268435455],
  ['maxInFlight', 8, 1, 65534],
  ['maxQueued', 8, 1, 65535],
  ['maxPendingAcknowledgements', 8, 1, 65535],
  ['maxSubscriptions', 8, 0, 65535],
  ['maxFiltersPerPacket', 8, 1, 1000],
  ['connackTimeout', 10000, 1, 3600000],
  ['pingrespTimeout', 10000, 1, 3600000],
  ['subackTimeout', 10000, 1, 3600000],
  ['stallTimeout', 20000, 1, 3600000],
  ['closingTimeout', 2000, 1, 3600000],
];

describe.each(rows)('%s', (name, standard, least, most) => {
  const allowed = `: allowed are whole numbers from ${least} to ${most}`;

  it('has its default', () => {
    expect(sizeOption({ clientId: 'c' }, name)).toBe(standard);
  });

  it.each([least, most])('may be %d', (value) => {
    expect(sizeOption({ clientId: 'c', [name]: value }, name)).toBe(value);
  });

  it.each([least - 1, most + 1, least + 0.5, NaN, Infinity])('must not be %d', (value) => {
    expect(() => new Session({ clientId: 'c', [name]: value }, new Recorder())).toThrow(
      new RangeError(name + ' ' + value + allowed),
    );
  });
});

describe('a session', () => {
  it('can be made with the least of everything', () => {
    const options = Object.fromEntries(rows.map(([name, , least]) => [name, least]));
    expect(new Session({ clientId: 'c', ...options }, new Recorder()).idle).toBe(true);
  });

  it('is not made with wrong CONNECT options', () => {
    expect(() => new Session({ clientId: 'c', password: 'p' }, new Recorder())).toThrow('password needs a username');
  });
});
