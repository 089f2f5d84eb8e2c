import { Preferences } from '../boards/moddable/support/preferences.js';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { FlashStore } from '../../boards/moddable/flash-store.js';
import { PartitionFlash } from '../../boards/moddable/partition-flash.js';
import { ESP32_PREFERENCES, PreferenceStore } from '../../boards/moddable/preference-store.js';
import { SimulatedFlash } from '../../sim/virtual/memory/simulated-flash.js';
import { SeededRandom } from '../../sim/world/random.js';
import { DeviceConsole } from '../../src/console/index.js';
import { bootFirmware, Firmware, makeTagReporter, openFlashLog } from '../../src/device/index.js';
import { makeKeptRpc } from '../../src/rpc/index.js';
import { RemoteConfiguration } from '../../src/settings/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { MovedStore } from '../../src/settings/moved-store.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { VirtualBoard } from '../device/virtual-board.js';

/** Bytes of the SDK's partition for preferences, and the partition `storage` in blocks. */
const NVS_BYTES = 24576;
const BLOCK_BYTES = 4096;
const BLOCKS = 16;

/** What of an ESP32 outlives a restart. */
export class Esp32Memory {
  readonly preferences = new Preferences(ESP32_PREFERENCES, 15, NVS_BYTES);
  readonly flash: SimulatedFlash;
  readonly outbox: SimulatedFlash;

  constructor() {
    const random = new SeededRandom(1);
    this.flash = new SimulatedFlash(BLOCKS, BLOCK_BYTES, () => random.unit());
    this.outbox = new SimulatedFlash(ESP32_LIMITS.tags.outboxBlocks, BLOCK_BYTES, () => random.unit());
  }
}

/** The firmware of an ESP32 with a console, in virtual time: from its start to its restart, with the board's limits. */
export class Esp32Device {
  readonly virtual: VirtualBoard;
  /** Undefined when nothing was started. */
  readonly firmware: Firmware | undefined;
  console: DeviceConsole | undefined;
  private written = '';
  private calls = 0;
  private readonly editor: ReturnType<DeviceConsole['attach']> | undefined;

  /** As the main program of the board does it. */
  constructor(memory: Esp32Memory, builtIn: RawConfiguration) {
    const settings = new PreferenceStore(memory.preferences, ESP32_PREFERENCES);
    const store = new FlashStore(memory.flash, ESP32_LIMITS.deviceStoreBytes);
    const flash = new PartitionFlash(memory.outbox, ESP32_LIMITS.tags.outboxBlocks);
    this.virtual = new VirtualBoard(store, 1, new MovedStore(store.user, store), flash);
    const board = this.virtual.board();
    const target = {
      ...ESP32_LIMITS,
      gateway: 'shed',
      tags: { ...ESP32_LIMITS.tags, parse: parseTagConfiguration },
    };
    this.firmware = bootFirmware({
      builtIn,
      target,
      board: { ...board, store: settings },
      launch: (configuration, { trial, settings: persisted }, notice) =>
        Firmware.launch(configuration, board, {
          openFlashLog,
          makeReporter: makeTagReporter,
          makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
          makeRpc: makeKeptRpc,
          makeParts: (reporter, { retention }, _board, flashLog) => {
            const { maxBrokers, maxJobs, maxScripts, outgoing: capacity } = ESP32_LIMITS.console;
            const identity = { name: 'shed', version: '1.2.3' };
            const { persistSeconds } = retention;
            const brokers = { maxBrokers, outgoing: { capacity } };
            const options = { board, identity, maxJobs, maxScripts, brokers, flashLog, persistSeconds };
            this.console = new DeviceConsole({ ...options, ...(reporter && { reporter }) });
            return [this.console];
          },
          trial,
          notice,
          remote: new RemoteConfiguration(persisted, trial),
        }),
    });
    this.editor = this.console?.attach({ write: (text) => void (this.written += text) });
    this.virtual.run(1000);
  }

  get connected(): boolean {
    return this.firmware?.gateway.connection.connected ?? false;
  }

  /** Types a line at the console, and returns what it writes. */
  async type(line: string): Promise<string> {
    this.written = '';
    const bytes = Buffer.from(line + '\n');
    this.editor!.receive(bytes, 0, bytes.length);
    let idle = false;
    void this.editor!.idle().then(() => (idle = true));
    while (!idle) {
      await new Promise((resolve) => setImmediate(resolve));
      this.virtual.run(10);
    }
    return this.written;
  }

  /** Calls a method from afar, and returns the answer; an empty text when there is none. */
  call(method: string, params?: unknown): string {
    const topic = `tagwire/shed/cmd/${++this.calls}`;
    this.virtual.broker.publish(topic, JSON.stringify({ method, params }), 1);
    this.virtual.run(100);
    return this.virtual.broker.payloads.find((payload) => /^\{"(result|error)"/.test(payload)) ?? '';
  }
}
