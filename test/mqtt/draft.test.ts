import { Session } from '../../src/mqtt/session.js';
import { pattern, utf8 } from './bench/bytes.js';
import { publishes } from './bench/codec.js';
import { connected } from './bench/desk.js';
import { Recorder } from './bench/recorder.js';
import { describe, expect, it } from 'vitest';

const SIZE = 64;
const options = { draftSize: SIZE, transmitArenaSize: 128, maxPendingAcknowledgements: 2 };

describe('the draft', () => {
  it('has the size that was asked for', () => {
    const { draft, draftFrom } = new Session({ clientId: 'c', ...options }, new Recorder());
    expect(draft.length - draftFrom).toBe(SIZE);
  });

  it('has no bytes by default', () => {
    const { draft, draftFrom } = new Session({ clientId: 'c' }, new Recorder());
    expect(draft.length - draftFrom).toBe(0);
  });

  it('is published like any other bytes', () => {
    const desk = connected(options);
    const { session } = desk;
    const { draft, draftFrom: from } = session;
    const topic = utf8('a/topic');
    const payload = pattern(40);
    draft.set(payload, from);
    draft.set(topic, from + 40);
    session.publishRange(draft, from + 40, from + 40 + topic.length, draft, from, from + 40, 1, false);
    draft.fill(0, from);
    expect(publishes(desk.write())).toMatchObject([{ topic: 'a/topic', payload: Buffer.from(payload), qos: 1 }]);
  });

  it('stays as it is while the arena is full and acknowledgements wait', () => {
    const desk = connected(options);
    const { session } = desk;
    const { draft, draftFrom } = session;
    draft.set(pattern(SIZE), draftFrom);
    const packet = Uint8Array.of(0x32, 6, 0, 1, 0x61, 0, 1, 0x78);
    for (let i = 0; i < 8; i++) {
      desk.publish('a', pattern(9), 1);
      packet[6] = i + 1;
      session.receive(packet, 0, packet.length, 0);
      if (i % 3 === 2) desk.write(5);
    }
    desk.write();
    expect(draft.slice(draftFrom)).toEqual(pattern(SIZE));
  });
});
