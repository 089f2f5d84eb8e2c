import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { BrokerConnection, BrokerLink, BrokerPlace } from '../virtual/index.js';

const ADDRESS = '127.0.0.1';
/** For CONNECT, as Mosquitto has it; milliseconds of real time. */
const CONNECT_MILLISECONDS = 10_000;
/** A CONNECT with the longest fields: five of 64 kB. */
const LONGEST_CONNECT = 5 * 65_537 + 16;
/** Bytes that wait for a client, above which it is cut off: a world may be much faster than real time. */
const MOST_WAITING = 16 * 1024 * 1024;

/**
 * A TCP port of the loopback interface at which clients of this computer reach the broker of a world, beside the
 * devices of that world. Messages pass at once. Deadlines of the model are in the time of the world, which may be a
 * thousand times as fast as the client, or stand still: so the model is told that such a client has no keep alive, and
 * what a broker does for CONNECT in time and for keep alive is done here, in real time.
 */
export class ModelListener {
  private readonly server = createServer((socket) => this.accept(socket));
  private readonly clients = new Set<Client>();

  /** `place`: the broker of the world that runs. A broker that refuses connections does so here, too. */
  private constructor(private place: BrokerPlace) {}

  /** Listens at a free port. */
  static async start(place: BrokerPlace): Promise<ModelListener> {
    const listener = new ModelListener(place);
    const { server } = listener;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, ADDRESS, resolve);
    });
    return listener;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** For example `mqtt://127.0.0.1:41883`. */
  get url(): string {
    return `mqtt://${ADDRESS}:${this.port}`;
  }

  /** Another world: clients are cut off, as when a broker restarts, and come to its broker when they connect again. */
  move(place: BrokerPlace): void {
    for (const client of this.clients) client.end();
    this.place = place;
  }

  /** Cuts all clients off, and listens no more; legal twice. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // Twice is an error of the server's, and what was wanted.
      this.server.close(() => resolve());
      for (const client of this.clients) client.end();
    });
  }

  private accept(socket: Socket): void {
    const { place } = this;
    const [server] = place.servers;
    socket.on('error', () => socket.destroy());
    if (server?.state === 'refuses') {
      socket.resetAndDestroy();
      return;
    }
    // Nobody answers, and nobody reads.
    if (server?.state === 'silent') return;
    const client = new Client(socket, place, () => this.clients.delete(client));
    this.clients.add(client);
  }
}

/** One connection, from a socket to the model. */
class Client implements BrokerLink {
  /** What came before CONNECT was whole. */
  private before: Buffer = Buffer.alloc(0);
  private connection: BrokerConnection | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private keepAlive = 0;

  constructor(
    private readonly socket: Socket,
    private readonly place: BrokerPlace,
    private readonly onEnd: () => void,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.take(bytes));
    socket.once('close', () => this.ended());
    this.expect(CONNECT_MILLISECONDS);
  }

  // BrokerLink

  send(bytes: Uint8Array): void {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.write(bytes);
    if (socket.writableLength > MOST_WAITING) socket.destroy();
  }

  close(abort: boolean): void {
    this.connection = undefined;
    if (abort) this.socket.resetAndDestroy();
    // Also one that does not end its side.
    else this.socket.end(() => this.socket.destroy());
  }

  /** The world is gone, or the command ends. */
  end(): void {
    this.socket.destroy();
  }

  private take(bytes: Buffer): void {
    const { connection, place } = this;
    if (connection) {
      if (this.keepAlive > 0) this.deadline?.refresh();
      connection.receive(bytes, 0, bytes.length);
      place.touch();
      return;
    }
    this.before = this.before.length === 0 ? bytes : Buffer.concat([this.before, bytes]);
    this.begin();
  }

  /** Hands the client over to the model when its CONNECT is whole, or is none. */
  private begin(): void {
    const { before, place } = this;
    const at = keepAlivePlace(before);
    if (at === undefined) {
      if (before.length > LONGEST_CONNECT) this.socket.destroy();
      return;
    }
    this.expect(0);
    let first = before;
    if (at > 0) {
      this.keepAlive = before.readUInt16BE(at);
      if (this.keepAlive > 0) this.expect(this.keepAlive * 1500);
      // It may be a piece of a buffer that Node has lent.
      first = Buffer.from(before);
      first.writeUInt16BE(0, at);
    }
    this.before = Buffer.alloc(0);
    this.connection = place.model.accept(this);
    this.connection.receive(first, 0, first.length);
    place.touch();
  }

  private expect(milliseconds: number): void {
    clearTimeout(this.deadline);
    this.deadline = milliseconds === 0 ? undefined : setTimeout(() => this.socket.destroy(), milliseconds);
  }

  private ended(): void {
    this.expect(0);
    this.onEnd();
    const { connection, place } = this;
    if (!connection) return;
    this.connection = undefined;
    connection.ended();
    place.touch();
  }
}

/**
 * Where in a CONNECT its keep alive is (MQTT 3.1.1, 3.1.2). Undefined: more bytes have to come; 0: this is no CONNECT,
 * which the model knows how to answer.
 */
function keepAlivePlace(bytes: Uint8Array): number | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes[0] !== 0x10) return 0;
  let at = 1;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (at === bytes.length) return undefined;
    const byte = bytes[at++]!;
    length |= (byte & 127) << shift;
    if (byte < 128) break;
    if (shift === 21) return 0;
  }
  if (bytes.length < at + length && length <= LONGEST_CONNECT) return undefined;
  // The name of the protocol with its length, the level, the flags.
  const place = at + 2 + (bytes[at]! << 8) + bytes[at + 1]! + 2;
  return place + 2 <= Math.min(bytes.length, at + length) ? place : 0;
}
