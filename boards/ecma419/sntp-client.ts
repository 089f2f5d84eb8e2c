import type { Entropy, Resolver, ResolverHandler, Timer, Timers } from '../../src/hal/board.js';
import { readKiss, readTime, SntpOutcome, writeQuery } from './sntp-message.js';
import { errorText } from './tcp-transport.js';
import { onReadable } from './udp-socket.js';
import type { PacketHandler, UdpClass, UdpSocket } from './udp-socket.js';

const PORT = 123;
/** Milliseconds that the server has for an answer, and how often it is asked. */
const PATIENCE = 5000;
const ATTEMPTS = 5;

/** Hears how a query ended; nothing comes after that. It is called from the event loop. */
export interface SntpHandler {
  /** `seconds` since 1970, rounded. */
  onTime(seconds: number): void;

  /** `detail` is one line for people. `isRefused`: the server wants to be left alone, for long. */
  onNoTime(detail: string, isRefused: boolean): void;
}

/** Settings of an `SntpClient`. */
export interface SntpClientOptions {
  udp: UdpClass;
  /** For what an answer must repeat, so that nobody can answer who did not see the query. */
  entropy: Entropy;
  /** Stopped, and lent until the query is over; when it expires, call `wake`. */
  timer: Timer;
  makeResolver: (timers: Timers, entropy: Entropy) => Resolver;
}

/**
 * One query for the time of day to one server, over SNTP (RFC 4330): by name or IPv4 address, up to five times in 25 s.
 * All of it is garbage when the query is over. That is why its timer is lent, to its resolver, too: the SDK never frees
 * one that rests.
 */
export class SntpClient implements ResolverHandler, Timers, PacketHandler {
  socket: UdpSocket | undefined;

  private readonly udp: UdpClass;
  private readonly timer: Timer;
  private readonly query: Uint8Array<ArrayBuffer>;
  private handler: SntpHandler | undefined;
  /** As long as the name has no address. */
  private resolver: Resolver | undefined;
  private wakeResolver: (() => void) | undefined;
  private address = '';
  /** How often it asked. */
  private attempts = 0;
  /** Why there is no time, unless an answer comes. */
  private why = '';

  /** Begins. */
  constructor(
    options: SntpClientOptions,
    private readonly host: string,
    handler: SntpHandler,
  ) {
    const { udp, entropy, timer } = options;
    this.udp = udp;
    this.timer = timer;
    this.query = writeQuery(entropy.uint32(), entropy.uint32());
    this.handler = handler;
    this.resolver = options.makeResolver(this, entropy);
    this.resolver.resolve(host, this);
  }

  /** The timer of the resolver. */
  create(callback: () => void): Timer {
    this.wakeResolver = callback;
    return this.timer;
  }

  /** The timer has expired. */
  wake(): void {
    if (this.resolver !== undefined) this.wakeResolver!();
    else if (this.attempts < ATTEMPTS) this.ask();
    else this.fail(this.host + ': ' + (this.why || 'no answer from ' + this.address), false);
  }

  onResolved(address: string): void {
    this.resolver = undefined;
    this.wakeResolver = undefined;
    this.address = address;
    this.ask();
  }

  onUnresolved(detail: string): void {
    this.resolver = undefined;
    this.fail(detail, false);
  }

  /** Nothing is told after it. */
  close(): void {
    const { socket, resolver } = this;
    this.handler = undefined;
    this.socket = undefined;
    this.resolver = undefined;
    if (resolver !== undefined) resolver.cancel();
    if (socket !== undefined) socket.close();
    this.timer.stop();
  }

  onPacket(packet: Uint8Array): void {
    const time = readTime(packet, this.query);
    if (time >= 0) {
      const handler = this.handler!;
      this.close();
      handler.onTime(time);
    } else if (time === SntpOutcome.kiss) {
      const code = readKiss(packet);
      // The other codes tell of the server's state.
      const isRefused = code === 'RATE' || code === 'DENY' || code === 'RSTR';
      this.fail(this.host + ': ' + this.address + ' answers with the code ' + errorText(code), isRefused);
    } else if (time === SntpOutcome.unsynchronized) {
      this.why = this.address + ' does not know the time';
    }
  }

  private ask(): void {
    this.attempts++;
    this.timer.start(PATIENCE);
    try {
      this.socket ??= new this.udp({ target: this, onReadable });
      // Again the same, so that an answer to the query before is still one.
      this.socket.write(this.query, this.address, PORT);
    } catch (error) {
      this.why = errorText(error);
    }
  }

  private fail(detail: string, isRefused: boolean): void {
    const handler = this.handler!;
    this.close();
    handler.onNoTime(detail, isRefused);
  }
}
