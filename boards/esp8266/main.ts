import TCP from 'embedded:io/socket/tcp';
import UDP from 'embedded:io/socket/udp';
import Instrumentation from 'instrumentation';
import config from 'mc/config';
import Net from 'net';
import Preference from 'preference';
import Time from 'time';
import Timer from 'timer';
import WiFi from 'wifi';
import type { Entropy, Resolver, Timers } from '../../src/hal/index.js';
import { SntpClient } from '../ecma419/sntp-client.js';
import { TcpTransport } from '../ecma419/tcp-transport.js';
import type { TcpClass } from '../ecma419/tcp-transport.js';
import { UdpResolver } from '../ecma419/udp-resolver.js';
import type { UdpClass } from '../ecma419/udp-socket.js';
import { ModdableClock, ModdableTimers, RandomEntropy, TraceLog } from '../moddable/platform.js';
import type { AskTime } from '../moddable/time-service.js';
import type { SdkNet, SdkWifi } from '../moddable/wifi-network.js';
import { startEsp8266 } from './device.js';
import { restartReason } from './restart-reason.js';

/** Bytes that are read from the socket, and written to it, at once: half of the default, since memory is short. */
const SOCKET_BYTES = 256;

/** Hands the SDK's modules to an ESP8266. The SDK calls it once, after its own start. */
export default function main(): void {
  const timers = new ModdableTimers(Timer);
  const entropy = new RandomEntropy(Math.random);
  // Turns the radio on, and only then does it tell its address.
  WiFi.mode = WiFi.Mode.station;
  startEsp8266(config, {
    clock: new ModdableClock(Time),
    timers,
    entropy,
    log: new TraceLog(trace),
    preference: Preference,
    wifi: WiFi as unknown as SdkWifi,
    net: Net as SdkNet,
    mac: Net.get('MAC'),
    instrumentation: Instrumentation,
    restartReason: restartReason(),
    setTime: (seconds) => Time.set(seconds),
    askTime,
    makeResolver: () => resolverOn(timers, entropy),
    makeTransport: () =>
      new TcpTransport(TCP as unknown as TcpClass, { timers, receive: SOCKET_BYTES, send: SOCKET_BYTES }),
    restart: () => System.restart(),
  });
}

// Functions of this module are in ROM, so that they take no slots.

function resolverOn(timers: Timers, entropy: Entropy): Resolver {
  return new UdpResolver({ udp: UDP as unknown as UdpClass, timers, entropy, servers: nameServers });
}

function nameServers(): string[] {
  return Net.get('DNS');
}

const askTime: AskTime = (host, timer, entropy, handler) =>
  new SntpClient({ udp: UDP as unknown as UdpClass, entropy, timer, makeResolver: resolverOn }, host, handler);
