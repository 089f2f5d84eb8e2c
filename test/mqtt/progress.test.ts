import { CloseReason } from '../../src/mqtt/state.js';
import { pattern } from './bench/bytes.js';
import { names, pingresp, publish, puback, suback, unsuback } from './bench/codec.js';
import { connected } from './bench/desk.js';
import type { Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

/** A keep alive of 6 s: PINGREQ is due after 4.5 s. */
const options = { keepAliveSeconds: 6, pingrespTimeout: 10000, subackTimeout: 10000 };

/** The broker sends `bytes` at a rate in bytes per second, a part each tenth of a second. Returns what was written. */
function trickle(desk: Desk, bytes: Uint8Array, rate: number): string[] {
  const written: string[] = [];
  const part = rate / 10;
  for (let sent = 0, due = part; sent < bytes.length && !desk.session.idle; due += part) {
    desk.now += 100;
    desk.session.tick(desk.now);
    const to = Math.min(bytes.length, Math.floor(due));
    if (to > sent) desk.give(bytes.subarray(sent, to));
    sent = to;
    const packets = names(desk.write());
    if (packets !== '') written.push(packets);
  }
  return written;
}

describe('a deadline follows progress', () => {
  it('of a download slower than the keep alive', () => {
    const desk = connected(options);
    expect(trickle(desk, publish('big', pattern(1 << 20), 1, 1), 20000)).toEqual(['pingreq', 'puback']);
    expect([desk.closed, desk.heard.pieces.at(-1)?.total]).toEqual([undefined, 1 << 20]);
    desk.give(pingresp);
    expect(desk.session.deadline).toBe(desk.now + 4500);
  });

  it('of several messages that the broker had queued', () => {
    const desk = connected(options);
    for (let id = 1; id <= 3; id++) trickle(desk, publish('big', pattern(300000), 1, id), 20000);
    expect([desk.closed, desk.heard.pieces.at(-1)?.packetId]).toEqual([undefined, 3]);
  });

  it('for SUBACK and UNSUBACK', () => {
    for (const answer of [suback(1, 0), unsuback(1)]) {
      const desk = connected({ keepAliveSeconds: 0, subackTimeout: 1000 });
      desk.give(publish('big', pattern(9000)).subarray(0, 3000));
      if (answer.length === 5) desk.subscribe('a');
      else desk.unsubscribe('a');
      desk.write();
      trickle(desk, publish('big', pattern(9000)).subarray(3000), 1000);
      expect(desk.closed).toBeUndefined();
      desk.give(answer);
      expect(desk.session.drained).toBe(true);
    }
  });

  it('and runs from its last byte', () => {
    const desk = connected(options);
    trickle(desk, publish('big', pattern(400000)).subarray(0, 300000), 20000);
    const last = desk.now;
    desk.sleep(9999);
    expect(desk.closed).toBeUndefined();
    desk.sleep(1);
    expect([desk.closed, desk.now - last]).toEqual([CloseReason.pingrespTimeout, 10000]);
  });
});

describe('a deadline is not moved', () => {
  it('by whole messages: a broker that sends and never answers is left', () => {
    const desk = connected(options);
    for (let second = 1; second <= 30 && !desk.session.idle; second++) {
      desk.now = second * 1000;
      desk.session.tick(desk.now);
      desk.give(publish('a', 'x'));
      desk.write();
    }
    expect([desk.closed, desk.now]).toEqual([CloseReason.pingrespTimeout, 15000]);
  });

  it.each([1, 5, 50])('by a trickle of %i bytes per second for longer than its bytes are worth', (rate) => {
    const desk = connected(options);
    trickle(desk, publish('big', pattern(1 << 20)), rate);
    expect(desk.closed).toBe(CloseReason.pingrespTimeout);
    expect(desk.now).toBeLessThan(14500 * (1 + (1.1 * rate) / (100 - rate)));
  });

  it('by a trickle of 500 bytes per second with a minimum rate of 1000', () => {
    const desk = connected({ ...options, minReceiveRate: 1000 });
    trickle(desk, publish('big', pattern(1 << 20)), 500);
    expect(desk.closed).toBe(CloseReason.pingrespTimeout);
    expect(desk.now).toBeLessThan(40000);
  });

  it('by messages that began after the backlog of the broker must have ended', () => {
    const desk = connected({ ...options, backlogTimeout: 20000 });
    for (let id = 1; id <= 20 && !desk.session.idle; id++) trickle(desk, publish('big', pattern(50000), 1, id), 10000);
    expect([desk.closed, desk.now]).toEqual([CloseReason.pingrespTimeout, expect.closeTo(35000, -4)]);
  });

  it('when it is that of CONNACK, before which nothing can come', () => {
    const desk = connected({ connackTimeout: 700 });
    desk.session.lost();
    desk.open();
    desk.write();
    desk.give(new Uint8Array([0x20, 2]));
    desk.now += 700;
    desk.session.tick(desk.now);
    expect(desk.closed).toBe(CloseReason.connackTimeout);
  });
});

describe('a message that waits for PUBACK on a silent link', () => {
  it.each([0, 3600])('brings PINGREQ forward, with a keep alive of %i s', (keepAliveSeconds) => {
    const desk = connected({ keepAliveSeconds });
    desk.now = 60000;
    desk.publish('a', 'x', 1);
    desk.write();
    desk.sleep(9999);
    expect(names(desk.write())).toBe('');
    desk.sleep(1);
    expect(names(desk.write())).toBe('pingreq');
    desk.sleep(10000);
    expect([desk.closed, desk.now]).toEqual([CloseReason.pingrespTimeout, 80000]);
  });

  it('does so though more is sent all the time', () => {
    const desk = connected({ keepAliveSeconds: 3600, transmitArenaSize: 4096 });
    desk.publish('a', 'x', 1);
    for (let second = 0; second < 25 && !desk.session.idle; second++) {
      desk.publish('a', 'x', 0);
      desk.write();
      desk.sleep(1000);
    }
    expect([desk.closed, desk.now]).toEqual([CloseReason.pingrespTimeout, 20000]);
  });

  it('does not when anything comes, or when all is acknowledged', () => {
    const desk = connected({ keepAliveSeconds: 3600 });
    desk.publish('a', 'x', 1);
    desk.write();
    desk.sleep(9000);
    desk.give(publish('b', 'x'));
    desk.sleep(9999);
    expect(names(desk.write())).toBe('');
    desk.give(puback(1));
    desk.sleep(100000);
    expect([names(desk.write()), desk.closed]).toEqual(['', undefined]);
  });

  it('can be told not to, and does not while the transport is not read', () => {
    const off = connected({ keepAliveSeconds: 0, probeTimeout: 0, pubackTimeout: 0 });
    const paused = connected({ keepAliveSeconds: 0 });
    for (const desk of [off, paused]) {
      desk.publish('a', 'x', 1);
      desk.write();
    }
    paused.session.pause(0);
    expect([off.session.deadline, paused.session.deadline]).toEqual([Infinity, Infinity]);
  });
});
