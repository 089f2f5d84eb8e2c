import { MemoryStore } from '../../../sim/hal/index.js';
import { PlainTagProfile } from '../../../src/cloud/index.js';
import { DeviceConsole } from '../../../src/console/index.js';
import type { DeviceConsoleOptions } from '../../../src/console/index.js';
import { Gateway, TagReporter } from '../../../src/device/index.js';
import { parseTagSettings } from '../../../src/settings/index.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import type { Flash, Store } from '../../../src/hal/index.js';
import { AdvertisementRing } from '../../../src/tags/index.js';
import { FlashLog } from '../../../src/telemetry/outbox/flash-log.js';
import { VirtualBoard } from '../../device/virtual-board.js';

/** A device in virtual time with its tag side and a console, started. */
export class VirtualDevice {
  readonly virtual: VirtualBoard;
  readonly console: DeviceConsole;
  readonly reporter: TagReporter;
  readonly gateway: Gateway;
  private written = '';
  private readonly editor: ReturnType<DeviceConsole['attach']>;

  constructor(
    settings: RawConfiguration = {},
    store: Store = new MemoryStore(),
    options: Partial<DeviceConsoleOptions> = {},
    prepare: (console: DeviceConsole) => void = () => {},
    flash?: Flash,
  ) {
    this.virtual = new VirtualBoard(store, 1, store, flash);
    const board = this.virtual.board();
    const profile = new PlainTagProfile({ gateway: 'shed' });
    const nothing = (): void => {};
    const handler = {
      onConnected: nothing,
      onFailed: nothing,
      onStopped: nothing,
      onTag: nothing,
      onPublished: nothing,
      onNotice: nothing,
    };
    const tags = parseTagSettings({ interval: 0, heartbeat: 0, persist: 0, silent: 0, ...settings });
    const connection = { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 };
    const ring = new AdvertisementRing({ capacity: 8 });
    const log = flash && { flashLog: new FlashLog(flash) };
    this.reporter = new TagReporter({ ...tags, profile, ring, ...log }, board, handler);
    const identity = { name: 'shed', version: '1.2.3' };
    this.console = new DeviceConsole({ board, identity, reporter: this.reporter, tags, ...options });
    prepare(this.console);
    this.gateway = new Gateway({ connection, profile }, board, handler, this.reporter, [this.console]);
    this.gateway.start();
    this.editor = this.console.attach({ write: (text) => void (this.written += text) });
    this.virtual.run(1000);
  }

  /** Types a command and returns what it writes. */
  async type(command: string): Promise<string> {
    this.written = '';
    const bytes = Buffer.from(command + '\n');
    this.editor.receive(bytes, 0, bytes.length);
    let idle = false;
    void this.editor.idle().then(() => (idle = true));
    while (!idle) {
      await new Promise((resolve) => setImmediate(resolve));
      // The next slice of its work is due now.
      this.virtual.run(0);
    }
    return this.written;
  }

  /** Lets time pass, then what was begun by it. */
  async run(milliseconds: number): Promise<void> {
    this.virtual.run(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lines of the log but those of connections. */
  get lines(): string[] {
    const { log } = this.console;
    return log.lines.map(({ topics, message }) => `${topics} ${message}`);
  }
}
