import { startDesktop } from '../../boards/desktop/device.js';
import { FileFlash } from '../../boards/desktop/file-flash.js';
import { makeConsole } from '../../boards/esp32/console.js';
import { startEsp32 } from '../../boards/esp32/device.js';
import { startEsp8266 } from '../../boards/esp8266/device.js';
import type { SdkInstrumentation } from '../../boards/moddable/health.js';
import { SdkCiphers } from '../../boards/moddable/sdk-ciphers.js';
import type { Firmware } from '../../src/device/firmware.js';
import type { RawConfiguration } from '../../src/settings/configuration.js';
import type { Clock, Entropy, Log, Timer, Timers } from '../../src/hal/index.js';
import type { SeededRandom } from '../world/random.js';
import { VIRTUAL_CRYPT } from './crypt.js';
import { DiskFile } from './memory/disk-file.js';
import { DiskStore } from './memory/disk-store.js';
import { NorFlash, PowerCut } from './memory/nor-flash.js';
import { Partition } from './memory/partition.js';
import { PowerSupply } from './memory/power.js';
import { NVS_SIZE, Preferences, SECTOR_SIZE } from './memory/preferences.js';
import type { Internet } from './network/internet.js';
import type { Path, TcpConnection, TcpObserver } from './network/tcp.js';
import { ordinaryPath } from './network/tcp.js';
import { VirtualResolver, VirtualTransport } from './network/transport.js';
import type { NetworkHost } from './network/transport.js';
import { EPOCH, makeAskTime, ordinaryAccessPoint, Radio } from './network/wifi.js';
import type { AccessPoint, WifiHost } from './network/wifi.js';
import type { Air } from './radio/air.js';
import { AirScanner, Receiver } from './radio/air.js';
import type { Chance } from './random.js';
import { makeSerial } from './serial.js';
import type { Terminal } from './serial.js';
import { EndCause } from './recording/recording-file.js';
import type { Tap, TappedParts, TappedStart } from './recording/tap.js';
import { Task } from './scheduler.js';
import type { Scheduler } from './scheduler.js';
import type { BoardName, SimulatedWorld, WorldGateway } from './world.js';

/** Milliseconds from power to the first line of firmware, and from a restart by software. */
const BOOT_TIME = 400;
const MINUTE = 60_000;
/** Erase blocks of the partitions in boards/esp32/partitions.csv. */
const BLOCK_LENGTH = 4096;
const STORAGE_BLOCKS = 16;
const OUTBOX_BLOCKS = 256;

/**
 * TCP connections that the stack of a board can hold, with those that the firmware closed and whose end is not
 * acknowledged. ESP32: CONFIG_LWIP_MAX_ACTIVE_TCP in the SDK's sdkconfig.defaults. ESP8266: MEMP_NUM_TCP_PCB of lwIP;
 * there `close` of the SDK also aborts, so that no closed one is left. A desktop has room for thousands.
 */
export const MOST_CONNECTIONS: { readonly [board in BoardName]: number } = Object.freeze({
  esp32: 8,
  esp8266: 5,
  desktop: Infinity,
});

/** The figures that the SDK counts, as `SdkInstrumentation.map` numbers them here. */
const FIGURES = ['XS Chunk Heap Used', 'XS Slot Heap Used', 'System Free Memory', 'CPU 0'] as const;

/** What the firmware throws when it restarts its chip: nothing after that call is executed on a chip. */
class Restarted extends Error {
  constructor() {
    super('the chip restarts');
  }
}

/** What a device tells the simulation that it is part of. */
export interface DeviceObserver extends TcpObserver {
  onLine(device: Device, text: string): void;
  onOutput(device: Device, text: string): void;
  onBoot(device: Device): void;
  onCut(device: Device): void;
  onRestart(device: Device): void;
  /** The firmware was called: an event of its loop is over. */
  onEntered(device: Device): void;
  /** The firmware threw, or broke a rule of the hardware. */
  onPanic(device: Device, text: string, stack?: string): void;
}

/** What a device needs of its world. */
export interface DeviceWorld {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly internet: Internet;
  readonly air: Air;
  readonly world: SimulatedWorld;
  readonly observer: DeviceObserver;
  /** Before the parts of every start, the first one nearest to them. */
  readonly taps: readonly Tap[];
}

/**
 * A gateway: the hardware of a board, which outlives a power cut, and the firmware that ships for that board, started
 * as boards/esp32 and boards/esp8266 do it. Everything of one start is in its `Start`; a power cut or a restart throws
 * that away.
 */
export class Device {
  readonly power = new PowerSupply();
  /** Of a chip: its preferences, and the partitions of its flash. */
  readonly preferences: Preferences;
  readonly storage: Partition;
  readonly outbox: Partition;
  /** Of a desktop: its stores, and the file of its outbox. */
  readonly disk: { readonly store: DiskStore; readonly userStore: DiskStore; readonly outbox: DiskFile };
  readonly receiver: Receiver;
  readonly path: Path = ordinaryPath();
  readonly accessPoint: AccessPoint;
  readonly connections: TcpConnection[] = [];
  /** Bytes of the figures that the SDK counts. A fault changes them. */
  readonly figures = [14_000, 18_000, 90_000, 12];
  /**
   * Milliseconds of the device's clock and timers in one of the world: 1 when its crystal is exact. It counts from the
   * next start on.
   */
  clockRate = 1;

  /** Somebody has typed at its console, which runs on promises, and may have stored scripts. */
  wasTyped = false;
  /** Until then promises may have jobs, milliseconds of the world. */
  busyUntil = -Infinity;
  starts = 0;
  powerCuts = 0;
  restarts = 0;
  /** The running start, or the last one. */
  start: Start | undefined;

  private readonly powering: Task;
  private restartReason = 'power on';

  constructor(
    readonly index: number,
    readonly gateway: WorldGateway,
    readonly world: DeviceWorld,
  ) {
    const { chance, scheduler, air, observer } = world;
    const { name } = gateway;
    const random = chance.stream('memory of ' + name);
    const complain = (text: string): void => observer.onPanic(this, text);
    this.preferences = new Preferences(gateway.board === 'esp8266' ? SECTOR_SIZE : NVS_SIZE, this.power, random);
    // A desktop has no chip; one block stands for it.
    const isChip = gateway.board === 'esp32';
    const chip = (blocks: number): NorFlash =>
      new NorFlash({ blocks: isChip ? blocks : 1, blockLength: BLOCK_LENGTH, unit: 4, random: () => random.unit() });
    this.storage = new Partition('storage', chip(STORAGE_BLOCKS), this.power, complain);
    this.outbox = new Partition('outbox', chip(OUTBOX_BLOCKS), this.power, complain);
    this.disk = {
      store: new DiskStore(this.power, random),
      userStore: new DiskStore(this.power, random),
      outbox: new DiskFile(this.power, random),
    };
    this.receiver = new Receiver(scheduler, name, gateway.position);
    air.receivers.push(this.receiver);
    const { ssid, password, rssi, path } = world.world.wifi;
    this.accessPoint = ordinaryAccessPoint(ssid, password);
    if (rssi !== undefined) this.accessPoint.rssi = rssi;
    Object.assign(this.path, path);
    this.powering = new Task(() => this.powerOn());
    this.power.onCut = () => this.ended('power on');
    scheduler.plan(this.powering, gateway.poweredAt ?? 0);
  }

  get running(): boolean {
    return this.start?.alive === true;
  }

  get firmware(): Firmware | undefined {
    return this.running ? this.start!.firmware : undefined;
  }

  /** Gives power. Does nothing when it has some. */
  powerOn(): void {
    if (this.running) return;
    this.world.scheduler.cancel(this.powering);
    this.power.restore();
    this.starts++;
    const start = new Start(this, this.restartReason, this.world.chance.stream(this.name + ' start ' + this.starts));
    this.start = start;
    this.world.observer.onBoot(this);
    start.enter(() => start.launch());
  }

  /**
   * Cuts the power now, or with `writes` within the write to a memory as number `writes` from now, and when there were
   * no so many in a minute, then. It comes back `off` milliseconds later.
   */
  powerCut(off: number, writes = 0): void {
    this.off = off;
    if (writes > 0) {
      this.power.cutWithin(writes);
      const { start } = this;
      this.world.scheduler.after(MINUTE, () => {
        if (start?.alive && this.power.cutting) this.powerCut(off);
      });
      return;
    }
    try {
      this.power.cut();
    } catch {
      // For whoever writes to a memory in that moment; here nobody does.
    }
  }

  private off = 5000;
  /** When the device that lost its power or restarts begins again; milliseconds of the world. */
  startsAt = 0;

  /** The firmware restarts the chip. Does not return. */
  restart(): never {
    this.restarts++;
    this.world.observer.onRestart(this);
    this.off = BOOT_TIME;
    this.power.on = false;
    this.ended('software');
    throw new Restarted();
  }

  /** The start that ran is over: what it had in memory is gone. */
  private ended(nextReason: string): void {
    const { start } = this;
    const { scheduler, observer } = this.world;
    this.startsAt = scheduler.now() + this.off;
    if (nextReason === 'power on') {
      this.powerCuts++;
      this.disk.outbox.lose();
      observer.onCut(this);
    }
    this.restartReason = nextReason;
    scheduler.plan(this.powering, this.startsAt);
    if (!start?.alive) return;
    start.end(nextReason === 'power on' ? EndCause.power : EndCause.restart);
    for (const connection of [...this.connections]) connection.vanish();
  }

  get name(): string {
    return this.gateway.name;
  }

  /** Changes how bytes travel; what waited for it goes on. */
  changePath(change: Partial<Path>): void {
    Object.assign(this.path, change);
    for (const connection of this.connections) connection.pump();
  }

  /** Types a line at the serial console; false when nobody listens there. `busy`: see `PersonAction`. */
  type(line: string, busy?: number): boolean {
    return this.typeKeys(line + '\r', busy);
  }

  /** Types keys at the serial console, a byte for each character. Returns as `type`. */
  typeKeys(keys: string, busy = Infinity): boolean {
    const port = this.start?.terminal.port;
    if (!this.running || !port) return false;
    this.wasTyped = true;
    this.busyUntil = Math.max(this.busyUntil, this.world.scheduler.now() + busy);
    port.type(keys);
    return true;
  }
}

/** One start of a device, from its first line of firmware until its power is cut or it restarts. */
export class Start implements NetworkHost, WifiHost {
  alive = true;
  firmware: Firmware | undefined;
  readonly scheduler: Scheduler;
  readonly internet: Internet;
  readonly path: Path;
  readonly accessPoint: AccessPoint;
  readonly observer: TcpObserver;
  readonly connections: TcpConnection[];
  readonly mostConnections: number;
  readonly radio: Radio;
  readonly terminal: Terminal;
  readonly clock: VirtualClock;

  private readonly tasks: Task[] = [];
  private tappedStart: TappedStart | undefined;

  constructor(
    readonly device: Device,
    private readonly restartReason: string,
    readonly random: SeededRandom,
  ) {
    const { world, path, accessPoint, connections } = device;
    this.scheduler = world.scheduler;
    this.internet = world.internet;
    this.observer = world.observer;
    this.path = path;
    this.accessPoint = accessPoint;
    this.connections = connections;
    this.mostConnections = MOST_CONNECTIONS[device.gateway.board];
    this.clock = new VirtualClock(this.scheduler, device.clockRate);
    this.radio = new Radio(this, macOf(device.index));
    this.terminal = {
      port: undefined,
      onOutput: (text) => {
        if (this.alive) world.observer.onOutput(device, text);
      },
    };
  }

  /** A desktop has a wire. */
  isUp(): boolean {
    return this.radio.up || this.device.gateway.board === 'desktop';
  }

  /** Runs a call into the firmware. What it throws ends the start, and is a fault of the firmware unless it is ours. */
  readonly enter = (call: () => void): void => {
    if (!this.alive) return;
    const { device } = this;
    const { observer } = device.world;
    try {
      call();
    } catch (error) {
      if (!(error instanceof PowerCut || error instanceof Restarted)) this.panic(error);
    }
    observer.onEntered(device);
  };

  private panic(error: unknown): void {
    const { device } = this;
    // The words of an engine's own errors, and its stacks, are not those of another engine.
    const stack = error instanceof Error ? error.stack : undefined;
    const text = error instanceof Error ? error.name + ': ' + error.message : String(error);
    device.world.observer.onPanic(device, text, stack);
  }

  launch(): void {
    const { device } = this;
    try {
      this.launchBoard();
    } finally {
      for (const tap of device.world.taps) tap.launched?.(this.tappedStart!);
    }
  }

  private launchBoard(): void {
    const { device, scheduler } = this;
    const { gateway, world } = device;
    const timers = new VirtualTimers(this);
    const log: Log = {
      line: (text) => {
        if (this.alive) world.observer.onLine(device, text);
      },
    };
    const entropy: Entropy = { uint32: () => this.random.uint32() };
    const instrumentation: SdkInstrumentation = {
      map: (name) => FIGURES.indexOf(name),
      get: (what) => (what === undefined ? undefined : device.figures[what]),
    };
    const parts = {
      clock: this.clock,
      timers,
      entropy,
      log,
      preference: device.preferences,
      wifi: this.radio.sdk,
      net: this.radio,
      mac: this.radio.get('MAC'),
      askTime: makeAskTime(this),
      instrumentation,
      restartReason: this.restartReason,
      setTime: (seconds: number) => this.clock.set(seconds * 1000),
      makeResolver: () => new VirtualResolver(this),
      makeTransport: () => new VirtualTransport(this),
      restart: () => device.restart(),
      resource: (name: string) => gateway.resources?.[name],
    };
    if (gateway.board === 'desktop') {
      const { store, userStore, outbox } = device.disk;
      // Its operating system knows the time of day.
      this.clock.set(EPOCH + scheduler.now() + this.internet.time.ahead);
      const desktopSettings = { gateway: gateway.name, ...gateway.settings };
      this.firmware = startDesktop(
        desktopSettings,
        this.tapped(desktopSettings, {
          ...parts,
          store,
          userStore,
          network: { up: true, rssi: () => 0, watch: () => {} },
          scanner: new AirScanner(device.receiver, this.enter),
          ciphers: new SdkCiphers(VIRTUAL_CRYPT),
          openFlash: (blocks: number) => new FileFlash(outbox.files, 'tagwire-outbox', blocks, timers),
        }),
      );
      return;
    }
    const { ssid, password } = world.world.wifi;
    const settings = { ssid, ...(password !== undefined && { password }), gateway: gateway.name, ...gateway.settings };
    if (gateway.board === 'esp8266') {
      this.firmware = startEsp8266(settings, this.tapped(settings, parts));
      return;
    }
    const partitions: { [name: string]: Partition } = { storage: device.storage, outbox: device.outbox };
    this.firmware = startEsp32(
      settings,
      this.tapped(settings, {
        ...parts,
        makeConsole,
        serial: makeSerial(scheduler, this.terminal, this.enter),
        scanner: new AirScanner(device.receiver, this.enter),
        ciphers: new SdkCiphers(VIRTUAL_CRYPT),
        openFlash: (path: string) => {
          const partition = partitions[path];
          if (!partition) throw new Error('no such partition');
          return partition;
        },
      }),
    );
  }

  private tapped<P extends TappedParts>(settings: RawConfiguration, parts: P): P {
    const { device, scheduler, restartReason } = this;
    const { taps } = device.world;
    if (taps.length === 0) return parts;
    const firmware = (): Firmware | undefined => this.firmware;
    const start: TappedStart = {
      device: device.index,
      name: device.name,
      board: device.gateway.board,
      settings,
      restartReason,
      mac: this.radio.get('MAC') as string,
      get firmware() {
        return firmware();
      },
      worldTime: () => scheduler.now(),
      unixTime: () => EPOCH + scheduler.now(),
    };
    this.tappedStart = start;
    return taps.reduce((inner, tap) => tap.wrap(inner, start), parts);
  }

  /** A task of this start: it does not happen once the start is over. */
  makeTask(callback: () => void): Task {
    const task = new Task(() => this.enter(callback));
    this.tasks.push(task);
    return task;
  }

  end(cause: EndCause = EndCause.power): void {
    this.alive = false;
    const { device, tappedStart } = this;
    if (tappedStart) for (const tap of device.world.taps) tap.ended?.(tappedStart, cause);
    for (const task of this.tasks) this.scheduler.cancel(task);
    device.receiver.scanner = undefined;
    this.terminal.port = undefined;
  }
}

/** The clocks of one start: the ticks of a chip, and the time of day, which is not known until somebody sets it. */
class VirtualClock implements Clock {
  private readonly begin: number;
  readonly rate: number;
  /** What is added to `now`; NaN: the time of day is not known. */
  private ahead = NaN;

  constructor(
    private readonly scheduler: Scheduler,
    rate: number,
  ) {
    this.begin = scheduler.now();
    this.rate = rate;
  }

  now(): number {
    return Math.floor((this.scheduler.now() - this.begin) * this.rate);
  }

  unixTime(): number {
    return this.ahead === this.ahead ? this.now() + this.ahead : 0;
  }

  /** `unixTime`: milliseconds since 1970. */
  set(unixTime: number): void {
    this.ahead = unixTime - this.now();
  }
}

class VirtualTimers implements Timers {
  constructor(private readonly start: Start) {}

  create(callback: () => void): Timer {
    return new VirtualTimer(this.start, callback);
  }
}

class VirtualTimer implements Timer {
  private readonly scheduler: Scheduler;
  private readonly rate: number;
  private readonly task: Task;

  constructor(start: Start, callback: () => void) {
    this.scheduler = start.scheduler;
    this.rate = start.clock.rate;
    this.task = start.makeTask(callback);
  }

  start(milliseconds: number): void {
    this.scheduler.plan(this.task, this.scheduler.now() + (milliseconds >= 1 ? milliseconds : 1) / this.rate);
  }

  stop(): void {
    this.scheduler.cancel(this.task);
  }
}

function macOf(index: number): string {
  const last = (index & 0xff).toString(16);
  return '24:6f:28:a1:b2:' + (last.length < 2 ? '0' + last : last);
}

export { EPOCH };
