import fc from 'fast-check';
import { Counter } from '../../src/mqtt/layout.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';
import { CloseReason, Refusal } from '../../src/mqtt/state.js';
import { pattern, utf8 } from './bench/bytes.js';
import { names, puback, publishes, suback, unsuback } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

/** A QoS 1 PUBLISH of exactly 16 bytes. */
function sixteen(desk: Desk): number {
  return desk.publish('a', pattern(9), 1);
}

describe('a full arena', () => {
  it('refuses', () => {
    const desk = connected({ transmitArenaSize: 32 });
    expect([sixteen(desk), sixteen(desk), sixteen(desk)]).toEqual([1, 2, Refusal.full]);
  });

  it('counts the refusal', () => {
    const desk = connected({ transmitArenaSize: 16 });
    sixteen(desk);
    sixteen(desk);
    expect(desk.session.counter(Counter.refused)).toBe(1);
  });

  it('leaves what it holds as it is', () => {
    const desk = connected({ transmitArenaSize: 16 });
    sixteen(desk);
    desk.publish('b', 'other', 1);
    expect(publishes(desk.write())).toMatchObject([{ topic: 'a', messageId: 1 }]);
  });

  it('tells of room with the PUBACK, not before', () => {
    const desk = connected({ transmitArenaSize: 16 });
    sixteen(desk);
    sixteen(desk);
    desk.write();
    expect(desk.heard.rooms).toBe(0);
    desk.give(puback(1));
    expect(desk.heard.rooms).toBe(1);
  });

  it('has room in the call that tells so', () => {
    const results: number[] = [];
    const desk: Desk = connected({ transmitArenaSize: 16 }, { onRoom: () => results.push(sixteen(desk)) });
    sixteen(desk);
    sixteen(desk);
    desk.write();
    desk.give(puback(1));
    expect(results).toEqual([2]);
  });

  it('is not told of room that the handler has used up itself', () => {
    const desk: Desk = connected(
      { transmitArenaSize: 32 },
      {
        onAcknowledged: () => {
          while (sixteen(desk) > 0);
        },
      },
    );
    sixteen(desk);
    sixteen(desk);
    desk.write();
    desk.give(puback(1));
    expect(desk.heard.rooms).toBe(0);
    desk.write();
    desk.give(puback(2));
    expect(desk.heard.rooms).toBe(1);
  });

  it('tells once', () => {
    const desk = connected({ transmitArenaSize: 32 });
    sixteen(desk);
    sixteen(desk);
    sixteen(desk);
    desk.write();
    desk.give(puback(1), puback(2));
    desk.give(puback(3));
    expect(desk.heard.rooms).toBe(1);
  });

  it('tells nobody who was not refused', () => {
    const desk = connected({ transmitArenaSize: 16 });
    sixteen(desk);
    desk.write();
    desk.give(puback(1));
    expect(desk.heard.rooms).toBe(0);
  });

  it('of QoS 0 tells of room when it is written', () => {
    const desk = connected({ transmitArenaSize: 16 });
    desk.publish('a', pattern(11));
    expect(desk.publish('a', pattern(11))).toBe(Refusal.full);
    desk.write(15);
    expect(desk.heard.rooms).toBe(0);
    desk.write();
    expect(desk.heard.rooms).toBe(1);
  });

  it('while there is no connection tells of room after the next', () => {
    const desk = new Desk({ transmitArenaSize: 16, cleanSession: false });
    sixteen(desk);
    expect(sixteen(desk)).toBe(Refusal.full);
    desk.connect();
    desk.give(puback(1));
    expect(desk.heard.rooms).toBe(1);
  });
});

describe('a full table', () => {
  it('of messages in flight refuses', () => {
    const desk = connected({ maxInFlight: 2 });
    expect([1, 2, 3].map(() => desk.publish('a', '', 1))).toEqual([1, 2, Refusal.full]);
  });

  it('of messages in flight does not refuse QoS 0', () => {
    const desk = connected({ maxInFlight: 1 });
    desk.publish('a', '', 1);
    expect(desk.publish('a')).toBe(0);
  });

  it('of messages in flight tells of room with a PUBACK', () => {
    const desk = connected({ maxInFlight: 1 });
    desk.publish('a', '', 1);
    desk.publish('a', '', 1);
    desk.write();
    desk.give(puback(1));
    expect([desk.heard.rooms, desk.publish('a', '', 1)]).toEqual([1, 2]);
  });

  it('of queued packets refuses', () => {
    const desk = connected({ maxInFlight: 1, maxQueued: 2 });
    expect([1, 2, 3, 4].map(() => desk.publish('a'))).toEqual([0, 0, 0, Refusal.full]);
  });

  it('of queued packets tells of room when they are written', () => {
    const desk = connected({ maxInFlight: 1, maxQueued: 1 });
    for (let i = 0; i < 3; i++) desk.publish('a');
    desk.write();
    expect(desk.heard.rooms).toBe(1);
  });

  it('of subscriptions refuses', () => {
    const desk = connected({ maxSubscriptions: 1 });
    expect([desk.subscribe('a'), desk.subscribe('b')]).toEqual([0, Refusal.full]);
  });

  it('of subscriptions tells of room when one ended', () => {
    const desk = connected({ maxSubscriptions: 1 });
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    desk.unsubscribe('a');
    desk.write();
    expect(desk.subscribe('b')).toBe(Refusal.full);
    desk.give(unsuback(2));
    expect(desk.heard.rooms).toBe(1);
    expect(desk.subscribe('b')).toBe(0);
  });
});

describe('what can never fit', () => {
  it('is told apart from a full arena', () => {
    expect(connected({ transmitArenaSize: 16 }).publish('a', pattern(10), 1)).toBe(Refusal.tooLarge);
  });

  it('may be as large as the arena', () => {
    expect(sixteen(connected({ transmitArenaSize: 16 }))).toBe(1);
  });

  it('is also a subscription', () => {
    expect(connected({ transmitArenaSize: 16 }).subscribe('a'.repeat(10))).toBe(Refusal.tooLarge);
  });

  it('is also a header of a streamed message', () => {
    const desk = connected({ transmitArenaSize: 16 });
    expect(publishStream(desk.session, pattern(15).fill(97), { read: () => 0 }, 100, 0, false)).toBe(Refusal.tooLarge);
  });
});

describe('publish refuses', () => {
  it.each([2, 3, -1, 0.5, NaN])('QoS %d', (qos) => {
    expect(connected().publish('a', '', qos)).toBe(Refusal.invalidQos);
  });

  it.each(['', 'a/+', '#', 'a\0'])('the topic "%s" [MQTT-3.3.2-2]', (topic) => {
    expect(connected().publish(topic)).toBe(Refusal.invalidTopic);
  });

  it('a topic that is not UTF-8 [MQTT-1.5.3-1]', () => {
    expect(connected().session.publish(new Uint8Array([0xff]), new Uint8Array(0), 0, false)).toBe(Refusal.invalidTopic);
  });
});

describe('a waiting subscription', () => {
  it('gets room before a busy publisher', () => {
    const desk = connected({ transmitArenaSize: 16 });
    sixteen(desk);
    desk.write();
    desk.subscribe('abcdef');
    desk.give(puback(1));
    expect(sixteen(desk)).toBe(Refusal.full);
    expect(names(desk.write())).toBe('subscribe');
  });
});

describe('publishRange', () => {
  it('takes ranges', () => {
    const desk = connected();
    const bytes = new Uint8Array([0x2b, 0x61, 0x62, 0x63, 0x64, 0x2b]);
    desk.session.publishRange(bytes, 1, 3, bytes, 3, 5, 0, true);
    const [packet] = publishes(desk.write());
    expect([packet!.topic, packet!.payload.toString(), packet!.retain]).toEqual(['ab', 'cd', true]);
  });

  it('copies', () => {
    const desk = connected();
    const bytes = new Uint8Array([0x61]);
    desk.session.publish(bytes, bytes, 0, false);
    bytes[0] = 0x62;
    expect(publishes(desk.write())[0]!.topic).toBe('a');
  });
});

/** Publishes a stream of `total` bytes whose source answers as `read` says. */
function stream(desk: Desk, qos: number, read: () => number, total = 100): number {
  return publishStream(desk.session, utf8('s'), { read }, total, qos, false);
}

describe('a refusal because of another stream is followed by onRoom', () => {
  it('when the source gave up, with the next connection', () => {
    const desk = connected();
    expect([stream(desk, 1, () => -1), stream(desk, 1, () => 1)]).toEqual([1, Refusal.streaming]);
    desk.write();
    expect([desk.closed, desk.heard.rooms]).toEqual([CloseReason.payloadSourceFailed, 0]);
    desk.open();
    expect([desk.heard.rooms, stream(desk, 1, () => 1)]).toEqual([1, 2]);
  });

  it('when it is written, though an older message keeps its room', () => {
    const desk = connected();
    sixteen(desk);
    stream(desk, 0, () => 1);
    expect(stream(desk, 0, () => 1)).toBe(Refusal.streaming);
    desk.write();
    expect([desk.heard.rooms, stream(desk, 0, () => 1)]).toEqual([1, 0]);
  });
});

describe('room', () => {
  it('that a lost connection makes is told with the next one', () => {
    const desk = connected({ maxInFlight: 1, maxQueued: 1, cleanSession: false });
    desk.subscribe('a');
    desk.write(3);
    sixteen(desk);
    expect(desk.publish('b')).toBe(Refusal.full);
    desk.session.lost();
    desk.open();
    expect(desk.heard.rooms).toBe(1);
  });

  it('is told after every refusal that promises it, whatever happens', () => {
    const acts = ['whole 0', 'whole 1', 'stream 0', 'stream 1', 'write', 'acknowledge', 'lose', 'fail', 'unsubscribe'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...acts), { maxLength: 40 }), (steps) => {
        let refusedAt = -1;
        let fails = false;
        const desk = connected({ cleanSession: false, transmitArenaSize: 64, maxInFlight: 2, maxSubscriptions: 2 });
        const note = (result: number): void => {
          if (result === Refusal.full || result === Refusal.streaming) refusedAt = desk.heard.calls.length;
        };
        const source = (): number => (fails ? -1 : 1);
        const acknowledge = (): void => {
          for (const packet of desk.write()) {
            if (packet.cmd === 'publish' && packet.qos > 0) desk.give(puback(packet.messageId!));
            if (packet.cmd === 'unsubscribe') desk.give(unsuback(packet.messageId!));
          }
          desk.write();
        };
        for (const step of steps) {
          if (desk.session.idle) desk.connect();
          if (step === 'write') desk.write(30);
          else if (step === 'acknowledge') acknowledge();
          else if (step === 'lose') desk.session.lost();
          else if (step === 'fail') fails = !fails;
          else if (step === 'unsubscribe') note(desk.unsubscribe('f' + desk.heard.calls.length));
          else if (step.startsWith('whole')) note(desk.publish('a', pattern(20), Number(step.at(-1))));
          else note(stream(desk, Number(step.at(-1)), source));
        }
        fails = false;
        desk.session.lost();
        const written = desk.connect(true);
        for (const packet of written) {
          if (packet.cmd === 'publish' && packet.qos > 0) desk.give(puback(packet.messageId!));
          if (packet.cmd === 'unsubscribe') desk.give(unsuback(packet.messageId!));
        }
        for (let i = 0; i < 5; i++) acknowledge();
        expect([desk.session.drained, desk.closed]).toEqual([true, expect.anything()]);
        if (refusedAt >= 0) expect(desk.heard.calls.lastIndexOf('room')).toBeGreaterThanOrEqual(refusedAt);
      }),
      { numRuns: 500 },
    );
  });
});
