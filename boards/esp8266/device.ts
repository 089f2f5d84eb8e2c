import type { CloudDefinition } from '../../src/cloud/definition.js';
import { HOME_ASSISTANT } from '../../src/cloud/home-assistant/definition.js';
import { PLAIN } from '../../src/cloud/plain/definition.js';
import { THINGSBOARD } from '../../src/cloud/thingsboard/definition.js';
import { bootFirmware, Firmware } from '../../src/device/firmware.js';
import type { FirmwareBoot } from '../../src/device/firmware.js';
import type { Board } from '../../src/hal/index.js';
import { makeRpc } from '../../src/rpc/make-rpc.js';
import type { RawConfiguration } from '../../src/settings/configuration.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import type { ChipParts } from '../moddable/chip-parts.js';
import { ModdableHealth } from '../moddable/health.js';
import { ESP8266_PREFERENCES, PreferenceStore } from '../moddable/preference-store.js';
import { TimeService } from '../moddable/time-service.js';
import { gatewayName, WifiNetwork } from '../moddable/wifi-network.js';
import { ESP8266_LIMITS as LIMITS } from './limits.js';

/** The clouds of a chip without Bluetooth and without TLS. */
export const ESP8266_CLOUDS: readonly CloudDefinition[] = Object.freeze([PLAIN, HOME_ASSISTANT, THINGSBOARD]);

/** Puts an ESP8266 together and starts it with `builtIn` and with what is persisted. See `bootFirmware`. */
export function startEsp8266(builtIn: RawConfiguration, parts: ChipParts): Firmware | undefined {
  // `parts` itself is garbage after the start: what is needed later is taken out of it here.
  const { clock, timers, entropy, log, setTime, restart } = parts;
  const store = new PreferenceStore(parts.preference, ESP8266_PREFERENCES, log);
  const gateway = gatewayName('esp8266', parts.mac);
  const target = { ...LIMITS, gateway, clouds: ESP8266_CLOUDS };

  const launch: FirmwareBoot['launch'] = (configuration, { trial, settings: persisted }, notice) => {
    const platform = { clock, timers, entropy, log };
    const wifi = new WifiNetwork(parts.wifi, parts.net, configuration.wifi!, platform);
    const network = new TimeService(parts.askTime, setTime, configuration.timeServers, false, {
      ...platform,
      network: wifi,
    });
    // Without `makePlatform` and `flash`: the 34 KiB of this chip are for the buffers of one broker.
    const board: Board = {
      name: 'esp8266',
      clock,
      timers,
      entropy,
      network,
      resolver: parts.makeResolver(),
      transport: parts.makeTransport(),
      store,
      health: new ModdableHealth(parts.instrumentation, LIMITS.heaps, wifi, parts.restartReason),
      log,
      restart,
    };
    const remote = new RemoteConfiguration(persisted, trial);
    const firmware = Firmware.launch(configuration, board, { clouds: ESP8266_CLOUDS, makeRpc, trial, notice, remote });
    network.start();
    wifi.start();
    return firmware;
  };
  return bootFirmware({ builtIn, target, board: { store, timers, log, restart }, launch });
}
