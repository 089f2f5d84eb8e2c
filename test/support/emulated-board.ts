import { randomWorld, VirtualWorld } from '../../sim/virtual/index.js';
import { EspRom } from './esp-rom.js';

/** Milliseconds of the world for each turn of the computer's clock: a board is three times as fast as a real one. */
const TURN = 20;
const STEP = 60;

/** Milliseconds from EN released to EN high. */
const RISE_TIME = 20;

const BOOT_LOG = 'ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n';
const DOWNLOAD_LOG = 'rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0))\r\nwaiting for download\r\n';

/** Lines of a USB bridge; true is asserted. */
export interface Signals {
  dataTerminalReady?: boolean;
  requestToSend?: boolean;
}

/**
 * An ESP32 at a USB bridge: its loader, and the firmware that ships for it, in virtual time, when the flash holds
 * `application` at 0x10000. New, it knows no Wi-Fi and no broker; there are a network "Home" with the password
 * "correct horse", and a broker at mqtt://broker.example.
 */
export class EmulatedBoard {
  readonly rom: EspRom;
  /** The firmware, from its first start on. */
  world: VirtualWorld | undefined;
  /** What the firmware wrote to its log. */
  readonly lines: string[] = [];
  /** Hears the bytes that the board sends. */
  onData: (bytes: Uint8Array) => void = () => {};

  private isLoading = false;
  private dtr = false;
  private rts = false;
  private inReset = false;
  private isOff = false;
  private rising: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private readonly pump: NodeJS.Timeout;

  constructor(private readonly application: Uint8Array) {
    this.rom = new EspRom((bytes) => this.onData(bytes));
    this.pump = setInterval(() => this.turn(), TURN);
  }

  close(): void {
    clearInterval(this.pump);
    clearTimeout(this.rising);
  }

  /** Writes the application into the flash and starts it, as if it had been flashed long ago. */
  start(): void {
    this.rom.flash.set(this.application, 0x10000);
    this.boot();
  }

  receive(bytes: Uint8Array): void {
    if (this.isOff) return;
    if (this.isLoading) this.rom.receive(bytes);
    else this.world?.devices[0]!.typeKeys(String.fromCharCode(...bytes));
  }

  /**
   * The two transistors of the usual circuit: EN is low with RTS alone, GPIO 0 with DTR alone. A capacitor holds EN
   * down a little longer, and with EN up the chip looks at GPIO 0.
   */
  setSignals({ dataTerminalReady, requestToSend }: Signals): void {
    this.dtr = dataTerminalReady ?? this.dtr;
    this.rts = requestToSend ?? this.rts;
    const isLow = this.rts && !this.dtr;
    if (isLow === this.inReset) return;
    this.inReset = isLow;
    clearTimeout(this.rising);
    if (!isLow) {
      this.rising = setTimeout(() => this.leaveReset(), RISE_TIME);
      return;
    }
    this.isOff = true;
    if (this.world?.devices[0]!.running) this.world.devices[0]!.powerCut(Infinity);
  }

  private leaveReset(): void {
    this.isOff = false;
    this.isLoading = this.dtr && !this.rts;
    this.rom.reset();
    if (this.isLoading) this.onData(Buffer.from(DOWNLOAD_LOG));
    else this.boot();
  }

  private boot(): void {
    this.onData(Buffer.from(BOOT_LOG));
    const found = this.rom.flash.subarray(0x10000, 0x10000 + this.application.length);
    if (!found.equals(this.application)) return;
    if (this.world) return this.world.devices[0]!.powerOn();
    const world = new VirtualWorld(newWorld(), [], 1);
    world.deviceObservers.push({
      onLine: (_device, text) => void this.lines.push(text),
      onOutput: (_device, text) => this.onData(Buffer.from(text, 'latin1')),
    });
    this.world = world;
  }

  private turn(): void {
    const { world } = this;
    if (!world) return;
    this.running = this.running.then(() => world.runUntil(world.now() + STEP));
  }
}

function newWorld(): ConstructorParameters<typeof VirtualWorld>[0] {
  const world = randomWorld(1, { tags: 3, board: 'esp32' });
  const [gateway] = world.gateways;
  const settings = { ...gateway!.settings, ssid: '', password: '', broker: '', serialConsole: false };
  const wifi = { ...world.wifi, ssid: 'Home', password: 'correct horse' };
  return { ...world, wifi, gateways: [{ ...gateway!, settings, people: [] }] };
}
