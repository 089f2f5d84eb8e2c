import { describe, expect, it } from 'vitest';
import type { BrokerObserver } from '../../../../sim/virtual/broker/observer.js';
import { DropReason } from '../../../../sim/virtual/broker/observer.js';
import { PublishAccess } from '../../../../sim/virtual/broker/options.js';
import { Desk } from './desk.js';

const keep = { clean: false };
const payload = Buffer.from('x');

describe('limits of a broker model', () => {
  it('closes for a packet above the maximum, as soon as its length is known', () => {
    const desk = new Desk({ maximumPacketSize: 20 });
    const client = desk.client('c');
    client.publish('a', 'x'.repeat(15));
    expect(client.closed).toBe('no');
    client.hex('3013');
    expect([client.closed, desk.endings]).toEqual(['in order', ['c: limit exceeded: packet of 21 bytes']]);
  });

  it('closes for a QoS above the maximum, and grants no higher one', () => {
    const desk = new Desk({ maximumQos: 1 });
    const client = desk.client('c');
    client.subscribe(1, ['a', 2]);
    expect(client.lines()).toEqual(['suback #1: 1']);
    client.publish('a', '', 2, 1);
    expect(client.closed).toBe('in order');
  });

  it('closes for more unanswered messages than its window', () => {
    const desk = new Desk({ receiveMaximum: 2 });
    desk.broker.changeFaults({ publishAnswerDelay: 100 });
    const client = desk.client('c');
    client.publish('a', '', 1, 1);
    client.publish('a', '', 1, 2);
    desk.advance(100);
    expect(client.lines()).toEqual(['puback #1', 'puback #2']);
    client.publish('a', '', 1, 3);
    client.publish('a', '', 2, 4);
    expect(client.closed).toBe('no');
    client.publish('a', '', 1, 5);
    expect(client.closed).toBe('in order');
  });

  it('sends no more than its window, and drops what does not fit in the queue, counted and told', () => {
    const drops: string[] = [];
    const desk = new Desk({ inflightMessages: 2, queuedMessages: 3 });
    desk.broker.watch({
      onDrop: (client, message, reason) =>
        drops.push(`${client} ${message.payload.length} ${reason === DropReason.queueFull ? 'queue full' : 'offline'}`),
    });
    const client = desk.client('c', keep);
    client.subscribe(1, ['a', 1]);
    client.take();
    for (let i = 1; i <= 6; i++) desk.broker.publish('a', new Uint8Array(i), 1, false);
    expect(client.take().length).toBe(2);
    expect(desk.broker.session('c')).toMatchObject({ inflight: 2, queued: 3, dropped: 1 });
    client.acknowledge('puback', 1);
    expect(client.take().length).toBe(1);
    client.lose();
    // Offline, those in flight count as well, as in Mosquitto.
    desk.broker.publish('a', new Uint8Array(7), 1, false);
    desk.broker.publish('a', new Uint8Array(8), 0, false);
    expect(drops).toEqual(['c 6 queue full', 'c 7 queue full', 'c 8 offline']);
  });

  it('keeps QoS 0 for a client that is away, where the option says so', () => {
    const desk = new Desk({ queuesQos0: true, queuedMessages: 2 });
    const client = desk.client('c', keep);
    client.subscribe(1, ['a', 0]);
    client.lose();
    for (let i = 1; i <= 3; i++) desk.broker.publish('a', Buffer.from(`${i}`), 0, false);
    const again = desk.link();
    again.connect('c', keep);
    expect(again.lines()).toEqual(['connack 0 present', 'publish a 0: 1', 'publish a 0: 2']);
  });

  it('forgets the session of a client that stays away', () => {
    const desk = new Desk({ sessionExpiry: 1000 });
    desk.client('c', keep).lose();
    desk.advance(999);
    expect(desk.broker.clientIds).toEqual(['c']);
    desk.client('c', keep).lose();
    desk.advance(999);
    expect(desk.broker.clientIds).toEqual(['c']);
    desk.advance(1);
    expect(desk.broker.clientIds).toEqual([]);
  });

  it('refuses control characters and non-characters, where the option says so', () => {
    const texts = ['\u0001', '\u001f', '\u007f', '\u009f', '\ufdd0', '\ufdef', '\ufffe', '\uffff', '\u{1ffff}'];
    for (const text of texts) {
      const tolerant = new Desk().client('c');
      tolerant.publish(text, '');
      const strict = new Desk({ refusesControlCharacters: true }).client('c');
      strict.publish(text, '');
      expect([text, tolerant.closed, strict.closed]).toEqual([text, 'no', 'in order']);
    }
    for (const send of [
      (desk: Desk) => desk.client('\u0001'),
      (desk: Desk) => desk.client('c', { username: '\u0001' }),
      (desk: Desk) => desk.client('c', { will: { topic: '\u0001', payload, qos: 0, retain: false } }),
    ]) {
      expect(send(new Desk({ refusesControlCharacters: true })).closed).toBe('in order');
    }
  });

  it('sends no will on a topic that its client may not use', () => {
    const desk = new Desk({ mayPublish: () => PublishAccess.drop });
    const client = desk.client('c', { will: { topic: 'w', payload, qos: 0, retain: true } });
    client.lose();
    expect([desk.broker.retained('w'), desk.endings]).toEqual([undefined, ['c: connection lost']]);
  });
});

describe('faults of a broker model', () => {
  it('delays CONNACK, and takes what came before it only then', () => {
    const desk = new Desk();
    desk.broker.changeFaults({ connackDelay: 500 });
    const client = desk.link();
    client.connect('c');
    client.publish('a', 'x', 1, 1);
    client.hex('c0');
    client.hex('00');
    desk.advance(499);
    expect(client.lines()).toEqual([]);
    desk.advance(1);
    expect(client.lines()).toEqual(['connack 0', 'puback #1', 'pingresp']);
  });

  it('forgets a client that ends while it waits for CONNACK', () => {
    const desk = new Desk();
    desk.broker.changeFaults({ connackDelay: 500 });
    const client = desk.link();
    client.connect('c');
    client.lose();
    desk.advance(1000);
    expect([client.lines(), desk.broker.clientIds, desk.broker.deadline]).toEqual([[], [], Infinity]);
  });

  it('refuses CONNECT by a code, and leaves the session alone', () => {
    const desk = new Desk();
    const client = desk.client('c', keep);
    desk.broker.changeFaults({ connackCode: 3 });
    const other = desk.link();
    other.connect('c', keep);
    expect([other.lines(), other.closed, client.closed]).toEqual([['connack 3'], 'in order', 'no']);
  });

  it('ends a connection right after its CONNACK', () => {
    const desk = new Desk();
    desk.broker.changeFaults({ endsAfterConnack: true });
    const client = desk.link();
    client.connect('c');
    expect([client.lines(), client.closed]).toEqual([['connack 0'], 'in order']);
  });

  it('takes a message and dies before its answer', () => {
    const desk = new Desk();
    const outcomes: string[] = [];
    desk.broker.subscribe('a/#', ({ topic, payload: bytes }) => outcomes.push(`${topic.text}: ${String(bytes)}`));
    desk.broker.changeFaults({ cutsBeforeAnswer: (_, { packetId }) => packetId === 2 });
    const client = desk.client('c', keep);
    client.publish('a/1', 'x', 1, 1);
    client.publish('a/2', 'x', 1, 2);
    expect([client.lines(), client.closed]).toEqual([['puback #1'], 'at once']);
    expect(outcomes).toEqual(['a/1: 120', 'a/2: 120']);
    desk.broker.changeFaults({ cutsBeforeAnswer: undefined });
    const again = desk.client('c', keep);
    again.publish('a/2', 'x', 1, 2);
    expect(desk.notices).toEqual([expect.stringContaining('packet id 2, which is in flight, and DUP 0')]);
    again.publish('a/2', 'x', 1, 2);
    expect(desk.notices.length).toBe(1);
  });

  it('answers late, in order', () => {
    const desk = new Desk();
    const client = desk.client('c');
    desk.broker.changeFaults({ publishAnswerDelay: 100, subscribeAnswerDelay: 50 });
    client.publish('a', '', 1, 1);
    client.publish('a', '', 2, 2);
    client.subscribe(3, ['a', 1]);
    client.send({ cmd: 'pingreq' });
    desk.advance(99);
    expect(client.lines()).toEqual(['pingresp']);
    desk.advance(1);
    expect(client.lines()).toEqual(['puback #1', 'pubrec #2', 'suback #3: 1']);
    client.unsubscribe(4, 'a');
    desk.advance(49);
    expect(client.lines()).toEqual([]);
    desk.advance(1);
    expect(client.lines()).toEqual(['unsuback #4']);
  });

  it('does what waits when a fault ends', () => {
    const desk = new Desk();
    const client = desk.client('c');
    const delays = { publishAnswerDelay: Infinity, subscribeAnswerDelay: Infinity, connackDelay: Infinity };
    desk.broker.changeFaults({ ...delays, trickleBytes: 1, trickleInterval: 1000 });
    const other = desk.link();
    other.connect('d');
    client.send({ cmd: 'pingreq' });
    client.publish('a', '', 1, 1);
    client.subscribe(2, ['a', 1]);
    desk.broker.endFaults();
    client.publish('a', '', 1, 3);
    expect([client.lines(), other.lines()]).toEqual([[], []]);
    desk.advance(0);
    expect(client.lines()).toEqual(['pingresp', 'publish a 1 #1: ', 'puback #1', 'suback #2: 1', 'puback #3']);
    expect(other.lines()).toEqual(['connack 0']);
  });

  it('never answers, where the delay is infinite', () => {
    const desk = new Desk();
    desk.broker.changeFaults({ publishAnswerDelay: Infinity, subscribeAnswerDelay: Infinity });
    desk.broker.changeFaults({ answersPings: false });
    const client = desk.client('c');
    client.publish('a', '', 1, 1);
    client.subscribe(2, ['b', 1]);
    client.send({ cmd: 'pingreq' });
    desk.advance(1e9);
    expect([client.lines(), desk.broker.deadline]).toEqual([[], Infinity]);
  });

  it('closes at a topic', () => {
    const desk = new Desk({ mayPublish: (_, topic) => (topic === 'bad' ? PublishAccess.close : PublishAccess.accept) });
    const client = desk.client('c');
    client.publish('good', '', 1, 1);
    client.publish('bad', '', 1, 2);
    expect([client.lines(), client.closed]).toEqual([['puback #1'], 'in order']);
    expect(desk.endings).toEqual(['c: limit exceeded: PUBLISH not allowed on bad']);
  });

  it('lets output leave in a trickle, and closes behind it', () => {
    const desk = new Desk();
    const client = desk.client('c');
    desk.broker.changeFaults({ trickleBytes: 3, trickleInterval: 10 });
    client.pieces.length = 0;
    client.publish('a', '', 1, 1);
    client.send({ cmd: 'pingreq' }, { cmd: 'disconnect' });
    expect([client.pieces, client.closed]).toEqual([[3], 'no']);
    desk.advance(10);
    expect([client.pieces, client.closed]).toEqual([[3, 3], 'in order']);
    expect(client.lines()).toEqual(['puback #1', 'pingresp']);
    expect(desk.broker.deadline).toBe(Infinity);
  });

  it('restarts with and without sessions and retained messages', () => {
    for (const [sessions, retained] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const desk = new Desk();
      const client = desk.client('c', { ...keep, will: { topic: 'w', payload, qos: 0, retain: true } });
      const clean = desk.client('d');
      client.subscribe(1, ['a', 1]);
      client.take();
      desk.broker.publish('a', payload, 1, true);
      desk.broker.restart(sessions, retained);
      expect([client.closed, clean.closed, desk.broker.retained('w')]).toEqual(['at once', 'at once', undefined]);
      expect(desk.broker.retained('a') !== undefined).toBe(retained);
      const again = desk.link();
      again.connect('c', keep);
      const lines = ['connack 0 present', 'publish a 1 d #1: x'];
      expect(again.lines()).toEqual(sessions ? lines : ['connack 0']);
      expect(desk.broker.clientIds).toEqual(['c']);
    }
  });

  it('loses a session, and cuts connections, as it is told', () => {
    const desk = new Desk();
    const client = desk.client('c', keep);
    desk.client('d');
    expect(desk.broker.loseSession('c')).toBe(false);
    expect([desk.broker.disconnect('c'), client.closed]).toEqual([1, 'at once']);
    expect([desk.broker.loseSession('c'), desk.broker.clientIds]).toEqual([true, ['d']]);
    expect(desk.broker.disconnect()).toBe(1);
  });
});

describe('observers of a broker model', () => {
  it('hear what it does, in order', () => {
    const heard: string[] = [];
    const outcomes = ['taken', 'duplicate', 'dropped', 'refused'];
    const desk = new Desk({ mayPublish: (_, topic) => (topic === 'no' ? PublishAccess.drop : PublishAccess.accept) });
    const observer: BrokerObserver = {
      onConnect: ({ connection }, { clientId }, code, present) =>
        heard.push(`connect ${connection} ${clientId} ${code} ${present}`),
      onPublish: ({ clientId }, { message: { topic, qos }, dup, packetId, outcome }) =>
        heard.push(`publish ${clientId} ${topic.text} ${qos} ${dup} ${packetId} ${outcomes[outcome]}`),
      onDistribute: ({ topic, publisher }) => heard.push(`distribute ${topic.text} of ${publisher}`),
      onAnswer: ({ clientId }, type, packetId) => heard.push(`answer ${clientId} ${type} ${packetId}`),
      onSubscribe: ({ clientId }, filter, asked, granted) =>
        heard.push(`subscribe ${clientId} ${filter} ${asked} ${granted}`),
      onUnsubscribe: ({ clientId }, filter, existed) => heard.push(`unsubscribe ${clientId} ${filter} ${existed}`),
      onDeliver: ({ clientId }, { message, packetId, qos }, dup) =>
        heard.push(`deliver ${clientId} ${message.topic.text} ${qos} ${packetId} ${dup}`),
      onAcknowledged: ({ clientId }, packetId) => heard.push(`acknowledged ${clientId} ${packetId}`),
      onPing: ({ clientId }) => heard.push(`ping ${clientId}`),
      onSessionEnd: (clientId) => heard.push(`session end ${clientId}`),
      onRestart: (kept) => heard.push(`restart ${kept}`),
    };
    desk.broker.watch(observer);
    const client = desk.client('c', { will: { topic: 'w', payload, qos: 0, retain: false } });
    const steps: [() => void, string[]][] = [
      [() => {}, ['connect 1 c 0 false']],
      [() => client.subscribe(1, ['a', 2]), ['subscribe c a 2 2']],
      [() => client.publish('a', 'x', 2, 7), ['publish c a 2 false 7 taken', 'answer c 5 7']],
      [() => client.publish('a', 'x', 2, 7, { dup: true }), ['publish c a 2 true 7 duplicate', 'answer c 5 7']],
      [() => client.acknowledge('pubrel', 7), ['distribute a of c', 'deliver c a 2 1 false', 'answer c 7 7']],
      [() => client.acknowledge('pubrec', 1), []],
      [() => client.acknowledge('pubcomp', 1), ['acknowledged c 1']],
      [() => client.publish('no', 'x', 1, 8), ['publish c no 1 false 8 dropped', 'answer c 4 8']],
      [() => client.unsubscribe(9, 'a', 'b'), ['unsubscribe c a true', 'unsubscribe c b false']],
      [() => client.send({ cmd: 'pingreq' }), ['ping c']],
      [() => client.lose(), ['session end c', 'distribute w of c']],
      [() => desk.broker.restart(true), ['restart true']],
    ];
    for (const [step, expected] of steps) {
      step();
      expect(heard.splice(0)).toEqual(expected);
    }
  });

  it('are told when a clean session replaces a kept one', () => {
    const desk = new Desk();
    const ended: string[] = [];
    desk.broker.watch({ onSessionEnd: (clientId) => ended.push(clientId) });
    desk.client('c', keep).lose();
    expect(ended).toEqual([]);
    desk.client('c');
    expect(ended).toEqual(['c']);
  });

  it('are told of what the standard leaves open', () => {
    const desk = new Desk();
    const client = desk.client('c');
    client.acknowledge('puback', 5);
    client.acknowledge('pubrec', 6);
    client.acknowledge('pubrel', 7);
    client.acknowledge('pubcomp', 8);
    expect(client.lines()).toEqual(['pubrel #6', 'pubcomp #7']);
    expect(desk.notices.length).toBe(4);
  });

  it('may subscribe by filters, beside all sessions', () => {
    const desk = new Desk();
    const heard: string[] = [];
    const end = desk.broker.subscribe('a/+', ({ topic, qos, publisher }) => {
      heard.push(`${topic.text} ${qos} ${publisher}`);
    });
    desk.client('c').publish('a/b', '', 2, 1);
    desk.client('d').publish('a/c', '', 1, 1);
    desk.broker.publish('a', new Uint8Array(0), 0, false);
    end();
    desk.broker.publish('a/d', new Uint8Array(0), 0, false);
    expect(heard).toEqual(['a/c 1 d']);
    expect(() => desk.broker.subscribe('a#', () => {})).toThrow('invalid topic filter a#');
    expect(() => desk.broker.publish('a/+', new Uint8Array(0), 0, false)).toThrow('invalid topic a/+');
  });
});
