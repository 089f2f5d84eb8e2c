import { ESP8266_LIMITS } from '../../boards/esp8266/limits.js';
import { ESP8266_PREFERENCES, PreferenceStore } from '../../boards/moddable/preference-store.js';
import { bootFirmware, Firmware } from '../../src/device/index.js';
import { makeRpc } from '../../src/rpc/index.js';
import { RemoteConfiguration } from '../../src/settings/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { Preferences } from '../boards/moddable/support/preferences.js';
import { VirtualBoard } from '../device/virtual-board.js';

/** Bytes of the flash sector that the SDK has for preferences. */
const SECTOR = 4096;

/** What of an ESP8266 outlives a restart. */
export class Esp8266Memory {
  readonly preferences = new Preferences(ESP8266_PREFERENCES, 31, SECTOR);
}

/** The firmware of an ESP8266 in virtual time: from its start to its restart, with the board's limits. */
export class Esp8266Device {
  readonly virtual: VirtualBoard;
  /** Undefined when nothing was started. */
  readonly firmware: Firmware | undefined;
  private calls = 0;

  /** As the main program of the board does it. */
  constructor(memory: Esp8266Memory, builtIn: RawConfiguration) {
    const store = new PreferenceStore(memory.preferences, ESP8266_PREFERENCES);
    this.virtual = new VirtualBoard(store);
    const { scanner: _scanner, makePlatform: _makePlatform, ...board } = this.virtual.board();
    this.firmware = bootFirmware({
      builtIn,
      target: { ...ESP8266_LIMITS, gateway: 'shed' },
      board,
      launch: (configuration, { trial, settings: persisted }, notice) =>
        Firmware.launch(configuration, board, {
          makeRpc,
          trial,
          notice,
          remote: new RemoteConfiguration(persisted, trial),
        }),
    });
    this.virtual.run(1000);
  }

  get connected(): boolean {
    return this.firmware?.gateway.connection.connected ?? false;
  }

  /** Calls a method from afar, and returns the answer; an empty text when there is none. */
  call(method: string, params?: unknown): string {
    const topic = `tagwire/shed/cmd/${++this.calls}`;
    this.virtual.broker.publish(topic, JSON.stringify({ method, params }), 1);
    this.virtual.run(100);
    return this.virtual.broker.payloads.find((payload) => /^\{"(result|error)"/.test(payload)) ?? '';
  }
}
