import { TransportFailure } from '../../../src/hal/transport.js';
import type { Advertisement, Endpoint, ScanOptions, Scanner, ScannerHandler } from '../../../src/hal/index.js';
import type { Transport, TransportHandler } from '../../../src/hal/index.js';
import type { Firmware } from '../../../src/device/firmware.js';
import type { RawConfiguration } from '../../../src/settings/configuration.js';
import type { BoardName } from '../world.js';
import type { BtsnoopFile } from './btsnoop-file.js';
import type { PcapFile } from './pcap-file.js';
import type { EndCause } from './recording-file.js';

/** One start of a device, for those who look at what its firmware and its board tell each other. */
export interface TappedStart {
  /** Of the device in its world, from 0. */
  readonly device: number;
  readonly name: string;
  readonly board: BoardName;
  /** What it is started with. */
  readonly settings: RawConfiguration;
  readonly restartReason: string;
  /** The chip's hardware address, empty without one. */
  readonly mac: string;
  /** Undefined until it has been launched. */
  readonly firmware: Firmware | undefined;
  /** Milliseconds since the beginning of the run. */
  worldTime(): number;
  /** The real time of day, whatever the device takes it for: milliseconds since 1970, with a fraction. */
  unixTime(): number;
}

/** The parts of a board that a tap can stand before. */
export interface TappedParts {
  makeTransport(): Transport;
  scanner?: Scanner;
}

/** Stands between the firmware and its board, and sees what passes. It changes nothing. */
export interface Tap {
  /** The parts to give to the firmware of `start` in place of `parts`. */
  wrap<P extends TappedParts>(parts: P, start: TappedStart): P;
  /** The firmware was started with them. */
  launched?(start: TappedStart): void;
  /** The start is over: nothing that its firmware still does counts. */
  ended?(start: TappedStart, cause: EndCause): void;
}

/** Sees the bytes of connections, such as a `PcapFile`. */
export interface ConnectionWatcher {
  /** A connection of device number `client`, counted from 0, is open. */
  connect(client: number, address: string, unixTime: () => number): WatchedConnection;
}

/** A connection that is open. */
export interface WatchedConnection {
  /** `bytes[from..to)` passed, `up` to the server. They are valid until the call returns. */
  pass(up: boolean, bytes: Uint8Array, from: number, to: number): void;
  /** The device, or else the server, ended it. */
  end(byClient: boolean): void;
  reset(): void;
}

/** Writes what passes to capture files. */
export class CaptureTap implements Tap {
  constructor(
    private readonly pcap: PcapFile | undefined,
    private readonly btsnoop: BtsnoopFile | undefined,
  ) {}

  wrap<P extends TappedParts>(parts: P, start: TappedStart): P {
    const { pcap, btsnoop } = this;
    const { scanner } = parts;
    return {
      ...parts,
      ...(pcap && { makeTransport: () => new CapturedTransport(parts.makeTransport(), pcap, start) }),
      ...(btsnoop && scanner && { scanner: new CapturedScanner(scanner, btsnoop, start) }),
    };
  }
}

/** Shows what goes through a transport to a watcher. */
export class CapturedTransport implements Transport, TransportHandler {
  private address = '';
  private handler: TransportHandler | undefined;
  private connection: WatchedConnection | undefined;
  /** Bytes that the handler did not consume; they come again. */
  private seen = 0;

  constructor(
    private readonly transport: Transport,
    private readonly file: ConnectionWatcher,
    private readonly start: Pick<TappedStart, 'device' | 'unixTime'>,
  ) {}

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.finish();
    this.address = address;
    this.handler = handler;
    this.seen = 0;
    this.transport.open(address, endpoint, this);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    const taken = this.transport.write(bytes, from, to);
    if (taken > 0) this.connection?.pass(true, bytes, from, from + taken);
    return taken;
  }

  resume(): void {
    this.transport.resume();
  }

  close(): void {
    this.finish();
    this.handler = undefined;
    this.transport.close();
  }

  onOpen(): void {
    const { start } = this;
    this.connection = this.file.connect(start.device, this.address, () => start.unixTime());
    this.handler?.onOpen();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    const { connection, handler } = this;
    const begin = from + Math.min(this.seen, to - from);
    if (begin < to) connection?.pass(false, bytes, begin, to);
    const consumed = handler ? handler.onReceive(bytes, from, to) : to - from;
    // The call may have closed the connection, and opened another one.
    if (connection === this.connection) this.seen = to - from - consumed;
    return consumed;
  }

  onWritable(): void {
    this.handler?.onWritable();
  }

  onClose(cause: TransportFailure, detail: string): void {
    const { handler, connection } = this;
    if (cause === TransportFailure.ended) connection?.end(false);
    else connection?.reset();
    if (cause !== TransportFailure.ended) this.connection = undefined;
    this.finish();
    this.handler = undefined;
    handler?.onClose(cause, detail);
  }

  private finish(): void {
    this.connection?.end(true);
    this.connection = undefined;
  }
}

/** Writes what a radio hears to a btsnoop file. */
class CapturedScanner implements Scanner, ScannerHandler {
  /** Present where the radio has them. */
  readonly pause?: () => void;
  readonly resume?: () => void;
  readonly reset?: () => void;
  private handler: ScannerHandler | undefined;

  constructor(
    private readonly scanner: Scanner,
    private readonly file: BtsnoopFile,
    private readonly tapped: TappedStart,
  ) {
    if (scanner.pause) this.pause = () => scanner.pause!();
    if (scanner.resume) this.resume = () => scanner.resume!();
    if (scanner.reset) this.reset = () => scanner.reset!();
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    this.scanner.start(options, this);
  }

  stop(): void {
    this.scanner.stop();
  }

  onAdvertisement(advertisement: Advertisement): void {
    this.file.add(this.tapped.unixTime(), advertisement);
    this.handler?.onAdvertisement(advertisement);
  }
}
