import { describe, expect, it } from 'vitest';
import { NodeResolver } from '../../../sim/hal/index.js';
import type { ResolverHandler } from '../../../src/hal/index.js';
import { settle } from '../../support/settle.js';

interface Answers extends ResolverHandler {
  all: string[];
  first: Promise<string>;
}

function answers(): Answers {
  const all: string[] = [];
  let answered: (answer: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => (answered = resolve));
  const note = (answer: string): void => {
    all.push(answer);
    answered(answer);
  };
  return { all, first, onResolved: (address) => note(address), onUnresolved: (detail) => note(`! ${detail}`) };
}

describe('NodeResolver', () => {
  it.each(['127.0.0.1', '::1', '192.0.2.7'])('answers the address %s with itself, from the event loop', async (ip) => {
    const handler = answers();
    new NodeResolver().resolve(ip, handler);
    expect(handler.all).toEqual([]);
    expect(await handler.first).toBe(ip);
  });

  it('finds localhost, at its IPv4 address', async () => {
    const handler = answers();
    new NodeResolver().resolve('localhost', handler);
    expect(handler.all).toEqual([]);
    expect(await handler.first).toBe('127.0.0.1');
  });

  it('answers with all addresses, IPv4 before IPv6', async () => {
    const all = await new Promise<string[]>((resolve) =>
      new NodeResolver().resolve('localhost', {
        onResolved: (address, further = []) => resolve([address, ...further]),
        onUnresolved: (detail) => resolve([detail]),
      }),
    );
    expect(all[0]).toBe('127.0.0.1');
    expect(all.slice(1).filter((address) => address !== '::1' && !address.startsWith('127.'))).toEqual([]);
  });

  it.each(['', 'two words', 'nul\0l', 'line\n', 'csi\u009b2J', 'ls\u2028', 'x'.repeat(255)])(
    'refuses %j in one line',
    async (host) => {
      const handler = answers();
      new NodeResolver().resolve(host, handler);
      expect(handler.all).toEqual([]);
      expect(await handler.first).toMatch(
        /^! host name must be 1 to 253 characters without spaces and control characters, got "[ -~]{0,70}$/,
      );
    },
  );

  it('says that a name is not known', async () => {
    const handler = answers();
    // RFC 6761, section 6.4: .invalid never resolves.
    new NodeResolver().resolve('broker.invalid', handler);
    expect(await handler.first).toMatch(/^! broker\.invalid: [ -~]+$/);
  });

  it('answers nothing after cancel, and only the second of two questions', async () => {
    const resolver = new NodeResolver();
    const cancelled = [answers(), answers(), answers()];
    const second = answers();
    cancelled.forEach((handler, index) => {
      resolver.resolve(['127.0.0.1', 'localhost', 'two words'][index] ?? '', handler);
      resolver.cancel();
    });
    const first = answers();
    resolver.resolve('localhost', first);
    resolver.resolve('127.0.0.2', second);
    expect(await second.first).toBe('127.0.0.2');
    const last = answers();
    resolver.resolve('localhost', last);
    await last.first;
    await settle();
    expect(cancelled.flatMap((handler) => handler.all)).toEqual([]);
    expect(first.all).toEqual([]);
    expect(second.all).toEqual(['127.0.0.2']);
  });
});
