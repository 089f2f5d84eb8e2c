import { encodeConnect } from '../../src/mqtt/packet.js';
import { Counter } from '../../src/mqtt/layout.js';
import { PacketType } from '../../src/mqtt/packet.js';
import { CloseReason, Refusal } from '../../src/mqtt/state.js';
import { connack, connects, names, packetsOf, pingresp, puback, publish } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

describe('connecting', () => {
  it('writes CONNECT and nothing else before CONNACK [MQTT-3.1.0-1]', () => {
    const desk = new Desk();
    desk.publish('a', 'x', 1);
    desk.subscribe('b');
    desk.open();
    expect(names(desk.write())).toBe('connect');
  });

  it('writes what waited after CONNACK', () => {
    const desk = new Desk();
    desk.publish('a', 'x', 1);
    expect(names(desk.connect())).toBe('publish');
  });

  it('writes CONNECT once [MQTT-3.1.0-2]', () => {
    const desk = connected();
    desk.sleep(5000);
    expect(desk.writeBytes()).toHaveLength(0);
    expect(desk.session.counter(Counter.sent + PacketType.connect)).toBe(1);
  });

  it('writes the options of the session', () => {
    const options = { clientId: 'me', cleanSession: false, username: 'u', password: 'p', keepAliveSeconds: 7 };
    const desk = new Desk(options);
    desk.open();
    expect(desk.writeBytes()).toEqual(encodeConnect(options));
  });

  it('is not connected before CONNACK', () => {
    const desk = new Desk();
    desk.open();
    desk.write();
    expect([desk.session.connected, desk.session.idle]).toEqual([false, false]);
  });

  it('is connected after CONNACK', () => {
    const { session, heard } = connected();
    expect([session.connected, heard.sessionPresent]).toEqual([true, [false]]);
  });

  it('cannot be opened twice', () => {
    const desk = connected();
    expect(desk.session.open(0)).toBe(Refusal.wrongState);
    expect(desk.session.connected).toBe(true);
  });

  it('counts a refused open', () => {
    const desk = connected();
    desk.session.open(0);
    expect(desk.session.counter(Counter.refused)).toBe(1);
  });

  it('consumes nothing while idle', () => {
    expect(new Desk().give(connack())).toBe(0);
  });

  it('writes nothing while idle', () => {
    expect(new Desk().writeBytes()).toHaveLength(0);
  });

  it('refuses QoS 0 before CONNACK', () => {
    const desk = new Desk();
    desk.open();
    expect(desk.publish('a')).toBe(Refusal.notConnected);
  });

  it('does not take CONNACK for a CONNECT that is half written', () => {
    const desk = new Desk();
    desk.open();
    desk.write(5);
    desk.give(connack());
    expect(desk.closed).toBe(CloseReason.unexpectedPacket);
  });

  it('takes CONNACK and more in one piece', () => {
    const desk = new Desk();
    desk.publish('a', '', 1);
    desk.open();
    desk.write();
    expect(desk.give(connack(), pingresp)).toBe(6);
    expect(desk.session.connected).toBe(true);
  });

  it('starts each connection with CONNECT, whatever was half written', () => {
    const desk = connected();
    desk.publish('a', 'xyz', 1);
    desk.write(4);
    desk.session.lost();
    desk.open();
    expect(names(desk.write())).toBe('connect');
  });

  it.each([0, 1, 5])('forgets PUBACK and PINGREQ of the old connection, %i bytes of them written', (written) => {
    const desk = connected({ keepAliveSeconds: 4 });
    desk.give(publish('a', '', 1, 7));
    desk.now = 3000;
    desk.session.tick(desk.now);
    desk.write(written);
    expect(names(desk.reconnect())).toBe('');
    expect(names(packetsOf(desk.wire))).toBe('connect');
  });

  it('forgets what was half received', () => {
    const desk = connected();
    desk.give(puback(1).slice(0, 3));
    desk.reconnect();
    desk.give(pingresp);
    expect(desk.closed).toBe(CloseReason.transportLost);
    expect(desk.session.connected).toBe(true);
  });
});

describe('CONNACK', () => {
  it.each([1, 2, 3, 4, 5])('with return code %i refuses the connection [MQTT-3.2.2-5]', (code) => {
    const desk = new Desk();
    desk.open();
    desk.write();
    desk.give(connack(false, code));
    expect([desk.heard.calls, desk.session.returnCode, desk.session.idle]).toEqual([
      ['closed ' + CloseReason.refused],
      code,
      true,
    ]);
  });

  it('with a return code is no violation', () => {
    const desk = new Desk();
    desk.open();
    desk.write();
    desk.give(connack(false, 5));
    expect(desk.session.counter(Counter.malformed)).toBe(0);
  });

  it('that refuses leaves messages in the session', () => {
    const desk = new Desk({ cleanSession: false });
    desk.publish('a', '', 1);
    desk.open();
    desk.write();
    desk.give(connack(false, 3));
    expect(names(desk.connect())).toBe('publish');
  });

  it('after a refusal shows the next return code', () => {
    const desk = new Desk();
    desk.open();
    desk.write();
    desk.give(connack(false, 3));
    desk.connect();
    expect(desk.session.returnCode).toBe(0);
  });

  it.each([true, false])('tells Session Present %s', (sessionPresent) => {
    const desk = new Desk({ cleanSession: false });
    desk.connect(sessionPresent);
    expect(desk.heard.sessionPresent).toEqual([sessionPresent]);
  });
});

describe('configure', () => {
  it('changes the next CONNECT', () => {
    const desk = connected();
    desk.session.configure({ clientId: 'other', username: 'u' });
    desk.session.lost();
    desk.open();
    expect(connects(desk.write())).toMatchObject([{ clientId: 'other', username: 'u' }]);
  });

  it('does not change a CONNECT that is half written', () => {
    const desk = new Desk();
    desk.open();
    desk.write(5);
    desk.session.configure({ clientId: 'a much longer client identifier' });
    expect(connects(desk.write())).toMatchObject([{ clientId: 'desk' }]);
  });

  it('does not change what a CONNACK under way means', () => {
    const desk = new Desk({ cleanSession: false });
    desk.open();
    desk.write();
    desk.session.configure({ clientId: 'desk', cleanSession: true });
    desk.give(connack(true));
    expect(desk.session.connected).toBe(true);
  });

  it('does not change the keep alive of this connection', () => {
    const desk = connected({ keepAliveSeconds: 10 });
    desk.session.configure({ clientId: 'desk', keepAliveSeconds: 1000 });
    expect(desk.session.deadline).toBe(7500);
  });

  it('changes the keep alive of the next connection', () => {
    const desk = connected({ keepAliveSeconds: 10 });
    desk.session.configure({ clientId: 'desk', keepAliveSeconds: 100 });
    desk.reconnect();
    expect(desk.session.deadline).toBe(75000);
  });

  it('changes nothing when it throws', () => {
    const desk = connected();
    expect(() => desk.session.configure({ clientId: 'x', password: 'p' })).toThrow(RangeError);
    desk.session.lost();
    desk.open();
    expect(connects(desk.write())).toMatchObject([{ clientId: 'desk' }]);
  });
});

describe('disconnect', () => {
  it('writes DISCONNECT and then nothing [MQTT-3.14.4-2]', () => {
    const desk = connected();
    desk.session.disconnect(0);
    desk.subscribe('a');
    expect(names(desk.write())).toBe('disconnect');
    expect([desk.closed, desk.session.idle]).toEqual([CloseReason.requested, true]);
  });

  it('is over only when DISCONNECT is written', () => {
    const desk = connected();
    desk.session.disconnect(0);
    desk.write(1);
    expect(desk.closed).toBeUndefined();
    desk.write(1);
    expect(desk.closed).toBe(CloseReason.requested);
  });

  it('finishes the packet that is half written, and no other', () => {
    const desk = connected();
    desk.publish('a', 'first', 1);
    desk.publish('b', 'second', 1);
    desk.write(3);
    desk.session.disconnect(0);
    expect(names(desk.write())).toBe('publish disconnect');
  });

  it('writes no message that only waits', () => {
    const desk = connected();
    desk.publish('a', 'first', 1);
    desk.session.disconnect(0);
    expect(names(desk.write())).toBe('disconnect');
  });

  it('keeps what is not acknowledged', () => {
    const desk = connected({ cleanSession: false });
    desk.publish('a', '', 1);
    desk.session.disconnect(0);
    desk.write();
    expect(names(desk.connect(true))).toBe('publish');
  });

  it('lets no one publish', () => {
    const desk = connected();
    desk.session.disconnect(0);
    expect([desk.publish('a', '', 0), desk.publish('a', '', 1)]).toEqual([Refusal.wrongState, Refusal.wrongState]);
  });

  it('before CONNACK closes without DISCONNECT', () => {
    const desk = new Desk();
    desk.open();
    desk.write();
    desk.session.disconnect(0);
    expect([desk.closed, desk.writeBytes().length]).toEqual([CloseReason.requested, 0]);
  });

  it('while idle is refused', () => {
    expect(new Desk().session.disconnect(0)).toBe(Refusal.wrongState);
  });

  it('twice is refused', () => {
    const desk = connected();
    desk.session.disconnect(0);
    expect(desk.session.disconnect(0)).toBe(Refusal.wrongState);
  });

  it('tells the end once, also when the transport goes then', () => {
    const desk = connected();
    desk.session.disconnect(0);
    desk.write();
    desk.session.lost();
    expect(desk.heard.closed).toEqual([CloseReason.requested]);
  });
});
