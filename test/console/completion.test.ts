import { Bench } from './fakes.js';
import { describe, expect, it } from 'vitest';

describe('completion', () => {
  it.each<[string, string[] | undefined]>([
    ['/io', ['iot']],
    ['/iot', ['iot']],
    ['/iot ', ['bluetooth', 'mqtt']],
    ['/iot/', ['bluetooth', 'mqtt']],
    ['/iot mqtt s', ['subscriptions', 'subscribe']],
    ['/iot mqtt brokers p', ['print']],
    ['/iot mqtt connect ', ['home', 'hall', 'broker=']],
    ['/iot mqtt connect h', ['home', 'hall']],
    ['/iot mqtt connect br', ['broker=']],
    ['/iot mqtt connect broker=', ['home', 'hall']],
    ['/iot mqtt connect broker=ho', ['home']],
    ['/iot mqtt connect broker=home ', []],
    ['/iot mqtt publish broker=home to', ['topic=']],
    ['/iot mqtt publish retain=', ['yes', 'no']],
    ['/iot mqtt brokers add parallel-scripts-limit=o', ['off']],
    ['/iot mqtt brokers set ', ['home', 'hall', 'numbers=', 'name=', 'address=', 'port=']],
    ['/iot mqtt brokers print ', ['count-only', 'detail', 'value-list', 'without-paging', 'where']],
    ['/iot mqtt brokers print detail w', ['without-paging', 'where']],
    ['/iot mqtt brokers print where na', ['name']],
    ['/iot mqtt brokers print where ssl=', ['yes', 'no']],
    ['/iot bluetooth scanners set type=', ['passive', 'active']],
    [':put [/iot mqtt br', ['brokers']],
    [':if (1=1) do={/iot mq', ['mqtt']],
    [':pu', ['put']],
    [':put 1; :lo', ['log', 'local']],
    [':put "/io', undefined],
    ['# /io', undefined],
    ['/foo ', undefined],
  ])('%s', async (text, expected) => {
    const bench = new Bench();
    for (const name of ['home', 'hall']) await bench.type('/iot mqtt brokers add address=h name=' + name);
    const found = bench.console.complete(text);
    expect(found?.candidates.map((candidate) => candidate.text).slice(0, expected?.length || undefined)).toEqual(
      expected,
    );
  });

  it('says what each is for', () => {
    const { candidates } = new Bench().console.complete('/iot mqtt brokers add keep')!;
    expect(candidates).toEqual([
      { text: 'keep-alive=', help: 'keep alive in seconds, default 60 (30..64800)', open: true },
    ]);
  });
});
