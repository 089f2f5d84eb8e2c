import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TcpTransport } from '../../../boards/ecma419/index.js';
import { Connection } from '../../../src/connection/index.js';
import type { ConnectionHandler } from '../../../src/connection/index.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { scriptedTcp } from '../../support/ecma419/scripted-tcp.js';
import type { ScriptedTcp } from '../../support/ecma419/scripted-tcp.js';
import { VirtualTime } from '../../support/virtual-time.js';
import { PacketReader } from '../../mqtt/bench/codec.js';

const HANDLER: ConnectionHandler = {
  onConnected: () => undefined,
  onMessage: () => undefined,
  onAcknowledged: () => undefined,
  onSubscribed: () => undefined,
  onUnsubscribed: () => undefined,
  onRoom: () => undefined,
  onFailed: () => undefined,
  onStopped: () => undefined,
};

interface Connected {
  connection: Connection;
  socket: ScriptedTcp;
  sockets: ScriptedTcp[];
  time: VirtualTime;
}

/** A connection over a `TcpTransport` whose socket has `room` for CONNECT. */
function connected(send: number, room: number): Connected {
  const time = new VirtualTime();
  const { TCP, sockets } = scriptedTcp();
  const transport = new TcpTransport(TCP, { timers: time, send });
  const connection = new Connection(
    { clientId: 'c', endpoints: [{ host: '192.0.2.7', port: 1883 }], transmitArenaSize: 300 },
    {
      clock: time,
      timers: time,
      entropy: { uint32: () => 1 },
      network: { up: true, watch: () => undefined },
      resolver: { resolve: (host, handler) => handler.onResolved(host), cancel: () => undefined },
      transport,
    },
    HANDLER,
  );
  connection.start();
  const socket = sockets[0]!;
  socket.writable(room);
  time.run(0);
  socket.arrive(Uint8Array.of(0x20, 2, 0, 0));
  expect(connection.connected).toBe(true);
  return { connection, socket, sockets, time };
}

it('writes every message as it was published and in order, whatever room the socket has', () => {
  const step = fc.record({ length: fc.nat(90), qos: fc.nat(1), room: fc.option(fc.nat(120)) });
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 120 }), fc.array(step, { maxLength: 40 }), (send, script) => {
      const { connection, socket } = connected(send, 100);
      const published: string[] = [];
      script.forEach(({ length, qos, room }, i) => {
        if (room !== null) socket.writable(room);
        const topic = `t/${i}`;
        const payload = Uint8Array.from({ length }, (_, at) => (at * 7 + i) & 255);
        if (connection.publish(encodeUtf8(topic), payload, qos, false) >= 0)
          published.push(`${topic} ${qos} ${Buffer.from(payload).toString('hex')}`);
      });
      for (let i = 0; i < 40; i++) socket.writable(1000);
      expect(messagesIn(socket)).toEqual(published);
    }),
  );
});

/** Has room for 10 bytes, then for as many as there are: but the second write fails, as `fail` says. */
function failSecondWrite(socket: ScriptedTcp, fail: () => unknown): void {
  socket.writable(10);
  const write = socket.write.bind(socket);
  let writes = 0;
  socket.write = (bytes) => {
    writes++;
    if (writes === 2) return fail();
    const room = write(bytes);
    if (writes > 1) return room;
    socket.room = 1000;
    return 1000;
  };
}

describe('a message with QoS 0 of which a part was written', () => {
  const payload = Uint8Array.from({ length: 40 }, (_, i) => 0xc0 + i);
  const whole = [`topic 0 ${Buffer.from(payload).toString('hex')}`];

  it('goes on where it was, when there was no room for the rest', () => {
    const { connection, socket } = connected(64, 100);
    failSecondWrite(socket, () => {
      throw new Error('would block');
    });
    expect(connection.publish(encodeUtf8('topic'), payload, 0, false)).toBe(0);
    socket.writable(1000);
    expect(messagesIn(socket)).toEqual(whole);
    expect(connection.session.drained).toBe(true);
  });

  it('is written whole on the next connection, when the socket broke', () => {
    const { connection, socket, sockets, time } = connected(64, 100);
    failSecondWrite(socket, () => undefined);
    expect(connection.publish(encodeUtf8('topic'), payload, 0, false)).toBe(0);
    time.run(60000);
    const next = sockets.at(-1)!;
    expect(next).not.toBe(socket);
    next.writable(1000);
    time.run(0);
    next.arrive(Uint8Array.of(0x20, 2, 0, 0));
    expect(messagesIn(next)).toEqual(whole);
    expect(connection.session.drained).toBe(true);
  });
});

/** The messages that were written to a socket. */
function messagesIn(socket: ScriptedTcp): string[] {
  return new PacketReader().read(socket.written).flatMap((packet) => {
    if (packet.cmd !== 'publish') return [];
    return [`${packet.topic} ${packet.qos} ${(packet.payload as Buffer).toString('hex')}`];
  });
}
