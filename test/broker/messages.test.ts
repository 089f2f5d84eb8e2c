import { expect, it } from 'vitest';
import { describeBrokers } from './brokers.js';
import { Client } from './client.js';
import { Peer } from './peer.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';

describeBrokers('messages', ({ start }) => {
  it.each([0, 1] as const)('go to the peer with QoS %i, in order', async (qos) => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, 'a/+');
    const client = await new Client({ port }).connect();
    const expected: string[] = [];
    let next = 0;
    const fill = (): void => {
      while (next < 500) {
        const topic = new TextEncoder().encode(`a/${next % 3}`);
        if (client.connection.publish(topic, new TextEncoder().encode(`message ${next}`), qos, false) < 0) return;
        expected.push(`message ${next++}`);
      }
    };
    client.onRoom = fill;
    fill();
    await peer.until(() => peer.messages.length === 500);
    expect(peer.texts()).toEqual(expected);
    expect(peer.messages.every((message, i) => message.qos === qos && message.topic === `a/${i % 3}`)).toBe(true);
    await client.stop();
    expect(client.stopped).toEqual([0]);
    expect(client.acknowledged.length).toBe(qos * 500);
  });

  it.each([0, 1] as const)('come from the peer with QoS %i, in order', async (qos) => {
    const { port, url } = await start();
    const client = await new Client({ port }).connect();
    expect(await client.subscribe('b/#', 1)).toBe(1);
    const peer = await Peer.connect(url);
    const sent = Array.from({ length: 300 }, (_, i) => peer.publish(`b/${i}`, `message ${i}`, qos));
    await client.until(() => client.messages.length === 300);
    await Promise.all(sent);
    expect(client.texts()).toEqual(Array.from({ length: 300 }, (_, i) => `message ${i}`));
    expect(client.messages.every((message) => message.qos === qos && !message.retain)).toBe(true);
  });

  it('come with the lower QoS of subscription and message', async () => {
    const { port, url } = await start();
    const client = await new Client({ port }).connect();
    expect(await client.subscribe('q', 0)).toBe(0);
    await (await Peer.connect(url)).publish('q', 'x', 1);
    await client.until(() => client.messages.length === 1);
    expect(client.messages[0]!.qos).toBe(0);
  });

  it('carry any bytes, an empty payload, and topics of any script', async () => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, '#');
    const client = await new Client({ port }).connect();
    await client.subscribe('own/#', 1);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const topics = ['own/ä/日本/🦉', 'own//', 'own/ space ', 'own/$x'];
    for (const topic of topics) {
      client.publish(topic, bytes, 1);
      client.publish(topic, '', 1);
      await client.until(() => client.messages.length === 2);
      await peer.until(() => peer.messages.length === 2);
      for (const messages of [client.messages.splice(0), peer.messages.splice(0)]) {
        expect(messages.map((message) => message.topic)).toEqual([topic, topic]);
        expect(messages.map(({ payload }) => [...payload])).toEqual([[...bytes], []]);
      }
    }
  });

  it('are retained, replaced, and cleared by an empty retained message', async () => {
    const { port, url } = await start();
    const client = await new Client({ port }).connect();
    for (const value of ['first', 'second']) client.publish('shed/door', value, 1, true);
    await client.until(() => client.acknowledged.length === 2);
    const reader = await new Client({ port }).connect();
    await reader.subscribe('shed/+', 1);
    await reader.until(() => reader.messages.length === 1);
    expect(reader.messages[0]).toMatchObject({ topic: 'shed/door', retain: true, payload: Buffer.from('second') });
    client.publish('shed/door', '', 1, true);
    await client.until(() => client.acknowledged.length === 3);
    const later = await Peer.subscribed(url, 'shed/+');
    await later.publish('shed/end', 'end', 1);
    await later.first();
    expect(later.texts()).toEqual(['end']);
  });

  it('come no more after unsubscribe', async () => {
    const { port } = await start();
    const client = await new Client({ port }).connect();
    await client.subscribe('a', 1);
    await client.subscribe('b', 1);
    expect(client.connection.unsubscribe(new TextEncoder().encode('a'))).toBe(0);
    await client.until(() => client.unsubscribed.length === 1);
    client.publish('a', 'not heard', 1);
    client.publish('b', 'heard', 1);
    await client.until(() => client.messages.length === 1);
    expect(client.texts()).toEqual(['heard']);
  });

  it('can be answered from inside the handler', async () => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, 'answer');
    const client = await new Client({ port }).connect();
    await client.subscribe('question', 1);
    const tell = client.onMessage.bind(client);
    client.onMessage = (message) => {
      tell(message);
      client.publish('answer', client.messages.at(-1)!.payload, 1);
    };
    for (let i = 0; i < 5; i++) await peer.publish('question', `${i}`, 1);
    await peer.until(() => peer.messages.length === 5);
    expect(peer.texts()).toEqual(['0', '1', '2', '3', '4']);
  });

  it('of 1 MB go out through 512 B buffers with QoS 0 and 1', async () => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, 'big');
    const client = await new Client({ port, receiveBufferSize: 512, transmitArenaSize: 512 }).connect();
    const payload = pattern(1_000_000);
    const topic = new TextEncoder().encode('big');
    for (const qos of [0, 1]) {
      let largest = 0;
      const source = {
        read(offset: number, into: Uint8Array, from: number, to: number): number {
          largest = Math.max(largest, to - from);
          into.set(payload.subarray(offset, offset + to - from), from);
          return Math.min(to - from, payload.length - offset);
        },
      };
      expect(
        publishStream(client.connection.session, topic, source, payload.length, qos, false),
      ).toBeGreaterThanOrEqual(0);
      client.connection.flush();
      await peer.until(() => peer.messages.length === qos + 1);
      expect(peer.messages[qos]!.payload.equals(payload)).toBe(true);
      expect(peer.messages[qos]!.qos).toBe(qos);
      expect(largest).toBeLessThanOrEqual(512);
    }
    await client.until(() => client.acknowledged.length === 1);
  });

  it('of 1 MB come in through 512 B buffers with QoS 0 and 1', async () => {
    const { port, url } = await start();
    const client = await new Client({ port, receiveBufferSize: 512, transmitArenaSize: 512 }).connect();
    await client.subscribe('big', 1);
    const peer = await Peer.connect(url);
    const payload = pattern(1_000_000);
    for (const qos of [0, 1] as const) {
      const sent = peer.publish('big', payload, qos);
      await client.until(() => client.messages.length === qos + 1);
      await sent;
      const message = client.messages[qos]!;
      expect(message.payload.equals(payload)).toBe(true);
      expect(message.qos).toBe(qos);
      expect(message.pieces).toBeGreaterThanOrEqual(1_000_000 / 512);
    }
    // The connection goes on behind it.
    client.publish('big', 'small', 1);
    await client.until(() => client.messages.length === 3);
  });
});

/** Bytes in which a piece that is missing, repeated or moved shows. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
  return bytes;
}
