import type { TcpSocket, TcpSocketOptions } from '../../../boards/ecma419/index.js';
import type { UdpSocket, UdpSocketOptions } from '../../../boards/ecma419/udp-socket.js';
import type { WifiCallback, WifiTarget } from '../../../boards/moddable/wifi-network.js';
import type { Endpoint, TransportHandler } from '../../../src/hal/index.js';
import type { RawConfiguration } from '../../../src/settings/configuration.js';
import { World } from './world.js';

/*
 * The modules of the Moddable SDK that boards/esp8266/main.ts imports, in a world of the tests. Each object that they
 * make takes as many slots and bytes of XS's heap as the SDK's, by its sources (8.2.3): an object of C is an instance
 * with one slot for its record, as one with one property is here. What the SDK keeps outside of that heap is taken when
 * this module is loaded.
 */

export const world = new World(0);

const TIMERS = 20;
/** UDP sockets: names for the connection, and the time of day. */
const SOCKETS = 3;
const ROUND_TRIP = 40;
/** The name of the question, type and class, a time to live of a minute, an address of four bytes. */
const ADDRESS_RECORD = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 3];

/** A timer as JavaScript has it. */
interface TimerId {
  record: TimerRecord;
}

/** A timer of modules/base/timer/mc/timer.c. */
class TimerRecord {
  id: TimerId | undefined = undefined;
  private callback: ((id: TimerId) => void) | undefined = undefined;
  private interval = 0;
  private readonly timer = world.time.create(() => this.fire());

  start(id: TimerId, callback: (id: TimerId) => void, delay: number, interval: number): void {
    this.id = id;
    this.callback = callback;
    this.schedule(delay, interval);
  }

  schedule(delay: number, interval: number): void {
    this.interval = interval;
    this.timer.start(delay);
  }

  rest(): void {
    this.interval = -1;
    this.timer.stop();
  }

  free(): void {
    this.timer.stop();
    this.id = undefined;
    this.callback = undefined;
  }

  private fire(): void {
    if (this.interval > 0) this.timer.start(this.interval);
    this.callback!(this.id!);
    if (this.interval === 0) this.free();
  }
}

const records: TimerRecord[] = [];
for (let i = 0; i < TIMERS; i++) records.push(new TimerRecord());

/** `timer` */
export const Timer = {
  set(callback: (id: TimerId) => void, delay = 0, repeat = 0): TimerId {
    let free = 0;
    while (records[free]!.id !== undefined) free++;
    const id = { record: records[free]! };
    id.record.start(id, callback, delay, repeat);
    return id;
  },

  repeat(callback: (id: TimerId) => void, interval: number): TimerId {
    return Timer.set(callback, interval, interval);
  },

  schedule({ record }: TimerId, delay?: number, repeat = 0): void {
    if (delay === undefined) record.rest();
    else record.schedule(delay, repeat);
  },

  clear(id: TimerId | undefined): void {
    id?.record.free();
  },
};

/** `time` */
export const Time = {
  get ticks(): number {
    return world.time.now();
  },
  set(): void {},
};

/** `instrumentation`, of a build that has none. */
export const Instrumentation = {
  map(): undefined {},
  get(): undefined {},
};

/** `mc/config`: what `main` finds there. `configure` chooses it. */
export let config: RawConfiguration = {};

export function configure(chosen: RawConfiguration): void {
  config = chosen;
}

/** Milliseconds for joining, for an address after it, and until joining is given up where there is no access point. */
const JOIN = 2400;
const ADDRESS = 900;
const GIVE_UP = 15_000;

let listener: Wifi | undefined;
let isJoined = false;
const joining = world.time.create(joined);
const addressing = world.time.create(() => listener!.callback('gotIP'));
world.network.watch((up) => {
  if (up || !isJoined) return;
  leave();
  listener!.callback('disconnect', 0);
});

function joined(): void {
  if (!world.network.up) return listener!.callback('disconnect', 0);
  isJoined = true;
  listener!.callback('connect');
  addressing.start(ADDRESS);
}

function leave(): void {
  isJoined = false;
  joining.stop();
  addressing.stop();
}

/** `wifi` */
export class Wifi {
  static readonly Mode = { station: 1 };
  static mode = 0;

  static connect(target?: WifiTarget): void {
    leave();
    if (target !== undefined) joining.start(world.network.up ? JOIN : GIVE_UP);
  }

  readonly record = 0;
  readonly callback: WifiCallback;

  constructor(_options: undefined, callback: WifiCallback) {
    this.callback = callback;
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    listener = this;
  }
}

/** `net` */
export const Net = {
  get(what: 'MAC' | 'IP' | 'RSSI' | 'DNS'): unknown {
    if (what === 'DNS') return ['192.0.2.1'];
    if (what === 'RSSI') return -61;
    return what === 'IP' ? '192.0.2.7' : '5C:CF:7F:0A:0B:0C';
  },
};

/** Where the preferences are in flash: a domain and a name have one place. */
class Sector {
  readonly domains: string[] = [];
  readonly names: string[] = [];
  readonly values: Uint8Array<ArrayBuffer>[] = [];
  readonly lengths: number[] = [];

  constructor(places: number, bytes: number) {
    for (let i = 0; i < places; i++) {
      this.domains.push('');
      this.names.push('');
      this.values.push(new Uint8Array(bytes));
      this.lengths.push(-1);
    }
  }

  /** -1: there is none. */
  find(domain: string, name: string): number {
    let at = this.domains.length - 1;
    while (at >= 0 && !(this.domains[at] === domain && this.names[at] === name)) at--;
    return at;
  }
}

const sector = new Sector(64, 64);
/** The texts themselves: those that the caller made are its own. */
const DOMAINS: string[] = [];
for (const copy of ['a', 'b']) for (const part of '0123456789abcdef') DOMAINS.push('tagwire-' + copy + part);
const NAMES = ['boots', 'trial', 'set-aside', 'outbox', 'tb-tried'];
for (const key of ['broker', 'keepAlive']) NAMES.push(key, '--' + key);

/** `preference` */
export const Preference = {
  get(domain: string, name: string): ArrayBuffer | undefined {
    const at = sector.find(domain, name);
    if (at < 0) return undefined;
    const bytes = new ArrayBuffer(sector.lengths[at]!);
    const into = new Uint8Array(bytes);
    for (let i = 0; i < into.length; i++) into[i] = sector.values[at]![i]!;
    return bytes;
  },

  set(domain: string, name: string, value: ArrayBuffer): void {
    let at = sector.find(domain, name);
    if (at < 0) at = sector.domains.indexOf('');
    if (NAMES.indexOf(name) < 0) throw new Error('NAMES lacks ' + name);
    sector.domains[at] = DOMAINS[DOMAINS.indexOf(domain)]!;
    sector.names[at] = NAMES[NAMES.indexOf(name)]!;
    sector.lengths[at] = value.byteLength;
    const bytes = new Uint8Array(value);
    for (let i = 0; i < bytes.length; i++) sector.values[at]![i] = bytes[i]!;
  },

  delete(domain: string, name: string): void {
    const at = sector.find(domain, name);
    if (at < 0) return;
    sector.domains[at] = '';
    sector.names[at] = '';
  },
};

/** A UDP socket as C has it, and the servers at its other end, which answer each packet. */
class UdpRecord {
  owner: Udp | undefined = undefined;
  onReadable: UdpSocketOptions['onReadable'] | undefined = undefined;
  length = 0;
  readonly packet = new Uint8Array(512);
  private readonly timer = world.time.create(() => this.onReadable!.call(this.owner!, 1));

  send(packet: Uint8Array, port: number): void {
    for (let i = 0; i < packet.length; i++) this.packet[i] = packet[i]!;
    this.length = packet.length;
    if (port === 53) this.answerName();
    else this.answerTime();
    this.timer.start(ROUND_TRIP);
  }

  /** An address, or that there is none: RFC 1035, section 4. */
  private answerName(): void {
    const { packet } = this;
    packet[2] = 0x81;
    packet[3] = world.resolver.knows ? 0x80 : 0x83;
    packet[7] = world.resolver.knows ? 1 : 0;
    for (let i = 0; i < ADDRESS_RECORD.length && world.resolver.knows; i++) packet[this.length++] = ADDRESS_RECORD[i]!;
  }

  /** The time of day: RFC 4330, section 4. */
  private answerTime(): void {
    const { packet } = this;
    packet[0] = 0x24;
    packet[1] = 1;
    for (let i = 0; i < 8; i++) packet[24 + i] = packet[40 + i]!;
    const seconds = world.time.unixTime() / 1000 + 2208988800;
    for (let i = 0; i < 4; i++) packet[40 + i] = seconds / 2 ** (24 - 8 * i);
  }

  free(): void {
    this.timer.stop();
    this.owner = undefined;
    this.onReadable = undefined;
  }
}

const udpRecords: UdpRecord[] = [];
for (let i = 0; i < SOCKETS; i++) udpRecords.push(new UdpRecord());

/** `embedded:io/socket/udp`. The SDK keeps its callback in its record. */
export class Udp implements UdpSocket {
  readonly target: unknown;
  private readonly record: UdpRecord;

  constructor(options: UdpSocketOptions) {
    this.target = options.target;
    let free = 0;
    while (udpRecords[free]!.owner !== undefined) free++;
    this.record = udpRecords[free]!;
    this.record.owner = this;
    this.record.onReadable = options.onReadable;
  }

  write(packet: Uint8Array, _address: string, port: number): void {
    this.record.send(packet, port);
  }

  read(): ArrayBuffer {
    const { packet, length } = this.record;
    const read = new ArrayBuffer(length);
    const bytes = new Uint8Array(read);
    for (let i = 0; i < length; i++) bytes[i] = packet[i]!;
    return read;
  }

  close(): void {
    this.record.free();
  }
}

/** TCP_SND_BUF of lwIP there: two segments. */
const SEND_ROOM = 2920;
const endpoint: Endpoint = { host: '', port: 1883 };

let socket: Tcp | undefined;
let onReadable: TcpSocketOptions['onReadable'] | undefined;
let onWritable: TcpSocketOptions['onWritable'] | undefined;
let onError: TcpSocketOptions['onError'] | undefined;
/** What arrived, and what of it was read. */
const arrived = new Uint8Array(4096);
let arrivedTo = 0;
let readTo = 0;
/** What was written of packets: the broker takes whole ones. */
const written = new Uint8Array(4096);
let writtenTo = 0;

/** lwIP, and the broker at its other end. */
const network: TransportHandler = {
  onOpen(): void {
    onWritable!.call(socket!, SEND_ROOM);
  },
  onReceive(bytes: Uint8Array, from: number, to: number): number {
    if (readTo === arrivedTo) readTo = arrivedTo = 0;
    for (let at = from; at < to; at++) arrived[arrivedTo++] = bytes[at]!;
    onReadable!.call(socket!, arrivedTo - readTo);
    return to - from;
  },
  onWritable(): void {},
  onClose(): void {
    onError!.call(socket!);
  },
};

/** `embedded:io/socket/tcp`. There is one at a time. */
export class Tcp implements TcpSocket {
  readonly record = 0;
  target: unknown;

  constructor(options: TcpSocketOptions) {
    this.target = options.target;
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    socket = this;
    onReadable = options.onReadable;
    onWritable = options.onWritable;
    onError = options.onError;
    arrivedTo = readTo = writtenTo = 0;
    world.broker.open('', endpoint, network);
  }

  read(into: Uint8Array): number {
    for (let i = 0; i < into.length; i++) into[i] = arrived[readTo++]!;
    return into.length;
  }

  write(bytes: Uint8Array): number {
    for (let i = 0; i < bytes.length; i++) written[writtenTo++] = bytes[i]!;
    const whole = endOfPackets();
    if (whole > 0) world.broker.write(written, 0, whole);
    written.copyWithin(0, whole, writtenTo);
    writtenTo -= whole;
    return SEND_ROOM;
  }

  close(): void {
    if (socket !== this) return;
    socket = undefined;
    world.broker.close();
  }
}

/** Where the last packet ends that is there as a whole. */
function endOfPackets(): number {
  let from = 0;
  for (;;) {
    let length = 0;
    let shift = 0;
    let at = from + 1;
    while (at < writtenTo && written[at]! >= 128) {
      length |= (written[at++]! & 127) << shift;
      shift += 7;
    }
    if (at >= writtenTo) return from;
    const end = at + 1 + (length | (written[at]! << shift));
    if (end > writtenTo) return from;
    from = end;
  }
}

/** Globals of the SDK. What is random or the time of day is that of the world, so that each run is the same. */
const globals = globalThis as Record<string, unknown>;
globals['trace'] = () => undefined;
globals['System'] = { restart: () => undefined };
globals['native'] = () => () => 0;
Date.now = () => world.time.unixTime();
let seed = 1;
// A linear congruential generator (Numerical Recipes, section 7.1).
Math.random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 0x100000000;
};
