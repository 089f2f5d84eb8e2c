import { Bench } from './fakes.js';
import { describe, expect, it } from 'vitest';

const rows: [string, string | RegExp][] = [
  ['foo', /^bad command name foo \(line 1 column 1\): expected log, system, iot|^bad command name foo/],
  ['/iot foo', 'bad command name foo (line 1 column 6): expected bluetooth, mqtt'],
  [':foo', /^bad command name foo \(line 1 column 2\): expected /],
  ['/iot mqtt subs', /^ambiguous command name subs \(line 1 column 11\): expected subscriptions, subscribe/],
  ['\n  /iot\n  foo', /^bad command name foo \(line 3 column 3\): expected bluetooth/],
  ['/iot mqtt connect broker=x y', /^expected end of command \(line 1 column 28\)/],
  ['/iot mqtt connect brokr=x', 'bad parameter name brokr (line 1 column 19): expected broker'],
  ['/iot mqtt brokers add na=x p=1', /^ambiguous parameter name p .*: expected port, password, parallel-scripts-limit/],
  ['/iot mqtt connect broker=x broker=y', 'argument broker is given twice (line 1 column 28)'],
  ['/iot mqtt connect broker=x', 'input does not match any value of broker: expected broker'],
  ['/iot mqtt connect', 'missing value of argument broker'],
  ['/iot mqtt publish broker=broker', 'missing value of argument topic'],
  ['/iot mqtt publish broker=broker topic=a qos=2', 'value of qos out of range (0..1)'],
  [
    '/iot mqtt publish broker=broker topic=a qos=one',
    'invalid value for argument qos: expected an integer from 0 to 1',
  ],
  ['/iot mqtt publish broker=broker topic=a retain=1', 'invalid value for argument retain: expected yes, no'],
  ['/iot mqtt brokers add name=b keep-alive=5', 'value of keep-alive out of range (30..64800)'],
  [
    '/iot mqtt brokers add name=b parallel-scripts-limit=2',
    'value of parallel-scripts-limit out of range (3..1000) or off',
  ],
  ['/iot mqtt brokers add address=b', 'name is required'],
  ['/iot mqtt brokers set 7 port=1', 'no such item: expected broker'],
  ['/iot mqtt brokers set port=1', 'missing value of argument numbers'],
  ['/iot mqtt brokers set broker port=', 'invalid value for argument port: expected an integer from 1 to 65535'],
  ['/iot mqtt brokers add name=a"b"', 'expected end of command (line 1 column 29)'],
  ['/iot mqtt brokers print where prt=1', /^bad property name prt \(line 1 column 31\): expected name, address, port/],
  ['/iot mqtt brokers print where port>', 'syntax error (line 1 column 36)'],
  ['/iot mqtt brokers print where name~"("', 'regular expression: missing ) at character 2'],
  [
    '/iot mqtt brokers print 5',
    'expected end of command (line 1 column 25): expected count-only, detail, value-list, without-paging, where',
  ],
  ['/iot bluetooth scanners set type=x', 'input does not match any value of type: expected passive, active'],
  ['/iot bluetooth decode-ad data=0G', 'invalid value for argument data: expected pairs of hexadecimal digits'],
  ['/system scheduler add name=x interval=soon', /^invalid value for argument interval: expected a time such as 10s/],
  [':put "abc', 'syntax error (line 1 column 10)'],
  [':put "a\\qb"', 'unknown escape in string (line 1 column 8)'],
  [':put (1 +', 'syntax error (line 1 column 10)'],
  [':put (1 + )', 'syntax error (line 1 column 11)'],
  [':put 1 ]', 'expected end of command (line 1 column 8)'],
  [':if (1=1) do={:put 1', 'syntax error (line 1 column 21)'],
  [':if (1=1) do="x"', 'invalid value for argument do: expected {commands}'],
  [':if (5) do={}', 'condition is num: expected true or false'],
  [':put ("a" + 1)', 'cannot use + on str and num'],
  [':put (1 / 0)', 'division by zero'],
  [':put ("a" < 1)', 'cannot compare str and num with <'],
  [':set x 1', 'no variable x: declare it with :local or :global'],
  [':local "a b" 1', 'invalid value for argument name: expected letters, digits and _'],
  [':error "two\nlines"', 'two lines'],
  [':delay 2d', 'value of time out of range (0..86400 seconds)'],
  [
    ':delay soon',
    'invalid value for argument time: expected a time such as 10s, 1m30s, 00:00:30 from 0 to 86400 seconds',
  ],
  [':error ""', 'failed'],
  [':error $unknown', 'failed'],
  [':while (true) do={}', 'script takes too long (more than 10000 steps)'],
  [':do {:while (true) do={}} on-error={:put caught}', 'script takes too long (more than 10000 steps)'],
  [':for i from=1 to=2000000000 do={}', 'script takes too long (more than 10000 steps)'],
  [':for i from=1 to=2 step=0 do={}', 'value of step is 0: it would never end'],
  [':local a aa; :while (true) do={:set a "$a$a"}', 'text too long (at most 8192 characters)'],
  [':put ' + '('.repeat(50) + '1' + ')'.repeat(50), /^nested too deeply \(line 1 column \d+\)$/],
  [':put ' + '[:len '.repeat(50), /^nested too deeply/],
  [':put (' + '!'.repeat(50) + 'true)', /^nested too deeply/],
  ['{'.repeat(50), /^nested too deeply/],
  ['/log print where ' + '('.repeat(50), /^nested too deeply/],
];

describe('errors', () => {
  it.each(rows)('%j', async (line, message) => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=broker address=host');
    const before = JSON.stringify(bench.brokers.list);
    const shown = await bench.type(line);
    expect(shown).toMatch(/^[^\n]+\n$/);
    if (typeof message === 'string') expect(shown).toBe(message + '\n');
    else expect(shown.slice(0, -1)).toMatch(message);
    expect(JSON.stringify(bench.brokers.list)).toBe(before);
  });

  it('runs nothing of a text with a mistake in its last line', async () => {
    expect(await new Bench().type(':put 1\n:put 2\n:putt 3')).toMatch(/^bad command name putt \(line 3 column 2\)/);
  });

  it('changes nothing when one argument of several is wrong', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=b address=h', '/iot mqtt brokers set b port=2000 keep-alive=1');
    expect(bench.brokers.list[0]!.values['port']).toBe('1883');
  });

  it('puts the failure of a service on one line', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=b address=away');
    expect(await bench.type('/iot mqtt connect b')).toBe('broker: unreachable at once\n');
  });

  it('shows no secret that a service repeats in its error', async () => {
    const shown = await new Bench().type('/iot mqtt brokers add name=b address=echo username=token1 password=hunter2');
    expect(shown).toContain('refused');
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain('token1');
  });

  it('refuses scripts that run each other without end', async () => {
    const bench = new Bench();
    await bench.type('/system script add name=a source={/system script run a}');
    expect(await bench.type('/system script run a')).toMatch(/script nested too deeply\n$/);
  });

  it('refuses too many variables', async () => {
    const text = Array.from({ length: 40 }, (_, i) => ':local v' + i + ' 1').join('\n');
    expect(await new Bench().type(text)).toBe('too many variables (at most 32)\n');
    expect(await new Bench().type(text.replace(/local/g, 'global'))).toBe('too many variables (at most 32)\n');
  });

  it('rejects with an error of one line when a script is run by the device', async () => {
    const bench = new Bench();
    await expect(bench.console.run('/iot mqtt connect x')).rejects.toThrow(
      /^input does not match any value of broker$/,
    );
    bench.scripts.register('broken', () => Promise.reject(new TypeError('x is not a function')));
    await expect(bench.console.run('/system script run broken')).rejects.toThrow('script broken: x is not a function');
    await expect(bench.console.run(':error "two\nlines"')).rejects.toThrow(/^two lines$/);
  });

  it('is interrupted while it waits', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=b address=h');
    const release = bench.brokers.list[0]!.hold();
    const done = bench.type('/iot mqtt connect b; :put never');
    expect(bench.console.busy).toBe(true);
    bench.console.cancel();
    expect(await done).toBe('interrupted\n');
    release();
    expect(await bench.type(':put next')).toBe('next\n');
  });
});
