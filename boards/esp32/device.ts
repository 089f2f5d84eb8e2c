import { CLOUDS } from '../../src/cloud/profiles.js';
import { platformsOn } from '../../src/connection/shared-network.js';
import { bootFirmware, Firmware } from '../../src/device/firmware.js';
import type { FirmwareBoot } from '../../src/device/firmware.js';
import { openFlashLog } from '../../src/device/open-flash-log.js';
import { makeRecorder } from '../../src/device/recorder.js';
import { makeTagReporter } from '../../src/device/tag-log.js';
import type { Board, Ciphers, Scanner, Store } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/kept-answers.js';
import type { RawConfiguration } from '../../src/settings/configuration.js';
import { MovedStore } from '../../src/settings/moved-store.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { needsTime } from '../ecma419/tls-options.js';
import type { SdkFlash } from '../moddable/flash-records.js';
import { FlashStore } from '../moddable/flash-store.js';
import { ModdableHealth } from '../moddable/health.js';
import { PartitionFlash } from '../moddable/partition-flash.js';
import { ESP32_PREFERENCES, PreferenceStore } from '../moddable/preference-store.js';
import type { SerialClass } from '../moddable/serial-port.js';
import { TimeService } from '../moddable/time-service.js';
import { gatewayName, WifiNetwork } from '../moddable/wifi-network.js';
import type { makeConsole } from './console.js';
import { ESP32_LIMITS as LIMITS } from './limits.js';
import { BoardSetup, serialLine, SerialSetup, SharedLog } from './serial-setup.js';
import type { SetupParts } from './serial-setup.js';

/** Bytes of answers of Improv that wait, where the line has no console. */
const SETUP_OUTPUT = 512;

/** What an ESP32 is made of. */
export interface Esp32Parts extends SetupParts {
  serial: SerialClass;
  scanner: Scanner;
  ciphers?: Ciphers;
  /** Makes the console at the serial port, see console.ts. A firmware without one leaves it out of its link. */
  makeConsole?: typeof makeConsole;

  /** Opens a partition of the flash. Throws when there is none of that name. */
  openFlash(path: string): SdkFlash;
  /** See `ConfigurationTarget.resource`. */
  resource?(name: string): Uint8Array | undefined;
}

/** Puts an ESP32 together and starts it with `builtIn` and with what is persisted. See `bootFirmware`. */
export function startEsp32(builtIn: RawConfiguration, parts: Esp32Parts): Firmware | undefined {
  const { clock, timers, entropy, scanner, ciphers } = parts;
  const log = new SharedLog(parts.log);
  const line = serialLine(parts.chip);
  const settings = new PreferenceStore(parts.preference, ESP32_PREFERENCES, log);
  const gateway = gatewayName('esp32', parts.mac);
  const tags = { ...LIMITS.tags, parse: parseTagConfiguration };
  const target = { ...LIMITS, gateway, tags, clouds: CLOUDS, resource: (name: string) => parts.resource?.(name) };
  const restart = (): void => parts.restart();
  const stores = openStores(parts, settings);
  const outboxFlash = openOutboxFlash(parts);
  let atPort: SerialSetup | undefined;

  const launch: FirmwareBoot['launch'] = (configuration, { trial, settings: persisted }, notice) => {
    const platform = { clock, timers, entropy, log };
    const wifi = new WifiNetwork(parts.wifi, parts.net, configuration.wifi!, platform);
    const network = new TimeService(
      parts.askTime,
      (seconds) => parts.setTime(seconds),
      configuration.timeServers,
      needsTime(configuration.connection.endpoints),
      { ...platform, network: wifi },
    );
    const makePlatform = platformsOn(network, parts);
    const board: Board = {
      name: 'esp32',
      ...makePlatform(),
      makePlatform,
      ...stores,
      ...outboxFlash,
      scanner,
      ...(ciphers && { ciphers }),
      health: new ModdableHealth(parts.instrumentation, LIMITS.heaps, wifi, parts.restartReason),
      log,
      restart,
    };
    // What an attempt has opened that came to nothing.
    atPort?.close();
    atPort = undefined;
    const host = new BoardSetup(parts, log, persisted, wifi);
    const firmware = Firmware.launch(configuration, board, {
      clouds: CLOUDS,
      openFlashLog,
      makeReporter: makeTagReporter,
      makeRecorder,
      makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
      makeRpc: makeKeptRpc,
      makeParts: (reporter, configured, on, flashLog) => {
        const { serialConsole } = configured;
        const made = serialConsole
          ? parts.makeConsole?.(parts.serial, line, reporter, configured, on, flashLog)
          : undefined;
        if (serialConsole && !made) log.line('serialConsole: this firmware was linked without a console');
        if (made?.console) atPort = SerialSetup.beside(made.console, host);
        else if (!made) atPort = SerialSetup.open(parts.serial, { ...line, output: SETUP_OUTPUT }, host);
        return [...(made?.parts ?? []), ...(atPort ? [atPort] : [])];
      },
      trial,
      notice,
      remote: new RemoteConfiguration(persisted, trial),
    });
    host.firmware = firmware;
    network.start();
    wifi.start();
    return firmware;
  };
  const setUp: FirmwareBoot['setUp'] = (persisted) => {
    log.line('not set up: waiting for settings on the serial port');
    const host = new BoardSetup(parts, log, persisted, undefined);
    SerialSetup.open(parts.serial, line, host);
    // So that a page is told whether what was stored of Wi-Fi works.
    const { ssid, password } = persisted.merged();
    if (ssid) host.join(password ? { ssid: String(ssid), password: String(password) } : { ssid: String(ssid) });
  };
  return bootFirmware({ builtIn, target, board: { store: settings, timers, log, restart }, launch, setUp });
}

/**
 * The log of the outbox has a partition of its own: see partitions.csv. A chip whose table was written before there was
 * one keeps that table when only its application is replaced.
 */
function openOutboxFlash({ openFlash, log }: Esp32Parts): Pick<Board, 'flash'> {
  try {
    return { flash: new PartitionFlash(openFlash('outbox'), LIMITS.tags.outboxBlocks) };
  } catch (error) {
    log.line('flash, partition outbox: ' + (error as Error).message + '; readings are kept in memory only');
    return {};
  }
}

/**
 * Counters and what people write have a partition of their own. Older firmware had one store for both.
 */
function openStores({ openFlash, preference, log }: Esp32Parts, settings: Store): Pick<Board, 'store' | 'userStore'> {
  try {
    const store = new FlashStore(openFlash('storage'), LIMITS.deviceStoreBytes);
    return { store, userStore: new MovedStore(store.user, store) };
  } catch (error) {
    log.line('flash, partition storage: ' + (error as Error).message + '; scripts are stored beside the settings');
    const userStore = new PreferenceStore(preference, ESP32_PREFERENCES, log, 'user');
    return { store: settings, userStore: new MovedStore(userStore, settings) };
  }
}
