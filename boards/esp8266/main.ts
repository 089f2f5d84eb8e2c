import TCP from 'embedded:io/socket/tcp';
import UDP from 'embedded:io/socket/udp';
import DNS from 'embedded:network/dns/resolver/udp';
import Instrumentation from 'instrumentation';
import config from 'mc/config';
import Net from 'net';
import Preference from 'preference';
import SNTP from 'sntp';
import Time from 'time';
import Timer from 'timer';
import WiFi from 'wifi';
import type { CloudDefinition } from '../../src/cloud/definition.js';
import { PLAIN } from '../../src/cloud/plain/definition.js';
import { bootFirmware, Firmware } from '../../src/device/firmware.js';
import type { FirmwareBoot } from '../../src/device/firmware.js';
import type { Board } from '../../src/hal/index.js';
import { makeRpc } from '../../src/rpc/make-rpc.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { TcpTransport } from '../ecma419/tcp-transport.js';
import type { TcpClass } from '../ecma419/tcp-transport.js';
import { UdpResolver } from '../ecma419/udp-resolver.js';
import type { UdpClass } from '../ecma419/udp-resolver.js';
import { ModdableHealth } from '../moddable/health.js';
import { ModdableClock, ModdableTimers, RandomEntropy, TraceLog } from '../moddable/platform.js';
import { ESP8266_PREFERENCES, PreferenceStore } from '../moddable/preference-store.js';
import { TimeService } from '../moddable/time-service.js';
import type { SdkSntp } from '../moddable/time-service.js';
import { gatewayName, WifiNetwork } from '../moddable/wifi-network.js';
import type { SdkNet, SdkWifi } from '../moddable/wifi-network.js';
import { ESP8266_LIMITS as LIMITS } from './limits.js';
import { restartReason } from './restart-reason.js';

/** The clouds of a chip without Bluetooth and without TLS. */
const CLOUDS: readonly CloudDefinition[] = Object.freeze([PLAIN]);

/** Wires an ESP8266. The SDK calls it once, after its own start. */
export default function main(): void {
  const log = new TraceLog(trace);
  const clock = new ModdableClock(Time);
  const timers = new ModdableTimers(Timer);
  const entropy = new RandomEntropy(Math.random);
  const store = new PreferenceStore(Preference, ESP8266_PREFERENCES, log);
  // Turns the radio on, and only then does it tell its address.
  WiFi.mode = WiFi.Mode.station;
  const gateway = gatewayName('esp8266', Net.get('MAC'));
  const target = { ...LIMITS, gateway, clouds: CLOUDS };
  const restart = (): void => System.restart();

  const launch: FirmwareBoot['launch'] = (configuration, { trial, settings: persisted }, notice) => {
    const platform = { clock, timers, entropy, log };
    const wifi = new WifiNetwork(WiFi as unknown as SdkWifi, Net as SdkNet, configuration.wifi!, platform);
    const network = new TimeService(
      SNTP as unknown as SdkSntp,
      (seconds) => Time.set(seconds),
      configuration.timeServers,
      false,
      { ...platform, network: wifi },
    );
    // Without `makePlatform` and `flash`: the 32 KB of this chip are for the buffers of one broker.
    const board: Board = {
      name: 'esp8266',
      clock,
      timers,
      entropy,
      network,
      resolver: new UdpResolver({
        dns: DNS,
        udp: UDP as unknown as UdpClass,
        timers,
        servers: () => Net.get('DNS'),
      }),
      transport: new TcpTransport(TCP as unknown as TcpClass, { timers }),
      store,
      health: new ModdableHealth(Instrumentation, LIMITS.heaps, wifi, restartReason()),
      log,
      restart,
    };
    const remote = new RemoteConfiguration(persisted, trial);
    const firmware = Firmware.launch(configuration, board, { clouds: CLOUDS, makeRpc, trial, notice, remote });
    network.start();
    wifi.start();
    return firmware;
  };
  bootFirmware({ builtIn: config, target, board: { store, timers, log, restart }, launch });
}
