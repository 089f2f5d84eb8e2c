import fc from 'fast-check';
import type { ConnectOptions } from '../../src/mqtt/options.js';
import { Counter } from '../../src/mqtt/layout.js';
import type { Session } from '../../src/mqtt/session.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';
import { join, textOf, utf8 } from './bench/bytes.js';
import {
  connack,
  connects,
  encode,
  puback,
  publish,
  publishes,
  suback,
  subscribes,
  unsubscribes,
} from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { Pair } from './bench/pair.js';
import type { Piece } from './bench/recorder.js';
import type { IConnectPacket, Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';

/** Every counter, in order. */
function allCounters(session: Session): number[] {
  return Array.from({ length: Counter.count }, (_, counter) => session.counter(counter));
}

const text = fc.string({ unit: 'binary', maxLength: 20 }).map((raw) => raw.replaceAll('\0', ''));
const topic = text.map((raw) => raw.replaceAll(/[+#]/g, '')).filter((name) => name !== '');
const level = fc.oneof(
  fc.constant('+'),
  text.map((raw) => raw.replaceAll(/[+#/]/g, '')),
);
const filter = fc
  .tuple(fc.array(level, { maxLength: 4 }), fc.boolean())
  .map(([levels, hash]) => levels.concat(hash ? ['#'] : []).join('/'))
  .filter((name) => name !== '');
const payload = fc.uint8Array({ maxLength: 200 });
const qos = fc.constantFrom(0 as const, 1 as const);
const packetId = fc.integer({ min: 1, max: 65535 });

describe('what we encode, mqtt-packet reads', () => {
  it('CONNECT', () => {
    const options: fc.Arbitrary<ConnectOptions> = fc
      .record(
        {
          protocolLevel: fc.constantFrom(3 as const, 4 as const),
          clientId: text.filter((id) => id !== ''),
          cleanSession: fc.boolean(),
          keepAliveSeconds: fc.integer({ min: 0, max: 65535 }),
          will: fc.record(
            { topic, payload, qos: fc.constantFrom(0 as const, 1 as const, 2 as const), retain: fc.boolean() },
            { requiredKeys: ['topic'] },
          ),
          username: text,
          password: payload,
        },
        { requiredKeys: ['clientId'] },
      )
      .filter(({ password, username }) => password === undefined || username !== undefined)
      .filter(({ protocolLevel, clientId }) => protocolLevel !== 3 || clientId.length <= 23) as never;
    fc.assert(
      fc.property(options, (given) => {
        const desk = new Desk(given);
        desk.open();
        const [packet] = connects(desk.write()) as [IConnectPacket];
        expect(packet.protocolVersion).toBe(given.protocolLevel ?? 4);
        expect(packet.protocolId).toBe(given.protocolLevel === 3 ? 'MQIsdp' : 'MQTT');
        expect(packet.clientId).toBe(given.clientId);
        expect(packet.clean).toBe(given.cleanSession ?? true);
        expect(packet.keepalive).toBe(given.keepAliveSeconds ?? 60);
        expect(packet.username).toBe(given.username);
        expect(packet.password && new Uint8Array(packet.password)).toEqual(given.password);
        expect(packet.will === undefined).toBe(given.will === undefined);
        if (given.will) {
          expect(packet.will).toMatchObject({ topic: given.will.topic, qos: given.will.qos ?? 0 });
          expect(packet.will!.retain).toBe(given.will.retain ?? false);
          expect(new Uint8Array(packet.will!.payload as Buffer)).toEqual(given.will.payload ?? new Uint8Array(0));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('PUBLISH', () => {
    fc.assert(
      fc.property(topic, payload, qos, fc.boolean(), fc.boolean(), (name, bytes, someQos, retain, streamed) => {
        const desk = connected();
        const source = {
          read: (offset: number, into: Uint8Array, from: number, to: number) => {
            into.set(bytes.subarray(offset, offset + to - from), from);
            return to - from;
          },
        };
        const id = streamed
          ? publishStream(desk.session, utf8(name), source, bytes.length, someQos, retain)
          : desk.session.publish(utf8(name), bytes, someQos, retain);
        const [packet] = publishes(desk.write());
        expect(packet).toMatchObject({ topic: name, qos: someQos, retain, dup: false });
        expect(packet!.messageId ?? 0).toBe(id);
        expect(new Uint8Array(packet!.payload as Buffer)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('SUBSCRIBE and UNSUBSCRIBE', () => {
    const filters = fc.uniqueArray(fc.tuple(filter, qos), { minLength: 1, maxLength: 5, selector: ([name]) => name });
    fc.assert(
      fc.property(filters, (wanted) => {
        const desk = connected();
        for (const [name, someQos] of wanted) expect(desk.subscribe(name, someQos)).toBe(0);
        const [request] = subscribes(desk.write());
        expect(request!.subscriptions.map((entry) => [entry.topic, entry.qos])).toEqual(wanted);
        desk.give(suback(request!.messageId!, ...wanted.map(([, someQos]) => someQos)));
        for (const [name] of wanted) desk.unsubscribe(name);
        expect(unsubscribes(desk.write())[0]!.unsubscriptions).toEqual(wanted.map(([name]) => name));
      }),
    );
  });

  it('PUBACK', () => {
    fc.assert(
      fc.property(packetId, (id) => {
        const desk = connected();
        desk.give(publish('a', '', 1, id));
        expect(desk.write()).toMatchObject([{ cmd: 'puback', messageId: id }]);
      }),
    );
  });

  it('PINGREQ and DISCONNECT', () => {
    const desk = connected({ keepAliveSeconds: 4 });
    desk.now = 3000;
    desk.session.tick(desk.now);
    desk.session.disconnect(desk.now);
    expect(desk.write()).toMatchObject([
      { cmd: 'pingreq', length: 0 },
      { cmd: 'disconnect', length: 0 },
    ]);
  });
});

/** The pieces put together again: topic and payload of each message. */
function whole(pieces: Piece[]): object[] {
  const messages: { total: number; payload: string }[] = [];
  for (const { offset, ...piece } of pieces) {
    const last = messages.at(-1);
    if (offset > 0) {
      expect(offset).toBe(last!.payload.length);
      last!.payload += piece.payload;
    } else {
      messages.push(piece);
    }
  }
  for (const message of messages) expect(message.payload).toHaveLength(message.total);
  return messages;
}

describe('what mqtt-packet encodes, we read', () => {
  const message = fc.record({
    topic,
    payload,
    qos,
    retain: fc.boolean(),
    dup: fc.boolean(),
    messageId: packetId,
  });

  it('in any fragmentation', () => {
    const cuts = fc.array(fc.nat(2000), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), cuts, (messages, somewhere) => {
        const desk = connected({ receiveBufferSize: 128, maxPendingAcknowledgements: 20 });
        const expected = messages.map((item) => {
          const isQos1 = item.qos === 1;
          return { ...item, dup: isQos1 && item.dup, messageId: isQos1 ? item.messageId : 0 };
        });
        const between: Packet[] = [{ cmd: 'pingresp' }, { cmd: 'puback', messageId: 9 }];
        const bytes = join(
          ...expected.map((item, i) => {
            return join(
              publish(item.topic, item.payload, item.qos, item.messageId, { dup: item.dup, retain: item.retain }),
              encode(between[i % 2]!),
            );
          }),
        );
        const ends = somewhere
          .filter((cut) => cut < bytes.length)
          .sort((a, b) => a - b)
          .concat(bytes.length);
        let from = 0;
        for (const to of ends) from += desk.session.receive(bytes, from, to, 0);
        expect(from).toBe(bytes.length);
        expect(whole(desk.heard.pieces)).toEqual(
          expected.map((item) => ({
            topic: item.topic,
            payload: Buffer.from(item.payload).toString('latin1'),
            total: item.payload.length,
            qos: item.qos,
            retain: item.retain,
            dup: item.dup,
            packetId: item.messageId,
          })),
        );
        expect(desk.write().map(({ messageId }) => messageId)).toEqual(
          expected.filter((item) => item.qos === 1).map((item) => item.messageId),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('SUBACK with any codes', () => {
    const codes = fc.array(fc.constantFrom(0, 1, 0x80), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(codes, (granted) => {
        const desk = connected();
        granted.forEach((_, i) => desk.subscribe('f' + i, 1));
        const [request] = subscribes(desk.write());
        desk.give(encode({ cmd: 'suback', messageId: request!.messageId!, granted }));
        expect(desk.heard.granted.map(([, code]) => code)).toEqual(granted);
      }),
    );
  });
});

describe('any bytes from a broker', () => {
  const valid = fc.constantFrom(
    publish('a/b', 'payload', 1, 5),
    publish('t'.repeat(30), 'x'),
    publish('a', new Uint8Array(60), 1, 6),
    puback(1),
    suback(2, 1, 0),
    encode({ cmd: 'pingresp' }),
    connack(),
    publish('ä€', ''),
  );
  const damaged = fc.tuple(valid, fc.nat(100), fc.integer({ min: 0, max: 255 })).map(([bytes, at, value]) => {
    const copy = bytes.slice();
    copy[at % copy.length] = value;
    return copy;
  });
  const raw = fc.uint8Array({ maxLength: 12 });
  const stream = fc.array(fc.oneof(valid, damaged, raw), { maxLength: 6 }).map((parts) => join(...parts));

  /** Everything that can be seen from outside, with `guard` around each fragment. */
  function outcome(bytes: Uint8Array, cuts: number[], guard: number, accepted: boolean): unknown {
    const desk = new Desk({ receiveBufferSize: 24, maxPendingAcknowledgements: 4 });
    desk.publish('a', '', 1);
    desk.subscribe('b', 1);
    desk.subscribe('c', 0);
    desk.open();
    desk.write();
    if (accepted) desk.give(connack());
    const consumed: number[] = [];
    let from = 0;
    for (const to of [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]) {
      const margin = new Uint8Array(9).fill(guard);
      const fragment = join(margin, bytes.subarray(from, to), margin);
      const count = desk.session.receive(fragment, 9, 9 + to - from, 0);
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(to - from);
      consumed.push(count);
      from += count;
      desk.writeBytes(3);
    }
    desk.writeBytes();
    return [consumed, desk.heard.calls, textOf(desk.wire), allCounters(desk.session), desk.session.deadline];
  }

  it.each([true, false])('never throw, and nothing outside is read; connected %s', (accepted) => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200), { maxLength: 6 }), (bytes, cuts) => {
        const first = outcome(bytes, cuts, 0x00, accepted);
        expect(outcome(bytes, cuts, 0xff, accepted)).toEqual(first);
        expect(outcome(bytes, cuts, 0x32, accepted)).toEqual(first);
      }),
      { numRuns: 700 },
    );
  });
});

describe('any order of calls, packets and losses', () => {
  type Step =
    | { act: 'publish'; qos: 0 | 1; size: number }
    | { act: 'run'; time: number }
    | { act: 'cut' }
    | { act: 'subscribe'; index: number }
    | { act: 'unsubscribe'; index: number }
    | { act: 'deliver'; qos: 0 | 1 }
    | { act: 'mute'; mute: boolean }
    | { act: 'forget'; forget: boolean };
  const act = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ act: act('publish'), qos, size: fc.nat(60) }) },
    { weight: 6, arbitrary: fc.record({ act: act('run'), time: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ act: act('cut') }) },
    { weight: 1, arbitrary: fc.record({ act: act('subscribe'), index: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ act: act('unsubscribe'), index: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ act: act('deliver'), qos }) },
    { weight: 1, arbitrary: fc.record({ act: act('mute'), mute: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ act: act('forget'), forget: fc.boolean() }) },
  );

  /** Runs the steps and checks after each what must always hold. */
  function play(pair: Pair, steps: Step[]): string[] {
    const accepted: string[] = [];
    const inFlight = new Set<number>();
    let acknowledged = 0;
    let refused = 0;
    const check = (): void => {
      for (; acknowledged < pair.heard.acknowledged.length; acknowledged++) {
        expect(inFlight.delete(pair.heard.acknowledged[acknowledged]!)).toBe(true);
      }
      expect(pair.session.inFlight).toBe(inFlight.size);
      expect(pair.session.counter(Counter.refused)).toBe(refused);
      expect(pair.session.counter(Counter.malformed)).toBe(0);
    };
    for (const current of steps) {
      switch (current.act) {
        case 'publish': {
          const name = 'm' + accepted.length;
          const result = pair.publish(current.qos === 1 ? name : 'q0', 'x'.repeat(current.size), current.qos);
          if (result < 0) refused++;
          if (result > 0) {
            expect(inFlight.has(result)).toBe(false);
            inFlight.add(result);
            accepted.push(name);
          }
          break;
        }
        case 'subscribe':
          pair.subscribe('s/' + current.index, 1);
          break;
        case 'unsubscribe':
          if (pair.unsubscribe('s/' + current.index) < 0) refused++;
          break;
        case 'deliver':
          pair.deliver('s/0', 'down', current.qos);
          break;
        case 'cut':
          pair.cut();
          break;
        case 'mute':
          pair.broker.acknowledges = !current.mute;
          break;
        case 'forget':
          pair.broker.keepsSession = !current.forget;
          break;
        default:
          pair.run(current.time);
      }
      check();
    }
    pair.broker.acknowledges = true;
    pair.cut();
    pair.runUntil(() => pair.session.connected && pair.session.drained);
    check();
    return accepted;
  }

  it.each([true, false])('lose no accepted QoS 1 message and keep the order; Clean Session %s', (cleanSession) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(1000), (steps, seed) => {
        const pair = new Pair({
          seed,
          fragments: true,
          room: 20,
          reconnectAfter: 10,
          session: { cleanSession, transmitArenaSize: 160, maxInFlight: 4, maxQueued: 3, receiveBufferSize: 32 },
        });
        pair.connect();
        const accepted = play(pair, steps);
        const arrived = pair.broker.published.filter((packet) => packet.qos === 1);
        expect([...new Set(arrived.map((packet) => packet.topic))]).toEqual(accepted);
        expect(pair.broker.published.filter((packet) => packet.qos === 0 && packet.dup)).toEqual([]);
        if (cleanSession) expect(arrived.filter((packet) => packet.dup)).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });
});
