import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TransportFailure } from '../../src/hal/index.js';
import type { Endpoint, TlsOptions, Transport } from '../../src/hal/index.js';
import { makeCertificates } from '../support/certificates.js';
import type { Certificates, Credentials } from '../support/certificates.js';
import { startPeerServer } from '../support/peer-server.js';
import type { PeerServer, PeerServerOptions } from '../support/peer-server.js';
import { freePort } from '../support/ports.js';
import { RecordingHandler } from '../support/recording-handler.js';
import { settle } from '../support/settle.js';

const ADDRESS = '127.0.0.1';
const MEGABYTE = 1 << 20;
/** More than the kernel's socket buffers of both sides hold. */
const FLOOD = 48 * MEGABYTE;

/** What an implementation offers, for those that are less than complete. */
export interface TransportContractOptions {
  /** False: the implementation has no TLS. Default true. */
  tls?: boolean;
  /** False: a connection that broke cannot be told from one that the peer ended. Default true. */
  tellsReset?: boolean;
  /** What it says of a certificate for another name, when it cannot say for which. */
  nameDetail?: RegExp;
  /** Default `makeCertificates`. */
  certificates?: () => Promise<Certificates>;
}

/**
 * The rules of `Transport` in src/hal/transport.ts as tests, against servers of Node on the loopback interface.
 * `makeTransport` makes the implementation under test; each test uses new ones.
 */
export function transportContract(
  name: string,
  makeTransport: () => Transport,
  options: TransportContractOptions = {},
): void {
  describe(name, () => {
    const bench = new Bench(makeTransport, options);
    beforeAll(() => bench.prepare());
    afterEach(() => bench.clear());

    describe('over TCP', () => streamContract(bench, false));
    if (options.tls !== false) {
      describe('over TLS', () => {
        streamContract(bench, true);
        tlsContract(bench);
      });
    }
  });
}

function streamContract(bench: Bench, tls: boolean): void {
  it('opens, carries bytes both ways, and ends the connection at close', async () => {
    const { handler, peer } = await bench.connected(tls);
    expect(handler.calls).toEqual(['onOpen']);
    expect(handler.write(Buffer.from('--ping--'), 2, 6)).toBe(4);
    expect((await firstBytes(peer)).toString()).toBe('ping');
    peer.write('pong');
    await handler.until(() => handler.receivedBytes === 4);
    expect(handler.receivedText()).toBe('pong');
    const ended = endOf(peer);
    handler.close();
    await ended;
  });

  it('takes close twice, and before any open, in silence', async () => {
    const unused = bench.handler();
    unused.close();
    unused.close();
    const { handler, peer } = await bench.connected(tls);
    const ended = endOf(peer);
    handler.close();
    handler.close();
    await ended;
    await settle();
    expect(handler.calls).toEqual(['onOpen']);
    expect(unused.calls).toEqual([]);
  });

  it('takes write and resume without a connection in silence', async () => {
    const handler = bench.handler();
    handler.resume();
    expect(handler.write(Buffer.from('x'))).toBe(0);
    const { handler: closed } = await bench.connected(tls);
    closed.close();
    closed.resume();
    expect(closed.write(Buffer.from('x'))).toBe(0);
    await settle();
    expect(handler.calls).toEqual([]);
    expect(closed.calls).toEqual(['onOpen']);
  });

  it('says unreachable, once, when nothing listens', async () => {
    const handler = bench.handler();
    const port = await freePort();
    handler.open(ADDRESS, bench.endpoint(port, tls));
    await handler.closed();
    await settle();
    expect(handler.calls).toEqual(['onClose']);
    expect(handler.cause).toBe(TransportFailure.unreachable);
    expectOneLine(handler.detail);
    expect(handler.detail).toContain(String(port));
  });

  it('says ended, once, when the peer ends, after its last bytes', async () => {
    const { handler, peer } = await bench.connected(tls);
    peer.end('last words');
    await handler.closed();
    await settle();
    expect(handler.receivedText()).toBe('last words');
    expect(handler.calls.slice(-1)).toEqual(['onClose']);
    expect(handler.count('onClose')).toBe(1);
    expect(handler.cause).toBe(TransportFailure.ended);
    expectOneLine(handler.detail);
    expect(handler.write(Buffer.from('x'))).toBe(0);
  });

  it('says reset, once, when the connection breaks', async () => {
    const { handler, server } = await bench.connected(tls);
    server.reset();
    await handler.closed();
    await settle();
    expect(handler.calls).toEqual(['onOpen', 'onClose']);
    expect(handler.cause).toBe(bench.reset);
    expectOneLine(handler.detail);
  });

  it('delivers again what was not consumed, in order, after resume', async () => {
    const { handler, peer } = await bench.connected(tls);
    const sent = pattern(5000);
    let round = 0;
    handler.consume = (_bytes, from, to) => Math.min(to - from, round++ % 8);
    const resumeAfterEach = (): boolean => {
      if (handler.receivedBytes < sent.length) setImmediate(() => handler.resume());
      return handler.receivedBytes >= sent.length;
    };
    const complete = handler.until(resumeAfterEach);
    peer.write(sent);
    await complete;
    expect(Buffer.concat(handler.received).equals(sent)).toBe(true);
    expect(handler.reentrantCalls).toEqual([]);
  });

  it('takes resume from inside onReceive', async () => {
    const { handler, peer } = await bench.connected(tls);
    handler.consume = (_bytes, from, to) => {
      handler.resume();
      return to - from > 1 ? 1 : to - from;
    };
    peer.write('abcdef');
    await handler.until(() => handler.receivedBytes === 6);
    expect(handler.receivedText()).toBe('abcdef');
    expect(handler.reentrantCalls).toEqual([]);
  });

  it('reads no more until resume, and so holds the peer back', async () => {
    const { handler, peer } = await bench.connected(tls);
    const sent = pattern(FLOOD);
    handler.consume = () => 0;
    let flooded = false;
    peer.write(sent, () => (flooded = true));
    await handler.until(() => handler.count('onReceive') === 1);
    await settle();
    expect(handler.calls).toEqual(['onOpen', 'onReceive']);
    expect(flooded).toBe(false);

    handler.resume();
    await handler.until(() => handler.count('onReceive') === 2);
    await settle();
    expect(handler.calls).toEqual(['onOpen', 'onReceive', 'onReceive']);

    let at = 0;
    let intact = true;
    handler.consume = (bytes, from, to) => {
      intact &&= Buffer.compare(bytes.subarray(from, to), sent.subarray(at, at + to - from)) === 0;
      at += to - from;
      return to - from;
    };
    handler.resume();
    await handler.until(() => at === sent.length);
    expect(intact).toBe(true);
  });

  it('tells the end of the peer only after the bytes before it were consumed', async () => {
    const { handler, peer } = await bench.connected(tls);
    handler.consume = () => 0;
    peer.end('unread');
    await handler.until(() => handler.count('onReceive') === 1);
    await settle();
    expect(handler.count('onClose')).toBe(0);
    handler.consume = (_bytes, from) => (from >= 0 ? 3 : 0);
    handler.resume();
    await handler.until(() => handler.receivedBytes === 3);
    await settle();
    expect(handler.count('onClose')).toBe(0);
    handler.resume();
    await handler.closed();
    expect(handler.receivedText()).toBe('unread');
    expect(handler.cause).toBe(TransportFailure.ended);
  });

  it('takes less when the peer does not read, says when there is room, and loses nothing', async () => {
    const { handler, peer } = await bench.connected(tls);
    peer.pause();
    const sent = pattern(FLOOD);
    let at = 0;
    let refused = false;
    const fill = (): void => {
      while (at < sent.length) {
        const to = Math.min(sent.length, at + 100_000);
        const taken = handler.write(sent, at, to);
        refused ||= taken < to - at;
        at += taken;
        if (at < to) return;
      }
    };
    handler.whenWritable = fill;
    fill();
    expect(refused).toBe(true);
    await settle();
    expect(at).toBeLessThan(sent.length);

    const arrived = bytesFrom(peer, sent.length);
    peer.resume();
    expect((await arrived).equals(sent)).toBe(true);
    expect(handler.count('onWritable')).toBeGreaterThan(0);
    expect(handler.reentrantCalls).toEqual([]);
  });

  it('carries a megabyte both ways at once', async () => {
    const { handler, peer } = await bench.connected(tls);
    const up = pattern(MEGABYTE);
    const down = Buffer.from(pattern(MEGABYTE + 1).subarray(1));
    let at = 0;
    const fill = (): void => {
      while (at < up.length) {
        const taken = handler.write(up, at, Math.min(up.length, at + 1460));
        if (taken === 0) return;
        at += taken;
      }
    };
    handler.whenWritable = fill;
    const arrived = bytesFrom(peer, up.length);
    peer.write(down);
    fill();
    await handler.until(() => handler.receivedBytes === down.length);
    expect(Buffer.concat(handler.received).equals(down)).toBe(true);
    expect((await arrived).equals(up)).toBe(true);
  });

  it('copies what it takes', async () => {
    const { handler, peer } = await bench.connected(tls);
    const scratch = Buffer.alloc(16);
    const lines: string[] = [];
    for (let index = 0; index < 1000; index++) {
      const line = `line ${index};`;
      scratch.write(line, 'latin1');
      for (let at = handler.write(scratch, 0, line.length); at < line.length;) {
        const writable = handler.count('onWritable');
        await handler.until(() => handler.count('onWritable') > writable);
        at += handler.write(scratch, at, line.length);
      }
      scratch.fill(0);
      lines.push(line);
    }
    const arrived = allBytesOf(peer);
    handler.close();
    expect((await arrived).toString('latin1')).toBe(lines.join(''));
  });

  it('sends at close what write took', async () => {
    const { handler, peer } = await bench.connected(tls);
    const sent = pattern(30_000);
    const arrived = allBytesOf(peer);
    const taken = handler.write(sent);
    handler.close();
    expect(taken).toBeGreaterThan(0);
    expect((await arrived).equals(sent.subarray(0, taken))).toBe(true);
  });

  it('is silent after close inside onOpen', async () => {
    const { handler, server } = await bench.opening(tls);
    handler.whenOpen = () => handler.close();
    const peer = await server.accept();
    peer.write('too late');
    await closeOf(peer);
    await settle();
    expect(handler.calls).toEqual(['onOpen']);
  });

  it('is silent after close inside onReceive', async () => {
    const { handler, peer } = await bench.connected(tls);
    handler.consume = () => {
      handler.close();
      return 1;
    };
    peer.write(pattern(MEGABYTE));
    await closeOf(peer);
    await settle();
    expect(handler.calls).toEqual(['onOpen', 'onReceive']);
  });

  it('is silent after close with bytes that were not consumed', async () => {
    const { handler, peer } = await bench.connected(tls);
    handler.consume = () => 0;
    peer.write(pattern(MEGABYTE));
    await handler.until(() => handler.count('onReceive') === 1);
    handler.resume();
    handler.close();
    await closeOf(peer);
    await settle();
    expect(handler.calls).toEqual(['onOpen', 'onReceive']);
  });

  it('is silent after close inside onWritable', async () => {
    const { handler, peer } = await bench.connected(tls);
    handler.whenWritable = () => handler.close();
    const sent = pattern(FLOOD);
    expect(handler.write(sent)).toBeLessThan(sent.length);
    peer.resume();
    await closeOf(peer);
    await settle();
    expect(handler.calls).toEqual(['onOpen', 'onWritable']);
  });

  it('is silent after close before the connection is open', async () => {
    const { handler, server } = await bench.opening(tls);
    handler.close();
    await settle();
    expect(handler.calls).toEqual([]);

    const refused = bench.handler();
    refused.open(ADDRESS, bench.endpoint(await freePort(), tls));
    refused.close();
    await settle();
    expect(refused.calls).toEqual([]);
    await server.close();
  });

  it('opens again after close, and only the new connection is heard', async () => {
    const { handler: first, peer: firstPeer, server } = await bench.connected(tls);
    firstPeer.write('old');
    first.close();
    const second = bench.handler(first.transport);
    second.open(ADDRESS, bench.endpoint(server.port, tls));
    await second.opened();
    const secondPeer = await server.accept();
    secondPeer.write('new');
    await second.until(() => second.receivedBytes === 3);
    second.write(Buffer.from('to the new one'));
    expect((await firstBytes(secondPeer)).toString()).toBe('to the new one');
    expect(second.receivedText()).toBe('new');
    expect(first.calls).toEqual(['onOpen']);
  });

  it('opens again and again, from inside onClose, after ends, resets and refusals', async () => {
    const server = await bench.server(tls);
    const endpoint = bench.endpoint(server.port, tls);
    const refusing = bench.endpoint(await freePort(), tls);
    const transport = bench.transport();
    const causes: TransportFailure[] = [];
    const handlers: RecordingHandler[] = [];
    await new Promise<void>((resolve) => {
      const next = (round: number): void => {
        const handler = bench.handler(transport);
        handlers.push(handler);
        handler.open(ADDRESS, round % 3 === 2 ? refusing : endpoint);
        handler.write(Buffer.from('x'));
        handler.whenOpen = () => {
          handler.write(Buffer.from('y'));
          void server.accept().then((peer) => (round % 3 === 0 ? peer.end() : server.reset()));
        };
        void handler.closed().then(() => {
          causes.push(handler.cause as TransportFailure);
          if (round < 8) next(round + 1);
          else resolve();
        });
      };
      next(0);
    });
    await settle();
    const cycle = [TransportFailure.ended, bench.reset, TransportFailure.unreachable];
    expect(causes).toEqual([...cycle, ...cycle, ...cycle]);
    expect(handlers.map((handler) => handler.count('onClose'))).toEqual(Array.from(causes, () => 1));
    expect(handlers.flatMap((handler) => handler.reentrantCalls)).toEqual([]);
  });

  it('lets nothing of a refused write through to the next connection', async () => {
    const { handler: first, peer: firstPeer, server } = await bench.connected(tls);
    firstPeer.pause();
    first.write(Buffer.alloc(FLOOD, 'o'));
    first.close();
    const second = bench.handler(first.transport);
    second.open(ADDRESS, bench.endpoint(server.port, tls));
    await second.opened();
    const sent = pattern(1000);
    expect(second.write(sent)).toBe(sent.length);
    expect((await bytesFrom(await server.accept(), sent.length)).equals(sent)).toBe(true);
    expect(first.calls).toEqual(['onOpen']);
    expect(second.calls).toEqual(['onOpen']);
  });
}

function tlsContract(bench: Bench): void {
  const outcome = async (
    server: PeerServer,
    tls: TlsOptions,
    endpoint: Partial<Endpoint> = {},
  ): Promise<RecordingHandler> => {
    const handler = bench.handler();
    handler.open(ADDRESS, { host: 'localhost', port: server.port, tls, ...endpoint });
    await handler.opened();
    return handler;
  };
  const expectRefusal = (handler: RecordingHandler, detail: RegExp): void => {
    expect(handler.calls).toEqual(['onClose']);
    expect(handler.cause).toBe(TransportFailure.tls);
    expectOneLine(handler.detail);
    expect(handler.detail).toMatch(detail);
    expect(handler.reentrantCalls).toEqual([]);
  };
  const trust = (): TlsOptions => ({ ca: bench.certificates.ca.certificate });

  it('refuses a certificate of an authority that is not trusted', async () => {
    const server = await bench.server(true);
    expectRefusal(await outcome(server, { ca: bench.certificates.otherCa.certificate }), /not signed by a trusted/);
  });

  it('refuses an expired certificate', async () => {
    const server = await bench.tlsServer(bench.certificates.expired);
    expectRefusal(await outcome(server, trust()), /expired/);
  });

  it('refuses a certificate for another name, and accepts it under that name', async () => {
    const server = await bench.tlsServer(bench.certificates.wrongHost);
    expectRefusal(await outcome(server, trust()), bench.nameDetail);
    const named = await outcome(server, { ...trust(), serverName: 'broker.example' });
    expect(named.calls).toEqual(['onOpen']);
  });

  it('sends the name to the server, but never an IP address', async () => {
    const server = await bench.server(true);
    const indications: unknown[] = [];
    for (const endpoint of [{ host: 'localhost' }, { host: ADDRESS }]) {
      const handler = await outcome(server, trust(), endpoint);
      expect(handler.calls).toEqual(['onOpen']);
      const peer = await server.accept();
      indications.push(peer instanceof TLSSocket ? (peer as { servername?: unknown }).servername : undefined);
      handler.close();
    }
    expect(indications).toEqual(['localhost', false]);
  });

  it('verifies an IP address against the certificate', async () => {
    const server = await bench.tlsServer(bench.certificates.wrongHost);
    expectRefusal(await outcome(server, trust(), { host: ADDRESS }), /another name/);
  });

  it('accepts anything with verify false', async () => {
    for (const credentials of [bench.certificates.expired, bench.certificates.wrongHost]) {
      const server = await bench.tlsServer(credentials);
      const handler = await outcome(server, { verify: false });
      expect(handler.calls).toEqual(['onOpen']);
    }
  });

  it('shows its certificate to a server that requires one', async () => {
    const { certificates } = bench;
    const server = await bench.tlsServer(certificates.server, {
      ca: certificates.ca.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const { certificate, key } = certificates.client;
    const handler = await outcome(server, { ...trust(), certificate, key });
    expect(handler.calls).toEqual(['onOpen']);
    const peer = (await server.accept()) as TLSSocket;
    expect(peer.getPeerCertificate().subject.CN).toBe('tagwire-client');
  });

  it('ends when the server requires a certificate and gets none, or a wrong one', async () => {
    const { certificates } = bench;
    const wrong = { certificate: certificates.strangerClient.certificate, key: certificates.strangerClient.key };
    for (const own of [{}, wrong]) {
      const server = await bench.tlsServer(certificates.server, {
        ca: certificates.ca.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      });
      const handler = await outcome(server, { ...trust(), ...own });
      // Under TLS 1.3 the handshake is done on this side before the server refuses (RFC 8446, 4.4.2.4), so
      // onOpen may come first. Node's server sends no alert, it just leaves: the cause cannot be known here.
      await handler.closed();
      expect(handler.count('onClose')).toBe(1);
      expect([TransportFailure.tls, TransportFailure.reset, TransportFailure.ended]).toContain(handler.cause);
      expectOneLine(handler.detail);
      await server.handshakeFailure();
    }
  });

  it('says tls for certificates and keys that do not parse', async () => {
    const server = await bench.server(true);
    const { client, strangerClient } = bench.certificates;
    const cut = client.certificate.replace(/(BEGIN CERTIFICATE-----\n).{40}/, '$1');
    const cases: [TlsOptions, RegExp][] = [
      [{ ca: 'not a certificate' }, /^ca: /],
      [{ ca: '' }, /^ca: /],
      [{ ca: cut }, /^ca: /],
      [{ ...trust(), certificate: 'nonsense', key: client.key }, /^certificate: /],
      [{ ...trust(), certificate: client.certificate, key: 'secret nonsense' }, /^key: /],
      [{ ...trust(), certificate: client.certificate, key: strangerClient.key }, /^key: .*does not belong/],
      [{ ...trust(), certificate: client.certificate }, /key is missing/],
      [{ ...trust(), key: client.key }, /certificate is missing/],
    ];
    for (const [tls, detail] of cases) {
      const handler = await outcome(server, tls);
      expectRefusal(handler, detail);
      expect(handler.detail).not.toContain('secret');
    }
  });

  it('offers application protocols', async () => {
    const server = await bench.tlsServer(bench.certificates.server, { ALPNProtocols: ['mqtt'] });
    const handler = await outcome(server, { ...trust(), alpn: ['x-amzn-mqtt-ca', 'mqtt'] });
    expect(handler.calls).toEqual(['onOpen']);
    expect(((await server.accept()) as TLSSocket).alpnProtocol).toBe('mqtt');
    expectRefusal(await outcome(server, { ...trust(), alpn: ['h2'] }), /refused the TLS connection/);
  });

  it('says tls when the server does not speak it', async () => {
    for (const answer of ['220 hello\r\n', '']) {
      const server = await bench.server(false);
      void server.accept().then((peer) => peer.end(answer));
      expectRefusal(await outcome(server, trust()), /TLS/);
    }
  });

  it('is silent after close during a handshake that goes nowhere', async () => {
    const server = await bench.server(false);
    const handler = bench.handler();
    handler.open(ADDRESS, bench.endpoint(server.port, true));
    const peer = await server.accept();
    await firstBytes(peer);
    peer.resume();
    const ended = closeOf(peer);
    handler.close();
    await ended;
    await settle();
    expect(handler.calls).toEqual([]);
  });
}

/** What the tests of one contract share, and clear away after each test. */
class Bench {
  private made: Certificates | undefined;
  private servers: PeerServer[] = [];
  private handlers: RecordingHandler[] = [];

  constructor(
    private readonly makeTransport: () => Transport,
    private readonly options: TransportContractOptions,
  ) {}

  /** What a connection ends with that broke. */
  get reset(): TransportFailure {
    return this.options.tellsReset === false ? TransportFailure.ended : TransportFailure.reset;
  }

  /** What is said of a certificate for another name. */
  get nameDetail(): RegExp {
    return this.options.nameDetail ?? /another name.*broker\.example/;
  }

  get certificates(): Certificates {
    if (this.made === undefined) throw new Error('the bench is not prepared');
    return this.made;
  }

  async prepare(): Promise<void> {
    this.made = await (this.options.certificates ?? makeCertificates)();
  }

  async clear(): Promise<void> {
    for (const handler of this.handlers) handler.close();
    await Promise.all(this.servers.map((server) => server.close()));
    const reentrantCalls = this.handlers.flatMap((handler) => handler.reentrantCalls);
    this.handlers = [];
    this.servers = [];
    expect(reentrantCalls).toEqual([]);
  }

  transport(): Transport {
    return this.makeTransport();
  }

  handler(transport = this.transport()): RecordingHandler {
    const handler = new RecordingHandler(transport);
    this.handlers.push(handler);
    return handler;
  }

  endpoint(port: number, tls: boolean): Endpoint {
    return { host: 'localhost', port, ...(tls ? { tls: { ca: this.certificates.ca.certificate } } : {}) };
  }

  server(tls: boolean): Promise<PeerServer> {
    return tls ? this.tlsServer(this.certificates.server) : this.start({});
  }

  tlsServer(credentials: Credentials, options: PeerServerOptions['tls'] = {}): Promise<PeerServer> {
    return this.start({ tls: { cert: credentials.certificate, key: credentials.key, ...options } });
  }

  /** A server, and a transport that is on its way to it. */
  async opening(tls: boolean): Promise<{ server: PeerServer; handler: RecordingHandler }> {
    const server = await this.server(tls);
    const handler = this.handler();
    handler.open(ADDRESS, this.endpoint(server.port, tls));
    return { server, handler };
  }

  /** A server, a transport, and the server's side of the open connection between them. */
  async connected(tls: boolean): Promise<{ server: PeerServer; handler: RecordingHandler; peer: Socket }> {
    const { server, handler } = await this.opening(tls);
    const peer = await server.accept();
    await handler.opened();
    return { server, handler, peer };
  }

  private async start(options: PeerServerOptions): Promise<PeerServer> {
    const server = await startPeerServer(options);
    this.servers.push(server);
    return server;
  }
}

/** Bytes whose value tells their place, with a period that fits no buffer size. */
function pattern(length: number): Buffer {
  const period = Buffer.from(Uint8Array.from({ length: 251 * 256 }, (_value, index) => (index % 251) ^ (index >> 8)));
  return Buffer.alloc(length, period);
}

function firstBytes(peer: Socket): Promise<Buffer> {
  return new Promise((resolve) => peer.once('data', resolve));
}

/** The first `count` bytes that a peer receives; more than those reject. */
function bytesFrom(peer: Socket, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onChunk = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < count) return;
      peer.off('data', onChunk);
      if (length > count) reject(new Error(`${length} bytes instead of ${count}`));
      else resolve(Buffer.concat(chunks));
    };
    peer.on('data', onChunk);
  });
}

/** All that a peer receives until the end. */
function allBytesOf(peer: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => chunks.push(chunk));
    peer.once('end', () => resolve(Buffer.concat(chunks)));
  });
}

function endOf(peer: Socket): Promise<void> {
  peer.resume();
  return new Promise((resolve) => peer.once('end', () => resolve()));
}

function closeOf(peer: Socket): Promise<void> {
  peer.resume();
  return new Promise((resolve) => peer.once('close', () => resolve()));
}

function expectOneLine(detail: string): void {
  expect(detail).toMatch(/^[ -~]{5,300}$/);
}
