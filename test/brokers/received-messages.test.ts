import fc from 'fast-check';
import { ReceivedMessages } from '../../src/brokers/index.js';
import { incoming } from './message.js';
import { describe, expect, it } from 'vitest';

const EPOCH = 1790000000123;

function texts(received: ReceivedMessages): string[] {
  return Array.from({ length: received.count }, (_, i) => received.text(i));
}

describe('the ring of received messages', () => {
  it('tells topic, text, time and broker of each, the oldest first', () => {
    const received = new ReceivedMessages();
    received.setName(0, 'first');
    received.setName(2, 'third');
    received.add(2, incoming('a/b', 'one'), EPOCH);
    received.add(0, incoming('c', ''), 0);
    expect(received.count).toBe(2);
    expect([received.broker(0), received.topic(0), received.text(0), received.unixTime(0)]).toEqual([
      'third',
      'a/b',
      'one',
      EPOCH,
    ]);
    expect([received.broker(1), received.topic(1), received.text(1), received.unixTime(1)]).toEqual([
      'first',
      'c',
      '',
      0,
    ]);
    expect(received.payload(0)).toEqual(Uint8Array.from(Buffer.from('one')));
    expect(() => received.text(2)).toThrow(new RangeError('no message 2: there are 2'));
  });

  it('overwrites the oldest, by count and by bytes, and counts them', () => {
    const few = new ReceivedMessages({ entries: 3 });
    for (let i = 0; i < 5; i++) few.add(0, incoming('t', String(i)), 0);
    expect(texts(few)).toEqual(['2', '3', '4']);
    expect(few.lost).toBe(2);

    const small = new ReceivedMessages({ capacity: 64, maxLength: 64 });
    for (let i = 0; i < 5; i++) small.add(0, incoming('t', String(i).repeat(20)), 0);
    expect(texts(small)).toEqual(['2', '3', '4'].map((digit) => digit.repeat(20)));
    expect(small.lost).toBe(2);
    small.clear();
    expect([small.count, small.lost]).toEqual([0, 0]);
  });

  it('cuts what is too long, between two characters, and counts it', () => {
    const received = new ReceivedMessages({ capacity: 64, maxLength: 16 });
    received.add(0, incoming('t', 'é'.repeat(20)), 0);
    expect(received.text(0)).toBe('é'.repeat(7) + '… (40 bytes)');
    received.add(0, incoming('t', new Uint8Array(40).fill(0x80)), 0);
    expect(received.payload(1)).toHaveLength(15);
    expect([received.cut, received.lost]).toEqual([2, 0]);
    received.add(0, incoming('t'.repeat(17), ''), 0);
    expect([received.count, received.lost]).toEqual([2, 1]);
  });

  it('has the beginning of a message in pieces, shortened between two characters, with its true length', () => {
    const received = new ReceivedMessages();
    received.add(0, incoming('t', 'ab€'.slice(0, 3), { total: 9 }), 0);
    received.add(0, incoming('t', 'cd', { offset: 5, total: 9 }), 0);
    received.add(0, incoming('t', Uint8Array.of(0x61, 0xe2, 0x82), { total: 6 }), 0);
    expect([received.count, received.cut, received.lost]).toEqual([2, 2, 0]);
    expect(texts(received)).toEqual(['ab€… (9 bytes)', 'a… (6 bytes)']);
    expect([received.length(0), received.payload(1)]).toEqual([9, Uint8Array.of(0x61)]);
  });

  it('has a line for a message that was skipped, because its topic did not fit the receive buffer', () => {
    const received = new ReceivedMessages();
    received.setName(3, 'b');
    received.addSkipped(3, 600, 900, EPOCH);
    expect([received.broker(0), received.topic(0), received.unixTime(0), received.length(0)]).toEqual([
      'b',
      '',
      EPOCH,
      900,
    ]);
    expect(received.text(0)).toBe('skipped: topic of 600 bytes exceeds the receive buffer (payload of 900 bytes)');
  });

  it('shows bytes that are not UTF-8 as U+FFFD', () => {
    const received = new ReceivedMessages();
    received.add(0, incoming('t', Uint8Array.of(0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82, 0x00, 0xf0, 0x9f, 0x98, 0x80)), 0);
    expect(received.text(0)).toBe('a\ufffdé\ufffd\ufffd\0😀');
  });

  it('forgets the name of a broker that is gone, also when its number is taken again', () => {
    const received = new ReceivedMessages();
    received.setName(0, 'before');
    received.add(0, incoming('t', 'x'), 0);
    received.setName(0, undefined);
    received.setName(0, 'after');
    expect(received.broker(0)).toBe('');
  });

  it('refuses sizes that make no sense', () => {
    expect(() => new ReceivedMessages({ capacity: 63 })).toThrow('received.capacity must be an integer from 64');
    expect(() => new ReceivedMessages({ entries: 0 })).toThrow('received.entries must be an integer from 1');
    expect(() => new ReceivedMessages({ maxLength: 5000 })).toThrow('received.maxLength must be an integer');
  });

  it('is a list of the last messages, whatever came', () => {
    const message = fc.record({ topic: fc.stringMatching(/^[a-z]{1,12}$/), payload: fc.uint8Array({ maxLength: 40 }) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (messages, entries) => {
        const received = new ReceivedMessages({ capacity: 100, entries, maxLength: 52 });
        const model: { topic: string; payload: Uint8Array; size: number }[] = [];
        messages.forEach(({ topic, payload }, i) => {
          received.add(0, incoming(topic, payload), i);
          model.push({ topic, payload, size: topic.length + payload.length });
          while (model.length > entries || model.reduce((sum, { size }) => sum + size, 0) > 100) model.shift();
          expect(received.count).toBe(model.length);
          model.forEach((kept, at) => {
            expect(received.topic(at)).toBe(kept.topic);
            expect(received.payload(at)).toEqual(kept.payload);
            expect(received.unixTime(at)).toBe(i + 1 - model.length + at);
          });
        });
        expect(received.lost).toBe(messages.length - model.length);
      }),
    );
  });
});
