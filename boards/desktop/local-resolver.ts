import type { Resolver, ResolverHandler } from '../../src/hal/index.js';

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
