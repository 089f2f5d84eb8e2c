import type { Resolver, ResolverHandler, Timer, Timers } from '../../src/hal/board.js';
import { errorText } from './tcp-transport.js';

/** The UDP class of ECMA-419 (2nd edition, clause 10.10), `embedded:io/socket/udp`, in the part that is used here. */
export interface UdpSocket {
  target?: unknown;
  read(): unknown;
  write(packet: unknown, address: string, port: number): void;
  close(): void;
}

/** Its options, as the SDK's resolver gives them. */
export interface UdpSocketOptions {
  target?: unknown;
  onReadable(this: UdpSocket, count: number): void;
}

export type UdpClass = new (options: UdpSocketOptions) => UdpSocket;

/**
 * The UDP socket below the SDK's resolver. That reads all packets that came, also when the first of them made it close
 * the socket, and throws at a packet that does not parse; nobody would catch either, and anyone can send a packet.
 */
export class GuardedUdp implements UdpSocket {
  readonly target: unknown;
  private readonly socket: UdpSocket;
  private readonly above: UdpSocketOptions;
  private closed = false;

  /** `heard` is called when a packet came. */
  constructor(
    udp: UdpClass,
    options: UdpSocketOptions,
    private readonly heard: () => void,
  ) {
    this.target = options.target;
    this.above = options;
    this.socket = new udp({ target: this, onReadable });
  }

  read(): unknown {
    return this.socket.read();
  }

  write(packet: unknown, address: string, port: number): void {
    this.socket.write(packet, address, port);
  }

  close(): void {
    this.closed = true;
    this.socket.close();
  }

  deliver(count: number): void {
    while (count-- > 0 && !this.closed) {
      this.heard();
      try {
        this.above.onReadable.call(this, 1);
      } catch {
        // Not an answer. If none comes, the resolver asks again.
      }
    }
  }
}

function onReadable(this: UdpSocket, count: number): void {
  (this.target as GuardedUdp).deliver(count);
}

const DOT = 0x2e;

/** The resolver class of the SDK, `embedded:network/dns/resolver/udp`; it asks for IPv4 addresses only. */
export interface DnsResolver {
  resolve(question: DnsQuestion): void;
  close(): void;
}

export interface DnsQuestion {
  host: string;
  onResolved(host: string, address: unknown): void;
  onError(host: string): void;
}

/** Any class: its typings differ between the SDK and @moddable/typings. */
export type DnsClass = new (options: never) => object;

/** Settings of a `UdpResolver`. */
export interface UdpResolverOptions {
  dns: DnsClass;
  udp: UdpClass;
  /** Answers that are known at once come from a timer of 0 ms. */
  timers: Timers;
  /** IPv4 addresses of name servers, asked for at each question, because the network may change. */
  servers: () => string[];
}

/**
 * Names to IPv4 addresses over DNS. Each question has a resolver of its own, so that nothing is left of one that was
 * cancelled. The SDK's asks every second, five times for each server.
 */
export class UdpResolver implements Resolver {
  private readonly dns: DnsClass;
  private readonly udp: UdpClass;
  private readonly servers: () => string[];
  private readonly timer: Timer;
  private asked: DnsResolver | undefined;
  private handler: ResolverHandler | undefined;
  /** What the timer tells: an address, or else a detail. */
  private address = '';
  private detail = '';

  constructor(options: UdpResolverOptions) {
    this.dns = options.dns;
    this.udp = options.udp;
    this.servers = options.servers;
    this.timer = options.timers.create(() => this.tell(this.address, this.detail));
  }

  resolve(host: string, handler: ResolverHandler): void {
    this.cancel();
    this.handler = handler;
    const name = host.endsWith('.') ? host.slice(0, -1) : host;
    if (isAddress(host)) return this.tellLater(host, '');
    if (!isName(name))
      return this.failLater(host, 'it is not a host name (letters, digits, - and dots) or IPv4 address');
    const servers = this.servers();
    if (servers.length === 0) return this.failLater(host, 'no name server is known');
    try {
      this.ask(name, servers);
    } catch (error) {
      this.failLater(host, errorText(error));
    }
  }

  cancel(): void {
    const asked = this.asked;
    this.asked = undefined;
    this.handler = undefined;
    this.timer.stop();
    if (asked !== undefined) asked.close();
  }

  private ask(host: string, servers: string[]): void {
    const udp = this.udp;
    let heard = false;
    const io = function (options: UdpSocketOptions): GuardedUdp {
      return new GuardedUdp(udp, options, () => (heard = true));
    };
    const asked = new this.dns({ servers, socket: { io } } as never) as DnsResolver;
    this.asked = asked;
    asked.resolve({
      host,
      onResolved: (_host, address) => {
        if (this.asked !== asked) return;
        if (isAddress(address)) this.tell(address, '');
        else this.tell('', noAddress(host, 'the answer holds none'));
      },
      onError: () => {
        if (this.asked !== asked) return;
        const why = heard ? 'the name server knows none' : 'no answer from ' + servers.join(' or ');
        this.tell('', noAddress(host, why));
      },
    });
  }

  private failLater(host: string, why: string): void {
    this.tellLater('', noAddress(host, why));
  }

  private tellLater(address: string, detail: string): void {
    this.address = address;
    this.detail = detail;
    this.timer.start(0);
  }

  private tell(address: string, detail: string): void {
    const handler = this.handler!;
    this.cancel();
    if (address !== '') handler.onResolved(address);
    else handler.onUnresolved(detail);
  }
}

function noAddress(host: string, why: string): string {
  return 'no address for ' + errorText(host.slice(0, 64)) + ': ' + why;
}

/** True for an IPv4 address in dotted decimal. */
function isAddress(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  let parts = 1;
  let value = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (value < 0) return false;
      parts++;
      value = -1;
    } else {
      if (code < 0x30 || code > 0x39) return false;
      value = (value < 0 ? 0 : value * 10) + code - 0x30;
      if (value > 255) return false;
    }
  }
  return parts === 4 && value >= 0;
}

/** True for what the SDK's serializer takes: labels of 1 to 63 characters, 253 in all (RFC 1035, section 2.3.4). */
function isName(text: string): boolean {
  let label = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (label === 0) return false;
      label = 0;
    } else if (!isLetterOrDigit(code) || ++label > 63) {
      return false;
    }
  }
  return label > 0 && text.length <= 253;
}

function isLetterOrDigit(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f;
}
