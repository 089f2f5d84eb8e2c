import type { TcpClass, TcpSocket, TcpSocketOptions } from '../../../boards/ecma419/index.js';

/** A TCP class whose network is the test. Reads and writes behave as those of the Moddable SDK (modules/io/socket). */
export class ScriptedTcp implements TcpSocket {
  target?: unknown;
  closed = 0;
  /** All that was written, and the lengths of the writes. */
  written: Buffer = Buffer.alloc(0);
  readonly writes: number[] = [];
  /** The array that came with the last write. */
  last: Uint8Array | undefined;
  readonly reads: number[] = [];
  room = 0;
  /** A write returns undefined from here on, as after a failed one. */
  broken = false;
  /** Called inside `write`. */
  insideWrite: () => void = () => undefined;

  private unread: Buffer = Buffer.alloc(0);

  constructor(readonly options: TcpSocketOptions) {
    this.target = options.target;
  }

  read(into: Uint8Array): unknown {
    this.reads.push(into.length);
    if (this.unread.length === 0) return undefined;
    if (into.length === 0 || into.length > this.unread.length) throw new Error('invalid');
    into.set(this.unread.subarray(0, into.length));
    this.unread = this.unread.subarray(into.length);
    return into.length;
  }

  write(bytes: Uint8Array): unknown {
    this.insideWrite();
    if (this.broken) return undefined;
    if (bytes.length > this.room) throw new Error('would block');
    this.last = bytes;
    this.writes.push(bytes.length);
    this.written = Buffer.concat([this.written, bytes]);
    this.room -= bytes.length;
    return this.room;
  }

  close(): void {
    this.closed++;
  }

  /** Bytes that wait to be read. */
  get waiting(): number {
    return this.unread.length;
  }

  writable(room: number): void {
    this.room = room;
    this.options.onWritable.call(this, room);
  }

  arrive(bytes: Uint8Array | string): void {
    this.unread = Buffer.concat([this.unread, Buffer.from(bytes as string)]);
    this.options.onReadable.call(this, this.unread.length);
  }

  fail(): void {
    this.options.onError.call(this);
  }
}

/** A class that notes its instances. `whileMaking` is called in its constructor. */
export function scriptedTcp(whileMaking: (socket: ScriptedTcp) => void = () => undefined): {
  TCP: TcpClass;
  sockets: ScriptedTcp[];
} {
  const sockets: ScriptedTcp[] = [];
  class TCP extends ScriptedTcp {
    constructor(options: TcpSocketOptions) {
      super(options);
      sockets.push(this);
      whileMaking(this);
    }
  }
  return { TCP, sockets };
}
