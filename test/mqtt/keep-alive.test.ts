import { CloseReason } from '../../src/mqtt/state.js';
import { names, pingresp, publish } from './bench/codec.js';
import { connected } from './bench/desk.js';
import type { Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

const options = { keepAliveSeconds: 40, pingrespTimeout: 10000 };

/** Runs in steps of a second; returns at which seconds PINGREQ was written. */
function pings(desk: Desk, seconds: number, eachSecond: (desk: Desk, second: number) => void, answer = true): number[] {
  const at: number[] = [];
  for (let second = 1; second <= seconds && !desk.session.idle; second++) {
    desk.now = second * 1000;
    desk.session.tick(desk.now);
    eachSecond(desk, second);
    if (!names(desk.write()).includes('pingreq')) continue;
    at.push(second);
    if (answer) desk.give(pingresp);
  }
  return at;
}

const silence = (): void => {};
function send(desk: Desk): void {
  desk.publish('a', 'x');
}
function receive(desk: Desk): void {
  desk.give(publish('a', 'x'));
}
function both(desk: Desk): void {
  send(desk);
  receive(desk);
}
function every(period: number, act: (desk: Desk) => void): (desk: Desk, second: number) => void {
  return (desk, second) => {
    if (second % period === 0) act(desk);
  };
}

describe('PINGREQ at three quarters of the keep alive', () => {
  it('when idle', () => {
    expect(pings(connected(options), 100, silence)).toEqual([30, 60, 90]);
  });

  it('when only sending', () => {
    expect(pings(connected(options), 100, every(10, send))).toEqual([30, 60, 90]);
  });

  it('when only receiving', () => {
    expect(pings(connected(options), 100, every(10, receive))).toEqual([30, 60, 90]);
  });

  it('never when both', () => {
    expect(pings(connected(options), 200, every(10, both))).toEqual([]);
  });

  it('after traffic that ended, counted from its end', () => {
    expect(pings(connected(options), 50, (desk, second) => second === 15 && both(desk))).toEqual([45]);
  });

  it('never with keep alive 0', () => {
    const desk = connected({ keepAliveSeconds: 0 });
    expect(pings(desk, 1000, silence)).toEqual([]);
    expect(desk.session.deadline).toBe(Infinity);
  });

  it('with the largest keep alive', () => {
    expect(connected({ keepAliveSeconds: 65535 }).session.deadline).toBe(65535 * 750);
  });

  it('is the deadline of an idle session', () => {
    expect(connected(options).session.deadline).toBe(30000);
  });

  it('not a millisecond before', () => {
    const desk = connected(options);
    desk.now = 29999;
    desk.session.tick(desk.now);
    expect(desk.writeBytes()).toHaveLength(0);
  });

  it('not before CONNACK', () => {
    const desk = connected({ keepAliveSeconds: 1, connackTimeout: 60000 });
    desk.session.lost();
    desk.open();
    desk.write();
    desk.now = 5000;
    desk.session.tick(desk.now);
    expect(desk.writeBytes()).toHaveLength(0);
  });

  it('once, however often tick is called', () => {
    const desk = connected(options);
    desk.now = 30000;
    for (let i = 0; i < 5; i++) desk.session.tick(desk.now + i);
    expect(names(desk.write())).toBe('pingreq');
  });

  it('again on the next connection when one was not answered', () => {
    const desk = connected(options);
    expect(pings(desk, 50, silence, false)).toEqual([30]);
    desk.now = 0;
    desk.connect();
    expect(pings(desk, 50, silence)).toEqual([30]);
  });
});

describe('the deadline for PINGRESP', () => {
  function pinged(): Desk {
    const desk = connected(options);
    desk.now = 30000;
    desk.session.tick(desk.now);
    desk.write();
    return desk;
  }

  it('is set when PINGREQ is written', () => {
    expect(pinged().session.deadline).toBe(40000);
  });

  it.each([
    ['sending', send],
    ['receiving', receive],
    ['both', both],
  ])('is not moved by %s', (_, act) => {
    const desk = pinged();
    for (desk.now = 31000; desk.now < 40000; desk.now += 1000) {
      desk.session.tick(desk.now);
      act(desk);
      desk.write();
      expect(desk.session.deadline).toBe(40000);
    }
    desk.session.tick(40000);
    expect(desk.closed).toBe(CloseReason.pingrespTimeout);
  });

  it('does not pass a millisecond before', () => {
    const desk = pinged();
    desk.session.tick(39999);
    expect(desk.closed).toBeUndefined();
  });

  it('ends with PINGRESP', () => {
    const desk = pinged();
    desk.now = 39999;
    desk.give(pingresp);
    desk.session.tick(50000);
    expect(desk.closed).toBeUndefined();
  });

  it('is not set by half a PINGREQ', () => {
    const desk = connected({ ...options, stallTimeout: 100000 });
    desk.now = 30000;
    desk.session.tick(desk.now);
    desk.write(1);
    desk.session.tick(45000);
    expect(desk.closed).toBeUndefined();
    desk.now = 45000;
    desk.write();
    expect(desk.session.deadline).toBe(55000);
  });
});

describe('a PINGRESP that nobody asked for', () => {
  it('is ignored', () => {
    const desk = connected(options);
    desk.give(pingresp);
    expect(desk.session.connected).toBe(true);
  });

  it('does not answer a PINGREQ that is not written yet', () => {
    const desk = connected(options);
    desk.now = 30000;
    desk.session.tick(desk.now);
    desk.give(pingresp);
    desk.write();
    expect(desk.session.deadline).toBe(40000);
  });

  it('does not let the next PINGREQ move the deadline', () => {
    const desk = connected({ keepAliveSeconds: 4, pingrespTimeout: 10000 });
    desk.now = 3000;
    desk.session.tick(desk.now);
    desk.give(pingresp);
    for (; desk.now < 13000; desk.now += 1000) {
      desk.session.tick(desk.now);
      desk.write();
    }
    desk.session.tick(13000);
    expect(desk.closed).toBe(CloseReason.pingrespTimeout);
  });

  it('never makes two PINGREQ wait', () => {
    const desk = connected({ ...options, maxPendingAcknowledgements: 1 });
    for (desk.now = 30000; desk.now < 30010; desk.now++) {
      desk.session.tick(desk.now);
      desk.give(pingresp);
    }
    expect(names(desk.write())).toBe('pingreq');
  });
});
