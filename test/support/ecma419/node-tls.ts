import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { checkServerIdentity, connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { TlsClass, TlsSecureOptions } from '../../../boards/ecma419/index.js';
import { NodeTcp } from './node-tcp.js';

/** What the class asks of `TCP.io`. */
interface LowerSocket {
  readable: number;
  writable: number;
  read(into: Uint8Array): unknown;
  write(record: Uint8Array): unknown;
  close(): void;
}

interface NodeTlsOptions {
  host: string;
  secure: TlsSecureOptions;
  TCP: { io: new (options: object) => LowerSocket };
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

const HEADER_LENGTH = 5;
/** What the SDK's class takes off the room for a record, at `onWritable` and after a write. */
const OVERHEAD = 96;
const OVERHEAD_AFTER_WRITE = 32;

/**
 * The TLS class of the Moddable SDK (examples/io/tcp/tlssocket), with OpenSSL for its session: TLS 1.2. As there, all
 * that goes wrong is thrown inside a callback of the TCP socket, and with the same texts. OpenSSL works in its own
 * time, so a callback of the `NodeTcp` below is asked for when it is done.
 */
class NodeTls {
  private readonly lower: LowerSocket;
  private readonly bottom: NodeTcp;
  private readonly wire: Duplex;
  private readonly session: TLSSocket;
  private error: Error | undefined;
  private ready = false;
  private finished = false;
  private closed = false;
  private plain: Buffer | undefined;
  private opened = false;
  private room = 0;
  /** The header, then the whole record that comes. */
  private record = new Uint8Array(HEADER_LENGTH);
  private recordLength = 0;
  /** Records to send, and what to call when they are gone. */
  private unsent: Buffer = Buffer.alloc(0);
  private sent: (() => void) | undefined;

  constructor(private readonly options: NodeTlsOptions) {
    const { secure } = options;
    if (secure.certificate !== undefined && secure.verify !== false) checkDates(secure.certificate);
    this.lower = new options.TCP.io({
      ...options,
      onReadable: (count: number) => this.onReadable(count),
      onWritable: (count: number) => this.onWritable(count),
      onError: () => this.onError(),
    });
    this.lower.readable = this.lower.writable = 0;
    this.bottom = NodeTcp.last!;
    this.wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.unsent = Buffer.concat([this.unsent, chunk]);
        this.sent = done;
        this.send();
      },
    });
    const name = secure.serverName;
    this.session = connect({
      socket: this.wire,
      maxVersion: 'TLSv1.2',
      rejectUnauthorized: secure.verify !== false,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(secure.certificate === undefined ? {} : { ca: pem(secure.certificate, 'CERTIFICATE') }),
      ...(secure.clientCertificates === undefined
        ? {}
        : { cert: secure.clientCertificates.map((der) => pem(der, 'CERTIFICATE')).join('') }),
      ...(secure.clientKey === undefined ? {} : { key: pem(secure.clientKey, 'PRIVATE KEY') }),
      ...(secure.applicationLayerProtocolNegotiation === undefined
        ? {}
        : { ALPNProtocols: secure.applicationLayerProtocolNegotiation }),
    });
    const poke = (): void => this.bottom.poke();
    this.session.on('secureConnect', () => {
      this.ready = true;
      poke();
    });
    this.session.on('readable', poke);
    this.session.on('end', () => {
      this.finished = true;
      poke();
    });
    this.session.on('error', (error: NodeJS.ErrnoException) => {
      this.error = sessionError(error);
      poke();
    });
  }

  read(into: Uint8Array): number | undefined {
    const plain = this.plain;
    if (plain === undefined) return undefined;
    const count = Math.min(into.byteLength, plain.length);
    into.set(plain.subarray(0, count));
    this.plain = count < plain.length ? plain.subarray(count) : undefined;
    if (this.plain === undefined) this.bottom.poke();
    return count;
  }

  write(bytes: Uint8Array): number {
    if (this.closed) throw new Error('the socket is closed');
    this.session.write(Uint8Array.from(bytes));
    // The record may not be with the TCP socket yet.
    this.room -= bytes.length + OVERHEAD_AFTER_WRITE;
    return Math.max(0, this.room - OVERHEAD_AFTER_WRITE);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (!this.ready || this.error !== undefined || this.finished) {
      this.session.destroy();
      this.lower.close();
      return;
    }
    // The SDK's class encrypts at once; here what was written is still on its way.
    const done = (): void => {
      clearTimeout(linger);
      this.lower.close();
    };
    const linger = setTimeout(() => {
      this.session.destroy();
      done();
    }, 2000);
    this.session.end(() => setImmediate(done));
  }

  private onReadable(count: number): void {
    this.lower.readable = count;
    if (this.closed) {
      this.feed();
      return;
    }
    if (this.error !== undefined) throw this.error;
    if (this.ready && !this.opened) {
      this.opened = true;
      this.onWritable(this.lower.writable);
      if (this.closed) return;
    }
    if (this.plain !== undefined) return;
    this.feed();
    const plain = this.session.read() as Buffer | null;
    if (plain !== null) {
      this.plain = plain;
      this.options.onReadable(plain.length);
    } else if (this.finished) {
      this.options.onError();
    }
  }

  private onWritable(count: number): void {
    this.lower.writable = count;
    this.send();
    if (!this.closed && this.opened && this.lower.writable > OVERHEAD)
      this.options.onWritable(this.lower.writable - OVERHEAD);
  }

  private onError(): void {
    if (this.closed) return;
    if (this.ready && this.error === undefined) {
      // What was decrypted is read first, as in the SDK, where that takes no time.
      this.wire.push(null);
      return;
    }
    this.session.destroy();
    this.options.onError();
  }

  /** Hands what the TCP socket has to OpenSSL, record by record, read as the SDK's session does (readPacket). */
  private feed(): void {
    while (this.lower.readable > 0) {
      const record = this.record;
      const count = Math.min(record.length - this.recordLength, this.lower.readable);
      this.lower.read(record.subarray(this.recordLength, this.recordLength + count));
      this.lower.readable -= count;
      this.recordLength += count;
      if (this.recordLength < record.length) return;
      const length = HEADER_LENGTH + ((record[3] ?? 0) << 8) + (record[4] ?? 0);
      if (length > record.length) {
        this.record = new Uint8Array(length);
        this.record.set(record);
        continue;
      }
      this.record = new Uint8Array(HEADER_LENGTH);
      this.recordLength = 0;
      if (!this.wire.readableEnded && !this.wire.destroyed) this.wire.push(record);
    }
  }

  /** Writes whole records, as far as the TCP socket takes them. */
  private send(): void {
    while (this.unsent.length >= HEADER_LENGTH) {
      const length = HEADER_LENGTH + this.unsent.readUInt16BE(3);
      if (this.unsent.length < length) break;
      if (this.opened && length > this.lower.writable) return;
      const record = Uint8Array.from(this.unsent.subarray(0, length));
      this.unsent = this.unsent.subarray(length);
      this.lower.writable = this.lower.write(record) as number;
    }
    const sent = this.sent;
    this.sent = undefined;
    sent?.();
  }
}

/** The class, to inject beside one of `nodeTcp`. */
export const nodeTls: TlsClass = NodeTls;

function checkDates(der: Uint8Array): void {
  const certificate = new X509Certificate(der);
  const now = Date.now();
  if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now) {
    throw new Error('date validation failed');
  }
}

/** What the SDK's class throws where OpenSSL has `error`. */
function sessionError(error: NodeJS.ErrnoException): Error {
  const alert = /SSL alert number (\d+)/.exec(error.message);
  if (alert !== null) return new Error(`alert: 2, ${alert[1]}`);
  if (error.code?.startsWith('ERR_SSL') === true) return new Error('recordProtocol: bad data');
  return new Error('certificate: auth err');
}

function pem(der: Uint8Array, label: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
