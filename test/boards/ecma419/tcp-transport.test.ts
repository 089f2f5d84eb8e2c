import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TcpTransport } from '../../../boards/ecma419/index.js';
import type { TcpTransportOptions } from '../../../boards/ecma419/index.js';
import { TransportFailure } from '../../../src/hal/index.js';
import type { Endpoint } from '../../../src/hal/index.js';
import { scriptedTcp } from '../../support/ecma419/scripted-tcp.js';
import type { ScriptedTcp } from '../../support/ecma419/scripted-tcp.js';
import { RecordingHandler } from '../../support/recording-handler.js';
import { VirtualTime } from '../../support/virtual-time.js';

const ENDPOINT: Endpoint = { host: 'broker.example', port: 1883 };

class Bench {
  readonly time = new VirtualTime();
  readonly sockets: ScriptedTcp[];
  readonly handler: RecordingHandler;
  readonly transport: TcpTransport;

  constructor(options: Partial<TcpTransportOptions> = {}, whileMaking?: (socket: ScriptedTcp) => void) {
    const { TCP, sockets } = scriptedTcp(whileMaking);
    this.sockets = sockets;
    this.transport = new TcpTransport(TCP, { timers: this.time, ...options });
    this.handler = new RecordingHandler(this.transport);
  }

  get socket(): ScriptedTcp {
    return this.sockets[this.sockets.length - 1]!;
  }

  open(endpoint = ENDPOINT): ScriptedTcp {
    this.handler.open('192.0.2.7', endpoint);
    return this.socket;
  }

  /** Open, and the handler knows. */
  opened(room = 100): ScriptedTcp {
    const socket = this.open();
    socket.writable(room);
    this.time.run(0);
    expect(this.handler.calls).toEqual(['onOpen']);
    return socket;
  }
}

describe('TcpTransport', () => {
  it('asks for the address, the port and no delay', () => {
    const { options } = new Bench().open();
    expect([options.address, options.port, options.nodelay]).toEqual(['192.0.2.7', 1883, true]);
  });

  it('refuses buffer sizes out of range', () => {
    for (const size of [0, -1, 1.5, 65536, Number.NaN]) {
      expect(() => new Bench({ receive: size })).toThrow(`receive must be an integer from 1 to 65535, got ${size}`);
      expect(() => new Bench({ send: size })).toThrow(`send must be an integer from 1 to 65535, got ${size}`);
    }
  });

  it('says unreachable when a refused connection was writable first', () => {
    const bench = new Bench();
    const socket = bench.open();
    socket.writable(1536);
    socket.fail();
    bench.time.run(1);
    expect(bench.handler.calls).toEqual(['onClose']);
    expect(bench.handler.cause).toBe(TransportFailure.unreachable);
    expect(bench.handler.detail).toBe(
      'cannot connect to broker.example (192.0.2.7) port 1883: refused, or not to be reached',
    );
    expect(socket.closed).toBe(1);
  });

  it('opens first when bytes came before the end', () => {
    const bench = new Bench();
    const socket = bench.open();
    socket.writable(10);
    socket.arrive('bye');
    socket.fail();
    expect(bench.handler.calls).toEqual([]);
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen', 'onReceive', 'onClose']);
    expect(bench.handler.cause).toBe(TransportFailure.ended);
  });

  it('says why the class could not make a socket, from the event loop', () => {
    const bench = new Bench({}, () => {
      throw new RangeError('no socket');
    });
    bench.open();
    expect(bench.handler.calls).toEqual([]);
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onClose']);
    expect(bench.handler.detail).toBe('cannot connect to broker.example (192.0.2.7) port 1883: no socket');
  });

  it('says tls for an endpoint with TLS', () => {
    const bench = new Bench();
    bench.open({ ...ENDPOINT, tls: {} });
    bench.time.run(0);
    expect(bench.sockets).toEqual([]);
    expect(bench.handler.cause).toBe(TransportFailure.tls);
    expect(bench.handler.detail).toMatch(/^no TLS to broker\.example .*: this firmware was built without it$/);
  });

  it('takes callbacks inside the constructor and inside write', () => {
    const bench = new Bench({}, (socket) => socket.writable(5));
    const socket = bench.open();
    expect(bench.handler.calls).toEqual([]);
    bench.time.run(0);
    socket.insideWrite = () => {
      socket.insideWrite = () => undefined;
      socket.arrive('x');
    };
    expect(bench.handler.write(Buffer.from('hello you'))).toBe(5);
    expect(bench.handler.calls).toEqual(['onOpen']);
    bench.time.run(0);
    socket.insideWrite = () => {
      socket.broken = true;
      socket.fail();
    };
    socket.writable(5);
    expect(bench.handler.write(Buffer.from('x'))).toBe(0);
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen', 'onReceive', 'onWritable', 'onClose']);
    expect(bench.handler.reentrantCalls).toEqual([]);
  });

  it('never asks for more than is readable, and reads all of it', () => {
    const bench = new Bench({ receive: 4 });
    const socket = bench.opened();
    socket.arrive('abcdefghij');
    expect(socket.reads).toEqual([4, 4, 2]);
    expect(bench.handler.receivedText()).toBe('abcdefghij');
  });

  it('leaves in the socket what it has no place for', () => {
    const bench = new Bench({ receive: 4 });
    const socket = bench.opened();
    bench.handler.consume = () => 1;
    socket.arrive('abcdefghij');
    socket.arrive('k');
    expect([socket.reads, socket.waiting]).toEqual([[4], 7]);
    bench.handler.resume();
    bench.time.run(0);
    expect([bench.handler.receivedText(), socket.waiting]).toEqual(['ab', 7]);
  });

  it('tells the end when the last byte was consumed', () => {
    const bench = new Bench();
    const socket = bench.opened();
    bench.handler.consume = () => 0;
    socket.arrive('abc');
    socket.fail();
    bench.time.run(5);
    expect(bench.handler.count('onClose')).toBe(0);
    bench.handler.consume = (_bytes, from, to) => to - from;
    bench.handler.resume();
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen', 'onReceive', 'onReceive', 'onClose']);
    expect(bench.handler.detail).toBe('broker.example (192.0.2.7) port 1883 ended the connection, or it broke');
  });

  it('says reset after a write that failed, although nothing more is heard', () => {
    const bench = new Bench();
    const socket = bench.opened();
    socket.broken = true;
    expect(bench.handler.write(Buffer.from('x'))).toBe(0);
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen', 'onClose']);
    expect(bench.handler.cause).toBe(TransportFailure.reset);
  });

  it('says reset when a read throws', () => {
    const bench = new Bench();
    const socket = bench.opened();
    socket.options.onReadable.call(socket, 3);
    socket.arrive('ab');
    expect(bench.handler.calls).toEqual(['onOpen', 'onReceive']);
    socket.options.onReadable.call(socket, 3);
    socket.read = () => {
      throw new Error('invalid');
    };
    socket.options.onReadable.call(socket, 3);
    bench.time.run(0);
    expect(bench.handler.cause).toBe(TransportFailure.reset);
    expect(bench.handler.detail).toMatch(/^cannot read from broker\.example .*: invalid$/);
  });

  it('goes on when a write would block although there was room', () => {
    const bench = new Bench();
    const socket = bench.opened(10);
    socket.room = 3;
    expect(bench.handler.write(Buffer.from('abcdef'))).toBe(0);
    socket.writable(10);
    expect(bench.handler.calls).toEqual(['onOpen', 'onWritable']);
    expect(bench.handler.write(Buffer.from('abcdef'))).toBe(6);
  });

  it('says onWritable only after a write that took less', () => {
    const bench = new Bench({ send: 2 });
    const socket = bench.opened(5);
    socket.writable(5);
    expect(bench.handler.write(Buffer.from('abcde'))).toBe(5);
    socket.writable(5);
    expect(bench.handler.write(Buffer.from('abcdefgh'))).toBe(5);
    expect(socket.writes).toEqual([2, 2, 1, 2, 2, 1]);
    expect(bench.handler.count('onWritable')).toBe(0);
    socket.writable(5);
    socket.writable(5);
    expect(bench.handler.count('onWritable')).toBe(1);
  });

  it('ignores late callbacks of a socket that it closed', () => {
    const bench = new Bench();
    const first = bench.opened();
    const second = bench.open();
    expect(first.closed).toBe(1);
    first.writable(10);
    first.arrive('old');
    first.fail();
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen']);
    second.writable(10);
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen', 'onOpen']);
    bench.handler.close();
    second.arrive('late');
    second.fail();
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen', 'onOpen']);
    expect(bench.time.pending).toBe(0);
  });

  it('works on after a handler threw', () => {
    const bench = new Bench();
    const socket = bench.opened();
    bench.handler.consume = () => {
      throw new Error('the application');
    };
    expect(() => socket.arrive('a')).toThrow('the application');
    bench.handler.consume = (_bytes, from, to) => to - from;
    socket.arrive('b');
    expect(bench.handler.receivedText()).toBe('ab');
  });

  it('delivers every byte once, in order, in any fragmentation and with any appetite', () => {
    const steps = fc.array(
      fc.record({ arrives: fc.nat(40), appetite: fc.nat(12), resumes: fc.boolean(), runs: fc.boolean() }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), steps, (receive, script) => {
        const bench = new Bench({ receive });
        const socket = bench.opened();
        let sent = '';
        let appetite = 0;
        bench.handler.consume = (_bytes, from, to) => Math.min(to - from, appetite);
        for (const step of script) {
          appetite = step.appetite;
          const bytes = Array.from({ length: step.arrives }, (_value, i) =>
            String.fromCharCode(33 + ((sent.length + i) % 90)),
          );
          sent += bytes.join('');
          if (bytes.length > 0) socket.arrive(bytes.join(''));
          if (step.resumes) bench.handler.resume();
          if (step.runs) bench.time.run(0);
        }
        socket.fail();
        appetite = 100;
        bench.handler.resume();
        bench.time.run(0);
        expect(bench.handler.receivedText()).toBe(sent);
        expect(bench.handler.calls.slice(-1)).toEqual(['onClose']);
        expect(bench.handler.reentrantCalls).toEqual([]);
      }),
    );
  });

  it('writes every byte that it took once, in order, whatever the room, and whatever array it comes from', () => {
    const step = fc.record({ source: fc.nat(2), offers: fc.nat(40), room: fc.nat(30) });
    const steps = fc.array(step, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), steps, (send, script) => {
        const bench = new Bench({ send });
        const socket = bench.opened();
        const total = script.reduce((sum, { offers }) => sum + offers, 0);
        const { transport } = bench;
        // Two sessions, one after the other, and a packet with an array of its own.
        const arrays = [
          new Uint8Array(transport.allocate(total)),
          new Uint8Array(transport.allocate(total + 8), 8),
          new Uint8Array(total),
        ];
        const sources = arrays.map((bytes, i) => fill(bytes, 2 * i + 1).subarray(0, total));
        const taken: number[] = [];
        let at = 0;
        const before = sources.map((source) => [...source]);
        for (const { source, offers, room } of script) {
          if (room > 0) socket.writable(room);
          const count = bench.handler.write(arrays[source]!, at, at + offers);
          taken.push(...before[source]!.slice(at, at + count));
          at += count;
        }
        expect([...socket.written]).toEqual(taken);
        expect(sources.map((source) => [...source])).toEqual(before);
        expect(arrays.map(({ length }) => length)).toEqual([total + send, total + send, total]);
        expect(Math.max(0, ...socket.writes)).toBeLessThanOrEqual(send);
      }),
    );
  });

  it('hands over a whole array as it is, and makes its array as long again when a write fails', () => {
    const bench = new Bench({ send: 8 });
    const socket = bench.opened(1000);
    const whole = fill(new Uint8Array(6), 7);
    expect(bench.handler.write(whole, 0, 6)).toBe(6);
    expect(socket.last).toBe(whole);
    const bytes = new Uint8Array(bench.transport.allocate(20));
    expect(bench.handler.write(bytes, 3, 7)).toBe(4);
    expect([socket.last!.buffer, bytes.length]).toEqual([bytes.buffer, 28]);
    socket.room = 0;
    expect(bench.handler.write(bytes, 3, 7)).toBe(0);
    expect(bytes.length).toBe(28);
  });
});

function fill(bytes: Uint8Array, factor: number): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = ((i + 1) * factor) % 251;
  return bytes;
}
