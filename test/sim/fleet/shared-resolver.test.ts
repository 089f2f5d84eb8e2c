import { describe, expect, it } from 'vitest';
import { ResolverCache } from '../../../sim/fleet/shared-resolver.js';
import type { Resolver } from '../../../src/hal/index.js';
import { settle } from '../../support/settle.js';

type Answer = string[] | string;

function ask(resolver: Resolver, host: string): Promise<Answer> {
  return new Promise((resolve) => {
    resolver.resolve(host, {
      onResolved: (address, further = []) => resolve([address, ...further]),
      onUnresolved: resolve,
    });
  });
}

describe('ResolverCache', () => {
  it('answers all who ask at once, and later from what it knows, never inside the call', async () => {
    const cache = new ResolverCache();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(cache.make(), 'localhost')));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]![0]).toMatch(/^127\.|^::1$/);
    let inside = true;
    const later = ask(cache.make(), 'localhost').then((answer) => {
      expect(inside).toBe(false);
      return answer;
    });
    inside = false;
    expect(await later).toEqual(answers[0]);
    expect(await ask(cache.make(), '127.0.0.1')).toEqual(['127.0.0.1']);
  });

  it('says what a host is not, and asks anew then', async () => {
    const resolver = new ResolverCache().make();
    expect(await ask(resolver, 'no spaces allowed')).toMatch(/host name must be 1 to 253 characters/);
    expect(await ask(resolver, 'no spaces allowed')).toMatch(/host name must be 1 to 253 characters/);
  });

  it('answers nothing after cancel, and only the last question', async () => {
    const resolver = new ResolverCache().make();
    const answers: Answer[] = [];
    const note = (host: string): void => void ask(resolver, host).then((answer) => answers.push(answer));
    note('127.0.0.1');
    resolver.cancel();
    note('127.0.0.2');
    note('127.0.0.3');
    await settle();
    expect(answers).toEqual([['127.0.0.3']]);
  });
});
