import Flash from 'embedded:storage/flash';
import TCP from 'embedded:io/socket/tcp';
import TLS from 'embedded:io/socket/tcp/tls';
import UDP from 'embedded:io/socket/udp';
import Serial from 'embedded:io/serial';
import DNS from 'embedded:network/dns/resolver/udp';
import Crypt from 'crypt';
import Instrumentation from 'instrumentation';
import config from 'mc/config';
import Net from 'net';
import Preference from 'preference';
import resetReason from 'resetReason';
import Resource from 'Resource';
import SNTP from 'sntp';
import CertificateManager from 'ssl/cert';
import Time from 'time';
import Timer from 'timer';
import WiFi from 'wifi';
import X509 from 'x509';
import { CLOUDS } from '../../src/cloud/profiles.js';
import { SharedNetwork } from '../../src/connection/shared-network.js';
import { DeviceConsole } from '../../src/console/bindings/device-console.js';
import type { DeviceConsoleOptions } from '../../src/console/bindings/device-console.js';
import { bootFirmware, Firmware, VERSION } from '../../src/device/firmware.js';
import type { FirmwareBoot } from '../../src/device/firmware.js';
import type { GatewayPart } from '../../src/cloud/part.js';
import { openFlashLog } from '../../src/device/open-flash-log.js';
import { makeTagReporter } from '../../src/device/tag-log.js';
import type { TagReporter } from '../../src/device/tag-reporter.js';
import type { Board, Log, NetworkPlatform, Store } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/kept-answers.js';
import type { Configuration } from '../../src/settings/configuration.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { MovedStore } from '../../src/settings/moved-store.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { SocketTransport } from '../ecma419/socket-transport.js';
import type { TcpClass } from '../ecma419/tcp-transport.js';
import { needsTime } from '../ecma419/tls-options.js';
import { UdpResolver } from '../ecma419/udp-resolver.js';
import type { UdpClass } from '../ecma419/udp-resolver.js';
import { FlashStore } from '../moddable/flash-store.js';
import { ModdableHealth } from '../moddable/health.js';
import { ModdableClock, ModdableTimers, RandomEntropy, TraceLog } from '../moddable/platform.js';
import { PartitionFlash } from '../moddable/partition-flash.js';
import { ESP32_PREFERENCES, PreferenceStore } from '../moddable/preference-store.js';
import { SdkCiphers } from '../moddable/sdk-ciphers.js';
import { SerialConsole } from '../moddable/serial-console.js';
import type { SerialClass } from '../moddable/serial-port.js';
import { TimeService } from '../moddable/time-service.js';
import type { SdkSntp } from '../moddable/time-service.js';
import { gatewayName, WifiNetwork } from '../moddable/wifi-network.js';
import type { SdkNet, SdkWifi } from '../moddable/wifi-network.js';
import { BleScanner } from './ble-scanner.js';
import { ESP32_LIMITS as LIMITS } from './limits.js';
import { makeTarget, Observer } from './observer.js';

/** UART 0 of a classic ESP32, at which its USB bridge is. */
const SERIAL = Object.freeze({ baud: 115200, port: 0, transmit: 1, receive: 3 });

/** Wires an ESP32. The SDK calls it once, after its own start. */
export default function main(): void {
  const log = new TraceLog(trace);
  const clock = new ModdableClock(Time);
  const timers = new ModdableTimers(Timer);
  const entropy = new RandomEntropy(Math.random);
  const settings = new PreferenceStore(Preference, ESP32_PREFERENCES, log);
  // Turns the radio on, and only then does it tell its address.
  WiFi.mode = WiFi.Mode.station;
  const gateway = gatewayName('esp32', Net.get('MAC'));
  const tags = { ...LIMITS.tags, parse: parseTagConfiguration };
  const target = { ...LIMITS, gateway, resource: linkedResource, tags, clouds: CLOUDS };
  const restart = (): void => System.restart();
  const stores = openStores(settings, log);
  const outboxFlash = openOutboxFlash(log);
  const scanner = new BleScanner({
    createObserver: (listener) => new Observer(listener),
    makeTarget,
    timers,
    log,
  });

  const launch: FirmwareBoot['launch'] = (configuration, { trial, settings: persisted }, notice) => {
    const platform = { clock, timers, entropy, log };
    const wifi = new WifiNetwork(WiFi as unknown as SdkWifi, Net as SdkNet, configuration.wifi!, platform);
    const network = new TimeService(
      SNTP as unknown as SdkSntp,
      (seconds) => Time.set(seconds),
      configuration.timeServers,
      needsTime(configuration.connection.endpoints),
      { ...platform, network: wifi },
    );
    const shared = new SharedNetwork(network);
    const makePlatform = (): NetworkPlatform => ({
      clock,
      timers,
      entropy,
      network: shared.branch(),
      resolver: new UdpResolver({
        dns: DNS,
        udp: UDP as unknown as UdpClass,
        timers,
        servers: () => Net.get('DNS'),
      }),
      transport: new SocketTransport(TCP as unknown as TcpClass, TLS, {
        timers,
        certificates: { X509, CertificateManager },
      }),
    });
    const board: Board = {
      name: 'esp32',
      ...makePlatform(),
      makePlatform,
      ...stores,
      ...outboxFlash,
      scanner,
      ciphers: new SdkCiphers(Crypt),
      health: new ModdableHealth(Instrumentation, LIMITS.heaps, wifi, resetReason().string.toLowerCase()),
      log,
      restart,
    };
    const firmware = Firmware.launch(configuration, board, {
      clouds: CLOUDS,
      openFlashLog,
      makeReporter: makeTagReporter,
      makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
      makeRpc: makeKeptRpc,
      makeParts: makeConsole,
      trial,
      notice,
      remote: new RemoteConfiguration(persisted, trial),
    });
    network.start();
    wifi.start();
    return firmware;
  };
  bootFirmware({ builtIn: config, target, board: { store: settings, timers, log, restart }, launch });
}

/** A console at the serial port, where it is wanted: it takes memory, and who holds the board needs no login. */
function makeConsole(
  reporter: TagReporter | undefined,
  configuration: Configuration,
  board: Board,
  flashLog: DeviceConsoleOptions['flashLog'],
): GatewayPart[] {
  if (!configuration.serialConsole) return [];
  const identity = { name: configuration.gateway, version: VERSION };
  // Brokers with `ssl=yes` trust what the configured one does, but have names of their own; there are no certificates
  // by name.
  const configured = configuration.connection.endpoints.find((endpoint) => endpoint.tls)?.tls;
  const tls = configured && { ...configured };
  delete tls?.serverName;
  const { maxBrokers, maxJobs, maxScripts } = LIMITS.console;
  const outgoing = { capacity: LIMITS.console.outgoing };
  const brokers = { certificates: (name: string) => (name === '' ? tls : undefined), maxBrokers, outgoing };
  const { persistSeconds } = configuration.retention;
  const parts = { board, identity, brokers, flashLog, persistSeconds, maxJobs, maxScripts };
  const device = new DeviceConsole({ ...parts, ...(reporter && { reporter }) });
  SerialConsole.open(device, Serial as unknown as SerialClass, SERIAL, board.log!);
  return [device];
}

/**
 * The log of the outbox has a partition of its own: see partitions.csv. A chip whose table was written before there was
 * one keeps that table when only its application is replaced.
 */
function openOutboxFlash(log: Log): Pick<Board, 'flash'> {
  try {
    return { flash: new PartitionFlash(Flash.open({ path: 'outbox', mode: 'r+' }), LIMITS.tags.outboxBlocks) };
  } catch (error) {
    log.line('flash, partition outbox: ' + (error as Error).message + '; readings are kept in memory only');
    return {};
  }
}

/**
 * Counters and what people write have a partition of their own. Older firmware had one store for both.
 */
function openStores(settings: Store, log: Log): Pick<Board, 'store' | 'userStore'> {
  try {
    const store = new FlashStore(Flash.open({ path: 'storage', mode: 'r+' }), LIMITS.deviceStoreBytes);
    return { store, userStore: new MovedStore(store.user, store) };
  } catch (error) {
    log.line('flash, partition storage: ' + (error as Error).message + '; scripts are stored beside the settings');
    const userStore = new PreferenceStore(Preference, ESP32_PREFERENCES, log, 'user');
    return { store: settings, userStore: new MovedStore(userStore, settings) };
  }
}

/** A view of ROM. */
function linkedResource(name: string): Uint8Array | undefined {
  if (!Resource.exists(name)) return undefined;
  return new Uint8Array(new Resource(name) as unknown as ArrayBuffer);
}
