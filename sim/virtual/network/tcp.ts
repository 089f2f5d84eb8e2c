import { TransportFailure } from '../../../src/hal/transport.js';
import type { SeededRandom } from '../../world/random.js';
import { Task } from '../scheduler.js';
import type { Scheduler } from '../scheduler.js';

/** How bytes travel between a device and the servers, in both directions. A fault changes it while the world runs. */
export interface Path {
  /** Milliseconds that a segment takes one way, beside the time that it takes to be sent. */
  latency: number;
  /** Up to so many milliseconds more, by chance for each segment. Segments never overtake each other. */
  jitter: number;
  /** Bytes in a second, each way. */
  bytesPerSecond: number;
  /** The most bytes of a segment. */
  segmentBytes: number;
  /** Bytes that the device's stack holds until they are acknowledged: a write that finds no room is short. */
  sendBufferBytes: number;
  /** Bytes that the device takes before its program has read them. */
  windowBytes: number;
  /** The same of a server, whose program reads at once; 0: it takes nothing. */
  serverWindowBytes: number;
  /** The share of segments that are lost and sent again, 0 to 1. */
  loss: number;
  /** Nothing gets through, and nobody says so. */
  down: boolean;
}

/** A Wi-Fi link to a broker in the same country, and the buffers of lwIP on an ESP32. */
export function ordinaryPath(): Path {
  return {
    latency: 20,
    jitter: 15,
    bytesPerSecond: 250_000,
    segmentBytes: 1436,
    sendBufferBytes: 5744,
    windowBytes: 5744,
    serverWindowBytes: 65_535,
    loss: 0,
    down: false,
  };
}

/** The server's end of a connection, for the program there. */
export interface ServerLink {
  /** Sends a copy of `bytes`. */
  send(bytes: Uint8Array): void;
  /** Ends the connection: in order, after what was sent, or at once. `ended` is not called. */
  close(abort: boolean): void;
}

/** The program at the server's end of a connection. Both calls come from the event loop. */
export interface ServerProgram {
  receive(bytes: Uint8Array, from: number, to: number): void;
  /** The client ended the connection, or it broke. */
  ended(): void;
}

/** What listens at a port: a `BrokerModel` is one. */
export interface Listener {
  accept(link: ServerLink): ServerProgram;
}

/** The client's end of a connection: a transport. All calls come from the event loop. */
export interface ClientProgram {
  opened(): void;
  /** Returns how many bytes it consumed; the rest waits for `TcpConnection.resume`. */
  received(bytes: Uint8Array, from: number, to: number): number;
  writable(): void;
  closed(cause: TransportFailure, detail: string): void;
}

/** Milliseconds until a lost segment is sent again at first, and at most. */
const FIRST_RETRANSMISSION = 1000;
const LONGEST_RETRANSMISSION = 60_000;
/** Milliseconds without an acknowledgement after which a stack gives a connection up. */
const GIVES_UP = 540_000;

/** Bytes in the order in which they came, with the number of the first. */
class ByteQueue {
  bytes = new Uint8Array(256);
  from = 0;
  to = 0;
  /** How many bytes were ever taken away: the sequence number of `bytes[from]`. */
  first = 0;

  get length(): number {
    return this.to - this.from;
  }

  /** The number behind the last byte. */
  get end(): number {
    return this.first + this.to - this.from;
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (this.to + count > this.bytes.length) this.makeRoom(count);
    if (from === 0 && to === bytes.length) this.bytes.set(bytes, this.to);
    else this.bytes.set(bytes.subarray(from, to), this.to);
    this.to += count;
  }

  take(count: number): void {
    this.from += count;
    this.first += count;
    if (this.from === this.to) this.from = this.to = 0;
  }

  clear(): void {
    this.take(this.length);
  }

  private makeRoom(count: number): void {
    const { length } = this;
    let size = this.bytes.length;
    while (size < length + count) size *= 2;
    const bytes = size > this.bytes.length ? new Uint8Array(size) : this.bytes;
    bytes.set(this.bytes.subarray(this.from, this.to));
    this.bytes = bytes;
    this.from = 0;
    this.to = length;
  }
}

/** A segment on its way. */
class Segment {
  constructor(
    /** Number of its first byte. */
    readonly at: number,
    readonly length: number,
    /** The stream ends behind it. */
    readonly last: boolean,
    public arrivesAt: number,
  ) {}
}

/** One direction of a connection. The receiver gets bytes from `unread`. */
class Direction {
  /** What the sender's program wrote and the receiver's stack has not acknowledged. */
  readonly outgoing = new ByteQueue();
  /** What arrived and the receiver's program has not read. */
  readonly unread = new ByteQueue();
  /** The sender's program wants to end the stream behind what it wrote. */
  finishing = false;
  /** The end of the stream has arrived. */
  finished = false;
  /** The receiver reads no more: what arrives is thrown away. */
  deaf = false;

  /** The number of the next byte to be sent. */
  private next = 0;
  private finSent = false;
  /** When the sender's interface is free again, and when the last segment arrives. */
  private freeAt = 0;
  private arrivesAt = 0;
  private wait = FIRST_RETRANSMISSION;
  /** Since when nothing was acknowledged of what was lost; -1: nothing is lost. */
  private lostSince = -1;
  private readonly onWay: Segment[] = [];
  private readonly arrival: Task;
  private readonly acknowledgement: Task;
  private readonly retransmission: Task;

  constructor(
    private readonly connection: TcpConnection,
    /** From the device: there is a limit to what its stack holds. */
    private readonly limited: boolean,
  ) {
    this.arrival = new Task(() => this.arrived());
    this.acknowledgement = new Task(() => this.acknowledged());
    this.retransmission = new Task(() => this.sendAgain());
  }

  get room(): number {
    return this.limited ? this.connection.path.sendBufferBytes - this.outgoing.length : Infinity;
  }

  /** Everything was acknowledged, the end of the stream too. */
  get done(): boolean {
    return this.finished && this.outgoing.length === 0;
  }

  stop(): void {
    const { scheduler } = this.connection;
    scheduler.cancel(this.arrival);
    scheduler.cancel(this.acknowledgement);
    scheduler.cancel(this.retransmission);
    this.onWay.length = 0;
  }

  /** Sends what there is, as far as the window goes. */
  send(): void {
    const { connection, outgoing, unread } = this;
    const { path, scheduler } = connection;
    const now = scheduler.now();
    while (connection.established) {
      const waiting = outgoing.end - this.next;
      const room = this.deaf
        ? waiting
        : unread.first + (this.limited ? path.serverWindowBytes : path.windowBytes) - this.next;
      const length = Math.min(waiting, path.segmentBytes, Math.max(0, room));
      const last = this.finishing && !this.finSent && length === waiting;
      if (length <= 0 && !last) return;
      if (this.lostSince >= 0 && this.retransmission.planned) return;
      const departs = Math.max(now, this.freeAt);
      this.freeAt = departs + (1000 * (length + 40)) / path.bytesPerSecond;
      this.arrivesAt = Math.max(this.arrivesAt, this.freeAt + path.latency + path.jitter * connection.random.unit());
      this.onWay.push(new Segment(this.next, length, last, this.arrivesAt));
      this.next += length;
      if (last) this.finSent = true;
      if (!this.arrival.planned) scheduler.plan(this.arrival, this.arrivesAt);
    }
  }

  /** The path may be faster than when the segments that wait at the sender's interface were timed. */
  hasten(): void {
    const { path, scheduler } = this.connection;
    if (this.onWay.length === 0) return;
    this.freeAt = scheduler.now();
    for (const segment of this.onWay) {
      this.freeAt += (1000 * (segment.length + 40)) / path.bytesPerSecond;
      segment.arrivesAt = Math.min(segment.arrivesAt, this.freeAt + path.latency + path.jitter);
      this.arrivesAt = segment.arrivesAt;
    }
    scheduler.plan(this.arrival, this.onWay[0]!.arrivesAt);
  }

  private arrived(): void {
    const { connection, outgoing, unread } = this;
    const { path, scheduler } = connection;
    const segment = this.onWay.shift()!;
    if (this.onWay.length > 0) scheduler.plan(this.arrival, this.onWay[0]!.arrivesAt);
    if (connection.blocked || (path.loss > 0 && connection.random.unit() < path.loss)) {
      this.lose();
      connection.missed(this);
      return;
    }
    const expected = unread.end;
    // Behind one that was lost, or here already.
    if (segment.at !== expected) {
      if (segment.at < expected) this.planAcknowledgement();
      return;
    }
    connection.noteSegment(this, segment.length);
    if (segment.length > 0) {
      const from = outgoing.from + (segment.at - outgoing.first);
      unread.append(outgoing.bytes, from, from + segment.length);
      if (this.deaf) unread.clear();
    }
    if (segment.last) this.finished = true;
    this.planAcknowledgement();
    connection.deliver(this);
  }

  planAcknowledgement(): void {
    const { scheduler, path } = this.connection;
    if (!this.acknowledgement.planned) scheduler.plan(this.acknowledgement, scheduler.now() + path.latency);
  }

  /** What arrived so far is known to the sender, and how much room there is. */
  private acknowledged(): void {
    const { connection, outgoing, unread } = this;
    if (connection.blocked) {
      this.lose();
      return;
    }
    const count = unread.end - outgoing.first;
    if (count > 0) {
      outgoing.take(count);
      if (this.next < outgoing.first) this.next = outgoing.first;
      this.wait = FIRST_RETRANSMISSION;
    }
    if (this.lostSince >= 0) {
      const now = connection.scheduler.now();
      if (unread.end === this.next && this.finSent === this.finished) {
        // All that was sent has arrived.
        this.lostSince = -1;
        this.wait = FIRST_RETRANSMISSION;
        connection.scheduler.cancel(this.retransmission);
      } else if (count > 0) {
        this.lostSince = now;
        connection.scheduler.plan(this.retransmission, now + this.wait);
      }
    }
    connection.progressed(this, count > 0);
    this.send();
  }

  private lose(): void {
    const { scheduler } = this.connection;
    const now = scheduler.now();
    if (this.lostSince < 0) this.lostSince = now;
    if (!this.retransmission.planned) scheduler.plan(this.retransmission, now + this.wait);
  }

  /** From the first byte that was not acknowledged on. */
  private sendAgain(): void {
    const { connection, outgoing } = this;
    const now = connection.scheduler.now();
    if (now - this.lostSince >= GIVES_UP) {
      connection.giveUp(this);
      return;
    }
    this.wait = Math.min(2 * this.wait, LONGEST_RETRANSMISSION);
    connection.scheduler.cancel(this.arrival);
    this.onWay.length = 0;
    this.next = outgoing.first;
    if (!this.finished) this.finSent = false;
    // The receiver's window may have opened meanwhile; its news may be what was lost.
    this.planAcknowledgement();
    this.send();
  }
}

/**
 * A TCP connection from a device to a listener, as both programs see it: bytes in order, short writes when the send
 * buffer is full, a window that closes when the receiver does not read, lost segments that are sent again, an end in
 * order, a reset, and a connection of which one side knows nothing any more.
 */
export class TcpConnection {
  /** Both sides have what they need of each other. */
  established = false;
  /** Nothing gets through on this connection any more, and nobody says so: half-open. */
  dead = false;
  /** The client's end is closed, by either side. */
  clientGone = false;
  serverGone = false;

  readonly up: Direction;
  readonly down: Direction;
  private server: ServerProgram | undefined;
  /** The client's program was told that there is no room. */
  private wantsRoom = false;
  private delivering = false;
  private readonly events: Task;
  private wantsDelivery = false;
  /** The client's program did not consume all. */
  private holding = false;
  private vanished = false;
  private over = false;

  constructor(
    readonly scheduler: Scheduler,
    readonly path: Path,
    readonly random: SeededRandom,
    private readonly client: ClientProgram,
    /** The client's interface has an address. */
    private readonly isUp: () => boolean,
    /** Called for every segment that arrives, and once at the end. */
    private readonly observer: TcpObserver,
  ) {
    this.up = new Direction(this, true);
    this.down = new Direction(this, false);
    this.events = new Task(() => this.serveClient());
  }

  /** Nothing gets through now, or ever. */
  get blocked(): boolean {
    return this.dead || this.path.down || !this.isUp();
  }

  /** The handshake is done: the program at the server is asked to take the connection. */
  establish(listener: Listener): void {
    this.established = true;
    this.server = listener.accept({
      send: (bytes) => {
        if (this.serverGone) return;
        this.down.outgoing.append(bytes, 0, bytes.length);
        this.down.send();
      },
      close: (abort) => this.closeServer(abort),
    });
  }

  // The client's end

  /** See `Transport.write`. */
  write(bytes: Uint8Array, from: number, to: number): number {
    if (!this.established || this.clientGone) return 0;
    const count = Math.max(0, Math.min(to - from, this.up.room));
    if (count < to - from) this.wantsRoom = true;
    if (count === 0) return 0;
    this.up.outgoing.append(bytes, from, from + count);
    this.up.send();
    return count;
  }

  resume(): void {
    if (this.clientGone) return;
    this.wantsDelivery = true;
    this.scheduler.plan(this.events, this.scheduler.now());
  }

  /** What was written is still sent, then the stream ends. The client hears nothing more. */
  close(): void {
    if (this.clientGone) return;
    this.clientGone = true;
    this.scheduler.cancel(this.events);
    this.down.deaf = true;
    this.down.unread.clear();
    if (!this.established) {
      this.end();
      return;
    }
    this.up.finishing = true;
    this.up.send();
  }

  /** The client's stack keeps something for it: its program has it, or what was written and the end are to be sent. */
  get held(): boolean {
    return !this.over && !this.vanished;
  }

  /** The client's stack needs the place of this connection: it forgets it, and says so with RST. */
  abort(): void {
    if (this.over) return;
    const passes = !this.blocked;
    this.vanish();
    if (!passes) return;
    this.scheduler.after(this.path.latency, () => {
      this.endServer();
      this.end();
    });
  }

  /** The client's computer has no power any more: nothing is sent, and nobody is told. */
  vanish(): void {
    this.clientGone = true;
    this.vanished = true;
    this.dead = true;
    this.scheduler.cancel(this.events);
    this.up.stop();
    if (!this.established) this.end();
  }

  // Either end

  /** Somebody on the way resets the connection: both ends hear of it at once. */
  reset(detail = 'connection reset by peer'): void {
    if (!this.clientGone) {
      this.clientGone = true;
      this.end();
      this.endServer();
      this.client.closed(TransportFailure.reset, detail);
      return;
    }
    this.end();
    this.endServer();
  }

  /** A segment came to a device whose power was cut: it knows nothing of the connection, and answers with RST. */
  missed(direction: Direction): void {
    if (this.path.down || direction !== this.down || !this.vanished || !this.observer.isClientUp(this)) return;
    this.endServer();
    this.end();
  }

  /** From now on nothing passes, in either direction, and neither end is told. */
  halfOpen(): void {
    this.dead = true;
  }

  /** The path has changed: what waited for it goes on. */
  pump(): void {
    this.up.hasten();
    this.down.hasten();
    this.up.send();
    this.down.send();
  }

  noteSegment(direction: Direction, length: number): void {
    this.observer.onSegment(this, direction === this.up, length);
  }

  /** Something arrived in `direction`. */
  deliver(direction: Direction): void {
    if (direction === this.down) {
      if (this.clientGone) this.checkEnd();
      else this.serveClient();
      return;
    }
    const { unread } = direction;
    if (this.serverGone) {
      unread.clear();
    } else if (unread.length > 0) {
      const { bytes, from, to } = unread;
      unread.take(unread.length);
      this.server!.receive(bytes, from, to);
    }
    if (direction.finished) this.endServer();
    this.checkEnd();
  }

  /** The sender of `direction` was told what arrived. */
  progressed(direction: Direction, bytes: boolean): void {
    if (direction === this.up && bytes && this.wantsRoom && !this.clientGone && this.up.room > 0) {
      this.wantsRoom = false;
      this.client.writable();
    }
    this.checkEnd();
  }

  /** The sender of `direction` heard nothing for too long. */
  giveUp(direction: Direction): void {
    if (direction === this.down) {
      this.endServer();
      this.down.stop();
      this.checkEnd();
      return;
    }
    this.up.stop();
    if (this.clientGone) {
      this.checkEnd();
      return;
    }
    this.clientGone = true;
    this.checkEnd();
    this.client.closed(TransportFailure.reset, 'no acknowledgement for too long');
  }

  private closeServer(abort: boolean): void {
    if (this.serverGone) return;
    this.serverGone = true;
    if (!abort) {
      this.down.finishing = true;
      this.down.send();
      return;
    }
    this.scheduler.after(this.path.latency, () => {
      if (this.blocked || this.clientGone) return;
      this.clientGone = true;
      this.end();
      this.client.closed(TransportFailure.reset, 'connection reset by peer');
    });
  }

  /** Gives the client what arrived, then the end of the stream. */
  private serveClient(): void {
    if (this.clientGone || this.delivering) return;
    const { unread } = this.down;
    const wanted = !this.holding || this.wantsDelivery;
    this.wantsDelivery = false;
    if (unread.length > 0 && wanted) {
      this.delivering = true;
      const { length, bytes, from, to } = unread;
      const consumed = this.client.received(bytes, from, to);
      this.delivering = false;
      if (!(consumed >= 0 && consumed <= length)) throw new RangeError(`consumed ${consumed} of ${length}`);
      if (this.clientGone) return;
      unread.take(consumed);
      this.holding = consumed < length;
      if (consumed > 0) this.down.planAcknowledgement();
      // `resume` was called inside the call.
      if (this.holding && this.wantsDelivery) this.scheduler.plan(this.events, this.scheduler.now());
    }
    if (unread.length === 0) this.holding = false;
    if (unread.length > 0 || !this.down.finished) return;
    this.clientGone = true;
    this.up.finishing = true;
    this.up.send();
    this.checkEnd();
    this.client.closed(TransportFailure.ended, 'the broker ended the connection');
  }

  private endServer(): void {
    if (this.serverGone) return;
    this.serverGone = true;
    this.down.finishing = true;
    this.server?.ended();
    this.down.send();
  }

  private checkEnd(): void {
    if (this.clientGone && this.serverGone) this.end();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.established = false;
    this.up.stop();
    this.down.stop();
    this.scheduler.cancel(this.events);
    this.observer.onEnd(this);
  }
}

/** Hears what happens on connections. */
export interface TcpObserver {
  onSegment(connection: TcpConnection, up: boolean, length: number): void;
  onEnd(connection: TcpConnection): void;
  /** The client's computer has power and a network. */
  isClientUp(connection: TcpConnection): boolean;
}
