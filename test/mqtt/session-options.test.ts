import { numberOption } from '../../src/mqtt/options.js';
import { Session } from '../../src/mqtt/session.js';
import type { SessionOptions } from '../../src/mqtt/options.js';
import { Recorder } from './bench/recorder.js';
import { describe, expect, it } from 'vitest';

const rows: [name: keyof SessionOptions, min: number, max: number][] = [
  ['receiveBufferSize', 16, 268435455],
  ['transmitArenaSize', 16, 268435455],
  ['draftSize', 0, 268435455],
  ['maxInFlight', 1, 65534],
  ['maxQueued', 1, 65535],
  ['maxPendingAcknowledgements', 1, 65535],
  ['maxSubscriptions', 0, 65535],
  ['maxFiltersPerPacket', 1, 1000],
  ['connackTimeout', 1, 3600000],
  ['pingrespTimeout', 1, 3600000],
  ['subackTimeout', 1, 3600000],
  ['stallTimeout', 1, 3600000],
  ['closingTimeout', 1, 3600000],
  ['pubackTimeout', 0, 3600000],
];

describe.each(rows)('%s', (name, min, max) => {
  it.each([min - 1, max + 1, min + 0.5, NaN, Infinity])('must not be %d', (value) => {
    expect(() => new Session({ clientId: 'c', [name]: value }, new Recorder())).toThrow(
      new RangeError(`${name} must be an integer from ${min} to ${max}, got ${value}`),
    );
  });
});

describe('numberOption', () => {
  it('gives the default for none', () => {
    expect(numberOption(undefined, 'x', 5, 1, 9)).toBe(5);
  });

  it.each([1, 9])('takes the limit %d', (value) => {
    expect(numberOption(value, 'x', 5, 1, 9)).toBe(value);
  });
});

describe('a session', () => {
  it('can be made with the minimum of everything', () => {
    const options = Object.fromEntries(rows.map(([name, min]) => [name, min]));
    expect(new Session({ clientId: 'c', ...options }, new Recorder()).idle).toBe(true);
  });

  it('is not made with wrong CONNECT options', () => {
    expect(() => new Session({ clientId: 'c', password: 'p' }, new Recorder())).toThrow('password requires a username');
  });
});
