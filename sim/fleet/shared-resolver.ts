import type { Resolver, ResolverHandler } from '../../src/hal/index.js';
import { NodeResolver } from '../hal/index.js';

/** Milliseconds for which an answer counts. */
const LIFE = 30_000;

/** The answers that all devices of a thread share: thousands of questions at once would wait for Node's threads. */
export class ResolverCache {
  private readonly hosts = new Map<string, CachedHost>();

  /** A resolver for one device. */
  make(): Resolver {
    return new CachedResolver(this);
  }

  host(name: string): CachedHost {
    let host = this.hosts.get(name);
    if (!host) this.hosts.set(name, (host = new CachedHost(name)));
    return host;
  }
}

class CachedHost implements ResolverHandler {
  private readonly resolver = new NodeResolver();
  private readonly waiting = new Set<CachedResolver>();
  private addresses: readonly string[] = [];
  private until = -Infinity;

  constructor(private readonly name: string) {}

  ask(resolver: CachedResolver): void {
    if (performance.now() < this.until) {
      setImmediate(() => resolver.answer(this, this.addresses));
      return;
    }
    this.waiting.add(resolver);
    if (this.waiting.size === 1) this.resolver.resolve(this.name, this);
  }

  onResolved(address: string, further: readonly string[] = []): void {
    this.addresses = [address, ...further];
    this.until = performance.now() + LIFE;
    for (const resolver of this.takeWaiting()) resolver.answer(this, this.addresses);
  }

  onUnresolved(detail: string): void {
    for (const resolver of this.takeWaiting()) resolver.answer(this, detail);
  }

  private takeWaiting(): CachedResolver[] {
    const waiting = [...this.waiting];
    this.waiting.clear();
    return waiting;
  }
}

class CachedResolver implements Resolver {
  private host: CachedHost | undefined;
  private handler: ResolverHandler | undefined;

  constructor(private readonly cache: ResolverCache) {}

  resolve(host: string, handler: ResolverHandler): void {
    this.handler = handler;
    this.host = this.cache.host(host);
    this.host.ask(this);
  }

  cancel(): void {
    this.handler = undefined;
    this.host = undefined;
  }

  /** `result`: addresses, or why there are none. */
  answer(host: CachedHost, result: readonly string[] | string): void {
    const { handler } = this;
    if (!handler || host !== this.host) return;
    this.cancel();
    if (typeof result === 'string') handler.onUnresolved(result);
    else handler.onResolved(result[0]!, result.slice(1));
  }
}
