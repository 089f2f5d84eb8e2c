import { decodeUtf8 } from '../bytes/utf8.js';
import type { Timer, Timers } from '../hal/index.js';
import { encodeUtf8, scanUtf8, Utf8Finding } from '../mqtt/utf8.js';

// Improv over serial, version 1 (https://www.improv-wifi.com/serial/): how a page in a browser gives a device the
// Wi-Fi network. A packet is `IMPROV`, the version, a type, the length of its data, the data, and a checksum: the sum
// of all bytes before it, modulo 256. Nothing here knows a port or Wi-Fi.

/** `IMPROV` and the version. No byte of it but the first is an `I`, so what does not fit never overlaps a beginning. */
const HEADER = Object.freeze([0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 0x01]);
const TYPE_AT = 7;
const LENGTH_AT = 8;
const DATA_AT = 9;
const LINE_FEED = 10;

/**
 * Milliseconds of silence after which what looked like a packet is none. A client writes a packet at once: at 115,200
 * baud its bytes are 0.1 ms apart, and a USB adapter holds them back for 16 ms at most. Nobody sees a typed `I` come
 * so much later.
 */
const SILENCE = 100;

const enum PacketType {
  currentState = 1,
  errorState = 2,
  command = 3,
  result = 4,
}

/** A state of Improv. */
export const enum ImprovState {
  authorized = 2,
  provisioning = 3,
  provisioned = 4,
}

/** An error of Improv. */
export const enum ImprovError {
  none = 0,
  invalidPacket = 1,
  unknownCommand = 2,
  unableToConnect = 3,
  unknown = 0xff,
}

/** A command of Improv; those from `setting` on are our own, see docs/flashing.md. */
export const enum ImprovCommand {
  wifiSettings = 1,
  currentState = 2,
  deviceInformation = 3,
  scanNetworks = 4,
  deviceName = 6,
  networkState = 7,
  setting = 0xe0,
  apply = 0xe1,
  status = 0xe2,
}

/**
 * Takes the packets of Improv out of what arrives on a serial line, and passes on everything else, in its order. What
 * begins like a packet is held back until it is one, does not fit, or is not continued for 100 ms. A whole header is
 * never passed on: what broke off after it is forgotten. A line feed right behind a packet is part of it.
 */
export abstract class ImprovReceiver {
  /** Bytes of a packet that arrived; -1 behind one, where its line feed may follow. */
  private at = 0;
  /** The data of a packet, made when its length is known. */
  private packet: Uint8Array | undefined;
  private type = 0;
  private timer: Timer | undefined;

  protected abstract readonly timers: Timers;

  /** What is not part of a packet: `bytes[from..to)`, never empty, valid until this returns. */
  protected abstract onText(bytes: Uint8Array, from: number, to: number): void;

  /** A command with its data. `whole`: its checksum and its lengths fit. */
  protected abstract onCommand(packet: Uint8Array, whole: boolean): void;

  /** Takes `bytes[from..to)` from the line. */
  receive(bytes: Uint8Array, from: number, to: number): void {
    const before = this.at;
    let text = from;
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!;
      if (this.at < 0) {
        this.at = 0;
        if (byte === LINE_FEED) {
          text = i + 1;
          continue;
        }
      }
      if (this.at >= HEADER.length) {
        this.take(byte);
        text = i + 1;
        continue;
      }
      if (this.at > 0 && byte !== HEADER[this.at]) {
        this.release();
        text = i;
      }
      if (byte !== HEADER[this.at]) continue;
      if (this.at++ > 0) continue;
      // May begin a packet: what came before it does not wait.
      if (i > text) this.onText(bytes, text, i);
    }
    if (this.at === 0) {
      if (to > text) this.onText(bytes, text, to);
      if (before !== 0) this.timer?.stop();
      return;
    }
    this.timer ??= this.timers.create(() => this.silent());
    this.timer.start(SILENCE);
  }

  /** A byte behind the header. */
  private take(byte: number): void {
    const at = this.at++;
    if (at === TYPE_AT) this.type = byte;
    else if (at === LENGTH_AT) this.packet = new Uint8Array(byte);
    else if (at < DATA_AT + this.packet!.length) this.packet![at - DATA_AT] = byte;
    else this.complete(byte);
  }

  private complete(checksum: number): void {
    const packet = this.packet!;
    this.packet = undefined;
    this.at = -1;
    // Another type is an echo of what a device sends.
    if (this.type !== PacketType.command) return;
    const { length } = packet;
    const isWhole = checksum === checksumOf(this.type, packet) && length >= 2 && packet[1] === length - 2;
    this.onCommand(packet, isWhole);
  }

  private silent(): void {
    const { at } = this;
    this.at = 0;
    this.packet = undefined;
    if (at > 0 && at < HEADER.length) this.onText(Uint8Array.from(HEADER), 0, at);
  }

  /** Passes on what was held back. */
  private release(): void {
    const { at } = this;
    this.at = 0;
    this.onText(Uint8Array.from(HEADER), 0, at);
  }
}

/** A network that a scan found. */
export interface FoundNetwork {
  ssid: string;
  /** dBm. */
  rssi: number;
  /** It wants a password. */
  secured: boolean;
}

/** The device as Improv knows it. What takes a while it does later, and tells its `ImprovAnswers` how it ended. */
export interface ImprovDevice {
  /** Firmware, version, chip. */
  readonly identity: readonly string[];
  readonly name: string;
  readonly state: ImprovState;
  /** It has Wi-Fi. */
  readonly online: boolean;

  /**
   * Tries this network; `joined` or `notJoined` follows. Throws a RangeError of one line when it makes no sense. An
   * empty `password`: an open network.
   */
  join(ssid: string, password: string): void;

  /** Looks for networks; `networks` follows. False when it cannot. */
  scan(): boolean;

  /** Throws a RangeError of one line when the name is not allowed. */
  rename(name: string): void;

  /**
   * Keeps a value, or a further piece of it, for `apply`; a `name` of undefined forgets all of them. Throws a
   * RangeError of one line when there is no room for it.
   */
  setting(name: string | undefined, value: string): void;

  /** Stores what `setting` kept, all or nothing. Throws a RangeError of one line that names what is wrong. */
  apply(): void;

  /** One line on how it is. */
  readonly status: string;
}

/** Where the answers go: the device's end of the line. */
export interface ImprovOutput {
  /** Sends all of `bytes`, or nothing of it where there is no room for it and `kept` bytes more. */
  send(bytes: Uint8Array, kept: number): void;
}

/** Line feed, header, type, length, checksum, line feed. */
const FRAME = 12;
/** Bytes that are kept free for the end of a list, which a client waits for: an empty result. */
const END_OF_LIST = FRAME + 2;
const MOST_DATA = 255;

/** Answers the commands of Improv for a device. */
export class ImprovAnswers {
  constructor(
    private readonly device: ImprovDevice,
    private readonly output: ImprovOutput,
  ) {}

  /** A command as `ImprovReceiver` hands it over. */
  command(packet: Uint8Array, whole: boolean): void {
    if (!whole) return this.error(ImprovError.invalidPacket);
    const command = packet[0]!;
    const { device } = this;
    // A page scans by itself again and again: its user has not read yet why a network was not joined.
    if (command !== ImprovCommand.scanNetworks) this.error(ImprovError.none);
    switch (command) {
      case ImprovCommand.wifiSettings:
        return this.join(packet);
      case ImprovCommand.currentState:
        this.state();
        if (device.state === ImprovState.provisioned) this.result(command, []);
        return;
      case ImprovCommand.deviceInformation:
        return this.result(command, [...device.identity, device.name]);
      case ImprovCommand.scanNetworks:
        if (!device.scan()) this.error(ImprovError.unknownCommand);
        return;
      case ImprovCommand.deviceName:
        return this.rename(packet);
      case ImprovCommand.networkState:
        // Bit 0: online; bit 1: has Wi-Fi.
        return this.result(command, [device.online ? '3' : '2']);
      case ImprovCommand.setting:
        return this.setting(packet);
      case ImprovCommand.apply:
        return this.attempt(command, () => device.apply());
      case ImprovCommand.status:
        return this.result(command, [device.name, device.status]);
      default:
        return this.error(ImprovError.unknownCommand);
    }
  }

  /** The network of `join` is up, and stored. There is no URL: a device has no page. */
  joined(): void {
    this.state();
    this.result(ImprovCommand.wifiSettings, []);
  }

  /** `join` came to nothing. */
  notJoined(error: ImprovError): void {
    this.error(error);
    this.state();
  }

  /** What `scan` found. Those for which there is no room on the line are left out. */
  networks(found: readonly FoundNetwork[]): void {
    for (const { ssid, rssi, secured } of found) {
      this.result(ImprovCommand.scanNetworks, [ssid, String(rssi), secured ? 'YES' : 'NO'], END_OF_LIST);
    }
    this.result(ImprovCommand.scanNetworks, []);
  }

  private state(): void {
    this.send(PacketType.currentState, Uint8Array.of(this.device.state), 0);
  }

  private error(error: ImprovError): void {
    this.send(PacketType.errorState, Uint8Array.of(error), 0);
  }

  private join(packet: Uint8Array): void {
    const texts = textsOf(packet);
    if (texts?.length !== 2) return this.error(ImprovError.invalidPacket);
    try {
      this.device.join(texts[0]!, texts[1]!);
    } catch {
      return this.notJoined(ImprovError.unableToConnect);
    }
    this.state();
  }

  private rename(packet: Uint8Array): void {
    const { device } = this;
    const name = textOf(packet, 2, packet.length);
    if (name === undefined) return this.error(ImprovError.invalidPacket);
    try {
      if (name !== '') device.rename(name);
    } catch {
      return this.error(ImprovError.unknown);
    }
    this.result(ImprovCommand.deviceName, [device.name]);
  }

  private setting(packet: Uint8Array): void {
    const texts = textsOf(packet);
    if (!texts || texts.length > 2) return this.error(ImprovError.invalidPacket);
    this.attempt(ImprovCommand.setting, () => this.device.setting(texts[0], texts[1] ?? ''));
  }

  /** An empty result; or what is wrong, as its one text. */
  private attempt(command: ImprovCommand, act: () => void): void {
    try {
      act();
    } catch (error) {
      return this.result(command, [(error as Error).message]);
    }
    this.result(command, []);
  }

  /** A list of texts; the last one is cut where the packet ends. */
  private result(command: ImprovCommand, texts: readonly string[], kept = 0): void {
    const data = new Uint8Array(MOST_DATA);
    let length = 2;
    for (const text of texts) {
      const bytes = cutUtf8(encodeUtf8(text), MOST_DATA - 1 - length);
      data[length++] = bytes.length;
      data.set(bytes, length);
      length += bytes.length;
    }
    data[0] = command;
    data[1] = length - 2;
    this.send(PacketType.result, data.subarray(0, length), kept);
  }

  /** `kept`: bytes of room that must stay. A packet that does not fit is not sent; the client asks again. */
  private send(type: PacketType, data: Uint8Array, kept: number): void {
    const packet = new Uint8Array(FRAME + data.length);
    // A client looks for packets at the beginning of a line, and the console may be within one.
    packet[0] = LINE_FEED;
    packet.set(HEADER, 1);
    packet[1 + TYPE_AT] = type;
    packet[1 + LENGTH_AT] = data.length;
    packet.set(data, 1 + DATA_AT);
    const end = 1 + DATA_AT + data.length;
    packet[end] = checksumOf(type, data);
    packet[end + 1] = LINE_FEED;
    this.output.send(packet, kept);
  }
}

function checksumOf(type: number, data: Uint8Array): number {
  let sum = type + data.length;
  for (const byte of HEADER) sum += byte;
  for (const byte of data) sum += byte;
  return sum & 0xff;
}

/** The texts behind command and length; undefined when their lengths do not fit, or they are not UTF-8. */
function textsOf(packet: Uint8Array): string[] | undefined {
  const texts: string[] = [];
  for (let at = 2; at < packet.length;) {
    const from = at + 1;
    at = from + packet[at]!;
    const text = at > packet.length ? undefined : textOf(packet, from, at);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

function textOf(bytes: Uint8Array, from: number, to: number): string | undefined {
  return (scanUtf8(bytes, from, to) & Utf8Finding.malformed) === 0 ? decodeUtf8(bytes, from, to) : undefined;
}

/** As much of well-formed UTF-8 as fits into `room` bytes, in whole characters. */
function cutUtf8(bytes: Uint8Array, room: number): Uint8Array {
  if (bytes.length <= room) return bytes;
  let end = Math.max(0, room);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
