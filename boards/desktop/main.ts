import TCP from 'embedded:io/socket/tcp';
import TLS from 'embedded:io/socket/tcp/tls';
import UDP from 'embedded:io/socket/udp';
import DNS from 'embedded:network/dns/resolver/udp';
import files from 'embedded:storage/files';
import Crypt from 'crypt';
import Instrumentation from 'instrumentation';
import config from 'mc/config';
import Resource from 'Resource';
import CertificateManager from 'ssl/cert';
import Time from 'time';
import Timer from 'timer';
import X509 from 'x509';
import { CLOUDS } from '../../src/cloud/profiles.js';
import { SharedNetwork } from '../../src/connection/shared-network.js';
import { bootFirmware, Firmware } from '../../src/device/firmware.js';
import { openFlashLog } from '../../src/device/open-flash-log.js';
import { makeTagReporter } from '../../src/device/tag-log.js';
import type { Board, Log, NetworkPlatform, Timers } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/kept-answers.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { SocketTransport } from '../ecma419/socket-transport.js';
import type { TcpClass } from '../ecma419/tcp-transport.js';
import { UdpResolver } from '../ecma419/udp-resolver.js';
import type { UdpClass } from '../ecma419/udp-resolver.js';
import { ModdableHealth } from '../moddable/health.js';
import { ModdableClock, ModdableTimers, RandomEntropy, TraceLog } from '../moddable/platform.js';
import { SdkCiphers } from '../moddable/sdk-ciphers.js';
import { DemoScanner } from './demo-scanner.js';
import { FileFlash } from './file-flash.js';
import type { SdkFiles } from './file-flash.js';
import { FileStore } from './file-store.js';
import type { SdkFile } from './file-store.js';
import { DESKTOP_LIMITS as LIMITS } from './limits.js';
import { LocalResolver, nameServers, WiredNetwork } from './network.js';
import { File } from 'file';

/** Wires the Linux target of the SDK. The SDK calls it once, after its own start. */
export default function main(): void {
  const log = new TraceLog(trace);
  const clock = new ModdableClock(Time);
  const timers = new ModdableTimers(Timer);
  const store = new FileStore(File as unknown as SdkFile, config.file.root);
  const tags = { ...LIMITS.tags, parse: parseTagConfiguration };
  const target = { ...LIMITS, gateway: 'desktop', resource: linkedResource, tags, clouds: CLOUDS };
  const network = new WiredNetwork();
  const shared = new SharedNetwork(network);
  // Here `Math.random` begins with the same numbers each time.
  const entropy = new RandomEntropy(Math.random, Date.now());
  const makePlatform = (): NetworkPlatform => ({
    clock,
    timers,
    entropy,
    network: shared.branch(),
    resolver: new LocalResolver(
      new UdpResolver({ dns: DNS, udp: UDP as unknown as UdpClass, timers, servers: systemNameServers }),
    ),
    transport: new SocketTransport(TCP as unknown as TcpClass, TLS, {
      timers,
      certificates: { X509, CertificateManager },
    }),
  });
  const board: Board = {
    name: 'desktop',
    ...makePlatform(),
    makePlatform,
    store,
    userStore: new FileStore(File as unknown as SdkFile, config.file.root, 'tagwire-user-'),
    ...openOutboxFlash(timers, log),
    scanner: new DemoScanner(timers),
    ciphers: new SdkCiphers(Crypt),
    health: new ModdableHealth(Instrumentation, LIMITS.heaps, network, 'hand'),
    log,
  };
  bootFirmware({
    builtIn: config,
    target,
    board,
    launch: (configuration, { trial, settings: persisted }, notice) =>
      Firmware.launch(configuration, board, {
        clouds: CLOUDS,
        openFlashLog,
        makeReporter: makeTagReporter,
        makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
        makeRpc: makeKeptRpc,
        trial,
        notice,
        remote: new RemoteConfiguration(persisted, trial),
      }),
  });
}

function openOutboxFlash(timers: Timers, log: Log): Pick<Board, 'flash'> {
  try {
    return { flash: new FileFlash(files as unknown as SdkFiles, 'tagwire-outbox', LIMITS.tags.outboxBlocks, timers) };
  } catch (error) {
    log.line('flash, file tagwire-outbox: ' + (error as Error).message + '; readings are kept in memory only');
    return {};
  }
}

function linkedResource(name: string): Uint8Array | undefined {
  if (!Resource.exists(name)) return undefined;
  return new Uint8Array(new Resource(name) as unknown as ArrayBuffer);
}

function systemNameServers(): string[] {
  try {
    const file = new File('/etc/resolv.conf');
    const text = file.read(String) as string;
    file.close();
    return nameServers(text);
  } catch {
    return [];
  }
}
