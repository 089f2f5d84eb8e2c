import { CloseReason } from '../../src/mqtt/state.js';
import { names, suback } from './bench/codec.js';
import { connected } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

const options = { keepAliveSeconds: 40, pingrespTimeout: 10000, subackTimeout: 10000 };

describe('a session whose transport is not read', () => {
  it('sends PINGREQ and awaits no PINGRESP', () => {
    const desk = connected(options);
    desk.session.pause(0);
    const found: string[] = [];
    for (desk.now = 1000; desk.now <= 100000; desk.now += 1000) {
      desk.session.tick(desk.now);
      const packets = names(desk.write());
      if (packets) found.push(desk.now / 1000 + ' ' + packets);
    }
    expect([found, desk.closed]).toEqual([['30 pingreq', '60 pingreq', '90 pingreq'], undefined]);
  });

  it('awaits no SUBACK', () => {
    const desk = connected(options);
    desk.subscribe('a');
    desk.write();
    desk.session.pause(0);
    desk.session.tick(20000);
    expect(desk.closed).toBeUndefined();
  });

  it('awaits SUBACK again when it is read again', () => {
    const desk = connected(options);
    desk.subscribe('a');
    desk.write();
    desk.session.pause(0);
    desk.session.resume(15000);
    desk.session.tick(24999);
    expect(desk.closed).toBeUndefined();
    desk.session.tick(25000);
    expect(desk.closed).toBe(CloseReason.subackTimeout);
  });

  it('takes the SUBACK that comes when it is read again', () => {
    const desk = connected(options);
    desk.subscribe('a');
    desk.write();
    desk.session.pause(0);
    desk.session.resume(15000);
    desk.give(suback(1, 0));
    expect(desk.heard.granted).toEqual([['a', 0]]);
  });

  it('sends PINGREQ as ever when it is read again', () => {
    const desk = connected(options);
    desk.session.pause(0);
    desk.session.resume(5000);
    desk.now = 30000;
    desk.session.tick(desk.now);
    expect(names(desk.write())).toBe('pingreq');
    expect(desk.session.deadline).toBe(40000);
  });

  it('still stalls when nothing can be written', () => {
    const desk = connected({ ...options, stallTimeout: 5000 });
    desk.session.pause(0);
    desk.publish('a', 'x');
    desk.session.next(0);
    desk.session.tick(5000);
    expect(desk.closed).toBe(CloseReason.transmitStalled);
  });

  it('is read again on the next connection', () => {
    const desk = connected(options);
    desk.session.pause(0);
    desk.reconnect();
    desk.now = 30000;
    desk.session.tick(desk.now);
    desk.write();
    desk.session.tick(40000);
    expect(desk.closed).toBe(CloseReason.pingrespTimeout);
  });

  it('has no deadline while there is no connection', () => {
    const desk = connected(options);
    desk.subscribe('a');
    desk.write();
    desk.session.lost();
    desk.session.resume(0);
    expect(desk.session.deadline).toBe(Infinity);
  });
});
