import TCP from 'embedded:io/socket/tcp';
import TLS from 'embedded:io/socket/tcp/tls';
import UDP from 'embedded:io/socket/udp';
import Crypt from 'crypt';
import Instrumentation from 'instrumentation';
import config from 'mc/config';
import Modules from 'modules';
import Resource from 'Resource';
import CertificateManager from 'ssl/cert';
import Time from 'time';
import Timer from 'timer';
import X509 from 'x509';
import { SocketTransport } from '../ecma419/socket-transport.js';
import type { TcpClass } from '../ecma419/tcp-transport.js';
import { UdpResolver } from '../ecma419/udp-resolver.js';
import type { UdpClass } from '../ecma419/udp-socket.js';
import { ModdableClock, ModdableTimers, RandomEntropy, TraceLog } from '../moddable/platform.js';
import { SdkCiphers } from '../moddable/sdk-ciphers.js';
import { DemoScanner } from './demo-scanner.js';
import { startDesktop } from './device.js';
import { FileFlash } from './file-flash.js';
import type { SdkFiles } from './file-flash.js';
import { FileStore } from './file-store.js';
import type { SdkFile } from './file-store.js';
import { LocalResolver, nameServers, WiredNetwork } from './network.js';
import { File } from 'file';

/** Hands the modules of the SDK's Linux target to a desktop. The SDK calls it once, after its own start. */
export default function main(): void {
  const timers = new ModdableTimers(Timer);
  // Here `Math.random` begins with the same numbers each time.
  const entropy = new RandomEntropy(Math.random, Date.now());
  startDesktop(config, {
    clock: new ModdableClock(Time),
    timers,
    entropy,
    log: new TraceLog(trace),
    store: new FileStore(File as unknown as SdkFile, config.file.root),
    userStore: new FileStore(File as unknown as SdkFile, config.file.root, 'tagwire-user-'),
    network: new WiredNetwork(),
    instrumentation: Instrumentation,
    scanner: new DemoScanner(timers),
    ciphers: new SdkCiphers(Crypt),
    // Not imported: its start calls C, so it cannot be linked as it is after that, and nor could what imports it.
    openFlash: (blocks) => {
      const files = Modules.importNow('embedded:storage/files') as SdkFiles;
      return new FileFlash(files, 'tagwire-outbox', blocks, timers);
    },
    makeResolver: () =>
      new LocalResolver(
        new UdpResolver({ udp: UDP as unknown as UdpClass, timers, entropy, servers: systemNameServers }),
      ),
    makeTransport: () =>
      new SocketTransport(TCP as unknown as TcpClass, TLS, {
        timers,
        certificates: { X509, CertificateManager },
      }),
    resource: linkedResource,
  });
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
