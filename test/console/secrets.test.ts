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
