import { MemoryStore } from '../../../sim/hal/index.js';
import { nodePlatforms } from '../../../sim/hal/platform.js';
import { PlainProfile } from '../../../src/cloud/index.js';
import { ConsoleLog, DeviceConsole } from '../../../src/console/index.js';
import type { DeviceConsoleOptions } from '../../../src/console/index.js';
import { Gateway } from '../../../src/device/index.js';
import type { Board, Health, Store } from '../../../src/hal/index.js';

/** What the manual's device told of itself. */
const KNOT: Health = {
  freeChunkBytes: () => -1,
  freeSlotBytes: () => -1,
  rssi: () => 0,
  restartReason: 'power on',
  model: 'RB924i-2nD-BT5&BG77',
  serial: 'E9C80EAEXXXX',
  freeMemory: () => 19632128,
  usedMemory: () => 47476736,
  load: () => 13,
};

/** A device on Node's network, with a console that a pipe types into; its gateway is connected to `port`. */
export class LiveDevice {
  readonly console: DeviceConsole;
  readonly gateway: Gateway;
  private written = '';
  private readonly stopped: Promise<void>;
  private readonly editor: ReturnType<DeviceConsole['attach']>;

  constructor(
    readonly port: number,
    store: Store = new MemoryStore(),
    options: Partial<DeviceConsoleOptions> = {},
  ) {
    const platform = nodePlatforms();
    const board: Board = { name: 'knot', ...platform, store, userStore: store, health: KNOT };
    const log = new ConsoleLog(board.clock);
    this.console = new DeviceConsole({ board, identity: { name: 'knot', version: '7.9' }, log, ...options });
    let stopped = (): void => {};
    this.stopped = new Promise((resolve) => (stopped = resolve));
    const connection = { endpoints: [{ host: '127.0.0.1', port }], clientId: `gateway-${port}-${Math.random()}` };
    const handler = { onConnected: () => {}, onFailed: () => {}, onStopped: () => stopped() };
    const profile = new PlainProfile({ gateway: 'knot', prefix: 'test' });
    this.gateway = new Gateway({ connection, profile }, board, handler, undefined, [this.console]);
    this.gateway.start();
    this.editor = this.console.attach({ write: (text) => void (this.written += text) });
  }

  /** Types a command and returns the lines that it writes. */
  async type(command: string): Promise<string[]> {
    this.written = '';
    const bytes = Buffer.from(command + '\n');
    for (let at = 0; at < bytes.length; await this.editor.idle()) at += this.editor.receive(bytes, at, bytes.length);
    return this.written.split('\n').slice(0, -1);
  }

  /** Messages that are kept of all brokers. */
  get received(): number {
    return this.console.brokers.received.count;
  }

  /** Texts of the lines of the log. */
  get lines(): string[] {
    const { log } = this.console;
    return log.lines.map(({ topics, message }) => `${topics} ${message}`);
  }

  async end(): Promise<void> {
    this.gateway.stop();
    await this.stopped;
    await this.console.end();
  }
}

/** Resolves when the condition holds; the test's own time-out is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
