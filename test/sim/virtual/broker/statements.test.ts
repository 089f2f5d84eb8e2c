import { describe, expect, it } from 'vitest';
import { PublishAccess } from '../../../../sim/virtual/broker/options.js';
import type { Client } from './desk.js';
import { connectPacket, Desk } from './desk.js';

const keep = { clean: false };
const will = { topic: 'will', payload: Buffer.from('gone'), qos: 0 as const, retain: false };

/** Bytes in hex that a connected client sends, after which the broker must have closed its link. */
function closesFor(...packets: string[]): void {
  for (const packet of packets) {
    const desk = new Desk();
    const client = desk.client('c');
    client.hex(packet);
    expect([packet, client.closed, client.lines()]).toEqual([packet, 'in order', []]);
    expect(desk.endings[0]).toMatch(/^c: protocol violation: /);
  }
}

/** Bytes in hex of a first packet, for which the broker must close without an answer. */
function closesAtFirst(...packets: string[]): void {
  for (const packet of packets) {
    const client = new Desk().link();
    client.hex(packet);
    expect([packet, client.closed, client.lines()]).toEqual([packet, 'in order', []]);
  }
}

/** A CONNECT in hex from its flags and the hex of its payload; protocol name and level may be others. */
function connectHex(flags: string, payload: string, name = '00044d515454', level = '04'): string {
  const body = `${name}${level}${flags}0000${payload}`;
  return `10${(body.length / 2).toString(16).padStart(2, '0')}${body}`;
}

/** A publisher and a subscriber of everything, at this QoS. */
function pair(qos: 0 | 1 | 2, options = {}): { desk: Desk; publisher: Client; subscriber: Client } {
  const desk = new Desk(options);
  const publisher = desk.client('p');
  const subscriber = desk.client('s', keep);
  subscriber.subscribe(1, ['#', qos]);
  subscriber.take();
  return { desk, publisher, subscriber };
}

/** What binds a server (MQTT 3.1.1, Appendix B), over TCP. Statements with the same test share a line. */
const server: { [ids: string]: () => void } = {
  'MQTT-1.5.3-1': () => {
    closesFor('30050003eda080', '30040002c0af', '30030001ff', '30060004f4908080', '30030001c3', '820600010001ff00');
    closesAtFirst(connectHex('02', '0001ff'), connectHex('82', '000161 0003eda080'.replace(' ', '')));
  },
  'MQTT-1.5.3-2': () => {
    closesFor('30050003610062', '8206000100010000', 'a20500010001 00');
    closesAtFirst(connectHex('02', '000100'));
  },
  'MQTT-1.5.3-3': () => {
    const { publisher, subscriber } = pair(0);
    publisher.hex('30050003efbbbf');
    expect(subscriber.lines()).toEqual(['publish \ufeff 0: ']);
  },
  'MQTT-2.2.2-1': () => {
    const desk = new Desk();
    const client = desk.link();
    const first: number[] = [];
    const link = desk.broker.accept({ send: (bytes) => first.push(bytes[0]!), close: () => {} });
    expect(client.closed).toBe('no');
    for (const hex of [
      connectHex('02', '000161'),
      '820600010001 6102',
      'c000',
      '32060001 610001 31',
      'a20500010001 61',
    ]) {
      const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
      link.receive(bytes, 0, bytes.length);
    }
    // CONNACK, SUBACK, PINGRESP, UNSUBACK have no flags; PUBLISH and PUBACK left together.
    expect(first).toEqual([0x20, 0x90, 0xd0, 0x32, 0xb0]);
  },
  'MQTT-2.2.2-2': () =>
    closesFor('c100', 'e100', '41020001', '51020001', '60020001', '71020001', '800600010001 6100', 'a0050001000161'),
  'MQTT-2.3.1-1': () =>
    closesFor('3205000161 0000', '34050001610000', '82060000 00016100', 'a205000000 0161', '40020000', '62020000'),
  'MQTT-2.3.1-2': () => {
    const { desk, publisher, subscriber } = pair(1);
    for (let i = 1; i <= 3; i++) publisher.publish('a', `${i}`, 1, 7);
    expect(subscriber.lines()).toEqual(['publish a 1 #1: 1', 'publish a 1 #2: 2', 'publish a 1 #3: 3']);
    // All identifiers go round once, but for 2, which is in flight.
    subscriber.acknowledge('puback', 1);
    subscriber.acknowledge('puback', 3);
    const ids: number[] = [];
    for (let i = 4; i <= 65538; i++) {
      desk.broker.publish('a', new Uint8Array(0), 1, false);
      const [packet] = subscriber.take();
      ids.push(packet!.messageId!);
      subscriber.acknowledge('puback', packet!.messageId!);
    }
    expect([ids.length, ids[0], ids.slice(-4)]).toEqual([65535, 4, [65535, 1, 3, 4]]);
  },
  'MQTT-2.3.1-3, MQTT-2.3.1-4, MQTT-3.3.1-1, MQTT-4.4.0-1': () => {
    const { desk, publisher, subscriber } = pair(2);
    publisher.publish('a', 'one', 1, 1);
    publisher.publish('a', 'two', 2, 2);
    publisher.acknowledge('pubrel', 2);
    publisher.publish('a', 'three', 2, 3);
    publisher.acknowledge('pubrel', 3);
    subscriber.acknowledge('pubrec', 2);
    expect(subscriber.lines()).toEqual([
      'publish a 1 #1: one',
      'publish a 2 #2: two',
      'publish a 2 #3: three',
      'pubrel #2',
    ]);
    subscriber.lose();
    const again = desk.link();
    again.connect('s', keep);
    const lines = ['connack 0 present', 'publish a 1 d #1: one', 'pubrel #2', 'publish a 2 d #3: three'];
    expect(again.lines()).toEqual(lines);
  },
  'MQTT-2.3.1-5, MQTT-3.3.1-2, MQTT-4.3.1-1': () => {
    const { publisher, subscriber } = pair(2);
    publisher.publish('a', 'x', 0);
    expect(subscriber.take()).toMatchObject([{ cmd: 'publish', qos: 0, dup: false, length: 4 }]);
  },
  'MQTT-2.3.1-6, MQTT-3.3.4-1': () => {
    const client = new Desk().client('c');
    client.publish('a', '', 0);
    client.publish('a', '', 1, 0x1234);
    client.publish('a', '', 2, 0x4321);
    client.acknowledge('pubrel', 0x4321);
    expect(client.lines()).toEqual(['puback #4660', 'pubrec #17185', 'pubcomp #17185']);
  },
  'MQTT-2.3.1-7, MQTT-3.8.4-1, MQTT-3.8.4-2, MQTT-3.10.4-4, MQTT-3.10.4-5': () => {
    const client = new Desk().client('c');
    client.subscribe(600, ['a', 0]);
    client.unsubscribe(601, 'a');
    client.unsubscribe(602, 'a');
    expect(client.lines()).toEqual(['suback #600: 0', 'unsuback #601', 'unsuback #602']);
  },
  'MQTT-3.1.0-1': () => closesAtFirst('c000', '30030001 61', '820600010001 6100', 'e000', '20020000'),
  'MQTT-3.1.0-2': () => closesFor(connectHex('02', '000163')),
  'MQTT-3.1.2-1': () =>
    closesAtFirst(connectHex('02', '000161', '00044d515458'), connectHex('02', '000161', '00064d5149736470', '03')),
  'MQTT-3.1.2-2': () => {
    for (const level of ['03', '05', '84', '00']) {
      const client = new Desk().link();
      client.hex(connectHex('02', '000161', '00044d515454', level));
      expect([client.lines(), client.closed]).toEqual([['connack 1'], 'in order']);
    }
  },
  'MQTT-3.1.2-3': () => closesAtFirst(connectHex('03', '000161')),
  'MQTT-3.1.2-4, MQTT-3.2.2-2, MQTT-3.2.2-3, MQTT-4.1.0-1, MQTT-4.1.0-2': () => {
    const desk = new Desk();
    const first = desk.link();
    first.connect('c', keep);
    first.subscribe(1, ['a', 1]);
    expect(first.lines()).toEqual(['connack 0', 'suback #1: 1']);
    first.send({ cmd: 'disconnect' });
    const second = desk.link();
    second.connect('c', keep);
    desk.broker.publish('a', Buffer.from('x'), 1, false);
    expect(second.lines()).toEqual(['connack 0 present', 'publish a 1 #1: x']);
  },
  'MQTT-3.1.2-5': () => {
    const { desk, publisher, subscriber } = pair(2);
    subscriber.lose();
    publisher.publish('a', 'zero', 0);
    publisher.publish('a', 'one', 1, 1);
    publisher.publish('a', 'two', 2, 2);
    publisher.acknowledge('pubrel', 2);
    const again = desk.client('s', keep);
    expect(again.lines()).toEqual([]);
    again.lose();
    const third = desk.link();
    third.connect('s', keep);
    expect(third.lines()).toEqual(['connack 0 present', 'publish a 1 d #1: one', 'publish a 2 d #2: two']);
  },
  'MQTT-3.1.2-6, MQTT-3.2.2-1': () => {
    const { desk, publisher, subscriber } = pair(1);
    publisher.publish('a', 'lost', 1);
    subscriber.lose();
    const clean = desk.link();
    clean.connect('s');
    publisher.publish('a', 'not subscribed', 1);
    expect(clean.lines()).toEqual(['connack 0']);
    clean.subscribe(1, ['#', 1]);
    clean.lose();
    const again = desk.link();
    again.connect('s', keep);
    publisher.publish('a', 'not subscribed', 1);
    expect(again.lines()).toEqual(['connack 0']);
  },
  'MQTT-3.1.2.7': () => {
    const { desk, publisher } = pair(1);
    publisher.publish('a', 'kept', 1, 1, { retain: true });
    publisher.send({ cmd: 'disconnect' });
    const client = desk.client('n');
    client.subscribe(1, ['a', 0]);
    expect(client.lines()).toEqual(['suback #1: 0', 'publish a 0 r: kept']);
  },
  'MQTT-3.1.2-8': () => {
    const { desk, subscriber } = pair(0);
    const ways: [string, (client: Client) => void][] = [
      ['lost', (client) => client.lose()],
      ['violation', (client) => client.hex('c100')],
      ['keep alive', () => desk.advance(1500)],
      ['taken over', () => desk.client('w')],
    ];
    for (const [way, end] of ways) {
      const client = desk.client('w', { will: { ...will, payload: Buffer.from(way) }, keepalive: 1 });
      end(client);
      expect(subscriber.lines()).toEqual([`publish will 0: ${way}`]);
    }
  },
  'MQTT-3.1.2-10, MQTT-3.14.4-3': () => {
    const { desk, subscriber } = pair(0);
    const client = desk.client('w', { will });
    client.send({ cmd: 'disconnect' });
    client.lose();
    expect([client.closed, subscriber.lines()]).toEqual(['in order', []]);
    const other = desk.client('w', { will });
    other.lose();
    desk.client('w').lose();
    expect(subscriber.lines()).toEqual(['publish will 0: gone']);
  },
  'MQTT-3.1.2-9, MQTT-3.1.2-18, MQTT-3.1.2-19, MQTT-3.1.2-20, MQTT-3.1.2-21': () => {
    // A flag without its field, and a field without its flag.
    const withFlag = [connectHex('06', '000161'), connectHex('82', '000161'), connectHex('c2', '000161000175')];
    closesAtFirst(...withFlag, connectHex('02', '000161000175'), connectHex('82', '000161000175000170'));
  },
  'MQTT-3.1.2-11, MQTT-3.1.2-13, MQTT-3.1.2-15': () =>
    closesAtFirst(connectHex('0a', '000161'), connectHex('12', '000161'), connectHex('22', '000161')),
  'MQTT-3.1.2-12': () => {
    const { desk, subscriber } = pair(0);
    desk.client('w').lose();
    expect(subscriber.lines()).toEqual([]);
  },
  'MQTT-3.1.2-14': () => closesAtFirst(connectHex('1e', '000161 0001770000'.replace(' ', ''))),
  'MQTT-3.1.2-16, MQTT-3.1.2-17': () => {
    for (const retain of [false, true]) {
      const { desk } = pair(0);
      desk.client('w', { will: { ...will, retain } }).lose();
      expect(desk.broker.retained('will')?.payload.length).toBe(retain ? 4 : undefined);
    }
  },
  'MQTT-3.1.2-22': () => closesAtFirst(connectHex('42', '000161000170')),
  'MQTT-3.1.2-24': () => {
    const desk = new Desk();
    const client = desk.client('c', { keepalive: 10 });
    for (let i = 0; i < 5; i++) {
      desk.advance(14_999);
      client.send({ cmd: 'pingreq' });
    }
    // A packet that has not come as a whole does not count.
    desk.advance(14_000);
    client.hex('3003');
    expect(client.closed).toBe('no');
    desk.advance(1000);
    expect([client.closed, desk.endings]).toEqual(['in order', ['c: keep alive exceeded']]);
    const silent = desk.client('d', { keepalive: 0 });
    desk.advance(1e9);
    expect(silent.closed).toBe('no');
  },
  'MQTT-3.1.3-1, MQTT-3.1.3-3': () => {
    const requests: unknown[] = [];
    const desk = new Desk({ authenticate: (request) => (requests.push(request), 0) });
    const options = { will: { ...will, qos: 2 as const, retain: true }, username: 'u', password: Buffer.from('p') };
    desk.client('c', { ...options, keepalive: 7 });
    const password = new Uint8Array([0x70]);
    const expected = { topic: 'will', payload: new Uint8Array(will.payload), qos: 2, retain: true };
    expect(requests).toEqual([
      { level: 4, clientId: 'c', cleanSession: true, keepAlive: 7, will: expected, username: 'u', password },
    ]);
  },
  'MQTT-3.1.3-2, MQTT-3.1.4-2': () => {
    const { desk, publisher, subscriber } = pair(1);
    publisher.publish('a', 'x', 1);
    subscriber.take();
    const second = desk.link();
    second.connect('s', keep);
    expect([subscriber.closed, subscriber.lines()]).toEqual(['in order', []]);
    expect(second.lines()).toEqual(['connack 0 present', 'publish a 1 d #1: x']);
    expect(desk.endings).toEqual(['s: session taken over']);
  },
  'MQTT-3.1.3-4, MQTT-3.1.3-10, MQTT-3.1.3-11': () =>
    closesAtFirst(
      connectHex('02', '0001ff'),
      connectHex('06', '0001610001ff0000'),
      connectHex('82', '0001610001ff'),
      connectHex('02', '0002c3'),
    ),
  'MQTT-3.1.3-5': () => {
    const desk = new Desk({ maximumClientId: 23 });
    for (const id of ['a', '0123456789abcdefghijklm', 'nopqrstuvwxyzABCDEFGHIJ', 'KLMNOPQRSTUVWXYZ']) {
      const client = desk.link();
      client.connect(id);
      expect(client.lines()).toEqual(['connack 0']);
    }
  },
  'MQTT-3.1.3-6': () => {
    const desk = new Desk();
    const clients = [desk.client(''), desk.client('')];
    for (const client of clients) {
      client.subscribe(1, ['a', 0]);
      client.take();
    }
    desk.broker.publish('a', Buffer.from('x'), 0, false);
    for (const client of clients) expect(client.lines()).toEqual(['publish a 0: x']);
    expect(new Set(desk.broker.clientIds).size).toBe(2);
  },
  'MQTT-3.1.3-7, MQTT-3.1.3-8': () => {
    const client = new Desk().link();
    client.hex(connectHex('00', '0000'));
    expect([client.lines(), client.closed]).toEqual([['connack 2'], 'in order']);
  },
  'MQTT-3.1.3-9': () => {
    const client = new Desk({ maximumClientId: 23 }).link();
    client.connect('0123456789abcdefghijklmn');
    expect([client.lines(), client.closed]).toEqual([['connack 2'], 'in order']);
  },
  'MQTT-3.1.4-1': () => closesAtFirst('1000', '100200044d51', connectHex('02', '00'), connectHex('02', '000261')),
  'MQTT-3.1.4-3, MQTT-3.1.4-4, MQTT-3.2.0-1': () => {
    const { desk, publisher, subscriber } = pair(1);
    subscriber.lose();
    publisher.publish('a', 'x', 1);
    const again = desk.link();
    // CONNECT and SUBSCRIBE in one piece: the CONNACK comes first nevertheless.
    again.hex(connectHex('00', '000173') + '82060001 0001610'.replace(' ', '') + '0');
    expect(again.lines()).toEqual(['connack 0 present', 'publish a 1 #1: x', 'suback #1: 0']);
  },
  'MQTT-3.1.4-5, MQTT-3.2.2-4, MQTT-3.2.2-5': () => {
    for (const code of [1, 2, 3, 4, 5]) {
      const { desk, subscriber } = pair(0);
      desk.client('c', keep).lose();
      desk.broker.options.authenticate = () => code;
      const client = desk.link();
      client.hex(connectHex('00', '000163') + '30030001 61'.replace(' ', ''));
      expect([client.lines(), client.closed]).toEqual([[`connack ${code}`], 'in order']);
      expect(subscriber.lines()).toEqual([]);
    }
  },
  'MQTT-3.2.2-6': () => {
    const desk = new Desk();
    desk.broker.changeFaults({ connackDelay: Infinity });
    const client = desk.link();
    client.connect('c');
    client.publish('a', 'x');
    desk.advance(1e9);
    expect([client.lines(), desk.broker.clientIds]).toEqual([[], []]);
  },
  'MQTT-3.3.1-3': () => {
    const { publisher, subscriber } = pair(1);
    publisher.publish('a', 'x', 1, 1, { dup: true });
    expect(subscriber.lines()).toEqual(['publish a 1 #1: x']);
  },
  'MQTT-3.3.1-4': () => closesFor('36050001610001', '3e050001610001'),
  'MQTT-3.3.1-5, MQTT-3.3.1-6, MQTT-3.3.1-7, MQTT-3.3.1-8': () => {
    const { desk, publisher } = pair(1);
    publisher.publish('a/1', 'first', 2, 1, { retain: true });
    publisher.acknowledge('pubrel', 1);
    publisher.publish('a/1', 'second', 0, 0, { retain: true });
    publisher.publish('a/2', 'other', 1, 2, { retain: true });
    const client = desk.client('n');
    client.subscribe(1, ['a/+', 2], ['b', 1], ['#', 0]);
    expect(client.lines()).toEqual([
      'suback #1: 2 1 0',
      'publish a/1 0 r: second',
      'publish a/2 1 r #1: other',
      'publish a/1 0 r: second',
      'publish a/2 0 r: other',
    ]);
  },
  'MQTT-3.3.1-9': () => {
    const { publisher, subscriber } = pair(1);
    publisher.publish('a', 'x', 1, 1, { retain: true });
    expect(subscriber.lines()).toEqual(['publish a 1 #1: x']);
  },
  'MQTT-3.3.1-10, MQTT-3.3.1-11': () => {
    const { desk, publisher, subscriber } = pair(1);
    publisher.publish('a', 'x', 1, 1, { retain: true });
    publisher.publish('a', '', 0, 0, { retain: true });
    expect(subscriber.lines()).toEqual(['publish a 1 #1: x', 'publish a 0: ']);
    expect(desk.broker.retained('a')).toBeUndefined();
  },
  'MQTT-3.3.1-12': () => {
    const { desk, publisher } = pair(1);
    publisher.publish('a', 'x', 1, 1, { retain: true });
    publisher.publish('a', 'y');
    publisher.publish('a', '');
    publisher.publish('b', 'y');
    expect(desk.broker.retained('a')?.payload).toEqual(new Uint8Array([0x78]));
    expect(desk.broker.retained('b')).toBeUndefined();
  },
  'MQTT-3.3.2-1': () => closesFor('3000', '300100', '30020005', '3204000161 00', '3003000261'),
  'MQTT-3.3.2-2, MQTT-4.7.1-1': () => closesFor('300300012b', '3003000123', '30050003612f23', '30050003612b62'),
  'MQTT-3.3.2-3, MQTT-4.5.0-1': () => {
    const { desk, publisher } = pair(1);
    const client = desk.client('m');
    client.subscribe(1, ['a/+/c', 1], ['x/#', 0]);
    client.take();
    for (const topic of ['a/b/c', 'a//c', 'a/b/c/d', 'a/b', 'x', 'x/', 'x/y/z', '/x', 'A/b/c', 'xy']) {
      publisher.publish(topic, '');
    }
    const topics = client.take().map((packet) => (packet as { topic?: string }).topic);
    expect(topics).toEqual(['a/b/c', 'a//c', 'x', 'x/', 'x/y/z']);
  },
  'MQTT-3.3.5-1': () => {
    for (const overlapping of ['once', 'each'] as const) {
      const { desk, publisher } = pair(0, { overlapping });
      const client = desk.client('o');
      client.subscribe(1, ['a/b', 0], ['a/+', 2], ['a/#', 1]);
      client.take();
      publisher.publish('a/b', 'x', 2, 1);
      publisher.acknowledge('pubrel', 1);
      const qos = client.take().map((packet) => (packet as { qos?: number }).qos);
      expect(qos).toEqual(overlapping === 'once' ? [2] : [0, 2, 1]);
    }
  },
  'MQTT-3.3.5-2': () => {
    const { desk, publisher, subscriber } = pair(1);
    desk.broker.options.mayPublish = (_, topic) => (topic === 'no' ? PublishAccess.close : PublishAccess.drop);
    publisher.publish('a', 'x', 1, 1);
    publisher.publish('a', 'x', 2, 2, { retain: true });
    publisher.acknowledge('pubrel', 2);
    expect(publisher.lines()).toEqual(['puback #1', 'pubrec #2', 'pubcomp #2']);
    publisher.publish('no', 'x', 1, 3);
    expect([publisher.closed, publisher.lines(), subscriber.lines()]).toEqual(['in order', [], []]);
    expect(desk.broker.retained('a')).toBeUndefined();
  },
  'MQTT-3.6.1-1': () => {
    closesFor('60020001', '6a020001');
    const { publisher, subscriber } = pair(2);
    publisher.publish('a', 'x', 2, 1);
    publisher.acknowledge('pubrel', 1);
    subscriber.acknowledge('pubrec', 1);
    expect(subscriber.take()[1]).toMatchObject({ cmd: 'pubrel', qos: 1 });
  },
  'MQTT-3.8.1-1': () => closesFor('8006000100016100', '8306000100016100'),
  'MQTT-3.8.3-1': () => closesFor('820600010001ff00', '82050001000161', '82040001 0005'),
  'MQTT-3.8.3-2, MQTT-4.7.1-2, MQTT-4.7.1-3': () => {
    const bad = ['a#', '#/a', 'a/#/b', 'a+', '+a/b', 'a/b+', '##', 'a/++'];
    const client = new Desk().client('c');
    client.subscribe(1, ['+', 0], ['#', 0], ['a/+/#', 0], ['+/+', 0], ['/+', 0], ['/', 0]);
    expect(client.lines()).toEqual(['suback #1: 0 0 0 0 0 0']);
    for (const filter of bad) {
      const hex = Buffer.from(filter).toString('hex');
      const text = (filter.length + 2 + 2 + 1).toString(16).padStart(2, '0');
      closesFor(`82${text}0001000${filter.length}${hex}00`);
    }
  },
  'MQTT-3.8.3-3': () => closesFor('82020001'),
  'MQTT-3-8.3-4': () => closesFor('82060001 00016103', '820600010001 6104', '820600010001 6180'),
  'MQTT-3.8.4-3': () => {
    const { publisher, subscriber } = pair(1);
    publisher.publish('a', 'kept', 0, 0, { retain: true });
    publisher.publish('a', 'in flight', 1, 1);
    subscriber.subscribe(2, ['#', 0]);
    publisher.publish('a', 'x', 1, 2);
    expect(subscriber.lines()).toEqual([
      'publish a 0: kept',
      'publish a 1 #1: in flight',
      'suback #2: 0',
      'publish a 0 r: kept',
      'publish a 0: x',
    ]);
  },
  'MQTT-3.8.4-4, MQTT-3.8.4-5, MQTT-3.9.3-1, MQTT-3.9.3-2': () => {
    const desk = new Desk({ grant: (_, filter, qos) => (filter === 'no' ? 0x80 : qos) });
    const client = desk.client('c');
    client.subscribe(1, ['a', 2], ['no', 1], ['b', 0], ['c', 1]);
    desk.broker.publish('no', new Uint8Array(0), 1, false);
    expect(client.lines()).toEqual(['suback #1: 2 128 0 1']);
  },
  'MQTT-3.8.4-6': () => {
    const { desk, publisher } = pair(0, { maximumQos: 1 });
    const client = desk.client('l');
    client.subscribe(1, ['a', 2], ['b', 0]);
    publisher.publish('a', 'x', 1, 1);
    publisher.publish('b', 'x', 1, 2);
    expect(client.lines()).toEqual(['suback #1: 1 0', 'publish a 1 #1: x', 'publish b 0: x']);
  },
  'MQTT-3.10.1-1': () => closesFor('a0050001000161', 'a3050001000161'),
  'MQTT-3.10.3-1, MQTT-3.10.3-2': () => closesFor('a2020001', 'a2050001 0001ff', 'a20600010001 6100'),
  'MQTT-3.10.4-1, MQTT-3.10.4-6': () => {
    const desk = new Desk();
    const client = desk.client('c');
    client.subscribe(1, ['a/b', 0], ['a/+', 0], ['c', 0], ['d', 0]);
    client.unsubscribe(2, 'a/+', 'c', 'A/b', 'x');
    expect([...desk.broker.session('c')!.subscriptions.keys()]).toEqual(['a/b', 'd']);
    expect(client.lines()).toEqual(['suback #1: 0 0 0 0', 'unsuback #2']);
  },
  'MQTT-3.10.4-2, MQTT-3.10.4-3': () => {
    const { desk, publisher, subscriber } = pair(1, { inflightMessages: 1 });
    publisher.publish('a', 'one', 1, 1);
    publisher.publish('a', 'two', 1, 2);
    subscriber.unsubscribe(9, '#');
    publisher.publish('a', 'three', 1, 3);
    subscriber.acknowledge('puback', 1);
    subscriber.lose();
    const again = desk.client('s', keep);
    again.acknowledge('puback', 2);
    expect(subscriber.lines()).toEqual(['publish a 1 #1: one', 'unsuback #9', 'publish a 1 #2: two']);
    expect(desk.broker.session('s')).toMatchObject({ inflight: 0, queued: 0 });
  },
  'MQTT-3.12.4-1': () => {
    const client = new Desk().client('c');
    client.send({ cmd: 'pingreq' }, { cmd: 'pingreq' });
    expect(client.lines()).toEqual(['pingresp', 'pingresp']);
    closesFor('c00100', 'e00100');
  },
  'MQTT-3.14.1-1': () => closesFor('e100', 'e800'),
  'MQTT-3.14.4-1, MQTT-3.14.4-2': () => {
    const { publisher, subscriber } = pair(0);
    publisher.hex('e000 3003000161');
    expect([publisher.closed, subscriber.lines()]).toEqual(['in order', []]);
  },
  'MQTT-4.3.2-1, MQTT-4.3.3-1': () => {
    const { desk, publisher, subscriber } = pair(2);
    publisher.publish('a', 'one', 1, 1);
    publisher.publish('a', 'two', 2, 2);
    publisher.acknowledge('pubrel', 2);
    expect(subscriber.lines()).toEqual(['publish a 1 #1: one', 'publish a 2 #2: two']);
    subscriber.acknowledge('puback', 1);
    subscriber.acknowledge('pubrec', 2);
    subscriber.acknowledge('pubrec', 2);
    expect(desk.broker.session('s')!.inflight).toBe(1);
    subscriber.acknowledge('pubcomp', 2);
    expect([subscriber.lines(), desk.broker.session('s')!.inflight]).toEqual([['pubrel #2', 'pubrel #2'], 0]);
  },
  'MQTT-4.3.2-2': () => {
    const { publisher, subscriber } = pair(1);
    publisher.publish('a', 'x', 1, 1);
    publisher.publish('a', 'x', 1, 1, { dup: true });
    expect(publisher.lines()).toEqual(['puback #1', 'puback #1']);
    expect(subscriber.lines()).toEqual(['publish a 1 #1: x', 'publish a 1 #2: x']);
  },
  'MQTT-4.3.3-2': () => {
    const { desk, publisher, subscriber } = pair(0);
    publisher.publish('a', 'x', 2, 1);
    publisher.publish('a', 'x', 2, 1, { dup: true });
    expect(subscriber.lines()).toEqual([]);
    for (let i = 0; i < 3; i++) publisher.acknowledge('pubrel', 1);
    expect(publisher.lines()).toEqual(['pubrec #1', 'pubrec #1', 'pubcomp #1', 'pubcomp #1', 'pubcomp #1']);
    expect(subscriber.lines()).toEqual(['publish a 0: x']);
    // The state outlives the connection of a client with CleanSession 0.
    const device = desk.client('d', keep);
    device.publish('a', 'y', 2, 5);
    device.lose();
    const again = desk.client('d', keep);
    again.publish('a', 'y', 2, 5, { dup: true });
    again.acknowledge('pubrel', 5);
    expect(subscriber.lines()).toEqual(['publish a 0: y']);
  },
  'MQTT-4.5.0-2, MQTT-4.6.0-2, MQTT-4.6.0-3': () => {
    const client = new Desk().client('c');
    for (const id of [3, 1, 2]) client.publish('a', '', 1, id);
    for (const id of [9, 7, 8]) client.publish('a', '', 2, id);
    const answers = ['puback #3', 'puback #1', 'puback #2', 'pubrec #9', 'pubrec #7', 'pubrec #8'];
    expect(client.lines()).toEqual(answers);
  },
  'MQTT-4.6.0-1, MQTT-4.6.0-4, MQTT-4.6.0-5, MQTT-4.6.0-6': () => {
    const { desk, publisher, subscriber } = pair(2, { inflightMessages: 3 });
    for (let i = 1; i <= 5; i++) {
      publisher.publish('a', `${i}`, 2, i);
      publisher.acknowledge('pubrel', i);
    }
    for (const id of [3, 1, 2]) subscriber.acknowledge('pubrec', id);
    subscriber.acknowledge('pubcomp', 1);
    expect(subscriber.lines()).toEqual([
      'publish a 2 #1: 1',
      'publish a 2 #2: 2',
      'publish a 2 #3: 3',
      'pubrel #3',
      'pubrel #1',
      'pubrel #2',
      'publish a 2 #4: 4',
    ]);
    subscriber.lose();
    const again = desk.client('s', { ...keep });
    again.acknowledge('pubcomp', 2);
    expect(again.lines()).toEqual(['publish a 2 #5: 5']);
  },
  'MQTT-4.7.2-1': () => {
    const { desk, publisher, subscriber } = pair(0);
    const client = desk.client('d');
    client.subscribe(1, ['+/x', 0], ['$a/#', 0], ['$a/+', 1]);
    client.take();
    publisher.publish('$a/x', '1');
    expect([subscriber.lines(), client.lines()]).toEqual([[], ['publish $a/x 0: 1']]);
  },
  'MQTT-4.7.3-1': () => closesFor('30020000', '82050001 000000', 'a20400010000'),
  'MQTT-4.7.3-2': () => closesFor('3003000100', '820600010001 0000', 'a205000100 0100'),
  'MQTT-4.7.3-3': () => {
    const { publisher, subscriber } = pair(0);
    publisher.publish('x'.repeat(65535), '');
    expect(subscriber.take()).toMatchObject([{ length: 65537 }]);
  },
  'MQTT-4.7.3-4': () => {
    const desk = new Desk();
    const client = desk.client('c');
    // Composed and decomposed, and two cases: four different topics.
    client.subscribe(1, ['\u00e9', 0]);
    client.take();
    for (const topic of ['e\u0301', '\u00c9', 'e', '\u00e9']) desk.broker.publish(topic, new Uint8Array(0), 0, false);
    expect(client.lines()).toEqual(['publish \u00e9 0: ']);
  },
  'MQTT-4.8.0-1, MQTT-4.8.0-2': () => {
    // Packets that only a server sends, reserved types, lengths that do not fit, and a length of five bytes.
    closesFor('20020000', '90030001 00', 'b0020001', 'd000', '0000', 'f000', '4003000100', '400100', '62030001 00');
    closesFor('30ffffffff01', '30808080 8000');
    const { desk, subscriber, publisher } = pair(1);
    publisher.publish('a', 'x', 1, 1);
    // An acknowledgement of the wrong QoS.
    subscriber.acknowledge('pubrec', 1);
    expect([subscriber.closed, publisher.closed]).toEqual(['in order', 'no']);
    expect(desk.endings[0]).toMatch(/^s: protocol violation: packet type 5 does not fit/);
  },
  'MQTT-7.0.0-1, MQTT-7.1.1-1': () => {
    // All packets in the smallest pieces, as a byte stream may bring them.
    const desk = new Desk();
    const client = desk.link();
    const bytes = `${connectHex('02', '000161')}8206000100016102320600016100017834060001610002796202000 2c000`;
    for (const byte of Buffer.from(bytes.replaceAll(' ', ''), 'hex')) client.bytes(Uint8Array.of(byte));
    const lines = ['connack 0', 'suback #1: 2', 'publish a 1 #1: x', 'puback #1', 'pubrec #2'];
    expect(client.lines()).toEqual([...lines, 'publish a 2 #2: y', 'pubcomp #2', 'pingresp']);
  },
};

describe('statements of MQTT 3.1.1 that bind a server', () => {
  it.each(Object.entries(server))('[%s]', (_, test) => test());

  it('are covered: 134 of the 141 of Appendix B', () => {
    // 6.0.0-1 to -4 speak of WebSocket; 3.1.2-23, 7.0.0-2 and 7.1.2-1 bind clients alone.
    const covered = Object.keys(server).flatMap((ids) => ids.split(', '));
    expect(new Set(covered).size).toBe(covered.length);
    expect(covered.length).toBe(134);
  });
});

describe('a CONNECT', () => {
  it('of MQTT 3.1 is taken where the option says so, without Session Present', () => {
    const desk = new Desk({ acceptsMqtt31: true });
    for (let i = 0; i < 2; i++) {
      const client = desk.link();
      client.send({ ...connectPacket('c', keep), protocolId: 'MQIsdp', protocolVersion: 3 });
      expect(client.lines()).toEqual(['connack 0']);
    }
  });

  it('must come in time', () => {
    const desk = new Desk();
    const client = desk.link();
    client.hex('10');
    desk.advance(9999);
    expect(client.closed).toBe('no');
    desk.advance(1);
    expect([client.closed, desk.endings]).toEqual(['in order', [': not connected: no CONNECT in time']]);
  });
});
