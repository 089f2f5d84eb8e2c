import fc from 'fast-check';
import { isUnlimited, Pacer, stricterLimits } from '../../../src/telemetry/index.js';
import type { PaceLimits } from '../../../src/telemetry/index.js';
import { describe, expect, it } from 'vitest';

interface Sent {
  at: number;
  bytes: number;
  points: number;
}

/** Sends `messages` as soon as the pacer lets them go, in virtual time, with a timer that is late by 0 to `late` ms. */
function send(
  limits: PaceLimits,
  messages: Omit<Sent, 'at'>[],
  start: number,
  late: (index: number) => number,
): Sent[] {
  const pacer = new Pacer(limits);
  const list: Sent[] = [];
  let now = start;
  for (const { bytes, points } of messages) {
    for (let tries = 0; !pacer.allows(now, bytes, points); tries++) {
      expect(pacer.deadline).toBeGreaterThan(now);
      expect(tries).toBeLessThan(2);
      now = pacer.deadline + late(list.length);
    }
    pacer.sent(now, 1, bytes, points);
    list.push({ at: now, bytes, points });
  }
  return list;
}

/** The most of what `measure` says that left in less than a second, wherever that begins. */
function mostInASecond(list: Sent[], measure: (sent: Sent) => number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const sent of list) {
    sum += measure(sent);
    while (sent.at - list[first]!.at >= 1000) sum -= measure(list[first++]!);
    most = Math.max(most, sum);
  }
  return most;
}

const limit = fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined });

describe('Pacer', () => {
  it('sends 10,000 readings at 50 messages a second with no second above that, in no more than a tenth longer', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.array(fc.nat(2), { minLength: 1 }),
        (start, late) => {
          const messages = Array.from({ length: 10000 }, () => ({ bytes: 200, points: 5 }));
          const list = send({ messagesPerSecond: 50 }, messages, start, (index) => late[index % late.length]!);
          expect(mostInASecond(list, () => 1)).toBeLessThanOrEqual(50);
          expect(list.at(-1)!.at - start).toBeLessThan(220000);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('keeps messages, bytes and points below any limits in every second, but for one message beyond them', () => {
    const message = fc.record({ bytes: fc.integer({ min: 1, max: 300 }), points: fc.integer({ min: 0, max: 30 }) });
    fc.assert(
      fc.property(
        limit,
        limit,
        limit,
        fc.array(message, { maxLength: 200 }),
        fc.nat(100000),
        (n, b, p, messages, at) => {
          const limits = { messagesPerSecond: n, bytesPerSecond: b, pointsPerSecond: p } as PaceLimits;
          const list = send(limits, messages, at, () => 0);
          expect(mostInASecond(list, () => 1)).toBeLessThanOrEqual(n ?? Infinity);
          const largest = (measure: (sent: Sent) => number) => Math.max(0, ...list.map(measure));
          const bytes = ({ bytes }: Sent) => bytes;
          const points = ({ points }: Sent) => points;
          expect(mostInASecond(list, bytes)).toBeLessThanOrEqual(Math.max(b ?? Infinity, largest(bytes)));
          expect(mostInASecond(list, points)).toBeLessThanOrEqual(Math.max(p ?? Infinity, largest(points)));
        },
      ),
    );
  });

  it('lets what was saved up leave at once, and waits from then on', () => {
    const pacer = new Pacer({ messagesPerSecond: 3 });
    for (let i = 0; i < 3; i++) {
      expect(pacer.allows(1000, 10, 1)).toBe(true);
      pacer.sent(1000, 1, 10, 1);
    }
    expect(pacer.allows(1000, 10, 1)).toBe(false);
    expect(pacer.deadline).toBe(2062.5);
    expect(pacer.allows(2062.4, 10, 1)).toBe(false);
    expect(pacer.allows(2062.5, 10, 1)).toBe(true);
    expect(pacer.deadline).toBe(-Infinity);
  });

  it('refuses limits below 1', () => {
    expect(() => new Pacer({ messagesPerSecond: 0 })).toThrow('messagesPerSecond must be at least 1, got 0');
    expect(() => new Pacer({ pointsPerSecond: NaN })).toThrow('pointsPerSecond must be at least 1, got NaN');
  });

  it('takes the stricter of two limits', () => {
    const both = stricterLimits({ messagesPerSecond: 50, inFlight: 100 }, { messagesPerSecond: 60, bytesPerSecond: 9 });
    expect(both).toEqual({ messagesPerSecond: 50, bytesPerSecond: 9, pointsPerSecond: Infinity, inFlight: 100 });
    expect(isUnlimited(both)).toBe(false);
    expect(isUnlimited(stricterLimits({ inFlight: 3 }, {}))).toBe(true);
  });
});
