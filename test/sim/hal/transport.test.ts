import type { Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkTlsOptions, NodeTransport } from '../../../sim/hal/index.js';
import { Next } from '../../../sim/hal/read-coalescing.js';
import type { ReadPace } from '../../../sim/hal/read-coalescing.js';
import { TransportFailure } from '../../../src/hal/index.js';
import { transportContract } from '../../contracts/transport.contract.js';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { startPeerServer } from '../../support/peer-server.js';
import type { PeerServer } from '../../support/peer-server.js';
import { RecordingHandler } from '../../support/recording-handler.js';
import { settle } from '../../support/settle.js';

transportContract('NodeTransport', () => new NodeTransport());
transportContract('NodeTransport with small buffers', () => new NodeTransport({ send: 512, receive: 300 }), {
  tls: false,
});
transportContract('NodeTransport with a shared buffer', () => new NodeTransport({ shares: true }));
transportContract(
  'NodeTransport with a shared buffer and little to send',
  () => new NodeTransport({ shares: true, send: 1024 }),
  {
    tls: false,
  },
);

/** Waits behind each read, and tries every other one. */
function alwaysWaits(): ReadPace {
  let reads = 0;
  return { afterRead: () => (++reads % 2 ? Next.wait : Next.try), afterTry: () => Next.wait };
}

transportContract('NodeTransport that waits behind each read', () => new NodeTransport({}, alwaysWaits), {
  tls: false,
});
transportContract(
  'NodeTransport that waits behind each read, with a shared buffer',
  () => new NodeTransport({ shares: true }, alwaysWaits),
  { tls: false },
);

let certificates: Certificates;
let server: PeerServer | undefined;

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('NodeTransport', () => {
  it('refuses an address that is not an IP address, and a port out of range', async () => {
    const cases: [string, number, RegExp][] = [
      ['localhost', 1883, /"localhost" is not an IP address/],
      ['127.0.0.1', 0, /port must be an integer from 1 to 65535, got 0/],
      ['127.0.0.1', 65536, /port must be an integer from 1 to 65535, got 65536/],
      ['127.0.0.1', Number.NaN, /port must be an integer from 1 to 65535, got NaN/],
    ];
    for (const [address, port, detail] of cases) {
      const handler = new RecordingHandler(new NodeTransport());
      handler.open(address, { host: 'broker.example', port });
      await handler.closed();
      expect(handler.calls).toEqual(['onClose']);
      expect(handler.cause).toBe(TransportFailure.unreachable);
      expect(handler.detail).toMatch(detail);
      expect(handler.reentrantCalls).toEqual([]);
    }
  });

  it('takes at most two buffers of bytes in one turn of the event loop', async () => {
    server = await startPeerServer();
    const handler = new RecordingHandler(new NodeTransport({ send: 1000 }));
    handler.open('127.0.0.1', { host: 'localhost', port: server.port });
    await handler.opened();
    expect(handler.write(new Uint8Array(5000))).toBe(2000);
    expect(handler.write(new Uint8Array(1))).toBe(0);
    await handler.until(() => handler.count('onWritable') === 1);
    expect(handler.write(new Uint8Array(1000))).toBe(1000);
    await settle();
    // That write was taken whole, so no more is to be said.
    expect(handler.count('onWritable')).toBe(1);
    handler.close();
  });

  it('leaves a peer that never closes', async () => {
    server = await startPeerServer({ allowHalfOpen: true });
    const handler = new RecordingHandler(new NodeTransport({ linger: 50 }));
    handler.open('127.0.0.1', { host: 'localhost', port: server.port });
    const peer = await server.accept();
    await handler.opened();
    // Bytes to a socket that is gone are answered with a reset, which closes the peer's side.
    const left = new Promise((resolve) => peer.once('close', resolve));
    const talk = (): void => {
      if (!peer.destroyed) peer.write('still here', () => setImmediate(talk));
    };
    peer.resume();
    handler.close();
    talk();
    await left;
    expect(handler.calls).toEqual(['onOpen']);
  });

  it('closes the connection it had when it is opened without close', async () => {
    server = await startPeerServer();
    const first = new RecordingHandler(new NodeTransport());
    first.open('127.0.0.1', { host: 'localhost', port: server.port });
    await first.opened();
    const firstPeer = await server.accept();
    const ended = new Promise((resolve) => firstPeer.once('end', resolve));
    firstPeer.resume();
    const second = new RecordingHandler(first.transport);
    second.open('127.0.0.1', { host: 'localhost', port: server.port });
    await ended;
    await second.opened();
    second.close();
    expect(first.calls).toEqual(['onOpen']);
  });

  it('takes certificates and keys as DER bytes', async () => {
    server = await startPeerServer({
      tls: {
        cert: certificates.server.certificate,
        key: certificates.server.key,
        ca: certificates.ca.certificate,
        requestCert: true,
      },
    });
    const tls = {
      ca: der(certificates.ca.certificate),
      certificate: der(certificates.client.certificate),
      key: der(certificates.client.key),
    };
    const handler = new RecordingHandler(new NodeTransport());
    handler.open('127.0.0.1', { host: 'localhost', port: server.port, tls });
    await handler.opened();
    expect(handler.detail).toBe('');
    await server.accept();
    handler.close();
  });
});

describe('NodeTransport that waits', () => {
  const AN_HOUR = 3_600_000;

  async function connect(coalesce: number, pace: ReadPace): Promise<{ handler: RecordingHandler; peer: Socket }> {
    server = await startPeerServer();
    const handler = new RecordingHandler(new NodeTransport({ coalesce }, () => pace));
    handler.open('127.0.0.1', { host: 'localhost', port: server.port });
    const peer = await server.accept();
    await handler.opened();
    return { handler, peer };
  }

  it('reads nothing until the wait is over, writes meanwhile, and can be closed', async () => {
    const { handler, peer } = await connect(AN_HOUR, { afterRead: () => Next.wait, afterTry: () => Next.read });
    peer.write('now');
    await handler.until(() => handler.receivedBytes > 0);
    peer.write('later');
    await settle();
    expect(handler.receivedText()).toBe('now');
    const heard = new Promise<Buffer>((resolve) => peer.once('data', resolve));
    handler.write(Buffer.from('written'));
    expect((await heard).toString()).toBe('written');
    const ended = new Promise((resolve) => peer.once('end', resolve));
    handler.close();
    await ended;
    expect(handler.receivedText()).toBe('now');
    expect(handler.count('onClose')).toBe(0);
  });

  it('asks nobody with coalesce 0', async () => {
    const fail = (): never => {
      throw new Error('asked');
    };
    const { handler, peer } = await connect(0, { afterRead: fail, afterTry: fail });
    peer.write('one');
    await handler.until(() => handler.receivedBytes === 3);
    peer.write('two');
    await handler.until(() => handler.receivedBytes === 6);
    handler.close();
  });

  it('writes nothing while it looks whether more comes, and then waits', async () => {
    const tries: { cameMore: boolean; heard: number }[] = [];
    let heard = 0;
    let tried = (): void => undefined;
    const done = new Promise<void>((resolve) => (tried = resolve));
    const { handler, peer } = await connect(AN_HOUR, {
      afterRead: () => Next.try,
      afterTry: (cameMore) => {
        tries.push({ cameMore, heard });
        tried();
        return Next.wait;
      },
    });
    handler.consume = (_bytes, from, to) => {
      handler.transport.write(Buffer.from('answer'), 0, 6);
      return to - from;
    };
    const answered = new Promise<void>((resolve) => {
      peer.on('data', (chunk: Buffer) => {
        heard += chunk.length;
        resolve();
      });
    });
    peer.write('question');
    await done;
    expect(tries).toEqual([{ cameMore: false, heard: 0 }]);
    await answered;
    peer.write('unread');
    await settle();
    expect(handler.receivedText()).toBe('question');
    expect(heard).toBe(6);
    handler.close();
  });

  it('tells that more came before it wrote', async () => {
    const sides: { peer?: Socket } = {};
    let tell: (cameMore: boolean) => void;
    const tried = new Promise<boolean>((resolve) => (tell = resolve));
    const { handler, peer } = await connect(1, {
      afterRead: () => {
        sides.peer!.write('more');
        return Next.try;
      },
      afterTry: (cameMore) => {
        tell(cameMore);
        return Next.read;
      },
    });
    sides.peer = peer;
    peer.write('first');
    expect(await tried).toBe(true);
    handler.close();
  });
});

describe('NodeTransport at a port of the other kind', () => {
  const CONNECT = Uint8Array.of(0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x74);

  async function connect(tls: boolean): Promise<RecordingHandler> {
    const handler = new RecordingHandler(new NodeTransport({ handshakeSilence: 50 }));
    handler.open('127.0.0.1', { host: 'localhost', port: server!.port, ...(tls ? { tls: {} } : {}) });
    await handler.opened();
    return handler;
  }

  it('says that TLS is spoken there when its CONNECT is answered with a TLS alert', async () => {
    server = await startPeerServer();
    const handler = await connect(false);
    handler.write(CONNECT);
    const peer = await server.accept();
    // Fatal, protocol_version (RFC 8446, section 6).
    peer.once('data', () => peer.end(Uint8Array.of(0x15, 0x03, 0x01, 0, 2, 2, 70)));
    await handler.closed();
    expect(handler.cause).toBe(TransportFailure.tls);
    expect(handler.detail).toMatch(/^localhost .* speaks TLS on this port; connect with TLS \(mqtts:\/\/\)$/);
    expect(handler.receivedBytes).toBe(0);
  });

  it('asks whether TLS is spoken there when a TLS server just ends the connection', async () => {
    const { certificate: cert, key } = certificates.server;
    server = await startPeerServer({ tls: { cert, key } });
    const handler = await connect(false);
    handler.write(CONNECT);
    await handler.closed();
    expect(handler.detail).toMatch(/before it answered; is TLS spoken on this port\?$/);
  });

  it('asks whether TLS is spoken there when its CONNECT is not answered', async () => {
    server = await startPeerServer();
    const handler = await connect(false);
    handler.write(CONNECT);
    const peer = await server.accept();
    peer.once('data', () => peer.end());
    await handler.closed();
    expect(handler.cause).toBe(TransportFailure.ended);
    expect(handler.detail).toMatch(
      /^localhost .* ended the connection before it answered; is TLS spoken on this port\?$/,
    );
  });

  it('asks for its certificate when its CONNECT is not answered over TLS', async () => {
    const { certificate: cert, key } = certificates.server;
    server = await startPeerServer({ tls: { cert, key } });
    const handler = new RecordingHandler(new NodeTransport());
    const tls = { ca: certificates.ca.certificate };
    handler.open('127.0.0.1', { host: 'localhost', port: server.port, tls });
    await handler.opened();
    handler.write(CONNECT);
    const peer = await server.accept();
    peer.once('data', () => peer.end());
    await handler.closed();
    expect(handler.detail).toMatch(/ended the connection after the TLS handshake; does it want another client certif/);
  });

  it('asks whether TLS is spoken there when nothing answers its handshake', async () => {
    server = await startPeerServer();
    const handler = await connect(true);
    expect(handler.calls).toEqual(['onClose']);
    expect(handler.cause).toBe(TransportFailure.tls);
    expect(handler.detail).toMatch(/^localhost .* does not answer the TLS handshake; is TLS spoken on this port\?$/);
  });
});

describe('checkTlsOptions', () => {
  const names = { ca: '--cafile ca.pem', certificate: '--cert me.crt', key: '--key me.key', alpn: '--alpn' };

  it('accepts what TLS can use', () => {
    const { ca, otherCa, client } = certificates;
    expect(() => checkTlsOptions({}, names)).not.toThrow();
    const authorities = `# two\n${ca.certificate}\n${otherCa.certificate}`;
    const all = { ca: authorities, certificate: client.certificate + ca.certificate, key: client.key };
    expect(() => checkTlsOptions({ ...all, serverName: 'a.example', alpn: ['mqtt'] }, names)).not.toThrow();
    expect(() => checkTlsOptions({ ca: Buffer.from(authorities), serverName: '127.0.0.1' }, names)).not.toThrow();
  });

  it('names the file, what is wrong, and what is allowed, and quotes no key', () => {
    const { ca, client, strangerClient } = certificates;
    const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n';
    const { certificate, key } = client;
    const cut = ca.certificate + ca.certificate.slice(0, 100);
    const cases: [Parameters<typeof checkTlsOptions>[0], RegExp][] = [
      [{ ca: 'x' }, /^--cafile ca\.pem: holds no certificate; it must be PEM text/],
      [{ ca: cut }, /^--cafile ca\.pem: a certificate without its end/],
      [{ ca: Uint8Array.of(0x30, 0x03, 1, 2, 3) }, /^--cafile ca\.pem: certificate 1 does not parse/],
      [{ certificate: key, key }, /^--cert me\.crt: holds no certificate/],
      [{ certificate, key: certificate }, /^--key me\.key: holds no private key that parses; it must be PEM text/],
      [{ certificate, key: Uint8Array.of(0x30, 0) }, /^--key me\.key: holds no private key that parses/],
      [{ certificate, key: encrypted }, /^--key me\.key: the private key is encrypted; it must be/],
      [{ certificate, key: strangerClient.key }, /^--key me\.key: .* does not belong to the certificate of --cert/],
      [{ certificate }, /^--cert me\.crt: a client certificate needs its private key; --key me\.key is missing/],
      [{ key }, /^--key me\.key: a private key needs its client certificate; --cert me\.crt is missing/],
      [{ serverName: 'no spaces' }, /^serverName must be a host name .*, got "no spaces"/],
      [{ alpn: [''] }, /^--alpn: a protocol name must have 1 to 255 bytes/],
      [{ alpn: ['x'.repeat(256)] }, /^--alpn: a protocol name must have 1 to 255 bytes .*, got 256$/],
    ];
    for (const [options, message] of cases) {
      let thrown = '';
      try {
        checkTlsOptions(options, names);
      } catch (error) {
        thrown = (error as Error).message;
      }
      expect(thrown).toMatch(message);
      expect(thrown).not.toMatch(/\n/);
      for (const line of key.split('\n').slice(1, -2)) expect(thrown).not.toContain(line);
    }
  });
});

function der(pem: string): Uint8Array {
  return Buffer.from(pem.replace(/-----[^-]*-----|\s/g, ''), 'base64');
}
