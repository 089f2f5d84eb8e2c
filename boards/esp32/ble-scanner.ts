import type { Advertisement, Log, ScanOptions, Scanner, ScannerHandler, Timer, Timers } from '../../src/hal/index.js';

/** What the SDK's C code tells of an advertisement (modules/network/ble/nimble/modBLEClient.c). */
export interface Discovery {
  /** 6 bytes, least significant first. */
  address: ArrayBuffer;
  /** 0 public, 1 random, 2 and 3 the same after resolution of a private address. */
  addressType: number;
  /** dBm, or 127 when unknown. */
  rssi: number;
  /** The AD structures. */
  scanResponse: ArrayBuffer;
}

/** Hears the events of a `BleObserver`. */
export interface ObserverListener {
  /** The radio may be used. */
  onReady(): void;
  onDiscovered(discovery: Discovery): void;
}

/** The SDK's `BLEClient`, as far as it observes. */
export interface BleObserver {
  /** `interval` and `window` in units of 0.625 ms. Throws when it scans already. */
  startScanning(options: {
    active: boolean;
    duplicates: boolean;
    interval: number;
    window: number;
    /** 0: hears everybody. */
    filterPolicy: 0;
  }): void;
  stopScanning(): void;

  /** Turns Bluetooth off, which the SDK finishes later, from its event loop. */
  close(): void;
}

/** A buffer that the SDK can copy another one into without making an object. */
export interface TargetBuffer extends ArrayBuffer {
  /** Copies `from`, which has the same length, and turns it around when `reversed`. */
  set(from: ArrayBuffer, reversed: boolean): void;
}

/** What a `BleScanner` is made of. */
export interface BleScannerOptions {
  /** Starts the radio; the listener's `onReady` follows. Throws while the SDK still closes the one before. */
  createObserver(listener: ObserverListener): BleObserver;

  /** Gives `buffer` its method. */
  makeTarget(buffer: ArrayBuffer): TargetBuffer;
  timers: Timers;
  log: Log;
}

/** Core 5.4, Vol 4, Part E, 7.8.10, in units of 0.625 ms. */
const SHORTEST = 4;
const LONGEST = 16384;
/** The longest advertisement: extended advertising in one report. */
const MAX_BYTES = 255;
/** Milliseconds that the SDK gets to close the radio before it is started again. */
const RESTART_TIME = 2000;

/**
 * A `Scanner` over the SDK's classic `bleclient`. Repeated advertisements are reported, as the rules of tags need them:
 * the filter of the radio would pass on one of each address, whatever the next ones say (docs/decisions/0045).
 *
 * An advertisement costs what the SDK makes of it (an object and two buffers) and nothing here. The SDK keeps what was
 * not delivered yet in a list without bound, so code that runs long must `pause` first: then it is emptied. A TLS
 * handshake is such code.
 */
export class BleScanner implements Scanner, ObserverListener, Advertisement {
  readonly address: Uint8Array;
  addressType = 0;
  rssi = 0;
  readonly bytes: Uint8Array;
  readonly from = 0;
  to = 0;

  /** Times that the radio was restarted. */
  restarts = 0;

  private readonly addressBuffer: TargetBuffer;
  private readonly buffer: TargetBuffer;
  private readonly timer: Timer;
  private observer: BleObserver | undefined;
  private ready = false;
  private scanning = false;
  private paused = false;
  private handler: ScannerHandler | undefined;
  private options: ScanOptions | undefined;

  /** Starts the radio; scanning waits for `start`. */
  constructor(private readonly platform: BleScannerOptions) {
    this.addressBuffer = platform.makeTarget(new ArrayBuffer(6));
    this.address = new Uint8Array(this.addressBuffer);
    this.buffer = platform.makeTarget(new ArrayBuffer(MAX_BYTES, { maxByteLength: MAX_BYTES }));
    // Follows the length of its buffer.
    this.bytes = new Uint8Array(this.buffer);
    this.timer = platform.timers.create(() => this.open());
    this.open();
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    this.options = options;
    this.end();
    this.begin();
  }

  stop(): void {
    this.handler = undefined;
    this.paused = false;
    this.end();
  }

  pause(): void {
    this.paused = true;
    this.end();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.begin();
  }

  reset(): void {
    this.end();
    this.ready = false;
    this.restarts++;
    try {
      this.observer?.close();
    } catch (error) {
      this.platform.log.line('Bluetooth: cannot close the radio: ' + (error as Error).message);
    }
    this.observer = undefined;
    // Closing ends in the SDK's event loop; a radio that was opened before would be closed with it.
    this.timer.start(RESTART_TIME);
  }

  // ObserverListener

  onReady(): void {
    this.ready = true;
    this.begin();
  }

  onDiscovered(discovery: Discovery): void {
    const handler = this.handler;
    if (!this.scanning || handler === undefined) return;
    const length = discovery.scanResponse.byteLength;
    if (length > MAX_BYTES || discovery.address.byteLength !== 6) return;
    this.buffer.resize(length);
    this.buffer.set(discovery.scanResponse, false);
    this.addressBuffer.set(discovery.address, true);
    this.addressType = discovery.addressType & 1;
    this.rssi = discovery.rssi;
    this.to = length;
    handler.onAdvertisement(this);
  }

  private open(): void {
    try {
      this.observer = this.platform.createObserver(this);
    } catch (error) {
      this.platform.log.line(
        'Bluetooth: cannot start the radio: ' + (error as Error).message + '; next attempt in 2 s',
      );
      this.timer.start(RESTART_TIME);
    }
  }

  private begin(): void {
    const options = this.options;
    if (!this.ready || this.paused || this.scanning || this.handler === undefined || options === undefined) return;
    const interval = units(options.intervalMilliseconds, LONGEST);
    try {
      this.observer!.startScanning({
        active: options.active,
        duplicates: true,
        interval,
        window: units(options.windowMilliseconds, interval),
        filterPolicy: 0,
      });
      this.scanning = true;
    } catch (error) {
      this.platform.log.line('Bluetooth: cannot scan: ' + (error as Error).message);
    }
  }

  private end(): void {
    if (!this.scanning) return;
    this.scanning = false;
    try {
      this.observer!.stopScanning();
    } catch (error) {
      this.platform.log.line('Bluetooth: cannot stop scanning: ' + (error as Error).message);
    }
  }
}

function units(milliseconds: number, longest: number): number {
  const units = Math.round(milliseconds / 0.625);
  return units < SHORTEST ? SHORTEST : units > longest ? longest : units;
}
