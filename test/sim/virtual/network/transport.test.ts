import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../../../src/hal/index.js';
import { VirtualTransport } from '../../../../sim/virtual/network/transport.js';
import { ADDRESS, pattern, PORT, TransportBench } from './bench.js';

const MINUTE = 60_000;

// The rules of `Transport` in src/hal/transport.ts, as test/contracts/transport.contract.ts has them for real sockets.
describe('VirtualTransport', () => {
  it('opens, carries bytes both ways, and ends the connection at close', () => {
    const bench = new TransportBench().connected();
    expect(bench.calls).toEqual(['open']);
    expect(bench.transport.write(pattern(8), 2, 6)).toBe(4);
    bench.run(1000);
    expect(bench.peer.received).toEqual([...pattern(8).slice(2, 6)]);
    bench.peer.link.send(pattern(4));
    bench.run(1000);
    expect(hex(bench.received)).toBe(hex(pattern(4)));
    bench.transport.close();
    bench.transport.close();
    bench.run(1000);
    expect(bench.peer.ends).toBe(1);
    expect(bench.calls).toEqual(['open', 'receive']);
    expect(bench.connections).toEqual([]);
  });

  it('forgets the oldest of the closed connections when the stack has no room for another one', () => {
    const bench = new TransportBench();
    bench.mostConnections = 3;
    bench.path.serverWindowBytes = 0;
    const closeOne = (): void => {
      bench.connected().write(pattern(10));
      bench.run(1000);
      bench.transport.close();
      bench.run(MINUTE);
    };
    for (let i = 0; i < 3; i++) closeOne();
    const oldest = bench.connections[0]!;
    expect(bench.connections).toHaveLength(3);
    expect(bench.peers.map(({ ends }) => ends)).toEqual([0, 0, 0]);
    bench.connected();
    expect(bench.calls).toEqual(['open', 'open', 'open', 'open']);
    expect(bench.peers.map(({ ends }) => ends)).toEqual([1, 0, 0, 0]);
    expect(bench.connections).toHaveLength(3);
    expect(bench.connections).not.toContain(oldest);
  });

  it('does not tell the server what it forgot when nothing gets through, but answers it with RST later', () => {
    const bench = new TransportBench();
    bench.mostConnections = 1;
    bench.connected();
    bench.path.down = true;
    bench.write(pattern(10));
    bench.transport.close();
    bench.open();
    bench.run(MINUTE);
    expect(bench.peer.ends).toBe(0);
    expect(bench.connections.filter((connection) => connection.held)).toHaveLength(1);
    bench.path.down = false;
    bench.peer.link.send(pattern(4));
    bench.run(MINUTE);
    expect(bench.peers[0]!.ends).toBe(1);
  });

  it('says unreachable when the program has as many connections open as the stack can hold', () => {
    const bench = new TransportBench().connected();
    bench.mostConnections = 1;
    const other = new VirtualTransport(bench);
    const { length } = bench.calls;
    other.open(ADDRESS, { host: 'broker', port: PORT }, bench);
    expect(bench.calls).toHaveLength(length);
    bench.run(1000);
    expect(bench.calls.slice(length)).toEqual(['close']);
    expect(bench.detail).toBe('cannot connect to 203.0.113.10: no socket');
    expect(bench.cause).toBe(TransportFailure.unreachable);
    expect(bench.write(pattern(5))).toBe(5);
  });

  it('takes everything without a connection in silence', () => {
    const bench = new TransportBench();
    bench.transport.close();
    bench.transport.resume();
    expect(bench.write(pattern(3))).toBe(0);
    bench.run(MINUTE);
    expect(bench.calls).toEqual([]);
  });

  it.each(['refuses', 'nobody'] as const)('says unreachable, once, where it is refused: %s', (kind) => {
    const bench = new TransportBench();
    if (kind === 'refuses') bench.server.state = 'refuses';
    bench.open(kind === 'nobody' ? { port: 1 } : {});
    bench.run(MINUTE);
    expect(bench.calls).toEqual(['close']);
    expect(bench.cause).toBe(TransportFailure.unreachable);
    expect(bench.detail).toMatch(/refused by 203\.0\.113\.10:\d+$/);
    expect(bench.nested).toBe(0);
  });

  it('says unreachable after a while where nobody answers, and opens when somebody does before', () => {
    const bench = new TransportBench();
    bench.server.state = 'silent';
    bench.open();
    bench.run(MINUTE);
    expect(bench.calls).toEqual([]);
    bench.run(MINUTE);
    expect(bench.calls).toEqual(['close']);
    bench.open();
    bench.run(10_000);
    bench.server.state = 'listens';
    bench.run(10_000);
    expect(bench.calls).toEqual(['close', 'open']);
  });

  it('says ended, once, behind the last bytes of the peer', () => {
    const bench = new TransportBench().connected();
    bench.peer.link.send(pattern(3000));
    bench.peer.link.close(false);
    bench.run(MINUTE);
    expect(hex(bench.received)).toBe(hex(pattern(3000)));
    expect(bench.calls.at(-1)).toBe('close');
    expect(bench.calls.filter((call) => call === 'close')).toHaveLength(1);
    expect(bench.cause).toBe(TransportFailure.ended);
    expect(bench.write(pattern(1))).toBe(0);
    expect(bench.peer.ends).toBe(0);
  });

  it('tells the end of the peer only when the bytes before it were consumed', () => {
    const bench = new TransportBench().connected();
    bench.consume = () => 0;
    bench.peer.link.send(pattern(6));
    bench.peer.link.close(false);
    bench.run(MINUTE);
    expect(bench.calls).toEqual(['open', 'receive']);
    bench.consume = () => 3;
    bench.transport.resume();
    bench.run(1000);
    expect(bench.calls).toEqual(['open', 'receive', 'receive']);
    bench.transport.resume();
    bench.run(1000);
    expect(bench.calls).toEqual(['open', 'receive', 'receive', 'receive', 'close']);
    expect(hex(bench.received)).toBe(hex(pattern(6)));
  });

  it('says reset, once, when the peer aborts or somebody on the way resets', () => {
    for (const abort of [
      (bench: TransportBench): void => bench.peer.link.close(true),
      (bench: TransportBench): void => bench.connections[0]!.reset(),
    ]) {
      const bench = new TransportBench().connected();
      abort(bench);
      bench.run(MINUTE);
      expect(bench.calls).toEqual(['open', 'close']);
      expect(bench.cause).toBe(TransportFailure.reset);
      expect(bench.connections).toEqual([]);
    }
  });

  it('delivers again what was not consumed, in order, after resume, also from inside onReceive', () => {
    const bench = new TransportBench().connected();
    let round = 0;
    bench.consume = (_bytes, from, to) => {
      bench.transport.resume();
      return Math.min(to - from, round++ % 8);
    };
    bench.peer.link.send(pattern(5000));
    bench.run(MINUTE);
    expect(hex(bench.received)).toBe(hex(pattern(5000)));
    expect(bench.nested).toBe(0);
  });

  it('reads no more until resume: the peer sends no more than the window', () => {
    const bench = new TransportBench().connected();
    bench.consume = () => 0;
    bench.peer.link.send(pattern(50_000));
    bench.run(MINUTE);
    expect(bench.calls).toEqual(['open', 'receive']);
    expect(bench.segments.reduce((sum, length) => sum + length, 0)).toBe(bench.path.windowBytes);
    bench.consume = (_bytes, from, to) => to - from;
    bench.transport.resume();
    bench.run(MINUTE);
    expect(hex(bench.received)).toBe(hex(pattern(50_000)));
  });

  it('takes less when its buffer is full, says when there is room, and loses nothing', () => {
    const bench = new TransportBench().connected();
    bench.path.bytesPerSecond = 1000;
    const sent = pattern(40_000);
    let at = 0;
    bench.whenWritable = () => {
      while (at < sent.length) {
        const taken = bench.transport.write(sent, at, Math.min(sent.length, at + 1000));
        at += taken;
        if (taken < 1000) return;
      }
    };
    bench.whenWritable();
    expect(at).toBe(bench.path.sendBufferBytes);
    bench.run(MINUTE);
    expect(hex(bench.peer.received)).toBe(hex(sent));
    expect(bench.segments.every((length) => length <= bench.path.segmentBytes)).toBe(true);
  });

  it('copies what it takes, and sends at close what write took', () => {
    const bench = new TransportBench().connected();
    const scratch = pattern(3000);
    expect(bench.write(scratch)).toBe(3000);
    scratch.fill(0);
    bench.transport.close();
    bench.run(MINUTE);
    expect(hex(bench.peer.received)).toBe(hex(pattern(3000)));
    expect(bench.peer.ends).toBe(1);
  });

  it.each(['open', 'receive', 'writable'] as const)('is silent after close inside its call of %s', (name) => {
    const bench = new TransportBench();
    if (name === 'open') bench.whenOpen = () => bench.transport.close();
    if (name === 'writable') bench.whenWritable = () => bench.transport.close();
    if (name === 'receive') {
      bench.consume = () => {
        bench.transport.close();
        return 1;
      };
    }
    bench.connected();
    if (name === 'writable') bench.write(pattern(50_000));
    bench.peer.link.send(pattern(name === 'writable' ? 0 : 10_000));
    bench.run(MINUTE);
    expect(bench.calls).toEqual(name === 'open' ? ['open'] : ['open', name]);
    expect(bench.connections).toEqual([]);
  });

  it('is silent after close before it is open, and opens afresh', () => {
    const bench = new TransportBench();
    bench.open();
    bench.transport.close();
    bench.run(MINUTE);
    expect(bench.calls).toEqual([]);
    bench.connected();
    expect(bench.calls).toEqual(['open']);
    bench.connected();
    expect(bench.calls).toEqual(['open', 'open']);
    expect(bench.peers.map((peer) => peer.ends)).toEqual([1, 0]);
  });

  describe('over TLS', () => {
    it('opens where the server speaks it, and not where it does not', () => {
      const bench = new TransportBench();
      bench.open({ tls: {} });
      bench.run(MINUTE);
      bench.server.tls = true;
      bench.open({ tls: {} });
      bench.run(MINUTE);
      expect(bench.calls).toEqual(['close', 'open']);
      expect(bench.cause).toBe(TransportFailure.tls);
    });

    it.each(['expired', 'name', 'untrusted', 'version', 'alert'] as const)('says what is wrong: %s', (fault) => {
      const bench = new TransportBench();
      bench.server.tls = true;
      bench.server.tlsFault = fault;
      bench.open({ tls: {} });
      bench.run(MINUTE);
      expect(bench.calls).toEqual(['close']);
      expect(bench.cause).toBe(TransportFailure.tls);
      expect(bench.detail).not.toBe('');
    });
  });
});

describe('a path that is not good', () => {
  it.each([1, 2, 3])('loses segments and brings all bytes all the same, with seed %d', (seed) => {
    const bench = new TransportBench(seed).connected();
    bench.path.loss = 0.3;
    const up = pattern(20_000, 3);
    let at = bench.write(up);
    bench.whenWritable = () => {
      at += bench.transport.write(up, at, up.length);
    };
    bench.peer.link.send(pattern(20_000, 5));
    bench.run(60 * MINUTE);
    expect(hex(bench.received)).toBe(hex(pattern(20_000, 5)));
    expect(hex(bench.peer.received)).toBe(hex(up));
  });

  it.each(['path', 'interface'])('goes on after the %s was down, with what was written meanwhile', (what) => {
    const bench = new TransportBench().connected();
    const set = (down: boolean): void => {
      if (what === 'path') bench.path.down = down;
      else bench.up = !down;
    };
    set(true);
    bench.write(pattern(100));
    bench.peer.link.send(pattern(200));
    bench.run(MINUTE);
    expect([bench.received, bench.peer.received]).toEqual([[], []]);
    set(false);
    bench.run(MINUTE);
    expect(hex(bench.received)).toBe(hex(pattern(200)));
    expect(hex(bench.peer.received)).toBe(hex(pattern(100)));
  });

  it('tells the peer of an end that came while it was down', () => {
    const bench = new TransportBench().connected();
    bench.path.down = true;
    bench.write(pattern(10));
    bench.transport.close();
    bench.run(MINUTE);
    expect(bench.peer.ends).toBe(0);
    bench.path.down = false;
    bench.run(MINUTE);
    expect(hex(bench.peer.received)).toBe(hex(pattern(10)));
    expect(bench.peer.ends).toBe(1);
    expect(bench.connections).toEqual([]);
  });

  it('is half-open: nothing passes, and whoever writes is told after long', () => {
    const bench = new TransportBench().connected();
    bench.connections[0]!.halfOpen();
    bench.run(10 * MINUTE);
    expect(bench.calls).toEqual(['open']);
    bench.write(pattern(10));
    bench.run(5 * MINUTE);
    expect(bench.calls).toEqual(['open']);
    bench.run(10 * MINUTE);
    expect(bench.calls).toEqual(['open', 'close']);
    expect(bench.cause).toBe(TransportFailure.reset);
    expect(bench.peer.received).toEqual([]);
    bench.peer.link.send(pattern(10));
    bench.run(20 * MINUTE);
    expect(bench.peer.ends).toBe(1);
    expect(bench.connections).toEqual([]);
  });

  it('waits for a server that takes nothing, and goes on when it does', () => {
    const bench = new TransportBench().connected();
    bench.path.serverWindowBytes = 0;
    expect(bench.write(pattern(100))).toBe(100);
    bench.run(20 * MINUTE);
    expect([bench.peer.received, bench.calls]).toEqual([[], ['open']]);
    bench.path.serverWindowBytes = 1000;
    bench.connections[0]!.pump();
    bench.run(MINUTE);
    expect(hex(bench.peer.received)).toBe(hex(pattern(100)));
  });

  it('takes a byte a second', () => {
    const bench = new TransportBench().connected();
    bench.path.bytesPerSecond = 1;
    bench.path.segmentBytes = 20;
    bench.peer.link.send(pattern(100));
    bench.run(10 * MINUTE);
    expect(hex(bench.received)).toBe(hex(pattern(100)));
    expect(bench.segments).toEqual([20, 20, 20, 20, 20]);
  });
});

describe('a device that loses its power', () => {
  it('leaves a peer that is told when it sends something', () => {
    const bench = new TransportBench().connected();
    bench.connections[0]!.vanish();
    bench.run(60 * MINUTE);
    expect(bench.peer.ends).toBe(0);
    expect(bench.calls).toEqual(['open']);
    bench.peer.link.send(pattern(4));
    bench.run(MINUTE);
    expect(bench.peer.ends).toBe(1);
    expect(bench.connections).toEqual([]);
  });
});

/** So that a difference is one line. */
function hex(bytes: ArrayLike<number>): string {
  return Buffer.from(bytes).toString('hex');
}
