import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { publishPacket } from './work.js';

// A broker that does as little as a broker can, as a process of its own: it reads, acknowledges, and counts. What
// is published goes nowhere. A subscription to `source/QOS/COUNT` gets so many messages, made beforehand. It is
// started with an IPC channel (brokers.ts), takes `SinkOrder` there, and tells `SinkNotice`.
//
// It checks nothing that it does not need, and closes a connection whose bytes it does not understand.

/** What the sink is told: to end all connections and listen no more, or to listen again on the same port. */
export type SinkOrder = 'halt' | 'listen';

export type SinkNotice =
  | { listening: number }
  | { halted: true }
  /** The first PUBLISH of a connection has arrived. */
  | { first: string }
  /** A subscription is granted. */
  | { subscribed: string }
  /** A connection is over, with so many PUBLISH packets. */
  | { gone: string; messages: number };

const enum Packet {
  connect = 0x10,
  publish = 0x30,
  puback = 0x40,
  subscribe = 0x80,
  pingreq = 0xc0,
  disconnect = 0xe0,
}

/** Messages of QoS 1 that a subscriber may leave without PUBACK. Their identifiers are 1 to this. */
const WINDOW = 1000;
/** Messages of one write. */
const BLOCK = 1000;
const NO_BYTES = Buffer.alloc(0);

const tell = (notice: SinkNotice): void => void process.send?.(notice);

/** The messages that a subscription to `source/QOS/COUNT` gets. */
class Source {
  private readonly block: Buffer;
  private readonly size: number;
  private sent = 0;
  private acknowledged = 0;

  constructor(
    private readonly socket: Socket,
    topic: string,
    private readonly qos: number,
    private readonly total: number,
  ) {
    const messages: Buffer[] = [];
    for (let i = 1; i <= BLOCK; i++) messages.push(publishPacket(topic, qos, i));
    this.block = Buffer.concat(messages);
    this.size = messages[0]!.length;
    socket.on('drain', () => this.send());
  }

  puback(): void {
    this.acknowledged++;
  }

  /** Writes until the socket is full, all is sent, or the window is. */
  send(): void {
    while (!this.socket.writableNeedDrain && !this.socket.destroyed) {
      const open = this.qos === 0 ? BLOCK : WINDOW - (this.sent - this.acknowledged);
      const at = this.sent % BLOCK;
      const count = Math.min(open, BLOCK - at, this.total - this.sent);
      if (count <= 0) return;
      this.sent += count;
      this.socket.write(this.block.subarray(at * this.size, (at + count) * this.size));
    }
  }
}

/** Of the connection whose bytes are being read: they are written before those of another one are. */
const acknowledgements = Buffer.alloc(65536);

class Peer {
  private clientId = '';
  private messages = 0;
  private over = false;
  /** The beginning of a packet whose end has not arrived. */
  private rest: Buffer = NO_BYTES;
  /** Bytes of a payload that are still to come. */
  private skip = 0;
  private acknowledged = 0;
  private source: Source | undefined;

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => this.end());
    socket.on('close', () => this.end());
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    tell({ gone: this.clientId, messages: this.messages });
    this.acknowledge();
    this.socket.end();
  }

  private receive(chunk: Buffer): void {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = Math.min(this.skip, bytes.length);
    this.skip -= at;
    while (at < bytes.length) {
      const next = this.packet(bytes, at);
      if (next < 0) break;
      at = Math.min(next, bytes.length);
      this.skip = next - at;
    }
    this.rest = at < bytes.length ? bytes.subarray(at) : NO_BYTES;
    this.acknowledge();
    this.source?.send();
  }

  /** Takes the packet at `at`. Returns where it ends, which may be behind `bytes`; -1: too little of it is there. */
  private packet(bytes: Buffer, at: number): number {
    const type = bytes[at]!;
    let from = at + 1;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (from >= bytes.length) return -1;
      const byte = bytes[from++]!;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
      if (shift === 21) return this.refuse(bytes.length);
    }
    const to = from + length;
    if ((type & 0xf0) === (Packet.publish as number)) {
      if ((type & 6) !== 0) {
        if (from + 2 > bytes.length) return -1;
        const id = from + 2 + ((bytes[from]! << 8) | bytes[from + 1]!);
        if (id + 2 > bytes.length) return -1;
        this.puback(bytes[id]!, bytes[id + 1]!);
      }
      if (this.messages++ === 0) tell({ first: this.clientId });
      return to;
    }
    if (to > bytes.length) return -1;
    switch (type & 0xf0) {
      case Packet.puback:
        this.source?.puback();
        break;
      case Packet.connect: {
        // Protocol name, level, flags, keep alive, client identifier.
        const name = from + 2 + bytes.readUInt16BE(from) + 4;
        this.clientId = bytes.toString('utf8', name + 2, name + 2 + bytes.readUInt16BE(name));
        this.socket.write(Buffer.from([0x20, 2, 0, 0]));
        break;
      }
      case Packet.subscribe:
        this.subscribe(bytes, from);
        break;
      case Packet.pingreq:
        this.socket.write(Buffer.from([0xd0, 0]));
        break;
      case Packet.disconnect:
        this.end();
        break;
      default:
        return this.refuse(to);
    }
    return to;
  }

  /** One filter for each SUBSCRIBE. */
  private subscribe(bytes: Buffer, from: number): void {
    const filter = bytes.toString('utf8', from + 4, from + 4 + bytes.readUInt16BE(from + 2));
    const [, qos, count] = /^source\/([01])\/(\d+)$/.exec(filter) ?? [];
    this.socket.write(Buffer.from([0x90, 3, bytes[from]!, bytes[from + 1]!, Number(qos ?? 0)]));
    tell({ subscribed: this.clientId });
    if (count !== undefined) this.source = new Source(this.socket, filter, Number(qos), Number(count));
  }

  private puback(high: number, low: number): void {
    if (this.acknowledged + 4 > acknowledgements.length) this.acknowledge();
    const at = this.acknowledged;
    acknowledgements[at] = Packet.puback;
    acknowledgements[at + 1] = 2;
    acknowledgements[at + 2] = high;
    acknowledgements[at + 3] = low;
    this.acknowledged = at + 4;
  }

  /** Writes the acknowledgements of one read together. */
  private acknowledge(): void {
    if (this.acknowledged === 0) return;
    this.socket.write(Buffer.from(acknowledgements.subarray(0, this.acknowledged)));
    this.acknowledged = 0;
  }

  private refuse(end: number): number {
    this.socket.destroy();
    return end;
  }
}

/** Listens on a free port of 127.0.0.1, or on `port` again. */
function listen(sockets: Set<Socket>, port: number): Server {
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    new Peer(socket);
  });
  server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') tell({ listening: address.port });
  });
  return server;
}

const sockets = new Set<Socket>();
let port = 0;
let server = listen(sockets, port);
// Ctrl-C is for the process that started it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (order: SinkOrder) => {
  if (order === 'listen') {
    server = listen(sockets, port);
    return;
  }
  const address = server.address();
  if (address !== null && typeof address === 'object') port = address.port;
  server.close(() => tell({ halted: true }));
  for (const socket of sockets) socket.destroy();
});
