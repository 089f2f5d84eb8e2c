import { ConsoleLog, DeviceConsole } from '../../src/console/index.js';
import type { GatewayPart, TagReporter, TagReporterOptions } from '../../src/device/index.js';
import type { Board, Clock, Timers, TlsOptions } from '../../src/hal/index.js';
import { AdvertisementRing } from '../../src/tags/index.js';
import type { SimDisplay } from '../cli/sim-display.js';
import { NodeClock } from '../hal/index.js';
import { makeToken } from './console-login.js';
import { ConsolePort } from './console-port.js';
import { ConsoleTerminal } from './console-terminal.js';
import { ConsoleDisplay, LogDisplay } from './displays.js';

/** Where the console of a simulated device is to be had. */
export interface SimConsoleOptions {
  /** On standard input and output. */
  terminal: boolean;
  /** TCP port on 127.0.0.1, 0 for a free one; undefined: none. */
  port: number | undefined;
  /** What its clients send first; undefined: one is made and shown. */
  token: string | undefined;
  /** The simulation goes on when standard input has ended. */
  stays: boolean;
}

/** What the console says of the device. */
export interface SimDevice {
  name: string;
  version: string;
  /** For brokers with `ssl=yes`. */
  tls: TlsOptions | undefined;
}

const LOG_LINES = 256;
/** As many as RouterOS keeps, of the length that extended advertising allows. */
const ADVERTISEMENTS = { capacity: 1024, maxBytes: 255 };

/** The console of `tagwire sim`: of the simulated device, on standard input and output, and on a TCP port. */
export class SimConsole {
  /** What was heard, for people; to be the reporter's. */
  readonly ring = new AdvertisementRing(ADVERTISEMENTS);
  readonly display: LogDisplay;
  private readonly log = new ConsoleLog(new NodeClock(), { capacity: LOG_LINES });
  private readonly own: ConsoleDisplay | undefined;
  private readonly terminal: ConsoleTerminal | undefined;
  private device: DeviceConsole | undefined;
  private platform: { clock: Clock; timers: Timers } | undefined;
  private port: ConsolePort | undefined;

  /** `stop` ends the simulation; `shown` displays it when the terminal is not the console's. */
  constructor(
    private readonly options: SimConsoleOptions,
    private readonly shown: SimDisplay,
    private readonly stop: () => void,
  ) {
    if (options.terminal) {
      this.terminal = new ConsoleTerminal(() => void this.inputEnded(this.terminal!.interactive));
      this.own = new ConsoleDisplay(this.terminal.interactive);
    }
    this.display = new LogDisplay(this.log, this.own ?? shown);
  }

  /** The parts that the gateway gets. */
  makeParts(
    board: Board,
    reporter: TagReporter | undefined,
    tags: Partial<TagReporterOptions>,
    about: SimDevice,
  ): GatewayPart[] {
    const { name, version, tls } = about;
    const certificates = (certificate: string): TlsOptions | undefined => (certificate === '' ? tls : undefined);
    const identity = { name, version };
    const { log } = this;
    this.platform = board;
    const { flashLog, outbox } = tags;
    const persistSeconds = outbox?.persistSeconds ?? 5;
    const brokers = { certificates };
    const parts = { board, tags, identity, log, flashLog, persistSeconds, brokers };
    this.device = new DeviceConsole({ ...parts, ...(reporter && { reporter }) });
    return [this.device];
  }

  /** Begins to serve. Call it just before the gateway starts. Rejects with `BadInput` when the port cannot be had. */
  async open(): Promise<void> {
    const device = this.device!;
    const { port, terminal } = this.options;
    if (port !== undefined) {
      const token = this.options.token ?? makeToken();
      const onNotice = (text: string): void => this.display.log(text);
      this.port = await ConsolePort.open(device, { port, token, platform: this.platform!, onNotice });
      const { port: open } = this.port;
      const shown = this.options.token === undefined ? token : 'as given';
      const line = `console on 127.0.0.1 port ${open}, token ${shown}; to reach it: telnet 127.0.0.1 ${open}`;
      // Not in the log, which every client can read.
      if (this.own) this.own.announce(line);
      else this.shown.log(line);
    }
    if (terminal) this.terminal!.open(device);
  }

  /** Gives back terminal and port, and ends what the device has of brokers. Legal at any time. */
  async close(): Promise<void> {
    this.terminal?.close();
    this.port?.close();
    await this.device?.end();
  }

  private async inputEnded(interactive: boolean): Promise<void> {
    if (!interactive && this.options.stays) return;
    // Else what the gateway has heard by then would count as lost, since it was never connected.
    if (!interactive) await this.display.settled;
    this.stop();
  }
}
