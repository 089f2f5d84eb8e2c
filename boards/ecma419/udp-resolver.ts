import type { Entropy, Resolver, ResolverHandler, Timer, Timers } from '../../src/hal/board.js';
import { DnsOutcome, readAnswer, writeQuestion } from './dns-message.js';
import { errorText } from './tcp-transport.js';
import { onReadable } from './udp-socket.js';
import type { PacketHandler, UdpClass, UdpSocket } from './udp-socket.js';

const PORT = 53;
/** Names that end so are asked for in the local network (RFC 6762, section 3), with this address, port and ID. */
const LOCAL = '.local';
const MULTICAST = '224.0.0.251';
const MULTICAST_PORT = 5353;
/** Milliseconds that a server has for an answer, and how often each is asked, in turn. */
const PATIENCE = 1000;
const ROUNDS = 5;
const DOT = 0x2e;

/** Settings of a `UdpResolver`. */
export interface UdpResolverOptions {
  udp: UdpClass;
  timers: Timers;
  /** For the ID of a question, so that nobody can answer who did not see it. */
  entropy: Entropy;
  /** IPv4 addresses of name servers, asked for at each question, because the network may change. */
  servers: () => string[];
}

/**
 * Names to IPv4 addresses over DNS, or over multicast DNS where they end in `.local`. One question at a time; each has
 * a socket of its own, so that nothing is left of one that was cancelled.
 */
export class UdpResolver implements Resolver, PacketHandler {
  socket: UdpSocket | undefined;

  private readonly udp: UdpClass;
  private readonly entropy: Entropy;
  private readonly findServers: () => string[];
  private readonly timer: Timer;
  private handler: ResolverHandler | undefined;
  private host = '';
  private question: Uint8Array<ArrayBuffer> | undefined;
  private servers: string[] | undefined;
  /** How often it asked. */
  private attempts = 0;
  /** Some server could not answer. */
  private failed = false;
  /** What the timer tells, unless an answer comes before: an address, or why there is none. */
  private result = '';

  constructor(options: UdpResolverOptions) {
    this.udp = options.udp;
    this.entropy = options.entropy;
    this.findServers = options.servers;
    this.timer = options.timers.create(() => this.wake());
  }

  resolve(host: string, handler: ResolverHandler): void {
    this.cancel();
    this.handler = handler;
    this.host = host;
    const name = host.endsWith('.') ? host.slice(0, -1) : host;
    if (isAddress(host)) return this.tellLater(host);
    if (!isName(name)) {
      return this.tellLater(this.noAddress('it is not a host name (letters, digits, - and dots) or IPv4 address'));
    }
    const isLocal = name.toLowerCase().endsWith(LOCAL);
    this.servers = isLocal ? [MULTICAST] : this.findServers();
    if (this.servers.length === 0) return this.tellLater(this.noAddress('no name server is known'));
    this.question = writeQuestion(isLocal ? 0 : this.entropy.uint32() & 0xffff, name);
    this.ask();
  }

  cancel(): void {
    const socket = this.socket;
    this.handler = undefined;
    this.question = undefined;
    this.socket = undefined;
    this.servers = undefined;
    this.attempts = 0;
    this.failed = false;
    this.result = '';
    this.timer.stop();
    if (socket !== undefined) socket.close();
  }

  onPacket(packet: Uint8Array): void {
    const answer = readAnswer(packet, this.question!);
    if (answer >= 0) this.tell(addressText(answer));
    else if (answer === DnsOutcome.noAddress) this.tell(this.noAddress('the name server knows none'));
    else if (answer === DnsOutcome.failed) this.failed = true;
  }

  /** Asks the next server to which the network takes a packet. */
  private ask(): void {
    const servers = this.servers!;
    let why = '';
    this.timer.start(PATIENCE);
    for (let left = servers.length; left > 0; left--) {
      const server = servers[this.attempts++ % servers.length]!;
      try {
        this.socket ??= new this.udp({ target: this, onReadable });
        this.socket.write(this.question!, server, server === MULTICAST ? MULTICAST_PORT : PORT);
        return;
      } catch (error) {
        why = errorText(error);
      }
    }
    this.tellLater(this.noAddress(why));
  }

  private wake(): void {
    if (this.result !== '') return this.tell(this.result);
    const servers = this.servers!;
    if (this.attempts < ROUNDS * servers.length) return this.ask();
    const names = servers.join(' or ');
    this.tell(this.noAddress(this.failed ? names + ' cannot tell at the moment' : 'no answer from ' + names));
  }

  private tellLater(result: string): void {
    this.result = result;
    this.timer.start(0);
  }

  private tell(result: string): void {
    const handler = this.handler!;
    this.cancel();
    if (isAddress(result)) handler.onResolved(result);
    else handler.onUnresolved(result);
  }

  private noAddress(why: string): string {
    return 'no address for ' + errorText(this.host.slice(0, 64)) + ': ' + why;
  }
}

/** An address in dotted decimal. */
function addressText(address: number): string {
  return (address >>> 24) + '.' + ((address >>> 16) & 255) + '.' + ((address >>> 8) & 255) + '.' + (address & 255);
}

/** True for an IPv4 address in dotted decimal. */
function isAddress(text: string): boolean {
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

/** True for labels of 1 to 63 characters, 253 in all (RFC 1035, section 2.3.4). */
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
