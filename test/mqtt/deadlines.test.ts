import { publishStream } from '../../src/mqtt/payload-stream.js';
import { CloseReason } from '../../src/mqtt/state.js';
import { connack, names, pingresp, puback, publish, publishes, suback, unsuback } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

/** Nothing at one millisecond before `at`, and `reason` at `at`. */
function expectEnd(desk: Desk, at: number, reason: CloseReason): void {
  desk.session.tick(at - 1);
  expect(desk.closed).toBeUndefined();
  desk.session.tick(at);
  expect([desk.closed, desk.session.idle, desk.session.deadline]).toEqual([reason, true, Infinity]);
}

const quiet = { keepAliveSeconds: 0 };

describe('CONNACK', () => {
  it('is overdue after its time, counted from open', () => {
    const desk = new Desk({ connackTimeout: 700 });
    desk.now = 100;
    desk.open();
    desk.now = 300;
    desk.write();
    expect(desk.session.deadline).toBe(800);
    expectEnd(desk, 800, CloseReason.connackTimeout);
  });

  it('in time ends the deadline', () => {
    expect(connected(quiet).session.deadline).toBe(Infinity);
  });

  it('that came in part does not', () => {
    const desk = new Desk({ connackTimeout: 700 });
    desk.open();
    desk.write();
    desk.now = 600;
    desk.give(connack().slice(0, 3));
    expectEnd(desk, 700, CloseReason.connackTimeout);
  });

  it('has its deadline also when CONNECT cannot be written', () => {
    const desk = new Desk({ connackTimeout: 700 });
    desk.open();
    desk.session.next(0);
    expectEnd(desk, 700, CloseReason.connackTimeout);
  });
});

describe('SUBACK and UNSUBACK', () => {
  it('are overdue after their time, counted from writing', () => {
    const desk = connected({ ...quiet, subackTimeout: 500 });
    desk.subscribe('a');
    desk.now = 100;
    desk.write();
    expectEnd(desk, 600, CloseReason.subackTimeout);
  });

  it('in time end the deadline', () => {
    const desk = connected(quiet);
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    expect(desk.session.deadline).toBe(Infinity);
  });

  it('have the deadline moved by nothing', () => {
    const desk = connected({ ...quiet, subackTimeout: 500 });
    desk.subscribe('a');
    desk.write();
    desk.now = 400;
    desk.give(publish('a', 'x', 1, 1), pingresp);
    desk.publish('a', 'y');
    desk.subscribe('b');
    desk.write();
    expectEnd(desk, 500, CloseReason.subackTimeout);
  });

  it('for an UNSUBSCRIBE are overdue too', () => {
    const desk = connected({ ...quiet, subackTimeout: 500 });
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    desk.unsubscribe('a');
    desk.write();
    expectEnd(desk, 500, CloseReason.subackTimeout);
  });

  it('for an UNSUBSCRIBE in time end the deadline', () => {
    const desk = connected(quiet);
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    desk.unsubscribe('a');
    desk.write();
    desk.give(unsuback(2));
    expect(desk.session.deadline).toBe(Infinity);
  });
});

describe('a stall', () => {
  it('ends the connection when nothing can be written', () => {
    const desk = connected({ ...quiet, stallTimeout: 900 });
    desk.publish('a', 'x');
    desk.now = 50;
    desk.session.next(desk.now);
    expectEnd(desk, 950, CloseReason.transmitStalled);
  });

  it('is not there as long as bytes go', () => {
    const desk = connected({ ...quiet, stallTimeout: 900 });
    desk.publish('a', 'x'.repeat(20));
    for (desk.now = 0; desk.session.next(desk.now); desk.now += 800) {
      desk.session.tick(desk.now);
      desk.session.sent(1, desk.now);
    }
    expect([desk.closed, desk.session.deadline]).toEqual([undefined, Infinity]);
  });

  it('is counted from the last byte that went', () => {
    const desk = connected({ ...quiet, stallTimeout: 900 });
    desk.publish('a', 'x');
    desk.session.next(0);
    desk.session.sent(1, 500);
    desk.session.next(600);
    expectEnd(desk, 1400, CloseReason.transmitStalled);
  });

  it('is not moved by asking again', () => {
    const desk = connected({ ...quiet, stallTimeout: 900 });
    desk.publish('a', 'x');
    for (let now = 0; now < 900; now += 100) desk.session.next(now);
    expectEnd(desk, 900, CloseReason.transmitStalled);
  });

  it('is not moved by what arrives', () => {
    const desk = connected({ ...quiet, stallTimeout: 900 });
    desk.publish('a', 'x');
    desk.session.next(0);
    desk.now = 800;
    desk.give(publish('a', 'x'), publish('b', 'y', 1, 1));
    desk.session.next(800);
    expectEnd(desk, 900, CloseReason.transmitStalled);
  });

  it('is also one of a source that gives nothing', () => {
    const desk = connected({ ...quiet, stallTimeout: 900 });
    publishStream(desk.session, new Uint8Array([97]), { read: () => 0 }, 100, 0, false);
    desk.write();
    expectEnd(desk, 900, CloseReason.transmitStalled);
  });
});

describe('closing', () => {
  it('is overdue when DISCONNECT cannot be written', () => {
    const desk = connected({ ...quiet, closingTimeout: 300 });
    desk.now = 100;
    desk.session.disconnect(desk.now);
    desk.session.next(desk.now);
    expectEnd(desk, 400, CloseReason.closingTimeout);
  });

  it('has its deadline before anything is written', () => {
    const desk = connected({ ...quiet, closingTimeout: 300 });
    desk.session.disconnect(100);
    expect(desk.session.deadline).toBe(400);
  });

  it('leaves no deadline', () => {
    const desk = connected();
    desk.session.disconnect(0);
    desk.write();
    expect(desk.session.deadline).toBe(Infinity);
  });
});

describe('after the end of a connection', () => {
  it('no deadline is left of it', () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.session.lost();
    expect(desk.session.deadline).toBe(Infinity);
  });

  it('a tick does nothing', () => {
    const desk = connected();
    desk.session.lost();
    desk.session.tick(1e9);
    expect(desk.heard.closed).toEqual([CloseReason.transportLost]);
  });

  it('no deadline of it lives on in the next', () => {
    const desk = connected({ subackTimeout: 500, connackTimeout: 3600000, keepAliveSeconds: 0 });
    desk.subscribe('a');
    desk.write();
    desk.session.lost();
    desk.open();
    expect(names(desk.write())).toBe('connect');
    desk.session.tick(10000);
    expect(desk.session.idle).toBe(false);
  });
});

describe('a message that nobody acknowledges', () => {
  it('is not sent again in the same connection', () => {
    const desk = connected({ ...quiet, probeTimeout: 0, pubackTimeout: 0 });
    desk.publish('a', 'x', 1);
    desk.write();
    desk.now = 3600000;
    desk.session.tick(desk.now);
    expect([desk.writeBytes().length, desk.session.connected]).toEqual([0, true]);
  });

  const waiting = { ...quiet, probeTimeout: 0, pubackTimeout: 5000, cleanSession: false };

  /** Publishes a message at each of these times, with identifiers from 1. */
  function published(...times: number[]): Desk {
    const desk = connected(waiting);
    for (const time of times) {
      desk.now = time;
      desk.publish('a', 'x', 1);
      desk.write();
    }
    return desk;
  }

  it('ends the connection after its time, counted from its last byte', () => {
    expectEnd(published(100), 5100, CloseReason.pubackTimeout);
  });

  it('ends it although later ones are acknowledged, and is sent again', () => {
    const desk = published(100, 200, 300);
    desk.now = 400;
    desk.give(puback(2), puback(3));
    expect(desk.session.deadline).toBe(5100);
    expectEnd(desk, 5100, CloseReason.pubackTimeout);
    const [again] = publishes(desk.connect(true));
    expect(again).toMatchObject({ messageId: 1, dup: true });
  });

  it('has its time counted anew from the one that is oldest then', () => {
    const desk = published(100, 3000);
    desk.now = 4000;
    desk.give(puback(1));
    expectEnd(desk, 8000, CloseReason.pubackTimeout);
  });

  it('has twice the time after each such end, an hour at most, until a PUBACK comes in time', () => {
    const desk = published(0);
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const deadline = desk.session.deadline;
      waits.push(deadline - desk.now);
      desk.now = deadline;
      desk.session.tick(desk.now);
      desk.connect(true);
    }
    expect(waits.slice(0, 3)).toEqual([5000, 10000, 20000]);
    expect(waits.at(-1)).toBe(3600000);
    desk.now += 6000;
    desk.give(puback(1));
    desk.publish('a', 'y', 1);
    desk.write();
    expect(desk.session.deadline - desk.now).toBe(3600000);
    desk.now += 4000;
    desk.give(puback(2));
    desk.publish('a', 'z', 1);
    desk.write();
    expect(desk.session.deadline - desk.now).toBe(5000);
  });

  it('waits for the end of a packet that is being received', () => {
    const desk = published(0);
    const packet = publish('b', 'x'.repeat(100));
    desk.now = 4000;
    desk.give(packet.slice(0, 50));
    desk.session.tick(5000);
    expect(desk.closed).toBeUndefined();
    desk.now = 6000;
    desk.give(packet.slice(50));
    expectEnd(desk, 11000, CloseReason.pubackTimeout);
  });

  it('may come right behind a packet that ends just before its time is over', () => {
    const desk = connected({ ...waiting, pubackTimeout: 60000 });
    desk.publish('a', 'x', 1);
    desk.write();
    const packet = publish('b', 'x'.repeat(100));
    desk.now = 59000;
    desk.give(packet.slice(0, 50));
    desk.now = 59900;
    desk.give(packet.slice(50));
    desk.session.tick(60000);
    expect(desk.closed).toBeUndefined();
    expectEnd(desk, 69900, CloseReason.pubackTimeout);
  });

  it('has it like the first when it is one of several that waited behind a packet', () => {
    const desk = published(0, 0, 0);
    const packet = publish('b', 'x'.repeat(100));
    desk.now = 4000;
    desk.give(packet.slice(0, 50));
    desk.session.tick(5000);
    desk.session.tick(10000);
    desk.now = 12000;
    desk.give(packet.slice(50), puback(1));
    desk.now = 16000;
    desk.give(puback(2));
    expectEnd(desk, 17000, CloseReason.pubackTimeout);
  });

  it('has no more time for a packet that ended long before', () => {
    const desk = connected({ ...waiting, pubackTimeout: 60000 });
    desk.publish('a', 'x', 1);
    desk.write();
    const packet = publish('b', 'x'.repeat(100));
    desk.now = 20000;
    desk.give(packet.slice(0, 50));
    desk.give(packet.slice(50));
    expectEnd(desk, 60000, CloseReason.pubackTimeout);
  });

  it('has all its time after a pause', () => {
    const desk = published(0);
    desk.session.pause(1000);
    desk.session.tick(9000);
    desk.session.resume(9000);
    expectEnd(desk, 14000, CloseReason.pubackTimeout);
  });
});
