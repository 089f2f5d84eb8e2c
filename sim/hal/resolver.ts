import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Resolver, ResolverHandler } from '../../src/hal/index.js';
import { showValue } from '../bad-input.js';

/**
 * The computer's resolver, with its hosts file (getaddrinfo). A host with several addresses is answered with
 * all of them, IPv4 first, as boards know no other.
 */
export class NodeResolver implements Resolver {
  /** Number of the question that may still be answered. */
  private question = 0;

  resolve(host: string, handler: ResolverHandler): void {
    const question = ++this.question;
    if (isIP(host) !== 0) {
      setImmediate(() => {
        if (question === this.question) handler.onResolved(host);
      });
      return;
    }
    // getaddrinfo ends a name at U+0000 and trims spaces, so these would resolve another name than the one given.
    if (!/^[^\p{Cc}\p{Z}]{1,253}\.?$/u.test(host)) {
      setImmediate(() => {
        if (question !== this.question) return;
        const rule = 'must be 1 to 253 characters without spaces and control characters';
        handler.onUnresolved(`host name ${rule}, got ${showValue(host)}`);
      });
      return;
    }
    lookup(host, { all: true }, (error, addresses) => {
      if (question !== this.question) return;
      if (error !== null) {
        handler.onUnresolved(`${host}: ${lookupDetail(error)}`);
        return;
      }
      const [first, ...further] = addresses.sort((a, b) => a.family - b.family).map(({ address }) => address);
      if (first === undefined) handler.onUnresolved(`${host}: no address of this name is known`);
      else handler.onResolved(first, further);
    });
  }

  cancel(): void {
    this.question++;
  }
}

function lookupDetail(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOTFOUND':
      return 'no address of this name is known';
    case 'EAI_AGAIN':
      return 'the name server does not answer';
    default:
      return `the name cannot be resolved (${error.code ?? error.message})`;
  }
}
