import { parseForDesktop } from '../../sim/cli/configuration-file.js';
import { simBoard } from '../../sim/sim-board.js';
import { CLOUDS } from '../../src/cloud/index.js';
import { Firmware, makeTagReporter } from '../../src/device/index.js';
import type { FirmwareFeatures } from '../../src/device/index.js';
import type { TlsOptions } from '../../src/hal/index.js';
import { makeRpc } from '../../src/rpc/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import type { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { HandScanner, mikrotik } from '../device/hand-scanner.js';

export interface CloudDeviceOptions {
  /** Exceed the limits of the cloud. */
  unchecked?: boolean;
  /** What TLS trusts, beside what the configuration says. */
  tls?: TlsOptions;
  /** Where it keeps what outlives a restart. Default: a new memory. */
  board?: ReturnType<typeof simBoard>;
  /** What may be seen and changed of the configuration from afar. Default: nothing. */
  remote?: RemoteConfiguration;
  /** What the firmware has beside that. */
  features?: FirmwareFeatures;
}

/** The firmware of a device with every cloud, on Node and in real time, with a scanner in the test's hand. */
export class CloudTestDevice {
  readonly lines: string[] = [];
  readonly firmware: Firmware;
  readonly scanner = new HandScanner();
  private readonly waiting: { line: RegExp; done: () => void }[] = [];
  private heard = 0;

  /** Throws a RangeError that lists the mistakes of the configuration. */
  constructor(raw: RawConfiguration, options: CloudDeviceOptions = {}) {
    const defaults = { gateway: 'shed', interval: 0, health: 0, presence: 0 };
    const configuration = parseForDesktop({ ...defaults, ...raw }, options.unchecked ?? false);
    for (const endpoint of configuration.connection.endpoints) {
      if (endpoint.tls) endpoint.tls = { ...endpoint.tls, ...options.tls };
    }
    configuration.connection.backoff ??= { minimum: 20, maximum: 200 };
    const board = { ...(options.board ?? simBoard(() => this.scanner)), scanner: this.scanner };
    const log = { line: (text: string) => this.note(text) };
    this.firmware = Firmware.launch(
      configuration,
      { ...board, log },
      {
        clouds: CLOUDS,
        makeReporter: makeTagReporter,
        makeRpc,
        ...(options.remote && { remote: options.remote }),
        ...options.features,
      },
    );
  }

  /** Resolves when a line of the log fits; those that were there before count. */
  line(line: RegExp): Promise<void> {
    if (this.lines.some((text) => line.test(text))) return Promise.resolve();
    return new Promise((done) => this.waiting.push({ line, done }));
  }

  /** A tag is heard: by default one that is measured anew each time. */
  hear(address = 'DC:2C:6E:0F:C0:3D', advertisement?: string): void {
    const next = ++this.heard;
    this.scanner.hear(address, advertisement ?? mikrotik(next, 5000 + next * 64));
  }

  /** Ends in order. */
  async stop(): Promise<void> {
    this.firmware.stop();
    await this.line(/^stopped/);
  }

  private note(text: string): void {
    this.lines.push(text);
    for (const waiter of this.waiting.splice(0)) {
      if (waiter.line.test(text)) waiter.done();
      else this.waiting.push(waiter);
    }
  }
}
