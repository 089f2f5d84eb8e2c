import type { Network, Resolver, ResolverHandler } from '../../src/hal/index.js';

/** The IPv4 addresses of the name servers in `text`, the content of resolv.conf(5), in its order. */
export function nameServers(text: string): string[] {
  const servers: string[] = [];
  for (const line of text.split('\n')) {
    const found = /^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/.exec(line);
    if (found) servers.push(found[1]!);
  }
  return servers;
}

/** Another resolver, and what it must not be asked: `localhost` is this computer (RFC 6761, section 6.3). */
export class LocalResolver implements Resolver {
  constructor(private readonly others: Resolver) {}

  resolve(host: string, handler: ResolverHandler): void {
    this.others.resolve(host === 'localhost' ? '127.0.0.1' : host, handler);
  }

  cancel(): void {
    this.others.cancel();
  }
}

/** The network of a desktop, which is the operating system's business: always up as far as the firmware knows. */
export class WiredNetwork implements Network {
  readonly up = true;

  watch(): void {}

  /** Not known. */
  rssi(): number {
    return 0;
  }
}
