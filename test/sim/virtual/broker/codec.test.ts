import fc from 'fast-check';
import { generate, parser as makeParser } from 'mqtt-packet';
import type { IConnectPacket, Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { decodeText, encodeText } from '../../../../sim/virtual/broker/text.js';
import { isTopicFilter, topicMatches } from '../../../../sim/virtual/broker/topics.js';
import {
  decodeConnect,
  decodeSubscribe,
  decodeUnsubscribe,
  PacketWriter,
} from '../../../../sim/virtual/broker/packets.js';
import type { ConnectRequest } from '../../../../sim/virtual/broker/packets.js';
import { connectPacket, Desk } from './desk.js';
import { TOLERATED, VIOLATIONS } from './script.js';

const text = fc.string({ unit: 'binary', maxLength: 20 }).map((raw) => raw.replaceAll('\0', ''));
const topic = text.map((raw) => raw.replaceAll(/[+#]/g, '')).filter((name) => name !== '');
const filter = fc.array(fc.oneof(fc.constant('+'), topic), { minLength: 1, maxLength: 4 }).map((all) => all.join('/'));
const payload = fc.uint8Array({ maxLength: 400 });
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const id = fc.integer({ min: 1, max: 65535 });

function parse(bytes: Uint8Array): Packet[] {
  const packets: Packet[] = [];
  const parser = makeParser({ protocolVersion: 4 });
  parser.on('packet', (packet) => packets.push(packet));
  parser.on('error', (error) => {
    throw error;
  });
  parser.parse(Buffer.from(bytes));
  return packets;
}

/** Where the body of a packet begins. */
function bodyOf(packet: Uint8Array): number {
  let at = 1;
  while (packet[at]! & 128) at++;
  return at + 1;
}

describe("the broker model's codec and mqtt-packet agree", () => {
  it('on CONNECT', () => {
    const request = fc.record({
      clientId: text.filter((name) => name !== ''),
      clean: fc.boolean(),
      keepalive: fc.nat(65535),
      will: fc.option(
        fc.record({ topic, payload: payload.map((bytes) => Buffer.from(bytes)), qos, retain: fc.boolean() }),
      ),
      username: fc.option(text.filter((name) => name !== '')),
      password: payload.filter((bytes) => bytes.length > 0),
    });
    fc.assert(
      fc.property(request, ({ clientId, will, username, password, ...rest }) => {
        const options: Partial<IConnectPacket> = { ...rest, ...(will && { will }) };
        if (username !== null) Object.assign(options, { username, password: Buffer.from(password) });
        const bytes = generate(connectPacket(clientId, options));
        expect(decodeConnect(bytes, bodyOf(bytes), bytes.length, false)).toEqual({
          level: 4,
          clientId,
          cleanSession: rest.clean,
          keepAlive: rest.keepalive,
          will: will === null ? undefined : { ...will, payload: Buffer.from(will.payload) },
          username: username ?? undefined,
          password: username === null ? undefined : Buffer.from(password),
        } satisfies ConnectRequest);
      }),
    );
  });

  it('on SUBSCRIBE and UNSUBSCRIBE', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(filter, qos), { minLength: 1, maxLength: 5 }), id, (entries, messageId) => {
        const subscriptions = entries.map(([name, wanted]) => ({ topic: name, qos: wanted }));
        const subscribe = generate({ cmd: 'subscribe', messageId, subscriptions });
        expect(decodeSubscribe(subscribe, bodyOf(subscribe) + 2, subscribe.length)).toEqual(
          entries.map(([name, wanted]) => ({ filter: name, qos: wanted })),
        );
        const unsubscribe = generate({ cmd: 'unsubscribe', messageId, unsubscriptions: entries.map(([name]) => name) });
        expect(decodeUnsubscribe(unsubscribe, bodyOf(unsubscribe) + 2, unsubscribe.length)).toEqual(
          entries.map(([name]) => name),
        );
      }),
    );
  });

  it('on what the broker writes, many in a row', () => {
    const message = fc.record({ topic, payload, qos, retain: fc.boolean(), dup: fc.boolean(), id });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.array(id), (messages, ids) => {
        const writer = new PacketWriter();
        writer.connack(true, 0);
        for (const { topic: name, payload: bytes, qos: level, retain, dup, id: packetId } of messages) {
          writer.publish(encodeText(name), bytes, level, retain, dup, packetId);
        }
        for (const [i, packetId] of ids.entries()) writer.acknowledgement([4, 5, 6, 7, 11][i % 5]!, packetId);
        writer.suback(7, [0, 1, 2, 128]);
        writer.pingresp();
        const published = messages.map(({ topic: name, payload: bytes, id: messageId, ...rest }) => {
          return {
            cmd: 'publish',
            topic: name,
            payload: Buffer.from(bytes),
            ...rest,
            ...(rest.qos > 0 && { messageId }),
          };
        });
        const commands = ['puback', 'pubrec', 'pubrel', 'pubcomp', 'unsuback'];
        expect(parse(writer.take())).toMatchObject([
          { cmd: 'connack', returnCode: 0, sessionPresent: true },
          ...published,
          ...ids.map((messageId, i) => ({ cmd: commands[i % 5], messageId })),
          { cmd: 'suback', messageId: 7, granted: [0, 1, 2, 128] },
          { cmd: 'pingresp' },
        ]);
        expect(writer.take().length).toBe(0);
      }),
    );
  });

  it('on the length of a large PUBLISH', () => {
    for (const length of [0, 121, 122, 123, 16377, 16378, 16379, 2097145, 2097146, 2097147]) {
      const writer = new PacketWriter();
      writer.publish(Uint8Array.of(0x61), new Uint8Array(length), 1, false, false, 9);
      const [packet] = parse(writer.take());
      expect(packet).toMatchObject({ topic: 'a', messageId: 9 });
      expect((packet as { payload: Buffer }).payload.length).toBe(length);
    }
  });
});

describe('text', () => {
  it('is read and written as Node does', () => {
    fc.assert(
      fc.property(text, (all) => {
        expect(Buffer.from(encodeText(all)).toString()).toBe(all);
        expect(decodeText(Buffer.from(all), 0, Buffer.byteLength(all))).toBe(all);
      }),
    );
  });

  it('that is not UTF-8 is not read', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const expected = (bytes: Uint8Array): string | undefined => {
      try {
        return bytes.includes(0) ? undefined : decoder.decode(bytes);
      } catch {
        return undefined;
      }
    };
    const bytes = fc.array(
      fc.oneof(fc.integer({ min: 0xc0, max: 0xff }), fc.integer({ min: 0x80, max: 0xbf }), fc.nat(255)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(bytes, (all) => {
        const array = Uint8Array.from(all);
        expect(decodeText(array, 0, array.length)).toBe(expected(array));
      }),
      { numRuns: 2000 },
    );
    expect(() => encodeText('a\ud800')).toThrow('unpaired surrogate at index 1');
  });
});

describe('topic filters', () => {
  /** As 4.7 says it, by a regular expression. */
  const matches = (name: string, of: string): boolean => {
    if (of.startsWith('$') && /^[+#]/.test(name)) return false;
    const pattern = name
      .split('/')
      .map((level) => (level === '+' ? '[^/]*' : level))
      .join('/')
      .replace(/(^|\/)#$/, (_, slash: string) => (slash ? '(/.*)?' : '.*'));
    return new RegExp(`^${pattern.replaceAll('$', '\\$')}$`).test(of);
  };

  it('match as the standard says', () => {
    const level = fc.constantFrom('', 'a', 'b', '$x');
    const names = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
    const filters = fc
      .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
      .map(([levels, hash]) => [...levels, ...(hash ? ['#'] : [])].join('/'));
    fc.assert(
      fc.property(filters, names, (name, of) => {
        fc.pre(name !== '' && of !== '');
        expect(isTopicFilter(name)).toBe(true);
        expect(topicMatches(name.split('/'), of.split('/'))).toBe(matches(name, of));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the broker model takes any bytes', () => {
  it('in any pieces, with the same outcome', () => {
    const packets = fc.array(
      fc.oneof(
        fc
          .record({ topic, payload, qos, retain: fc.boolean(), messageId: id })
          .map(({ payload: bytes, ...rest }) =>
            generate({ cmd: 'publish', dup: false, payload: Buffer.from(bytes), ...rest }),
          ),
        id.map((messageId) => generate({ cmd: 'pubrel', messageId })),
        id.map((messageId) => generate({ cmd: 'subscribe', messageId, subscriptions: [{ topic: '#', qos: 2 }] })),
        fc.constant(generate({ cmd: 'pingreq' })),
        fc.constantFrom(...VIOLATIONS, ...TOLERATED).map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex')),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(packets, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (all, sizes) => {
        const bytes = Buffer.concat([generate(connectPacket('c')), ...all]);
        const whole = new Desk().link();
        whole.bytes(bytes);
        const pieces = new Desk().link();
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const to = Math.min(bytes.length, at + sizes[i % sizes.length]!);
          pieces.bytes(bytes.subarray(at, to));
          at = to;
        }
        expect([pieces.closed, pieces.lines()]).toEqual([whole.closed, whole.lines()]);
      }),
    );
  });

  it('of any kind, without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, connected) => {
        const desk = new Desk();
        const client = connected ? desk.client('c') : desk.link();
        client.bytes(bytes);
        client.lose();
        expect(desk.broker.deadline).toBeGreaterThan(0);
      }),
      { numRuns: 3000 },
    );
  });
});
