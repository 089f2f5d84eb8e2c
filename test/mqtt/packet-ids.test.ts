import { describe, expect, it } from 'vitest';
import { puback, suback, subscribes, unsuback, unsubscribes } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { Refusal } from '../../src/mqtt/state.js';
import { importMessages } from '../../src/mqtt/persistence.js';

/** Publishes and acknowledges until the next identifier is `next`. */
function spend(desk: Desk, next: number): void {
  for (;;) {
    const id = desk.publish('a', '', 1);
    desk.discard();
    desk.give(puback(id));
    if (id === next - 1 || (next === 1 && id === 65535)) return;
  }
}

describe('packet identifiers', () => {
  it('begin at 1 and go up', () => {
    const desk = connected();
    expect([1, 2, 3].map(() => desk.publish('a', '', 1))).toEqual([1, 2, 3]);
  });

  it('are not used by QoS 0', () => {
    const desk = connected();
    desk.publish('a', '', 0);
    expect(desk.publish('a', '', 1)).toBe(1);
  });

  it('are not taken up by a refused message', () => {
    const desk = connected({ maxInFlight: 1 });
    desk.publish('a', '', 1);
    desk.publish('a', '', 1);
    desk.write();
    desk.give(puback(1));
    expect(desk.publish('a', '', 1)).toBe(2);
  });

  it('go from 65535 to 1 and are never 0', () => {
    const desk = connected();
    spend(desk, 65534);
    expect([1, 2, 3].map(() => desk.publish('h', '', 1))).toEqual([65534, 65535, 1]);
  });

  it('come round while others are in flight, and go past them', () => {
    const desk = connected({ maxInFlight: 4, transmitArenaSize: 32 });
    spend(desk, 65535);
    expect([desk.publish('a', '', 1), desk.publish('a', '', 1), desk.publish('a', '', 1)]).toEqual([65535, 1, 2]);
    desk.write();
    desk.give(puback(65535), puback(2));
    const taken = desk.publish('a', '', 1);
    expect(taken).toBe(3);
  });

  it('after an import follow the last one that was imported', () => {
    const desk = new Desk({ cleanSession: false });
    const stored = new Uint8Array([0x32, 5, 0, 1, 97, 0xff, 0xfe, 0x32, 5, 0, 1, 97, 0, 3]);
    expect(importMessages(desk.session, stored, 0, stored.length)).toBe(2);
    expect([desk.publish('a', '', 1), desk.publish('a', '', 1)]).toEqual([4, 5]);
  });

  it('never meet that of the oldest message: there is no room until its PUBACK', () => {
    const options = { maxInFlight: 65534, maxQueued: 65535, transmitArenaSize: 1000000 };
    const desk = connected(options);
    desk.publish('a', '', 1);
    desk.publish('a', '', 1);
    desk.discard();
    for (let id = 3; ; id++) {
      expect(desk.publish('a', '', 1)).toBe(id);
      desk.discard();
      desk.give(puback(id));
      if (id === 65534) break;
    }
    expect(desk.publish('a', '', 1)).toBe(Refusal.full);
    desk.give(puback(1));
    expect([desk.heard.rooms, desk.publish('a', '', 1), desk.publish('a', '', 1)]).toEqual([1, 65535, Refusal.full]);
    desk.give(puback(2));
    expect([desk.publish('a', '', 1), desk.publish('a', '', 1)]).toEqual([1, 2]);
  });

  it('are shared with SUBSCRIBE [MQTT-2.3.1-2]', () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.subscribe('b');
    expect(subscribes(desk.write())).toMatchObject([{ messageId: 2 }]);
    expect(desk.publish('a', '', 1)).toBe(3);
  });

  it('of a SUBSCRIBE under way are not given to a message', () => {
    const desk = connected({ subackTimeout: 3600000 });
    spend(desk, 10);
    desk.subscribe('b');
    expect(subscribes(desk.write())).toMatchObject([{ messageId: 10 }]);
    spend(desk, 1);
    spend(desk, 10);
    expect(desk.publish('a', '', 1)).toBe(11);
  });

  it('of messages in flight are not given to a SUBSCRIBE', () => {
    const desk = connected();
    spend(desk, 65535);
    desk.publish('a', '', 1);
    desk.publish('a', '', 1);
    desk.subscribe('b');
    expect(subscribes(desk.write())).toMatchObject([{ messageId: 2 }]);
  });

  it('of UNSUBSCRIBE come from the same space', () => {
    const desk = connected();
    desk.subscribe('b');
    desk.write();
    desk.give(suback(1, 0));
    desk.publish('a', '', 1);
    desk.unsubscribe('b');
    expect(unsubscribes(desk.write())).toMatchObject([{ messageId: 3 }]);
    desk.give(unsuback(3));
    expect(desk.publish('a', '', 1)).toBe(4);
  });

  it('are kept for messages that wait while there is no connection', () => {
    const desk = connected({ cleanSession: false });
    desk.publish('a', '', 1);
    desk.session.lost();
    expect(desk.publish('a', '', 1)).toBe(2);
  });
});
