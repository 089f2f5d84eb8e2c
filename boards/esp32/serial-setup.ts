import type { GatewayPart } from '../../src/cloud/part.js';
import type { Connection } from '../../src/connection/connection.js';
import { connectedLine, VERSION } from '../../src/device/firmware.js';
import type { Firmware } from '../../src/device/firmware.js';
import { ImprovAnswers, ImprovError, ImprovReceiver, ImprovState } from '../../src/device/improv.js';
import type { FoundNetwork, ImprovDevice, ImprovOutput } from '../../src/device/improv.js';
import type { Log, Timer, Timers } from '../../src/hal/index.js';
import type { PersistedSettings, SettingChange } from '../../src/settings/persisted-settings.js';
import type { ChipParts } from '../moddable/chip-parts.js';
import type { SerialConsole } from '../moddable/serial-console.js';
import { SerialPort } from '../moddable/serial-port.js';
import type { SerialClass, SerialLine, SerialListener, SerialPortOptions } from '../moddable/serial-port.js';
import { gatewayName, WifiFault, WifiNetwork, WifiState } from '../moddable/wifi-network.js';
import type { ScannedNetwork, SdkWifi, WifiTarget } from '../moddable/wifi-network.js';

/** Milliseconds that a network may take until it is up; ESP Web Tools waits 45 s for the answer. */
const JOIN_TIME = 30000;
/** Milliseconds after a start in which a page has asked how the device is, if it has caused that start. */
const LEAST_TIME = 60000;
/** Milliseconds in which the last answers leave, before a restart. */
const RESTART_DELAY = 3000;
/** Characters of settings that wait for `apply`: a certificate and a key have about 2,000 each. */
const MOST_CHARACTERS = 8192;
/** Networks that a scan tells of, the strongest ones. */
const MOST_NETWORKS = 16;

/**
 * The pins of UART 0, at which a board's USB bridge is, by chip: the first ones of the datasheets' tables of IO_MUX.
 * Where the chip's own USB is at the connector instead, nothing of this is reached over it.
 */
const SERIAL_PINS: { readonly [chip: string]: { transmit: number; receive: number } } = Object.freeze({
  ESP32: Object.freeze({ transmit: 1, receive: 3 }),
  'ESP32-C3': Object.freeze({ transmit: 21, receive: 20 }),
  'ESP32-C6': Object.freeze({ transmit: 16, receive: 17 }),
  'ESP32-S3': Object.freeze({ transmit: 43, receive: 44 }),
});

const DEFAULT_CHIP = 'ESP32';

/** The line at which people reach a chip of this name. */
export function serialLine(chip = DEFAULT_CHIP): SerialLine {
  return { ...SERIAL_PINS[chip]!, baud: 115200, port: 0 };
}

/** What an ESP32 is made of, as far as its setup needs it. */
export interface SetupParts extends ChipParts {
  /** The name of the chip, as `serialLine` takes it. Default: ESP32. */
  chip?: string;
}

/** What `SerialSetup` works on. */
export interface SetupHost {
  /** For people: `ESP32-C3`. */
  readonly chip: string;
  /** The device's name when none is stored. */
  readonly gateway: string;
  readonly timers: Timers;
  readonly log: Log;
  readonly settings: PersistedSettings;
  readonly wifi: SdkWifi;
  /** Absent while the device waits for the settings that it needs to start. */
  readonly connection: Connection | undefined;
  /** Absent while there is no network to join. */
  readonly network: WifiNetwork | undefined;

  /** Joins `target` instead of the network that there is. */
  join(target: WifiTarget): WifiNetwork;

  restart(): void;
}

/** A log that tells somebody else, too, while there is somebody. */
export class SharedLog implements Log {
  heard: ((text: string) => void) | undefined;

  constructor(private readonly log: Log) {}

  line(text: string): void {
    this.log.line(text);
    this.heard?.(text);
  }
}

/** What `SerialSetup` works on. Getters, since on a chip each field takes memory. */
export class BoardSetup implements SetupHost {
  firmware: Firmware | undefined;

  constructor(
    private readonly parts: SetupParts,
    readonly log: SharedLog,
    readonly settings: PersistedSettings,
    public network: WifiNetwork | undefined,
  ) {}

  get chip(): string {
    return this.parts.chip ?? DEFAULT_CHIP;
  }

  get gateway(): string {
    return gatewayName('esp32', this.parts.mac);
  }

  get timers(): Timers {
    return this.parts.timers;
  }

  get wifi(): SdkWifi {
    return this.parts.wifi;
  }

  get connection(): Connection | undefined {
    return this.firmware?.gateway.connection;
  }

  join(target: WifiTarget): WifiNetwork {
    const { network, parts, log } = this;
    if (network) {
      network.join(target);
      return network;
    }
    const { clock, timers, entropy } = parts;
    const made = new WifiNetwork(parts.wifi, parts.net, target, { clock, timers, entropy, log });
    this.network = made;
    made.start();
    return made;
  }

  restart(): void {
    if (this.firmware) this.firmware.restart();
    else this.parts.restart();
  }
}

/**
 * Improv on the serial line of an ESP32: Wi-Fi and all other settings from a page in a browser, see docs/flashing.md.
 * It shares the line with the console, or has it alone where there is none. Memory is taken when the first packet
 * arrives. Whoever holds the board may set it up, as at the console.
 */
export class SerialSetup extends ImprovReceiver implements GatewayPart {
  private session: SetupSession | undefined;
  /** Of a line that may be given back, and when; milliseconds of `Clock.now`. */
  private startedAt: number | undefined;
  private releaseAt: number | undefined;

  constructor(
    private readonly host: SetupHost,
    private readonly line: SetupLine,
  ) {
    super();
  }

  /** Beside a console that is at the port. */
  static beside(console: SerialConsole, host: SetupHost): SerialSetup {
    const setup = new SerialSetup(host, console);
    console.filter = setup;
    return setup;
  }

  /** At a port of its own. A port that cannot be opened is a line on the log, and the result is undefined. */
  static open(serial: SerialClass, options: SerialPortOptions, host: SetupHost): SerialSetup | undefined {
    try {
      return new OwnLine(serial, options, host).setup;
    } catch (error) {
      host.log.line('setup: ' + (error as Error).message + '; there is none over serial');
      return undefined;
    }
  }

  close(): void {
    this.line.close();
  }

  // ImprovReceiver

  protected get timers(): Timers {
    return this.host.timers;
  }

  protected onText(bytes: Uint8Array, from: number, to: number): void {
    this.line.take(bytes, from, to);
  }

  protected onCommand(packet: Uint8Array, whole: boolean): void {
    this.session ??= new SetupSession(this.host, this.line);
    this.session.answers.command(packet, whole);
  }

  // GatewayPart

  get deadline(): number {
    return this.releaseAt ?? Infinity;
  }

  start(now: number): void {
    if (this.line.release) this.startedAt = now;
  }

  /** What is set up works, so the memory of a line of its own is given back; unless somebody uses it. */
  connected(now: number): void {
    if (this.startedAt !== undefined) this.releaseAt = Math.max(now, this.startedAt + LEAST_TIME);
  }

  tick(now: number): void {
    if (now < this.deadline) return;
    this.startedAt = this.releaseAt = undefined;
    if (!this.session) this.line.release?.();
  }
}

/** The line below a `SerialSetup`. */
interface SetupLine extends ImprovOutput {
  /** What is no packet, as `LineFilter.receive` gets it. */
  take(bytes: Uint8Array, from: number, to: number): void;
  /** Gives its memory back, where nobody else needs the line. */
  release?(): void;
  close(): void;
}

/** A line without a console: what is no packet means nothing. */
class OwnLine implements SetupLine, SerialListener {
  readonly setup: SerialSetup;
  private port: SerialPort | undefined;

  constructor(serial: SerialClass, options: SerialPortOptions, host: SetupHost) {
    this.setup = new SerialSetup(host, this);
    this.port = new SerialPort(serial, options, this);
  }

  send(bytes: Uint8Array, kept: number): void {
    this.port?.writeBytes(bytes, kept);
  }

  take(): void {
    // Nobody is there to read it.
  }

  release(): void {
    this.close();
  }

  close(): void {
    this.port?.close();
    this.port = undefined;
  }

  onReceived(bytes: Uint8Array, from: number, to: number): void {
    this.setup.receive(bytes, from, to);
  }

  onDrained(): void {
    // Only whole packets are written.
  }
}

/** What is under way with a client that has sent something. */
class SetupSession implements ImprovDevice {
  readonly answers: ImprovAnswers;
  readonly identity: readonly string[];
  /** The values for `apply`. */
  private readonly kept = new Map<string, string>();
  /** Of the network that is tried. */
  private trying: readonly SettingChange[] | undefined;
  /** What to go back to when it is of no use. */
  private before: WifiTarget | undefined;
  private readonly joinTimer: Timer;
  private readonly restartTimer: Timer;
  private restarting = false;
  private found: FoundNetwork[] | undefined;
  private lastLine = '';

  constructor(
    private readonly host: SetupHost,
    output: ImprovOutput,
  ) {
    this.answers = new ImprovAnswers(this, output);
    this.identity = ['Tagwire', VERSION, host.chip];
    this.joinTimer = host.timers.create(() => this.attempted(WifiFault.noAccessPoint));
    this.restartTimer = host.timers.create(() => host.restart());
    if (host.log instanceof SharedLog) host.log.heard = (text) => (this.lastLine = text);
  }

  get name(): string {
    const { settings, gateway } = this.host;
    const name = settings.merged()['gateway'];
    return typeof name === 'string' && name !== '' ? name : gateway;
  }

  get online(): boolean {
    return this.host.network?.up ?? false;
  }

  get state(): ImprovState {
    if (this.trying) return ImprovState.provisioning;
    return this.online ? ImprovState.provisioned : ImprovState.authorized;
  }

  get status(): string {
    if (this.restarting) return 'restarting';
    const { connection, settings } = this.host;
    if (connection?.connected) return connectedLine(connection.endpoint);
    const mistakes = connection ? [] : settings.mistakes();
    return mistakes.join('; ') || this.lastLine || 'not connected';
  }

  join(ssid: string, password: string): void {
    const { host } = this;
    const changes = [
      { name: 'ssid', value: ssid },
      { name: 'password', value: password },
    ];
    if (ssid === '') throw new RangeError('ssid must be 1 to 32 bytes of text, got ""');
    host.settings.checkAll(changes);
    if (!this.trying) this.before = inUse(host.network)?.target;
    this.trying = changes;
    this.joinTimer.start(JOIN_TIME);
    const network = host.join(password === '' ? { ssid } : { ssid, password });
    network.onAttempt = (fault) => this.attempted(fault);
  }

  private attempted(fault: WifiFault): void {
    const { trying, before, host } = this;
    const network = host.network!;
    network.onAttempt = undefined;
    this.joinTimer.stop();
    this.trying = undefined;
    let error = ImprovError.none;
    if (fault !== WifiFault.none) error = ImprovError.unableToConnect;
    else {
      try {
        host.settings.persistAll(trying!);
      } catch (reason) {
        host.log.line('setup: ' + (reason as Error).message);
        error = ImprovError.unknown;
      }
    }
    if (error === ImprovError.none) {
      this.answers.joined();
      if (!host.connection) this.restartIfComplete();
      return;
    }
    if (before) host.join(before);
    else network.stop();
    this.answers.notJoined(error);
  }

  scan(): boolean {
    const { wifi, network } = this.host;
    if (!wifi.scan || this.trying) return false;
    // One that is under way answers both.
    if (this.found) return true;
    // The driver does not look for networks while it joins one.
    const paused = network?.up ? undefined : inUse(network);
    paused?.stop();
    const found: FoundNetwork[] = [];
    try {
      wifi.scan({}, (network) => {
        if (network) return addNetwork(found, network);
        this.found = undefined;
        if (!this.trying) paused?.start();
        // Where the line has not room for all, the weakest are not told.
        this.answers.networks(found.sort((a, b) => b.rssi - a.rssi));
      });
    } catch {
      paused?.start();
      return false;
    }
    this.found = found;
    return true;
  }

  rename(name: string): void {
    if (this.state !== ImprovState.authorized) throw new RangeError('the name can be set before Wi-Fi only');
    this.host.settings.persistAll([{ name: 'gateway', value: name }]);
  }

  setting(name: string | undefined, value: string): void {
    const { kept } = this;
    if (name === undefined) return kept.clear();
    let length = name.length + value.length;
    for (const [key, text] of kept) length += key.length + text.length;
    if (length > MOST_CHARACTERS) {
      throw new RangeError('settings must have at most ' + MOST_CHARACTERS + ' characters together, got ' + length);
    }
    kept.set(name, (kept.get(name) ?? '') + value);
  }

  apply(): void {
    const { kept, host } = this;
    const changes: SettingChange[] = [];
    for (const [name, value] of kept) changes.push({ name, value });
    kept.clear();
    if (changes.length === 0) throw new RangeError('nothing was set');
    host.settings.persistAll(changes);
    host.log.line('setup: stored ' + changes.map(({ name }) => name).join(', '));
    this.restartIfComplete();
  }

  /** What was stored counts from the next start. */
  private restartIfComplete(): void {
    if (this.host.settings.mistakes().length > 0) return;
    this.restarting = true;
    this.restartTimer.start(RESTART_DELAY);
  }
}

/** A network that was tried and given up is not. */
function inUse(network: WifiNetwork | undefined): WifiNetwork | undefined {
  return network?.state === WifiState.stopped ? undefined : network;
}

/** Keeps the strongest networks, each name once. */
function addNetwork(found: FoundNetwork[], { ssid, rssi, authentication }: ScannedNetwork): void {
  // Empty: its name is hidden.
  if (ssid === '') return;
  const network = { ssid, rssi, secured: authentication !== 'none' };
  const at = found.findIndex((other) => other.ssid === ssid);
  if (at >= 0) {
    if (found[at]!.rssi < rssi) found[at] = network;
    return;
  }
  if (found.length < MOST_NETWORKS) {
    found.push(network);
    return;
  }
  let weakest = 0;
  for (let i = 1; i < found.length; i++) if (found[i]!.rssi < found[weakest]!.rssi) weakest = i;
  if (found[weakest]!.rssi < rssi) found[weakest] = network;
}
