import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { TransportFailure } from '../../src/hal/index.js';
import type { Endpoint, Transport, TransportHandler } from '../../src/hal/index.js';
import { chainOf } from './peer-certificate.js';
import { Next, ReadCoalescing } from './read-coalescing.js';
import type { ReadPace } from './read-coalescing.js';
import { tlsConnectionOptions } from './tls-credentials.js';
import { connectionFailure, ConnectionStage, isTlsAlert } from './transport-failure.js';
import { alertOverTcpDetail, silentHandshakeDetail, unansweredDetail } from './transport-failure.js';

/** How much a `NodeTransport` holds. A connection takes twice `send` and once `receive`. */
export interface NodeTransportSizes {
  /** Bytes gathered before the socket takes them. Default 65536. */
  send: number;
  /** Bytes read from the socket at once (TCP; TLS reads up to 64 KiB). Default 65536. */
  receive: number;
  /** Milliseconds that a closed connection may take to send its last bytes and see the peer's end. Default 2000. */
  linger: number;
  /** Milliseconds in which a peer must begin to answer a TLS handshake. Default 4000. */
  handshakeSilence: number;
  /**
   * True: connections over TCP hold no buffers while nothing waits, for programs with thousands of them. All of a
   * thread read into one buffer, of the first one's `receive`, and each write is a copy. Default false.
   */
  shares: boolean;
  /**
   * Milliseconds that a connection over TCP waits before it reads again, while small packets come one by one, and as
   * long as the peer is not idle for it (`ReadCoalescing`). One with little traffic never waits. 0: none does.
   * Default 1.
   */
  coalesce: number;
}

const DEFAULT_SIZES: NodeTransportSizes = {
  send: 65536,
  receive: 65536,
  linger: 2000,
  handshakeSilence: 4000,
  shares: false,
  coalesce: 1,
};

/** How many turns of the event loop a try lasts, 2 to 4 µs each, when nothing comes. */
const TRY_TURNS = 16;

const NO_BYTES = new Uint8Array(0);
let sharedBuffer: Uint8Array | undefined;

/** A transport over node:net and node:tls. `open` on an open transport closes the connection it had. */
export class NodeTransport implements Transport {
  private readonly sizes: NodeTransportSizes;
  private connection: NodeConnection | undefined;

  /** `makeReadPace` makes what decides about the waits of a connection; `capacity` is how much one read may bring. */
  constructor(
    sizes: Partial<NodeTransportSizes> = {},
    private readonly makeReadPace: (capacity: number) => ReadPace = (capacity) => new ReadCoalescing(capacity),
  ) {
    this.sizes = { ...DEFAULT_SIZES, ...sizes };
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.close();
    const connection = new NodeConnection(this.sizes, handler, this.makeReadPace);
    this.connection = connection;
    const fault = addressFault(address, endpoint.port);
    if (fault === undefined) connection.connect(address, endpoint);
    else connection.failLater(fault);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    return this.connection === undefined ? 0 : this.connection.write(bytes, from, to);
  }

  resume(): void {
    this.connection?.resume();
  }

  close(): void {
    const connection = this.connection;
    this.connection = undefined;
    connection?.close();
  }
}

/** Node would throw for these inside `open`, or ask a name server. */
function addressFault(address: string, port: number): string | undefined {
  if (isIP(address) === 0) return `${JSON.stringify(address.slice(0, 64))} is not an IP address`;
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    return `port must be an integer from 1 to 65535, got ${port}`;
  return undefined;
}

/**
 * One connection of a `NodeTransport`, from `open` to its end.
 *
 * Sending: writes of one turn of the event loop gather in `gathering` and go to the socket together; while the
 * socket holds `sending`, the other buffer fills, and then `write` takes no more. So at most two buffers wait.
 *
 * Receiving: bytes that the handler did not consume stay where they are, and the socket is paused. Over TCP
 * they lie in `receiveBuffer`, which the socket fills only while it reads. Over TLS Node may hand over
 * decrypted bytes after a pause, so there they come as a stream's chunks, which wait in the stream.
 *
 * While small packets come fast, a TCP socket is paused for a moment behind each read, so that the next one brings
 * more. Whether that is worth it, `pace` knows.
 */
class NodeConnection {
  private socket: Socket | undefined;
  private stage = ConnectionStage.connecting;
  private peer = '';
  private encrypted = false;
  /** The peer's, as soon as the handshake is done. */
  private certificates: X509Certificate[] = [];
  /** Runs until the peer answers the handshake. */
  private impatience: NodeJS.Timeout | undefined;
  /** True until the first bytes of the peer arrive, over TLS behind the handshake. */
  private unheard = true;
  /** Something was sent. */
  private written = false;
  /** True from the end of the connection, whoever ended it: the handler hears nothing more. */
  private over = false;

  private gathering: Uint8Array;
  private gathered = 0;
  private sending: Uint8Array;
  private sendingBusy = false;
  private flushScheduled = false;
  private writeRefused = false;

  private readonly receiveBuffer: Uint8Array;
  /** The bytes that the handler did not consume: `rest[restFrom..restTo)`. */
  private rest: Uint8Array;
  private restFrom = 0;
  private restTo = 0;
  private delivering = false;
  private deliveryScheduled = false;
  /** The peer ended the stream, and the handler has not consumed all that came before. */
  private endPending = false;
  /** Absent over TLS, where a socket that is paused reads on. */
  private pace: ReadPace | undefined;
  /** Runs while the socket is not read because of `pace`. */
  private wait: NodeJS.Timeout | undefined;
  /** A wait is over, and nothing is written until it is known whether more comes without. */
  private trying = false;
  private turnsLeft = 0;
  private cameMore = false;

  constructor(
    private readonly sizes: NodeTransportSizes,
    private readonly handler: TransportHandler,
    private readonly makeReadPace: (capacity: number) => ReadPace,
  ) {
    const { send, receive, shares } = sizes;
    this.gathering = shares ? NO_BYTES : Buffer.allocUnsafeSlow(send);
    this.sending = shares ? NO_BYTES : Buffer.allocUnsafeSlow(send);
    if (shares) sharedBuffer ??= Buffer.allocUnsafeSlow(receive);
    this.receiveBuffer = shares ? sharedBuffer! : Buffer.allocUnsafeSlow(receive);
    this.rest = this.receiveBuffer;
  }

  /** Starts to connect; `address` and port were checked. */
  connect(address: string, endpoint: Endpoint): void {
    const { host, port, tls } = endpoint;
    this.peer = host === address ? `${address} port ${port}` : `${host} (${address}) port ${port}`;
    let socket: Socket;
    if (tls === undefined) {
      const onread = { buffer: this.receiveBuffer, callback: this.onRead };
      if (this.sizes.coalesce > 0) this.pace = this.makeReadPace(this.receiveBuffer.length);
      socket = connectTcp({ host: address, port, onread });
      socket.on('connect', this.onConnected);
    } else {
      this.encrypted = true;
      try {
        socket = connectTls({ ...tlsConnectionOptions(endpoint, tls), host: address, port });
      } catch (error) {
        this.failLater(error instanceof Error ? error.message : String(error), TransportFailure.tls);
        return;
      }
      socket.on('connect', this.onTcpConnected);
      // Behind the handshake, and before Node verifies and lets go of the certificate.
      socket.prependListener('secure', this.onHandshake);
      socket.on('secureConnect', this.onConnected);
      socket.on('data', this.onChunk);
    }
    this.socket = socket;
    socket.on('end', this.onEnd);
    socket.on('error', this.onError);
    socket.on('close', this.onEnd);
  }

  /** Ends, from the event loop, a connection that could not begin. */
  failLater(detail: string, cause = TransportFailure.unreachable): void {
    setImmediate(() => this.finish(cause, detail));
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (this.over || this.endPending || this.stage !== ConnectionStage.open) return 0;
    if (this.sizes.shares) return this.writeCopy(bytes, from, to);
    let at = from;
    while (at < to) {
      const room = this.gathering.length - this.gathered;
      if (room === 0) {
        if (this.sendingBusy) break;
        this.flush();
        continue;
      }
      const count = Math.min(room, to - at);
      this.gathering.set(bytes.subarray(at, at + count), this.gathered);
      this.gathered += count;
      at += count;
    }
    if (at < to) this.writeRefused = true;
    if (!this.flushScheduled && !this.sendingBusy && this.gathered > 0) {
      this.flushScheduled = true;
      setImmediate(this.flushNow);
    }
    return at - from;
  }

  resume(): void {
    if (this.over || this.deliveryScheduled || (!this.delivering && this.restFrom === this.restTo)) return;
    this.deliveryScheduled = true;
    setImmediate(this.deliverRest);
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.impatience);
    clearTimeout(this.wait);
    const socket = this.socket;
    if (socket === undefined) return;
    if (this.stage !== ConnectionStage.open || this.endPending) {
      socket.destroy();
      return;
    }
    if (this.gathered > 0) socket.write(this.gathering.subarray(0, this.gathered));
    socket.end();
    // What still arrives is read and dropped, so that the peer's end is seen behind it.
    socket.resume();
    const linger = setTimeout(() => socket.destroy(), this.sizes.linger);
    socket.once('close', () => clearTimeout(linger));
  }

  private readonly onTcpConnected = (): void => {
    this.stage = ConnectionStage.handshake;
    this.impatience = setTimeout(() => setImmediate(this.onSilence), this.sizes.handshakeSilence);
  };

  private readonly onHandshake = (): void => {
    clearTimeout(this.impatience);
    this.certificates = chainOf((this.socket as TLSSocket).getPeerCertificate(true));
  };

  /** After the events that waited with the timer: what has arrived by now was read. */
  private readonly onSilence = (): void => {
    if (this.stage !== ConnectionStage.handshake || this.socket?.bytesRead !== 0) return;
    this.finish(TransportFailure.tls, silentHandshakeDetail(this.peer));
  };

  private readonly onConnected = (): void => {
    if (this.over) return;
    this.stage = ConnectionStage.open;
    this.socket?.setNoDelay(true);
    this.handler.onOpen();
  };

  /** The writes of a turn go to the socket together, each as a copy. */
  private writeCopy(bytes: Uint8Array, from: number, to: number): number {
    const socket = this.socket!;
    const count = Math.min(this.sizes.send - socket.writableLength, to - from);
    if (count < to - from) this.writeRefused = true;
    if (count <= 0) return 0;
    if (!this.flushScheduled) {
      this.flushScheduled = true;
      socket.cork();
      setImmediate(this.flushNow);
    }
    this.written = true;
    socket.write(Buffer.from(bytes.subarray(from, from + count)), this.onWritten);
    return count;
  }

  private readonly flushNow = (): void => {
    this.flushScheduled = false;
    if (this.trying) return;
    if (this.sizes.shares) this.socket?.uncork();
    if (!this.over && !this.sendingBusy && this.gathered > 0) this.flush();
  };

  /** Gives the gathered bytes to the socket; `sending` must be free. */
  private flush(): void {
    const full = this.gathering;
    const count = this.gathered;
    this.gathering = this.sending;
    this.gathered = 0;
    this.sending = full;
    this.sendingBusy = true;
    this.written = true;
    this.socket?.write(full.subarray(0, count), this.onWritten);
  }

  private readonly onWritten = (error?: Error | null): void => {
    this.sendingBusy = false;
    // A failed write is followed by the socket's error event, which tells the handler.
    if (this.over || this.endPending || error) return;
    if (this.gathered > 0) this.flush();
    if (!this.writeRefused) return;
    this.writeRefused = false;
    this.handler.onWritable();
  };

  /** Bytes of a TCP connection; false stops reading. */
  private readonly onRead = (count: number, buffer: Uint8Array): boolean => {
    if (this.over) return true;
    if (this.unheard && isTlsAlert(buffer, count)) {
      this.finish(TransportFailure.tls, alertOverTcpDetail(this.peer));
      return true;
    }
    this.unheard = false;
    this.deliver(buffer, 0, count);
    if (this.over) return true;
    if (this.restFrom < this.restTo) return false;
    return this.pace === undefined || this.goOn(this.pace, count);
  };

  /** Behind a read of `count` bytes, all consumed; false stops reading. */
  private goOn(pace: ReadPace, count: number): boolean {
    if (this.trying) {
      this.cameMore = true;
      return true;
    }
    const next = pace.afterRead(count, performance.now());
    if (next === Next.wait) this.startWait();
    else if (next === Next.try) {
      this.trying = true;
      this.cameMore = false;
      this.turnsLeft = TRY_TURNS;
      setImmediate(this.onTurn);
    }
    return next !== Next.wait;
  }

  private startWait(): void {
    if (this.wait) this.wait.refresh();
    else this.wait = setTimeout(this.onWaited, this.sizes.coalesce);
  }

  private readonly onWaited = (): void => {
    this.socket?.resume();
  };

  /** The first one ends the turn in which the try began. */
  private readonly onTurn = (): void => {
    if (this.over) return;
    if (!this.cameMore && this.turnsLeft > 0) {
      this.turnsLeft--;
      setImmediate(this.onTurn);
    } else this.endTry();
  };

  private endTry(): void {
    this.trying = false;
    this.flushNow();
    const next = this.pace?.afterTry(this.cameMore, performance.now());
    // Where bytes were not consumed, reading has stopped, and `resume` begins it again.
    if (next !== Next.wait || this.restFrom < this.restTo || this.endPending) return;
    this.socket?.pause();
    this.startWait();
  }

  /** Bytes of a TLS connection. */
  private readonly onChunk = (chunk: Buffer): void => {
    if (this.over) return;
    this.unheard = false;
    this.deliver(chunk, 0, chunk.length);
    if (!this.over && this.restFrom < this.restTo) this.socket?.pause();
  };

  private deliver(bytes: Uint8Array, from: number, to: number): void {
    this.delivering = true;
    const consumed = this.handler.onReceive(bytes, from, to);
    this.delivering = false;
    this.rest = bytes;
    this.restFrom = Math.min(to, from + Math.max(0, consumed));
    this.restTo = to;
    if (bytes !== sharedBuffer || this.restFrom === to) return;
    // Others read into it.
    this.rest = Buffer.from(bytes.subarray(this.restFrom, to));
    this.restTo -= this.restFrom;
    this.restFrom = 0;
  }

  private readonly deliverRest = (): void => {
    this.deliveryScheduled = false;
    if (this.over || this.restFrom === this.restTo) return;
    this.deliver(this.rest, this.restFrom, this.restTo);
    if (this.over || this.restFrom < this.restTo) return;
    this.rest = this.receiveBuffer;
    if (this.endPending) this.finishEnded();
    else this.socket?.resume();
  };

  private readonly onEnd = (): void => {
    if (this.over) return;
    if (this.stage === ConnectionStage.handshake) {
      this.finishWith({ name: 'Error', message: '', code: 'ECONNRESET' });
    } else if (this.restFrom < this.restTo) {
      this.endPending = true;
    } else {
      this.finishEnded();
    }
  };

  private readonly onError = (error: NodeJS.ErrnoException): void => {
    // After the peer's end our own end may fail; what the peer had sent is still to be delivered.
    if (!this.over && !this.endPending) this.finishWith(error);
  };

  private finishEnded(): void {
    const detail =
      this.unheard && this.written ? unansweredDetail(this.peer, this.encrypted) : `${this.peer} ended the connection`;
    this.finish(TransportFailure.ended, detail);
  }

  private finishWith(error: NodeJS.ErrnoException): void {
    const isUnheard = this.unheard && this.stage === ConnectionStage.open;
    const unheard = this.encrypted ? ConnectionStage.unheard : ConnectionStage.unanswered;
    const stage = isUnheard ? unheard : this.stage;
    const failure = connectionFailure(error, stage, this.peer, this.certificates);
    this.finish(failure.cause, failure.detail);
  }

  private finish(cause: TransportFailure, detail: string): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.impatience);
    clearTimeout(this.wait);
    this.socket?.destroy();
    this.handler.onClose(cause, detail);
  }
}
