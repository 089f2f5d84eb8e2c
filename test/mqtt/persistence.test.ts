import fc from 'fast-check';
import { publishStream } from '../../src/mqtt/payload-stream.js';
import { checkMessages, exportMessages, importMessage, importMessages } from '../../src/mqtt/persistence.js';
import { Refusal } from '../../src/mqtt/state.js';
import { hex, join, pattern } from './bench/bytes.js';
import { publish, publishes } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

const keep = { cleanSession: false };

function exported(desk: Desk, at = 0): Uint8Array {
  const into = new Uint8Array(2000);
  return into.slice(at, at + exportMessages(desk.session, into, at));
}

/** Three messages: acknowledged, written, queued. */
function threeMessages(): Desk {
  const desk = connected(keep);
  desk.publish('a', 'gone', 1);
  desk.publish('b', 'written', 1);
  desk.write();
  desk.give(hex('40 02 0001'));
  desk.publish('c', 'queued', 1, true);
  return desk;
}

function importInto(desk: Desk, bytes: Uint8Array): number {
  return importMessages(desk.session, bytes, 0, bytes.length);
}

describe('exportMessages', () => {
  it('writes what is not acknowledged as PUBLISH packets, DUP on what was written', () => {
    expect(exported(threeMessages())).toEqual(
      join(publish('b', 'written', 1, 2, { dup: true }), publish('c', 'queued', 1, 3, { retain: true })),
    );
  });

  it('sets DUP on what was written in part', () => {
    const desk = connected(keep);
    desk.publish('b', 'x', 1);
    desk.write(1);
    expect(exported(desk)[0]).toBe(0x3a);
  });

  it('leaves QoS 0 out', () => {
    const desk = connected(keep);
    desk.publish('a', 'x', 0);
    expect(exported(desk)).toHaveLength(0);
  });

  it('leaves a streamed message out', () => {
    const desk = connected(keep);
    publishStream(desk.session, pattern(2).fill(97), { read: () => 0 }, 10000, 1, false);
    expect(exported(desk)).toHaveLength(0);
  });

  it('leaves SUBSCRIBE out', () => {
    const desk = connected(keep);
    desk.subscribe('a');
    desk.session.next(0);
    expect(exported(desk)).toHaveLength(0);
  });

  it('writes where it is told', () => {
    expect(exported(threeMessages(), 7)).toEqual(exported(threeMessages()));
  });

  it('says the length also when there is no room, and writes nothing outside', () => {
    const desk = threeMessages();
    expect(exportMessages(desk.session, new Uint8Array(5), 0)).toBe(exported(desk).length);
  });

  it('changes nothing', () => {
    const desk = threeMessages();
    exported(desk);
    expect(publishes(desk.write())).toMatchObject([{ topic: 'c', dup: false }]);
  });

  it('sets DUP after a loss as well', () => {
    const desk = threeMessages();
    desk.session.lost();
    expect(exported(desk)[0]! & 8).toBe(8);
  });
});

describe('importMessages', () => {
  it('says how many it took', () => {
    expect(importInto(new Desk(keep), exported(threeMessages()))).toBe(2);
  });

  it('carries messages over a reboot: order, identifiers, DUP, retain', () => {
    const desk = new Desk(keep);
    importInto(desk, exported(threeMessages()));
    expect(publishes(desk.connect(true))).toMatchObject([
      { topic: 'b', messageId: 2, dup: true, retain: false, qos: 1 },
      { topic: 'c', messageId: 3, dup: false, retain: true, qos: 1 },
    ]);
  });

  it('makes new messages of them with a clean session', () => {
    const desk = new Desk({ cleanSession: true });
    importInto(desk, exported(threeMessages()));
    expect(publishes(desk.connect()).map((packet) => packet.dup)).toEqual([false, false]);
  });

  it('does not give their identifiers to new messages [MQTT-2.3.1-2]', () => {
    const desk = new Desk(keep);
    importInto(desk, exported(threeMessages()));
    expect([desk.publish('d', '', 1), desk.publish('e', '', 1)]).toEqual([4, 5]);
  });

  it('puts them before new messages [MQTT-4.6.0-1]', () => {
    const desk = new Desk(keep);
    importInto(desk, exported(threeMessages()));
    desk.publish('d', '', 1);
    expect(publishes(desk.connect(true)).map((packet) => packet.topic)).toEqual(['b', 'c', 'd']);
  });

  it('counts them as in flight', () => {
    const desk = new Desk(keep);
    importInto(desk, exported(threeMessages()));
    expect(desk.session.inFlight).toBe(2);
  });

  it('takes their acknowledgements', () => {
    const desk = new Desk(keep);
    importInto(desk, exported(threeMessages()));
    desk.connect(true);
    desk.give(hex('40020003'), hex('40020002'));
    expect([desk.heard.acknowledged, desk.session.inFlight]).toEqual([[3, 2], 0]);
  });

  it('can be exported again as they were', () => {
    const bytes = exported(threeMessages());
    const desk = new Desk(keep);
    importInto(desk, bytes);
    expect(exported(desk)).toEqual(bytes);
  });

  it('takes nothing from nothing', () => {
    expect(importInto(new Desk(keep), new Uint8Array(0))).toBe(0);
  });

  it('reads only its range', () => {
    const bytes = exported(threeMessages());
    const desk = new Desk(keep);
    expect(importMessages(desk.session, join(hex('ff'), bytes, hex('ff')), 1, 1 + bytes.length)).toBe(2);
  });

  it('is refused while connected', () => {
    expect(importInto(connected(keep), new Uint8Array(0))).toBe(Refusal.wrongState);
  });

  it('is refused when something was published', () => {
    const desk = new Desk(keep);
    desk.publish('a', '', 1);
    expect(importInto(desk, exported(threeMessages()))).toBe(Refusal.wrongState);
  });

  it('is refused when there are more messages than may be in flight', () => {
    expect(importInto(new Desk({ ...keep, maxInFlight: 1 }), exported(threeMessages()))).toBe(Refusal.tooLarge);
  });

  it('is refused when the arena is too small', () => {
    expect(importInto(new Desk({ ...keep, transmitArenaSize: 20 }), exported(threeMessages()))).toBe(Refusal.tooLarge);
  });

  it('may fill the arena', () => {
    const bytes = publish('a', pattern(9), 1, 1);
    expect(importInto(new Desk({ ...keep, transmitArenaSize: 16 }), bytes)).toBe(1);
  });
});

describe('importMessages in parts', () => {
  const parts = [publish('b', 'one', 1, 7, { dup: true }), publish('c', 'two', 1, 9), publish('d', 'three', 1, 65535)];

  it('takes one message after the other, as if they came at once', () => {
    const desk = new Desk(keep);
    expect(parts.map((part) => importInto(desk, part))).toEqual([1, 1, 1]);
    expect(exported(desk)).toEqual(join(...parts));
    expect(publishes(desk.connect(true)).map(({ topic, messageId, dup }) => [topic, messageId, dup])).toEqual([
      ['b', 7, true],
      ['c', 9, false],
      ['d', 65535, false],
    ]);
    expect(desk.publish('e', '', 1)).toBe(1);
  });

  it('refuses one that is not behind those before it, and keeps them', () => {
    const desk = new Desk(keep);
    importInto(desk, join(parts[0]!, parts[1]!));
    expect([parts[1]!, parts[0]!, publish('x', '', 1, 8)].map((part) => importInto(desk, part))).toEqual(
      Array(3).fill(Refusal.malformed),
    );
    expect([exported(desk), desk.session.inFlight]).toEqual([join(parts[0]!, parts[1]!), 2]);
  });

  it('refuses one behind identifiers that a session could not have given together', () => {
    const desk = new Desk(keep);
    const ids = [1, 65534, 65535].map((id) => importInto(desk, publish('a', '', 1, id)));
    expect(ids).toEqual([1, 1, Refusal.malformed]);
    expect(importInto(new Desk(keep), join(...[1, 65534, 65535].map((id) => publish('a', '', 1, id))))).toBe(
      Refusal.malformed,
    );
  });

  it('counts those before it in the limits', () => {
    const few = new Desk({ ...keep, maxInFlight: 2 });
    expect(parts.map((part) => importInto(few, part))).toEqual([1, 1, Refusal.tooLarge]);
    const small = new Desk({ ...keep, transmitArenaSize: parts[0]!.length + parts[1]!.length });
    expect(parts.map((part) => importInto(small, part))).toEqual([1, 1, Refusal.tooLarge]);
  });

  it('is over with the first connection, and with the first message that is published', () => {
    const opened = new Desk(keep);
    importInto(opened, parts[0]!);
    opened.connect(true);
    opened.session.lost();
    expect(importInto(opened, parts[1]!)).toBe(Refusal.wrongState);
    const published = new Desk(keep);
    importInto(published, parts[0]!);
    published.publish('x', '', 1);
    expect(importInto(published, parts[1]!)).toBe(Refusal.wrongState);
  });
});

describe('importMessage', () => {
  const [topic, payload] = [hex('2f 61 62'), pattern(5)];
  const take = (desk: Desk, packetId: number, retain = false): number =>
    importMessage(desk.session, topic, 1, 3, payload, 1, 4, retain, packetId);

  it('takes a message from ranges of bytes, to go again with its identifier and DUP [MQTT-4.4.0-1]', () => {
    const desk = new Desk(keep);
    expect([take(desk, 65535), take(desk, 2, true), desk.publish('new', '', 1)]).toEqual([65535, 2, 3]);
    expect(
      publishes(desk.connect(true)).map((packet) => [packet.topic, packet.messageId, packet.dup, packet.retain]),
    ).toEqual([
      ['ab', 65535, true, false],
      ['ab', 2, true, true],
      ['new', 3, false, false],
    ]);
  });

  it('makes a new message of it with a clean session', () => {
    const desk = new Desk({ cleanSession: true });
    take(desk, 9);
    expect(publishes(desk.connect())).toMatchObject([
      { messageId: 9, dup: false, payload: Buffer.from(payload.slice(1, 4)) },
    ]);
  });

  it('refuses what a session cannot have sent, and what has no room', () => {
    const desk = new Desk({ ...keep, maxInFlight: 2 });
    const bad = [0, -1, 65536, NaN].map((packetId) => take(desk, packetId));
    expect(bad).toEqual(Array(4).fill(Refusal.malformed));
    expect(importMessage(desk.session, hex('2b'), 0, 1, payload, 0, 5, false, 1)).toBe(Refusal.invalidTopic);
    expect([take(desk, 5), take(desk, 5), take(desk, 6), take(desk, 7)]).toEqual([
      5,
      Refusal.malformed,
      6,
      Refusal.tooLarge,
    ]);
    expect(take(connected(keep), 1)).toBe(Refusal.wrongState);
    expect(take(new Desk({ ...keep, transmitArenaSize: 16 }), 1)).toBe(1);
    expect(
      importMessage(new Desk({ ...keep, transmitArenaSize: 16 }).session, topic, 1, 3, pattern(9), 0, 9, false, 1),
    ).toBe(Refusal.tooLarge);
  });
});

describe('importMessages refuses', () => {
  const good = publish('a', 'x', 1, 1);
  it.each([
    ['QoS 0', publish('a', 'x', 0)],
    ['QoS 2', hex('34 06 0001 61 0001 78')],
    ['QoS 3', hex('36 06 0001 61 0001 78')],
    ['another packet', hex('40 02 0001')],
    ['identifier 0', hex('32 05 0001 61 0000')],
    ['an empty topic', hex('32 05 0000 0001 78')],
    ['a wildcard', hex('32 05 0001 2b 0001')],
    ['U+0000', hex('32 05 0001 00 0001')],
    ['ill-formed UTF-8', hex('32 05 0001 ff 0001')],
    ['no identifier', hex('32 04 0001 61 00')],
    ['a topic that passes the end', hex('32 05 0002 61 0001')],
    ['a fifth length byte', hex('32 8580808000 0001 61 0001')],
    ['an identifier twice', join(good, good)],
    ['one byte at the end', join(good, hex('32'))],
    ['a header alone', hex('32 05')],
    ['zeros', new Uint8Array(8)],
  ])('%s, and takes nothing of what is before it', (_, bad) => {
    const desk = new Desk(keep);
    const before = publish('ok', 'y', 1, 500);
    expect(importInto(desk, join(before, bad))).toBe(Refusal.malformed);
    expect([desk.session.inFlight, desk.publish('z', '', 1)]).toEqual([0, 1]);
  });

  it('every truncation of two messages but the one between them', () => {
    const first = publish('a', 'x', 1, 1);
    const bytes = join(first, publish('b', pattern(200), 1, 2));
    for (let to = 1; to < bytes.length; to++) {
      expect(checkMessages(bytes, 0, to)).toBe(to === first.length ? 1 : -1);
    }
  });

  it('a range beyond the array', () => {
    expect(importMessages(new Desk(keep).session, good, 0, good.length + 1)).toBe(Refusal.malformed);
  });

  it('any bytes without throwing, or takes them all', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x32, 0x3a, 0, 1, 5, 6, 0x61));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 40 }), (numbers) => {
        const desk = new Desk(keep);
        const count = importInto(desk, new Uint8Array(numbers));
        expect(desk.session.inFlight).toBe(Math.max(count, 0));
        if (count >= 0) expect(exported(desk)).toEqual(new Uint8Array(numbers));
      }),
      { numRuns: 2000 },
    );
  });
});
