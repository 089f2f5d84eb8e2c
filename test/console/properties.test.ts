import fc from 'fast-check';
import { Bench } from './fakes.js';
import { expect, it } from 'vitest';

const words = [
  ...[
    '/',
    ':',
    ';',
    '\n',
    ' ',
    '  ',
    '=',
    '"',
    '\\',
    '$',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    '#',
    '..',
    '~',
    '!',
    '<=',
    '&&',
  ],
  ...[
    'put',
    'local',
    'global',
    'set',
    'if',
    'do',
    'else',
    'while',
    'for',
    'foreach',
    'from',
    'to',
    'in',
    'len',
    'error',
  ],
  ...['iot', 'mqtt', 'brokers', 'subscriptions', 'recv', 'print', 'find', 'get', 'add', 'remove', 'where', 'and', 'or'],
  ...['connect', 'publish', 'broker', 'name', 'address', 'port', 'topic', 'message', 'qos', 'on-message', 'numbers'],
  ...['system', 'script', 'run', 'source', 'resource', 'log', 'info', 'bluetooth', 'decode-ad', 'data', 'scanners'],
  ...['x', 'i', '0', '1', '-5', '10s', '*0', 'yes', 'true', '\u00a0', '\\A0', '\\n', '\ud800', '\u{1f600}', '.', '*'],
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join('')) },
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(' ')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
);

it('ends for any text, with nothing but an error of one line, and completes it', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (source) => {
      const bench = new Bench({ limits: { steps: 500, depth: 24, variables: 8 } });
      await bench.type('/iot mqtt brokers add name=b address=h', '/iot mqtt subscribe b topic=x', ':global x 1');
      bench.console.isIncomplete(source);
      bench.console.holdsSecret(source);
      for (const candidate of bench.console.complete(source)?.candidates ?? []) expect(candidate.text).not.toBe('');
      await bench.console.execute(source);
      try {
        await bench.console.run(source, { msgData: source, msgTopic: 'a' });
      } catch (failure) {
        expect(failure).toBeInstanceOf(RangeError);
        expect((failure as Error).message).toMatch(/^[^\r\n]+$/);
      }
    }),
    { numRuns: 3000 },
  );
});

it('gives back any text that is quoted', async () => {
  const escaped = (value: string): string => value.replace(/["\\$]/g, '\\$&');
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 100 }), async (value) => {
      const bench = new Bench();
      expect(await bench.type(':put "' + escaped(value) + '"')).toBe(value + '\n');
    }),
  );
});
