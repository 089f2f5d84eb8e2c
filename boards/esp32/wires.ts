import Flash from 'embedded:storage/flash';
import TCP from 'embedded:io/socket/tcp';
import TLS from 'embedded:io/socket/tcp/tls';
import UDP from 'embedded:io/socket/udp';
import Serial from 'embedded:io/serial';
import Crypt from 'crypt';
import Instrumentation from 'instrumentation';
import config from 'mc/config';
import Net from 'net';
import Preference from 'preference';
import resetReason from 'resetReason';
import Resource from 'Resource';
import CertificateManager from 'ssl/cert';
import Time from 'time';
import Timer from 'timer';
import WiFi from 'wifi';
import X509 from 'x509';
import type { Entropy, Resolver, Timers, Transport } from '../../src/hal/index.js';
import { SntpClient } from '../ecma419/sntp-client.js';
import { SocketTransport } from '../ecma419/socket-transport.js';
import type { TcpClass } from '../ecma419/tcp-transport.js';
import { UdpResolver } from '../ecma419/udp-resolver.js';
import type { UdpClass } from '../ecma419/udp-socket.js';
import { ModdableClock, ModdableTimers, RandomEntropy, TraceLog } from '../moddable/platform.js';
import { SdkCiphers } from '../moddable/sdk-ciphers.js';
import type { SerialClass } from '../moddable/serial-port.js';
import type { AskTime } from '../moddable/time-service.js';
import type { SdkNet, SdkWifi } from '../moddable/wifi-network.js';
import { BleScanner } from './ble-scanner.js';
import { startEsp32 } from './device.js';
import type { Esp32Parts } from './device.js';
import { makeTarget, Observer } from './observer.js';

/** Hands the SDK's modules to an ESP32, and starts it. */
export function start(makeConsole?: Esp32Parts['makeConsole']): void {
  const log = new TraceLog(trace);
  const timers = new ModdableTimers(Timer);
  const entropy = new RandomEntropy(Math.random);
  const { chip } = config as { chip?: string };
  // Turns the radio on, and only then does it tell its address.
  WiFi.mode = WiFi.Mode.station;
  startEsp32(config, {
    clock: new ModdableClock(Time),
    timers,
    entropy,
    log,
    preference: Preference,
    wifi: WiFi as unknown as SdkWifi,
    net: Net as SdkNet,
    mac: Net.get('MAC'),
    serial: Serial as unknown as SerialClass,
    instrumentation: Instrumentation,
    ...(makeConsole && { makeConsole }),
    ...(chip && { chip }),
    scanner: new BleScanner({ createObserver: (listener) => new Observer(listener), makeTarget, timers, log }),
    restartReason: resetReason().string.toLowerCase(),
    ciphers: new SdkCiphers(Crypt),
    openFlash: (path) => Flash.open({ path, mode: 'r+' }),
    setTime: (seconds) => Time.set(seconds),
    askTime,
    makeResolver: () => resolverOn(timers, entropy),
    makeTransport: (): Transport =>
      new SocketTransport(TCP as unknown as TcpClass, TLS, {
        timers,
        certificates: { X509, CertificateManager },
      }),
    resource: linkedResource,
    restart: () => System.restart(),
  });
}

/** A view of ROM. */
function linkedResource(name: string): Uint8Array | undefined {
  if (!Resource.exists(name)) return undefined;
  return new Uint8Array(new Resource(name) as unknown as ArrayBuffer);
}

function resolverOn(timers: Timers, entropy: Entropy): Resolver {
  return new UdpResolver({ udp: UDP as unknown as UdpClass, timers, entropy, servers: nameServers });
}

function nameServers(): string[] {
  return Net.get('DNS');
}

const askTime: AskTime = (host, timer, entropy, handler) =>
  new SntpClient({ udp: UDP as unknown as UdpClass, entropy, timer, makeResolver: resolverOn }, host, handler);
