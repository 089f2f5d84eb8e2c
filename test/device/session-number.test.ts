import { MemoryStore } from '../../sim/hal/index.js';
import { PlainProfile } from '../../src/cloud/index.js';
import { Connection } from '../../src/connection/index.js';
import { SessionNumber, StatusMessages } from '../../src/device/status-messages.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { ConnectOptions } from '../../src/mqtt/index.js';
import { VirtualBoard } from './virtual-board.js';
import type { IConnectPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';

const ENTROPY = { uint32: () => 5 };

function textOf(number: SessionNumber): string {
  return new TextDecoder().decode(number.text.slice(0, number.length));
}

/** What a method of `StatusMessages` writes, at an offset. */
function written(write: (into: Uint8Array, from: number, to: number) => number): unknown {
  const into = new Uint8Array(300);
  const length = write(into, 7, 300);
  // What does not fit has the session alone, or nothing.
  for (let room = 0; room < length; room++) {
    const brief = write(into, 7, 7 + room);
    if (brief < 0) continue;
    expect(brief).toBeLessThanOrEqual(room);
    const said = JSON.parse(new TextDecoder().decode(into.slice(7, 7 + brief))) as object;
    expect(Object.keys(said)).toEqual(['status', 'session']);
  }
  expect(write(into, 7, 7 + length)).toBe(length);
  return JSON.parse(new TextDecoder().decode(into.slice(7, 7 + length)));
}

describe('SessionNumber', () => {
  it('counts the starts in the store, with one write each, and the attempts in memory', () => {
    const store = new MemoryStore();
    let writes = 0;
    const counted = {
      read: store.read.bind(store),
      remove: store.remove.bind(store),
      write: (key: string, bytes: Uint8Array, from: number, to: number): boolean => {
        writes++;
        return store.write(key, bytes, from, to);
      },
    };
    const first = new SessionNumber(counted, ENTROPY);
    for (let i = 0; i < 1000; i++) first.next();
    expect([textOf(first), first.boots]).toEqual(['1-1000', 1]);
    const second = new SessionNumber(counted, ENTROPY);
    second.next();
    expect([textOf(second), second.boots, writes]).toEqual(['2-1', 2, 2]);
  });

  it('begins with a random number when the store fails, so that it is like no other', () => {
    const number = new SessionNumber(new MemoryStore(2), ENTROPY);
    number.next();
    expect([textOf(number), number.boots]).toEqual(['2147483653-1', 0]);
  });

  it('fits its text at the largest numbers', () => {
    const number = new SessionNumber(new MemoryStore(2), { uint32: () => 0xffffffff });
    number.attempts = 0xfffffffe;
    number.next();
    expect(textOf(number)).toBe('4294967295-4294967295');
  });
});

describe('StatusMessages', () => {
  const identity = { firmware: '0.1.0', board: 'esp32', restartReason: 'power on', notice: 'settings: "on" trial' };
  const writer = new PlainProfile({ gateway: 'shed' });
  const options = (): ConnectOptions => ({
    clientId: 'shed',
    will: { topic: 'site/shed/status', qos: 1, retain: true },
  });

  it('say all that is known of a birth, and the session alone in a will', () => {
    const session = new SessionNumber(new MemoryStore(), ENTROPY);
    session.next();
    const messages = new StatusMessages(session, identity, options(), writer);
    expect(written((into, from, to) => messages.writeBirth(1790000000000, into, from, to))).toEqual({
      status: 'online',
      session: '1-1',
      firmware: '0.1.0',
      board: 'esp32',
      boots: 1,
      restart: 'power on',
      time: 1790000000000,
      notice: 'settings: "on" trial',
    });
    expect(written((into, from, to) => messages.writeWill(into, from, to))).toEqual({
      status: 'offline',
      session: '1-1',
    });
  });

  it('leave out what is not known', () => {
    const session = new SessionNumber(new MemoryStore(2), ENTROPY);
    const messages = new StatusMessages(session, { firmware: '', board: '', restartReason: '' }, options(), writer);
    expect(written((into, from, to) => messages.writeBirth(0, into, from, to))).toEqual({
      status: 'online',
      session: '2147483653-0',
    });
  });

  it('give each attempt to connect a will of its own, also those that fail', () => {
    const virtual = new VirtualBoard();
    const { store, entropy } = { store: virtual.store, entropy: virtual.platform.entropy };
    const connect = options();
    const messages = new StatusMessages(new SessionNumber(store, entropy), identity, connect, writer);
    const ignore = (): void => undefined;
    const connection: Connection = new Connection(
      { ...connect, endpoints: [{ host: 'broker', port: 1883 }], backoff: { minimum: 100, maximum: 100 } },
      virtual.platform,
      {
        onAttempt: () => messages.attempt(connection, new Uint8Array(100), 0),
        onConnected: () => {
          const into = new Uint8Array(200);
          const length = messages.writeBirth(0, into, 0, 200);
          const topic = encodeUtf8('site/shed/status');
          connection.publishRange(topic, 0, topic.length, into, 0, length, 1, true);
        },
        onMessage: ignore,
        onAcknowledged: ignore,
        onSubscribed: ignore,
        onUnsubscribed: ignore,
        onRoom: ignore,
        onFailed: ignore,
        onStopped: ignore,
      },
    );
    connection.start();
    virtual.run(1000);
    virtual.broker.returnCode = undefined;
    virtual.broker.drop();
    virtual.run(11000);
    virtual.broker.returnCode = 0;
    virtual.broker.drop();
    virtual.run(2000);
    const wills = virtual.broker.all('connect').map((packet) => (packet as IConnectPacket).will!);
    expect(wills.length).toBeGreaterThanOrEqual(3);
    wills.forEach(({ payload, topic, qos, retain }, i) => {
      expect([topic, qos, retain]).toEqual(['site/shed/status', 1, true]);
      expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ status: 'offline', session: `1-${i + 1}` });
    });
    const births = virtual.broker.payloads.map((payload) => (JSON.parse(payload) as { session: string }).session);
    expect(births).toEqual(['1-1', `1-${wills.length}`]);
    connection.close();
  });
});
