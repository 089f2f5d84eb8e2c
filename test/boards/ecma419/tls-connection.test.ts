import { describe, expect, it } from 'vitest';
import { SocketTransport } from '../../../boards/ecma419/index.js';
import type { CertificateTools, TlsSecureOptions } from '../../../boards/ecma419/index.js';
import { TransportFailure } from '../../../src/hal/index.js';
import type { Endpoint, TlsOptions } from '../../../src/hal/index.js';
import { scriptedTcp } from '../../support/ecma419/scripted-tcp.js';
import type { ScriptedTcp } from '../../support/ecma419/scripted-tcp.js';
import { RecordingHandler } from '../../support/recording-handler.js';
import { VirtualTime } from '../../support/virtual-time.js';

interface Lower {
  readable: number;
  writable: number;
  read(into: Uint8Array): unknown;
  write(record: Uint8Array): unknown;
  close(): void;
}

interface Options {
  host: string;
  secure: TlsSecureOptions;
  TCP: { io: new (options: object) => Lower };
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

/**
 * The structure of the SDK's class (examples/io/tcp/tlssocket/tlssocket.js) around a session of no secrets: the
 * handshake is one record each way, a record of application data is what it says, and type 0 does not decode.
 */
class ScriptedTls {
  static last: ScriptedTls;
  /** Timers that the SDK's class would have set, where nobody catches. */
  static timers = 0;
  readonly lower: Lower;
  ready = false;
  hello = Uint8Array.of(22, 3, 3, 0, 1, 1);
  private plain: Uint8Array | undefined;

  constructor(readonly options: Options) {
    ScriptedTls.last = this;
    if (options.host === 'expired.example') throw new Error('date validation failed');
    this.lower = new options.TCP.io({
      ...options,
      onReadable: (count: number) => this.onReadable(count),
      onWritable: (count: number) => this.onWritable(count),
      onError: () => this.options.onError(),
    });
    this.lower.readable = this.lower.writable = 0;
  }

  read(into: Uint8Array): number | undefined {
    if (this.plain === undefined) return undefined;
    const count = Math.min(into.length, this.plain.length);
    into.set(this.plain.subarray(0, count));
    this.plain = count < this.plain.length ? this.plain.subarray(count) : undefined;
    if (this.plain === undefined && this.lower.readable > 0) ScriptedTls.timers++;
    return count;
  }

  write(bytes: Uint8Array): number {
    const record = Uint8Array.of(23, 3, 3, bytes.length >> 8, bytes.length & 0xff, ...bytes);
    this.lower.writable = this.lower.write(record) as number;
    return Math.max(0, this.lower.writable - 32);
  }

  close(): void {
    this.lower.close();
  }

  private onWritable(count: number): void {
    this.lower.writable = count;
    if (this.ready && count > 96) this.options.onWritable(count - 96);
    else if (!this.ready && this.hello.length > 0) {
      this.lower.write(this.hello);
      this.hello = new Uint8Array(0);
    }
  }

  private onReadable(count: number): void {
    this.lower.readable = count;
    if (this.plain !== undefined || count === 0) return;
    const header = new Uint8Array(5);
    this.take(header);
    const length = (header[3]! << 8) | header[4]!;
    const record = new Uint8Array(5 + length);
    record.set(header);
    if (length > 0) this.take(record.subarray(5));
    switch (header[0]) {
      case 20:
        this.lower.write(Uint8Array.of(20, 3, 3, 0, 1, 1));
        this.ready = true;
        return this.onWritable(this.lower.writable);
      case 21:
        if (record[6] !== 0) throw new Error(`alert: ${record[5]}, ${record[6]}`);
        if (this.ready) return this.options.onError();
        this.ready = true;
        return this.onWritable(this.lower.writable);
      case 22:
        return;
      case 23:
        this.plain = record.slice(5);
        return this.options.onReadable(this.plain.length);
      default:
        throw new Error('recordProtocol auth failed');
    }
  }

  private take(into: Uint8Array): void {
    this.lower.read(into);
    this.lower.readable -= into.length;
  }
}

const record = (type: number, content: string | number[]): Buffer => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  return Buffer.concat([Buffer.of(type, 3, 3, bytes.length >> 8, bytes.length & 0xff), bytes]);
};
const CHANGE_CIPHER_SPEC = record(20, [1]);

/** Accepts each certificate. */
const lenient: CertificateTools = {
  X509: {
    decode: (der) => ({ tbs: der }),
    decodeTBS: () => ({ validity: { from: 0, to: Infinity } }),
    decodeSPKI: (der) => der,
    decodeExtension: () => undefined,
  },
  CertificateManager: class {
    _verify(): boolean {
      return true;
    }
  },
};

class Bench {
  readonly time = new VirtualTime();
  readonly sockets: ScriptedTcp[];
  readonly handler: RecordingHandler;

  constructor(whileMaking?: (socket: ScriptedTcp) => void) {
    const { TCP, sockets } = scriptedTcp(whileMaking);
    this.sockets = sockets;
    const options = { timers: this.time, certificates: lenient, receive: 8 };
    this.handler = new RecordingHandler(new SocketTransport(TCP, ScriptedTls as never, options));
    ScriptedTls.timers = 0;
  }

  open(tls: TlsOptions = {}, host = 'broker.example'): ScriptedTcp {
    const endpoint: Endpoint = { host, port: 8883, tls };
    this.handler.open('192.0.2.7', endpoint);
    return this.sockets[this.sockets.length - 1]!;
  }

  opened(room = 1000): ScriptedTcp {
    const socket = this.open();
    socket.writable(room);
    socket.arrive(CHANGE_CIPHER_SPEC);
    this.time.run(0);
    expect(this.handler.calls).toEqual(['onOpen']);
    return socket;
  }

  expectFailure(cause: TransportFailure, detail: RegExp): void {
    this.time.run(0);
    expect(this.handler.calls.slice(-1)).toEqual(['onClose']);
    expect(this.handler.cause).toBe(cause);
    expect(this.handler.detail).toMatch(detail);
    expect(this.handler.reentrantCalls).toEqual([]);
  }
}

describe('SocketTransport over the TLS class', () => {
  it('uses TCP alone where the endpoint has no TLS', () => {
    const bench = new Bench();
    bench.handler.open('192.0.2.7', { host: 'broker.example', port: 1883 });
    bench.sockets[0]!.writable(10);
    bench.time.run(0);
    bench.handler.write(Buffer.from('plain'));
    expect(bench.sockets[0]!.written.toString()).toBe('plain');
  });

  it('opens when the handshake is done, and carries bytes both ways', () => {
    const bench = new Bench();
    const socket = bench.opened();
    expect(bench.handler.write(Buffer.from('ping'))).toBe(4);
    expect(socket.written.subarray(-4).toString()).toBe('ping');
    socket.arrive(record(23, 'a record longer than the buffer'));
    expect(bench.handler.receivedText()).toBe('a record longer than the buffer');
  });

  it('leaves room for what a record adds', () => {
    const bench = new Bench();
    const socket = bench.opened(1000);
    for (const room of [97, 200, 1000]) {
      socket.writable(room);
      expect(bench.handler.write(Buffer.alloc(2000))).toBeGreaterThan(0);
      expect(socket.room).toBeGreaterThanOrEqual(0);
    }
    socket.writable(96);
    expect(bench.handler.write(Buffer.alloc(2000))).toBe(0);
  });

  it('decodes further records without a timer of the class', () => {
    const bench = new Bench();
    const socket = bench.opened();
    socket.arrive(Buffer.concat([record(23, 'one'), record(23, 'two'), record(23, 'three'), record(23, '')]));
    expect(bench.handler.receivedText()).toBe('onetwothree');
    expect(ScriptedTls.timers).toBe(0);
  });

  it('holds records back, and goes on with them after resume', () => {
    const bench = new Bench();
    const socket = bench.opened();
    bench.handler.consume = () => 1;
    socket.arrive(Buffer.concat([record(23, 'ab'), record(23, 'cd'), record(23, 'ef')]));
    expect(bench.handler.receivedText()).toBe('a');
    // One record is decoded ahead.
    expect(socket.waiting).toBe(7);
    bench.handler.consume = (_bytes, from, to) => to - from;
    bench.handler.resume();
    bench.time.run(0);
    expect(bench.handler.receivedText()).toBe('abcdef');
    expect(ScriptedTls.timers).toBe(0);
  });

  it('catches what the class throws in a handshake', () => {
    const alerts: [number, RegExp][] = [
      [40, /refused the TLS connection: no cipher suite in common, or it requires a client certificate \(alert 40\)$/],
      [42, /it does not accept the client certificate \(alert 42\)$/],
      [45, /the client certificate has expired \(alert 45\)$/],
      [48, /it does not know the authority of the client certificate \(alert 48\)$/],
      [70, /it does not speak TLS 1\.2 \(alert 70\)$/],
      [112, /it does not know this server name \(alert 112\)$/],
      [116, /it requires a client certificate \(alert 116\)$/],
      [120, /no application protocol in common \(alert 120\)$/],
      [99, /refused the TLS connection: alert 99$/],
    ];
    for (const [alert, detail] of alerts) {
      const bench = new Bench();
      const socket = bench.open();
      socket.writable(1000);
      socket.arrive(record(21, [2, alert]));
      bench.expectFailure(TransportFailure.tls, detail);
    }
    const bench = new Bench();
    const socket = bench.open();
    socket.writable(1000);
    socket.arrive(record(0, 'x'));
    bench.expectFailure(
      TransportFailure.tls,
      /^TLS with broker\.example \(192\.0\.2\.7\) port 8883 failed: recordProtocol auth failed$/,
    );
    expect(socket.closed).toBe(1);
  });

  it('catches what the class throws later, behind a record that is delivered', () => {
    const bench = new Bench();
    const socket = bench.opened();
    socket.arrive(Buffer.concat([record(23, 'last words'), record(0, 'x'), record(23, 'unheard')]));
    bench.expectFailure(TransportFailure.tls, /recordProtocol auth failed$/);
    expect(bench.handler.receivedText()).toBe('last words');
  });

  it('sends nothing in clear when an alert cuts the handshake short', () => {
    const bench = new Bench();
    const socket = bench.open();
    socket.writable(1000);
    socket.arrive(record(21, [1, 0]));
    bench.expectFailure(TransportFailure.tls, /failed: the handshake was cut short$/);
    expect(bench.handler.calls).toEqual(['onClose']);
    const { lower } = ScriptedTls.last;
    expect(() => lower.write(record(23, 'CONNECT'))).toThrow('the handshake was cut short');
  });

  it('tells a close_notify from a connection that broke', () => {
    const orderly = new Bench();
    orderly.opened().arrive(record(21, [1, 0]));
    orderly.expectFailure(TransportFailure.ended, /^broker\.example .* port 8883 ended the connection$/);
    const broken = new Bench();
    broken.opened().fail();
    broken.expectFailure(TransportFailure.ended, /ended the connection, or it broke$/);
  });

  it('tells a refused connection from an end during the handshake', () => {
    const refused = new Bench();
    refused.open().fail();
    refused.expectFailure(TransportFailure.unreachable, /refused, or not to be reached$/);
    const left = new Bench();
    const socket = left.open();
    socket.writable(1000);
    socket.fail();
    left.expectFailure(TransportFailure.tls, /closed the connection during the TLS handshake; is TLS spoken/);
  });

  it('writes handshake messages as the socket takes them', () => {
    const bench = new Bench();
    const socket = bench.open();
    const hello = record(
      22,
      Array.from({ length: 500 }, (_value, i) => i & 0xff),
    );
    ScriptedTls.last.hello = Uint8Array.from(hello);
    for (let room = 0; room < 4; room++) socket.writable(150);
    expect(socket.writes).toEqual([150, 150, 150, 55]);
    expect(socket.written.equals(hello)).toBe(true);
  });

  it('says tls when a handshake message cannot be written, and reset when data cannot', () => {
    const early = new Bench();
    const socket = early.open();
    socket.broken = true;
    socket.writable(1000);
    early.expectFailure(TransportFailure.tls, /closed the connection during the TLS handshake/);
    const late = new Bench();
    late.opened().broken = true;
    expect(late.handler.write(Buffer.from('x'))).toBe(0);
    late.expectFailure(TransportFailure.reset, /^the connection to broker\.example .* broke$/);
  });

  it('says unreachable when no socket is free, and tls when the authority is not valid today', () => {
    const none = new Bench(() => {
      throw new RangeError('no socket');
    });
    none.open();
    none.expectFailure(TransportFailure.unreachable, /no socket$/);
    const expired = new Bench();
    expired.open({}, 'expired.example');
    expired.expectFailure(
      TransportFailure.tls,
      /^ca: the certificate is not valid at this time; is the clock right\?$/,
    );
  });

  it('is silent when the class throws because it was closed', () => {
    const bench = new Bench();
    const socket = bench.opened();
    bench.handler.consume = () => {
      bench.handler.close();
      return 1;
    };
    socket.arrive(Buffer.concat([record(23, 'x'), record(0, 'y')]));
    socket.arrive('late');
    socket.writable(10);
    socket.fail();
    bench.time.run(0);
    expect(bench.handler.calls).toEqual(['onOpen', 'onReceive']);
  });

  it('does not call what the application throws a failure of TLS', () => {
    const bench = new Bench();
    const socket = bench.opened();
    bench.handler.consume = () => {
      throw new Error('the application');
    };
    expect(() => socket.arrive(record(23, 'x'))).toThrow('the application');
    expect(bench.handler.count('onClose')).toBe(0);
  });
});
