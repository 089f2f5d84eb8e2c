import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { TcpClass, TcpSocket, TcpSocketOptions } from '../../../boards/ecma419/index.js';

/** What of the SDK's sources a `NodeTcp` does, where platforms differ. */
export interface TcpTraps {
  /** Bytes that the socket holds unread, and bytes that it takes at once. Default 1536, as on Linux (kBufferSize). */
  buffer?: number;
  /** `onWritable` comes before the `onError` of a connection that was refused. */
  writableBeforeRefusal?: boolean;
  /** Callbacks that were due come also after `close` inside the first of them, as on Linux (reportTrigger). */
  lateCallbacks?: boolean;
  /** `onError` never comes when bytes were unread at the time of the end, as on Linux (tcpTask). */
  losesEnd?: boolean;
}

const enum Trigger {
  readable = 1,
  writable = 2,
  error = 4,
}

/** How long a closed connection may take to send its last bytes. */
const LINGER_MILLISECONDS = 2000;

/** The TCP class of ECMA-419 as the Moddable SDK has it (modules/io/socket), over node:net. */
export class NodeTcp implements TcpSocket {
  /** The last one that was made: a TLS class finds the socket below its own with it. */
  static last: NodeTcp | undefined;

  target?: unknown;

  private readonly socket: Socket;
  private readonly size: number;
  private unread: Buffer = Buffer.alloc(0);
  private room = 0;
  private connected = false;
  private failed = false;
  private closed = false;
  private triggered = 0;
  private scheduled = false;

  constructor(
    private readonly options: TcpSocketOptions,
    private readonly traps: TcpTraps,
  ) {
    const { address, port } = options;
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) throw new Error('invalid address');
    if (!(port >= 0 && port <= 65535)) throw new RangeError('invalid port');
    this.size = traps.buffer ?? 1536;
    NodeTcp.last = this;
    this.target = options.target;
    const onread = {
      buffer: Buffer.alloc(this.size),
      callback: (count: number, bytes: Uint8Array) => this.take(bytes, count),
    };
    this.socket = connect({ host: address, port, noDelay: options.nodelay, onread });
    this.socket.on('connect', () => {
      this.connected = true;
      this.room = this.size;
      this.trigger(Trigger.writable);
    });
    this.socket.on('end', () => this.fail());
    this.socket.on('error', () => this.fail());
    this.socket.on('close', () => this.fail());
  }

  read(into: Uint8Array): unknown {
    if (this.closed) throw new Error('the socket is closed');
    if (this.unread.length === 0) return undefined;
    if (into.length === 0 || into.length > this.unread.length) throw new Error('invalid');
    into.set(this.unread.subarray(0, into.length));
    this.unread = this.unread.subarray(into.length);
    if (this.unread.length === 0 && this.failed && this.traps.losesEnd !== true) this.trigger(Trigger.error);
    if (this.unread.length < this.size) this.socket.resume();
    return into.length;
  }

  write(bytes: Uint8Array): unknown {
    if (this.closed) throw new Error('the socket is closed');
    if (!this.connected) throw new Error('not ready');
    if (this.failed) return undefined;
    if (bytes.length > this.room) throw new Error('would block');
    this.room -= bytes.length;
    this.socket.write(Uint8Array.from(bytes), () => {
      this.room = this.size;
      this.trigger(Trigger.writable);
    });
    return this.room;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (!this.connected || this.failed) {
      this.socket.destroy();
      return;
    }
    this.socket.end();
    this.unread = Buffer.alloc(0);
    this.socket.resume();
    const linger = setTimeout(() => this.socket.destroy(), LINGER_MILLISECONDS);
    this.socket.once('close', () => clearTimeout(linger));
  }

  /** A call of `onReadable` soon, whether more came or not. */
  poke(): void {
    this.trigger(Trigger.readable);
  }

  /** Bytes from the network. False stops reading. */
  private take(bytes: Uint8Array, count: number): boolean {
    if (this.closed) return true;
    this.unread = Buffer.concat([this.unread, bytes.subarray(0, count)]);
    this.trigger(Trigger.readable);
    return this.unread.length < this.size;
  }

  private fail(): void {
    if (this.failed) return;
    if (!this.connected && this.traps.writableBeforeRefusal === true) {
      this.connected = true;
      this.room = this.size;
      this.trigger(Trigger.writable);
    }
    this.failed = true;
    if (this.unread.length === 0) this.trigger(Trigger.error);
  }

  private trigger(what: Trigger): void {
    if (this.closed) return;
    this.triggered |= what;
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.report());
  }

  private report(): void {
    const triggered = this.triggered;
    this.triggered = 0;
    this.scheduled = false;
    const { onReadable, onWritable, onError } = this.options;
    const mute = (): boolean => this.closed && this.traps.lateCallbacks !== true;
    if (this.closed) return;
    if ((triggered & Trigger.writable) !== 0 && (!this.failed || this.traps.writableBeforeRefusal === true)) {
      onWritable.call(this, this.room);
    }
    if ((triggered & Trigger.readable) !== 0 && !mute()) onReadable.call(this, this.unread.length);
    if ((triggered & Trigger.error) !== 0 && !mute()) onError.call(this);
  }
}

/** The class with `traps`, to inject. */
export function nodeTcp(traps: TcpTraps = {}): TcpClass {
  return class extends NodeTcp {
    constructor(options: TcpSocketOptions) {
      super(options, traps);
    }
  };
}
