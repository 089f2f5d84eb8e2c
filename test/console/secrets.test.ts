import fc from 'fast-check';
import { withoutSecrets } from '../../src/console/secrets.js';
import { Bench } from './fakes.js';
import { describe, expect, it } from 'vitest';

describe('withoutSecrets', () => {
  it.each([
    ['add name=a password=hunter2 port=1', 'add name=a password=***** port=1'],
    ['add username=ann pas="hunter 2"; :put 1', 'add username=ann pas=*****; :put 1'],
    [String.raw`source="add password=\"hunter2\" port=1"`, String.raw`source="add password=***** port=1"`],
    [String.raw`add password="a\"hunter2"`, 'add password=*****'],
    ['add address=h username=hunter2', 'add address=h username=*****'],
    ['add address=h u=hunter2}', 'add address=h u=*****}'],
    [':local password "hunter2"; :global mqttToken hunter2', ':local password *****; :global mqttToken *****'],
    ['decode mtik-key=hunter2', 'decode mtik-key=*****'],
    ['/tool fetch url="https://ann:hunter2@host/x"', '/tool fetch url="https://ann:*****@host/x"'],
    ['add password=$p; set keep-alive=60', 'add password=$p; set keep-alive=60'],
    [':if ($msgData~"test") do={:log info "Got {$msgData}"}', ':if ($msgData~"test") do={:log info "Got {$msgData}"}'],
  ])('%s', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });
});

/** The rules as regular expressions, which would take 7 KB of a chip's ROM. */
function oracle(text: string): string {
  const value = String.raw`(?:"(?:[^"\\]|\\[^])*"|\\"(?:[^"\\]|\\[^"])*\\"|[^\s;"$\\()[\]{}]+)`;
  const masks: [RegExp, string][] = [
    [new RegExp(String.raw`((?:\bpas[a-z-]*|[\w-]*(?:passw|secret|token|key)[\w-]*)=)${value}`, 'gi'), '$1*****'],
    [
      new RegExp(
        String.raw`(\b(?:local|global|set)\s+(?:name=)?"?\w*(?:pass|pwd|secret|token|key)\w*"?\s+(?:value=)?)${value}`,
        'gi',
      ),
      '$1*****',
    ],
    [/(:\/\/[^\s"/@:]*:)[^\s"/@]+@/g, '$1*****@'],
  ];
  const user = new RegExp(String.raw`(\bu(?:s|se|ser|sern|serna|sernam|sername)?=)${value}`, 'gi');
  if (!/\bpas[a-z]*=/i.test(text)) masks.push([user, '$1*****']);
  return masks.reduce((masked, [pattern, stars]) => masked.replace(pattern, stars), text);
}

it('finds what the regular expressions find, in any text', () => {
  const part = fc.constantFrom(
    ...[
      'password',
      'pas',
      'pass',
      'PAS',
      'pas2',
      'passw',
      'my-pas',
      'my_pas',
      '-pas-x',
      'pas-key',
      'pwd',
      'token',
      'Key',
    ],
    ...[
      'mtik-key',
      'secret_1',
      'u',
      'us',
      'user',
      'username',
      'x-user',
      'x_user',
      'usernames',
      'local',
      'set',
      'GLOBAL',
    ],
    ...[
      'name',
      'value',
      'Value=',
      'set name=',
      ':local token',
      'set "key" ',
      'name=',
      'value=',
      'x',
      '*****',
      'hunter2',
    ],
    ...[
      '=',
      '=',
      '=',
      ' ',
      ' ',
      '\n',
      '\t',
      '\u00a0',
      '\ufeff',
      '"',
      '"',
      '\\',
      '\\"',
      ';',
      '$',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
    ],
    ...['://', ':', '/', '@', 'ann', '-', '_', '.', '\u212a', '\u0130', '\u017f', '\ud800', '\u{1f600}', '\0'],
  );
  const texts = fc.oneof(
    { weight: 5, arbitrary: fc.array(part, { maxLength: 24 }).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(withoutSecrets(text)).toBe(oracle(text));
    }),
    { numRuns: 20_000 },
  );
});

describe('a password in a script', () => {
  const ADD = '/iot mqtt brokers add name=x address=h password=hunter2';

  it('is shown by no command', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=b address=h', '/iot mqtt subscribe broker=b topic=t');
    await bench.type(`/system script add name=s source={${ADD}}`, `/system scheduler add name=j on-event={${ADD}}`);
    await bench.type(`/iot mqtt subscriptions set 0 on-message={${ADD}}`);
    const shown = await bench.type(
      '/system script print; /system script print detail; :put [/system script get s source]',
      '/system scheduler print; /iot mqtt subscriptions print',
      ':put [/system script find where source~"hunter2"]; /system script print count-only where source~"hunter"',
      `:log info {${ADD}}; /log print; :error {${ADD}}`,
    );
    expect(shown).not.toContain('hunter');
    expect(shown.match(/password=\*\*\*\*\*/g)).toHaveLength(7);
  });

  it('is used all the same', async () => {
    const bench = new Bench();
    await bench.type(
      `/system script add name=s source={${ADD}}`,
      '/system script set s comment=c',
      '/system script run s',
    );
    expect(bench.brokers.list[0]!.values['password']).toBe('hunter2');
  });
});
