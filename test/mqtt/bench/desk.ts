import { Session } from '../../../src/mqtt/session.js';
import type { SessionOptions } from '../../../src/mqtt/options.js';
import type { SessionHandler } from '../../../src/mqtt/session.js';
import { join, utf8 } from './bytes.js';
import { connack, PacketReader } from './codec.js';
import { Recorder } from './recorder.js';
import type { Packet } from 'mqtt-packet';

/** One session with nothing around it: the test is the clock, the transport and the broker. */
export class Desk {
  readonly session: Session;
  readonly heard: Recorder;
  /** Milliseconds. */
  now = 0;
  /** Everything that was written on this connection. */
  wire = new Uint8Array(0);
  private reader = new PacketReader();

  constructor(options: Partial<SessionOptions> = {}, react: Partial<SessionHandler> = {}) {
    this.heard = new Recorder(react);
    this.session = new Session({ clientId: 'desk', ...options }, this.heard);
  }

  /** The transport opened. */
  open(): number {
    this.wire = new Uint8Array(0);
    this.reader = new PacketReader();
    return this.session.open(this.now);
  }

  /** Takes at most `limit` bytes off the session. */
  writeBytes(limit = Infinity): Uint8Array {
    const parts: Uint8Array[] = [];
    while (this.session.next(this.now) && limit > 0) {
      const { output, outputFrom, outputTo } = this.session;
      const count = Math.min(outputTo - outputFrom, limit);
      parts.push(output.slice(outputFrom, outputFrom + count));
      limit -= count;
      this.session.sent(count, this.now);
    }
    const bytes = join(...parts);
    this.wire = join(this.wire, bytes) as Uint8Array<ArrayBuffer>;
    return bytes;
  }

  /** Takes everything that can be written and returns the packets that this completed. */
  write(limit = Infinity): Packet[] {
    return this.reader.read(this.writeBytes(limit));
  }

  /** Takes everything that can be written, for tests that write much and look at none of it. */
  discard(): void {
    while (this.session.next(this.now)) this.session.sent(this.session.outputTo - this.session.outputFrom, this.now);
  }

  /** The broker sends; returns how many bytes the session consumed. */
  give(...parts: Uint8Array[]): number {
    const bytes = join(...parts);
    return this.session.receive(bytes, 0, bytes.length, this.now);
  }

  /** From opening to CONNACK; what was written behind CONNECT is returned. */
  connect(sessionPresent = false): Packet[] {
    this.open();
    this.write();
    this.give(connack(sessionPresent));
    return this.write();
  }

  /** The connection is lost, and the next one is made. */
  reconnect(sessionPresent = false): Packet[] {
    this.session.lost();
    return this.connect(sessionPresent);
  }

  publish(topic: string, payload: string | Uint8Array = '', qos = 0, retain = false): number {
    return this.session.publish(utf8(topic), typeof payload === 'string' ? utf8(payload) : payload, qos, retain);
  }

  subscribe(filter: string, qos = 0): number {
    return this.session.subscribe(utf8(filter), qos);
  }

  unsubscribe(filter: string): number {
    return this.session.unsubscribe(utf8(filter));
  }

  /** Lets time pass, calling `tick` at each deadline on the way, but writes nothing. */
  sleep(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let i = 0; i < 100 && this.session.deadline <= end; i++) {
      this.now = Math.max(this.now, this.session.deadline);
      this.session.tick(this.now);
    }
    this.now = end;
    this.session.tick(end);
  }

  /** Why the connection closed, or undefined. */
  get closed(): number | undefined {
    return this.heard.closed.at(-1);
  }
}

/** A desk with an accepted connection. */
export function connected(options: Partial<SessionOptions> = {}, react: Partial<SessionHandler> = {}): Desk {
  const desk = new Desk(options, react);
  desk.connect();
  return desk;
}
