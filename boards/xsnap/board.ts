import { AEAD_NONCE, AEAD_TAG } from '../../src/hal/ciphers.js';
import type {
  Advertisement,
  Aead,
  AeadMode,
  Board,
  Ciphers,
  Clock,
  Endpoint,
  Entropy,
  Flash,
  Log,
  Network,
  Resolver,
  ResolverHandler,
  Scanner,
  ScannerHandler,
  ScanOptions,
  Store,
  Timer,
  Timers,
  Transport,
  TransportFailure,
  TransportHandler,
} from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/utf8.js';
import { AdvertisementOffset, Call, CallOffset, ChannelSize } from './channel.js';
import type { XsnapConfiguration } from './channel.js';

/**
 * Commands to the host. They are written into one buffer that takes the length of each command, because
 * `issueCommand` sends a whole ArrayBuffer; so a call costs only the engine's ArrayBuffer for the answer (3 slots).
 */
export class Calls {
  /** The body of the next call goes to `bytes[CallOffset.body..)`, or to `view`; both count from the call's start. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private readonly buffer = new ArrayBuffer(ChannelSize.command, { maxByteLength: ChannelSize.command });

  constructor() {
    this.bytes = new Uint8Array(this.buffer);
    this.view = new DataView(this.buffer);
  }

  /** Issues a call whose body has `length` bytes, and returns the answer. */
  issue(call: Call, small: number, index: number, number: number, length: number): ArrayBuffer {
    const { buffer, view } = this;
    view.setUint8(CallOffset.call, call);
    view.setUint8(CallOffset.small, small);
    view.setUint16(CallOffset.index, index, true);
    view.setUint32(CallOffset.number, number, true);
    buffer.resize(CallOffset.body + length);
    const answer = issueCommand(buffer);
    buffer.resize(ChannelSize.command);
    return answer;
  }

  /** Issues a call whose body is `bytes[from..to)`; what does not fit is cut off. */
  issueBytes(call: Call, small: number, index: number, bytes: Uint8Array, from: number, to: number): ArrayBuffer {
    const most = from + ChannelSize.command - CallOffset.body;
    const end = to < most ? to : most;
    const into = this.bytes;
    let at = CallOffset.body;
    for (let i = from; i < end; i++) into[at++] = bytes[i]!;
    return this.issue(call, small, index, 0, end - from);
  }

  /** Issues a call whose body is text. Allocates. */
  issueText(call: Call, index: number, text: string): ArrayBuffer {
    const bytes = encodeUtf8(text);
    return this.issueBytes(call, 0, index, bytes, 0, bytes.length);
  }
}

/** The host's clocks as of the event that is being handled. */
export class ChannelClock implements Clock {
  private time = 0;
  private day = 0;

  now(): number {
    return this.time;
  }

  unixTime(): number {
    return this.day;
  }

  /** What the event says that it is. */
  set(now: number, unixTime: number): void {
    this.time = now;
    this.day = unixTime;
  }
}

/** Timers of the host. */
export class ChannelTimers implements Timers {
  private readonly callbacks: (() => void)[] = [];
  private readonly calls: Calls;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  create(callback: () => void): Timer {
    return new ChannelTimer(this.calls, this.callbacks.push(callback) - 1);
  }

  /** The timer `index` is due. The host takes back what was due when a timer is started anew or stopped. */
  fired(index: number): void {
    this.callbacks[index]?.();
  }
}

class ChannelTimer implements Timer {
  private readonly calls: Calls;
  private readonly index: number;

  constructor(calls: Calls, index: number) {
    this.calls = calls;
    this.index = index;
  }

  start(milliseconds: number): void {
    this.calls.view.setFloat64(CallOffset.body, milliseconds, true);
    this.calls.issue(Call.startTimer, 0, 0, this.index, 8);
  }

  stop(): void {
    this.calls.issue(Call.stopTimer, 0, 0, this.index, 0);
  }
}

/** The host's resolver. */
export class ChannelResolver implements Resolver {
  private readonly calls: Calls;
  private handler: ResolverHandler | undefined;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  resolve(host: string, handler: ResolverHandler): void {
    this.handler = handler;
    this.calls.issueText(Call.resolve, 0, host);
  }

  cancel(): void {
    if (!this.handler) return;
    this.handler = undefined;
    this.calls.issue(Call.cancelResolve, 0, 0, 0, 0);
  }

  // What the host tells

  /** `addresses` with a space between them. */
  onResolved(addresses: string): void {
    const handler = this.handler;
    this.handler = undefined;
    const [address, ...further] = addresses.split(' ');
    handler?.onResolved(address!, further);
  }

  onUnresolved(detail: string): void {
    const handler = this.handler;
    this.handler = undefined;
    handler?.onUnresolved(detail);
  }
}

/** Bytes of one write. */
const LARGEST_WRITE = ChannelSize.command - CallOffset.body;

/**
 * The host's TCP and TLS connections. The host keeps what was not consumed, knows the TLS settings of the endpoints,
 * and drops the events of a connection that was closed.
 */
export class ChannelTransport implements Transport {
  /** Index of the endpoint that was opened last. */
  opened = 0;

  private readonly calls: Calls;
  /** Those that the host knows. */
  private readonly endpoints: Endpoint[] = [];
  private handler: TransportHandler | undefined;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  /** The number of `endpoint`, which the host is told when it is new. */
  indexOf(endpoint: Endpoint): number {
    const index = this.endpoints.indexOf(endpoint);
    if (index >= 0) return index;
    // It has certificates in it.
    const body = encodeUtf8(JSON.stringify(endpoint));
    const command = new Uint8Array(CallOffset.body + body.length);
    command[CallOffset.call] = Call.endpoint;
    new DataView(command.buffer).setUint16(CallOffset.index, this.endpoints.length, true);
    command.set(body, CallOffset.body);
    issueCommand(command.buffer);
    return this.endpoints.push(endpoint) - 1;
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.opened = this.indexOf(endpoint);
    this.handler = handler;
    this.calls.issueText(Call.open, this.opened, address);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (!this.handler) return 0;
    let at = from;
    while (at < to) {
      const count = to - at < LARGEST_WRITE ? to - at : LARGEST_WRITE;
      const answer = this.calls.issueBytes(Call.write, 0, 0, bytes, at, at + count);
      if (answer.byteLength !== 0) return at - from + new DataView(answer).getUint32(0, true);
      at += count;
    }
    return at - from;
  }

  resume(): void {
    if (this.handler) this.calls.issue(Call.resume, 0, 0, 0, 0);
  }

  close(): void {
    if (!this.handler) return;
    this.handler = undefined;
    this.calls.issue(Call.close, 0, 0, 0, 0);
  }

  // What the host tells

  onOpen(): void {
    this.handler?.onOpen();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    return this.handler ? this.handler.onReceive(bytes, from, to) : to - from;
  }

  onWritable(): void {
    this.handler?.onWritable();
  }

  onClose(cause: TransportFailure, detail: string): void {
    const handler = this.handler;
    this.handler = undefined;
    handler?.onClose(cause, detail);
  }
}

const ADDRESS_SIZE = 6;

/** The host's radio. */
export class ChannelScanner implements Scanner {
  private readonly calls: Calls;
  private readonly advertisement: Advertisement;
  private handler: ScannerHandler | undefined;

  /** `event` is where the host's events lie: an advertisement is handed over where it is. */
  constructor(calls: Calls, event: Uint8Array) {
    this.calls = calls;
    this.advertisement = {
      address: new Uint8Array(ADDRESS_SIZE),
      addressType: 0,
      rssi: 127,
      bytes: event,
      from: 0,
      to: 0,
    };
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    const { calls } = this;
    calls.view.setFloat64(CallOffset.body, options.intervalMilliseconds, true);
    calls.view.setFloat64(CallOffset.body + 8, options.windowMilliseconds, true);
    calls.issue(Call.startScan, options.active ? 1 : 0, 0, 0, 16);
  }

  stop(): void {
    if (!this.handler) return;
    this.handler = undefined;
    this.calls.issue(Call.stopScan, 0, 0, 0, 0);
  }

  /** The event holds `count` advertisements from `from` on. */
  heard(count: number, from: number): void {
    const advertisement = this.advertisement;
    const { address, bytes } = advertisement;
    let at = from;
    for (let i = 0; i < count; i++) {
      if (!this.handler) return;
      advertisement.addressType = bytes[at + AdvertisementOffset.addressType]!;
      advertisement.rssi = (bytes[at + AdvertisementOffset.rssi]! << 24) >> 24;
      for (let j = 0; j < ADDRESS_SIZE; j++) address[j] = bytes[at + AdvertisementOffset.address + j]!;
      advertisement.from = at + AdvertisementOffset.bytes;
      at = advertisement.from + bytes[at + AdvertisementOffset.length]!;
      advertisement.to = at;
      this.handler.onAdvertisement(advertisement);
    }
  }
}

/** The host's store. Reading and writing allocate: they are rare. */
export class ChannelStore implements Store {
  private readonly calls: Calls;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  read(key: string, into: Uint8Array): number {
    const name = encodeUtf8(key);
    this.calls.bytes.set(name, CallOffset.body);
    const answer = this.calls.issue(Call.readStore, 0, 0, into.length, name.length);
    const length = new DataView(answer).getInt32(0, true);
    if (length > 0 && length <= into.length) into.set(new Uint8Array(answer, 4));
    return length;
  }

  /** A value may be longer than the buffer for calls, so it goes in a buffer of its own. */
  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    const name = encodeUtf8(key);
    const command = new Uint8Array(CallOffset.body + name.length + to - from);
    command[CallOffset.call] = Call.writeStore;
    command[CallOffset.small] = name.length;
    command.set(name, CallOffset.body);
    command.set(bytes.subarray(from, to), CallOffset.body + name.length);
    return issueCommand(command.buffer).byteLength === 0;
  }

  remove(key: string): boolean {
    return this.calls.issueText(Call.removeStore, 0, key).byteLength === 0;
  }
}

/** Bytes of one transfer of the flash. */
const LARGEST_TRANSFER = 2048;

/** The host's flash. Each call costs the engine's ArrayBuffer for the answer, as all do, and a read one view of it. */
export class ChannelFlash implements Flash {
  readonly blockLength: number;
  readonly blocks: number;
  readonly unit: number;

  private readonly calls: Calls;
  private waiting: (() => void)[] = [];

  constructor(calls: Calls, geometry: Pick<Flash, 'blockLength' | 'blocks' | 'unit'>) {
    this.calls = calls;
    this.blockLength = geometry.blockLength;
    this.blocks = geometry.blocks;
    this.unit = geometry.unit;
  }

  read(at: number, into: Uint8Array, from: number, to: number): boolean {
    while (from < to) {
      const count = to - from < LARGEST_TRANSFER ? to - from : LARGEST_TRANSFER;
      const answer = this.calls.issue(Call.readFlash, 0, count, at, 0);
      if (answer.byteLength !== count) return false;
      into.set(new Uint8Array(answer), from);
      at += count;
      from += count;
    }
    return true;
  }

  program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    while (from < to) {
      const count = to - from < LARGEST_TRANSFER ? to - from : LARGEST_TRANSFER;
      for (let i = 0; i < count; i++) this.calls.bytes[CallOffset.body + i] = bytes[from + i]!;
      if (this.calls.issue(Call.programFlash, 0, 0, at, count).byteLength !== 0) return false;
      at += count;
      from += count;
    }
    return true;
  }

  erase(block: number): boolean {
    return this.calls.issue(Call.eraseFlash, 0, 0, block, 0).byteLength === 0;
  }

  sync(done: () => void): void {
    this.waiting.push(done);
    this.calls.issue(Call.syncFlash, 0, 0, 0, 0);
  }

  /** The host has done what the first `sync` asked for that is not answered. */
  onSynced(): void {
    this.waiting.shift()?.();
  }
}

/** The host's ciphers. Each call allocates: a command of its own, and the answer. */
export class ChannelCiphers implements Ciphers {
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
    const command = new Uint8Array(CallOffset.body + key.length + message.length);
    command[CallOffset.call] = Call.hmac;
    new DataView(command.buffer).setUint16(CallOffset.index, key.length, true);
    command.set(key, CallOffset.body);
    command.set(message, CallOffset.body + key.length);
    return new Uint8Array(issueCommand(command.buffer));
  }

  makeAead(mode: AeadMode, key: Uint8Array): Aead {
    if (key.length !== 16 && key.length !== 32) {
      throw new RangeError('an AES key must have 16 or 32 bytes, got ' + key.length);
    }
    const command = new Uint8Array(CallOffset.body + key.length);
    command[CallOffset.call] = Call.makeAead;
    command[CallOffset.small] = mode;
    command.set(key, CallOffset.body);
    return new ChannelAead(new DataView(issueCommand(command.buffer)).getUint32(0, true));
  }
}

class ChannelAead implements Aead {
  private readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  seal(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): void {
    bytes.set(new Uint8Array(this.issue(Call.seal, bytes, nonce, header, from, to)), from);
  }

  open(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): boolean {
    const answer = new Uint8Array(this.issue(Call.unseal, bytes, nonce, header, from, to + AEAD_TAG));
    if (answer.length === 0) return false;
    bytes.set(answer.subarray(1), from);
    return true;
  }

  private issue(call: Call, bytes: Uint8Array, nonce: number, header: number, from: number, to: number): ArrayBuffer {
    const command = new Uint8Array(CallOffset.body + AEAD_NONCE + to - header);
    command[CallOffset.call] = call;
    command[CallOffset.small] = from - header;
    new DataView(command.buffer).setUint32(CallOffset.number, this.number, true);
    command.set(bytes.subarray(nonce, nonce + AEAD_NONCE), CallOffset.body);
    command.set(bytes.subarray(header, to), CallOffset.body + AEAD_NONCE);
    return issueCommand(command.buffer);
  }
}

/** XS on a desktop, in the process xsnap-worker: all that the engine does not have is asked of the host. */
export class XsnapBoard implements Board, Entropy, Log, Network {
  readonly name = 'xsnap';
  /** The event that is being handled. */
  readonly event = new Uint8Array(ChannelSize.command);
  readonly calls = new Calls();
  readonly clock = new ChannelClock();
  readonly timers = new ChannelTimers(this.calls);
  readonly resolver = new ChannelResolver(this.calls);
  readonly transport = new ChannelTransport(this.calls);
  readonly scanner = new ChannelScanner(this.calls, this.event);
  readonly store = new ChannelStore(this.calls);
  readonly ciphers = new ChannelCiphers();
  /** Absent until the host says that it has one. */
  flash?: ChannelFlash;
  readonly entropy: Entropy = this;
  readonly network: Network = this;
  readonly log: Log = this;

  /** Of the network. */
  up = false;
  private listener: ((up: boolean) => void) | undefined;

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  uint32(): number {
    return new DataView(this.calls.issue(Call.entropy, 0, 0, 0, 0)).getUint32(0, true);
  }

  line(text: string): void {
    this.calls.issueText(Call.log, 0, text);
  }

  /** The host has a flash, or none. */
  useFlash(geometry: XsnapConfiguration['flash']): void {
    if (geometry) this.flash = new ChannelFlash(this.calls, geometry);
  }

  /** The host's network went up or down. */
  networkChanged(up: boolean): void {
    if (up === this.up) return;
    this.up = up;
    this.listener?.(up);
  }
}
