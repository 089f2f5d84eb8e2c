import { connect } from 'node:net';
import type { Socket } from 'node:net';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sink } from './brokers.js';
import { publishPacket } from './work.js';

let sink: Sink;

beforeEach(async () => {
  sink = await Sink.start();
});

afterEach(() => sink.stop());

/** CONNECT with the client identifier `raw`. */
const CONNECT = Buffer.from([0x10, 15, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 0, 0, 3, ...Buffer.from('raw')]);
const CONNACK = [0x20, 2, 0, 0];
const DISCONNECT = Buffer.from([0xe0, 0]);

/** Writes `chunks` apart, and returns what was answered when `length` bytes have come. */
async function answers(chunks: readonly Buffer[], length: number): Promise<number[]> {
  const socket: Socket = connect({ host: '127.0.0.1', port: sink.port, noDelay: true });
  const got: number[] = [];
  const done = new Promise<number[]>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      got.push(...bytes);
      if (got.length >= length) resolve(got);
    });
  });
  for (const chunk of chunks) await new Promise((resolve) => socket.write(chunk, resolve));
  const answer = await done;
  socket.destroy();
  return answer;
}

describe('the sink', () => {
  it('acknowledges each QoS 1 message in order, wherever the stream is cut', async () => {
    const stream = Buffer.concat([CONNECT, ...[1, 2, 300].map((id) => publishPacket('bench/publish', 1, id))]);
    const pubacks = [0x40, 2, 0, 1, 0x40, 2, 0, 2, 0x40, 2, 1, 44];
    for (let cut = 1; cut < stream.length; cut += 3) {
      const chunks = [stream.subarray(0, cut), stream.subarray(cut)];
      expect(await answers(chunks, 16), `cut at ${cut}`).toEqual([...CONNACK, ...pubacks]);
    }
  });

  it('answers PINGREQ and SUBSCRIBE', async () => {
    const subscribe = Buffer.from([0x82, 6, 0, 7, 0, 1, 0x61, 1]);
    const chunks = [CONNECT, Buffer.from([0xc0, 0]), subscribe];
    expect(await answers(chunks, 11)).toEqual([...CONNACK, 0xd0, 0, 0x90, 3, 0, 7, 0]);
  });

  it.each([
    ['a reserved packet type', [0xf0, 0]],
    ['a fifth byte of a length', [0x30, 0xff, 0xff, 0xff, 0xff, 1]],
  ])('ends a connection that sends %s, and serves the others', async (_what, bytes) => {
    const socket = connect({ host: '127.0.0.1', port: sink.port });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.write(Buffer.from(bytes));
    await closed;
    expect(await answers([CONNECT], 4)).toEqual(CONNACK);
  });

  it('tells how many messages a connection had, of any QoS', async () => {
    const gone = sink.gone('raw');
    const first = sink.firstMessage('raw');
    const messages = [0, 1, 0].map((qos) => publishPacket('bench/publish', qos, 1));
    await answers([Buffer.concat([CONNECT, ...messages, DISCONNECT])], 8);
    await first;
    expect(await gone).toBe(3);
  });

  it.each([0, 1] as const)('gives a subscriber as many QoS %i messages as it asks for', async (qos) => {
    const client = await mqtt.connectAsync({ host: '127.0.0.1', port: sink.port, protocolVersion: 4 });
    let count = 0;
    const packetIds = new Set<number>();
    const all = new Promise<void>((resolve, reject) => {
      client.on('message', (_topic, payload, packet) => {
        expect(packet.qos).toBe(qos);
        expect(payload).toHaveLength(64);
        packetIds.add(packet.messageId ?? 0);
        if (++count === 2500) resolve();
      });
      client.on('error', reject);
    });
    await client.subscribeAsync(`source/${qos}/2500`, { qos });
    await all;
    await client.endAsync();
    expect(count).toBe(2500);
    expect(packetIds.size).toBe(qos === 0 ? 1 : 1000);
  });

  it('ends all connections and refuses new ones when it is halted, and listens again on the same port', async () => {
    const client = await mqtt.connectAsync({ host: '127.0.0.1', port: sink.port, reconnectPeriod: 0 });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await sink.halt();
    await closed;
    await expect(mqtt.connectAsync({ host: '127.0.0.1', port: sink.port, reconnectPeriod: 0 })).rejects.toThrow();
    await sink.listen();
    await (await mqtt.connectAsync({ host: '127.0.0.1', port: sink.port })).endAsync();
  });
});
