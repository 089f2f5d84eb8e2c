import type { Resolver, ResolverHandler } from '../../src/hal/index.js';
import { Call } from './channel.js';
import type { Calls } from './calls.js';

/** The host's resolver. */
export class ChannelResolver implements Resolver {
  private readonly calls: Calls;
  private handler: ResolverHandler | undefined;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  resolve(host: string, handler: ResolverHandler): void {
    this.handler = handler;
    this.calls.issueText(Call.resolve, 0, host);
  }

  cancel(): void {
    if (!this.handler) return;
    this.handler = undefined;
    this.calls.issue(Call.cancelResolve, 0, 0, 0, 0);
  }

  // What the host tells

  onResolved(address: string): void {
    const handler = this.handler;
    this.handler = undefined;
    handler?.onResolved(address);
  }

  onUnresolved(detail: string): void {
    const handler = this.handler;
    this.handler = undefined;
    handler?.onUnresolved(detail);
  }
}
