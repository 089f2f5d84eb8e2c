import { ConsoleLog } from '../../src/console/log.js';
import { Bench } from './fakes.js';
import { describe, expect, it } from 'vitest';

describe('lists', () => {
  it('prints one property per line', async () => {
    const bench = new Bench();
    bench.advertisements.push({ address: 'AA:BB:CC:DD:EE:01', rssi: '-50' });
    expect(await bench.type('/iot bluetooth scanners advertisements print value-list')).toBe(
      '0\n  address: AA:BB:CC:DD:EE:01\n     rssi: -50\n',
    );
    await bench.type('/system script add name=s source=":put 1"');
    expect(await bench.type('/system script print value-list')).toBe('0\n    name: s\n  source: :put 1\n');
  });

  it('gets what a row has beyond the declared properties', async () => {
    const bench = new Bench();
    expect(await bench.type(':put ([/iot bluetooth peripheral-devices get 0 temperature] + 1)')).toBe('22.5\n');
    expect(await bench.type(':put [/iot bluetooth peripheral-devices get 0 humidity]')).toMatch(
      /^no property humidity: expected address-type, .*, temperature\n$/,
    );
  });

  it('refers with numbers to the last print', async () => {
    const bench = new Bench();
    for (const name of ['a', 'b', 'c']) await bench.type('/iot mqtt brokers add name=' + name + ' address=h');
    expect(await bench.type('/iot mqtt brokers print count-only where name="c"')).toBe('1\n');
    expect(await bench.type('/iot mqtt brokers print where name!=a')).toMatch(/^0 name="b".*\n1 name="c".*\n$/);
    expect(await bench.type('/iot mqtt brokers set 1 port=2000', '/iot mqtt brokers remove 0')).toBe('');
    expect(bench.brokers.list.map((broker) => broker.name + broker.values['port'])).toEqual(['a1883', 'c2000']);
    expect(await bench.type('/iot mqtt brokers remove 0')).toBe('no such item: expected a, c\n');
  });

  it('takes names, several numbers, and what find gives', async () => {
    const bench = new Bench();
    const names = (): string => bench.brokers.list.map((broker) => broker.name).join();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await bench.type('/iot mqtt brokers add name=' + name + ' address=h');
    await bench.type('/iot mqtt brokers remove b', '/iot mqtt brokers print', '/iot mqtt brokers remove 0,3');
    expect(names()).toBe('c,d');
    await bench.type('/iot mqtt brokers remove [find where name=d or port>2000]');
    expect(names()).toBe('c');
    await bench.type('/iot mqtt brokers remove [find name="none"]', '/iot mqtt brokers', 'remove [find port=1883]');
    expect(names()).toBe('');
  });

  it('shows no password, and lets none be guessed', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=b address=h username=u password=hunter2');
    expect(await bench.type('/iot mqtt brokers print detail')).toContain('username="u" password="*****" ');
    expect(await bench.type(':put [/iot mqtt brokers get b password]')).toBe('*****\n');
    expect(await bench.type('/iot mqtt brokers print where password~"^h"')).toMatch(/^bad property name password/);
    expect(bench.text).not.toContain('hunter2');
  });

  it('leaves out defaults unless asked for detail', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=b address=h clean-session=no will-topic=w will-qos=1 par=5');
    expect(await bench.type('/iot mqtt brokers print')).toBe(
      '0 name="b" address="h" port=1883 ssl=no auto-connect=no keep-alive=60 parallel-scripts-limit=5 ' +
        'clean-session=no will-topic="w" will-qos=1 connected=no\n',
    );
    expect(await bench.type('/iot mqtt brokers print detail')).toContain('certificate="" client-id="" ');
  });
});

describe('where', () => {
  const advertisements = [
    { address: 'AA:BB:CC:DD:EE:01', rssi: '-50', 'address-type': 'public', data: '0201', epoch: '1000' },
    { address: 'AA:BB:CC:DD:EE:02', rssi: '-60', 'address-type': 'random', data: '15ff4f09', epoch: '2000' },
    { address: '11:22:33:44:55:66', rssi: '-9', 'address-type': 'random', data: '', epoch: '3000' },
  ];

  it.each<[string, number[]]>([
    ['rssi>-60', [0, 2]],
    ['rssi>=-60', [0, 1, 2]],
    ['rssi<-55', [1]],
    ['rssi<=-60', [1]],
    ['rssi=-9', [2]],
    ['rssi!=-9', [0, 1]],
    ['rssi > -60 and address~"^AA"', [0]],
    ['rssi>-60&&address~"^AA"', [0]],
    ['rssi>-55 or address-type=random', [0, 1, 2]],
    ['(rssi>-55 or address-type=random) and !(epoch>2000)', [0, 1]],
    ['address=AA:BB:CC:DD:EE:02', [1]],
    ['$address="AA:BB:CC:DD:EE:02"', [1]],
    ['data', [0, 1]],
    ['!data', [2]],
    ['data~"4[fF]09\\$"', [1]],
    ['epoch>(500*3)', [1, 2]],
    ['epoch=[:tonum "2000"]', [1]],
    ['pdu-type>5', []],
  ])('%s', async (condition, expected) => {
    const bench = new Bench();
    bench.advertisements.push(...advertisements);
    const menu = '/iot bluetooth scanners advertisements print where ';
    const lines = (await bench.type(menu + condition)).split('\n').slice(0, -1);
    const addresses = lines.map((line) => / address=(\S+)/.exec(line)![1]);
    expect(addresses).toEqual(expected.map((i) => advertisements[i]!.address));
  });

  it('tests truth values, times and what only some rows have', async () => {
    const bench = new Bench();
    await bench.type('/iot mqtt brokers add name=b address=h ssl=yes', '/iot mqtt brokers add name=c address=h');
    expect(await bench.type('/iot mqtt brokers print count-only where ssl', '/iot mqtt br pri co where ssl=no')).toBe(
      '1\n1\n',
    );
    await bench.type('/system scheduler add name=a interval=90s on-event={:put 1}');
    expect(await bench.type('/system scheduler print where interval>1m')).toBe(
      '0 name="a" start-time=startup interval=1m30s on-event=":put 1"\n',
    );
    expect(await bench.type('/iot bluetooth peripheral-devices print where temperature>20.5')).toBe(
      '0 address=AA:BB:CC:DD:EE:01 rssi=-50 temperature=21.5\n',
    );
  });
});

describe('the menus', () => {
  it('shows the resources', async () => {
    const bench = new Bench();
    expect(await bench.type('/system resource print')).toBe(
      '        uptime: 2h21m18s\n       version: 7.9\n   free-memory: 19632128\n  total-memory: 67108864\n' +
        '      cpu-load: 13\n    board-name: sim\n      platform: node\n',
    );
    expect(await bench.type('/system routerboard print')).toContain('  serial-number: E9C80EAEXXXX\n');
    expect(await bench.type(':put [/system package get [find where name~"^routeros"] version]')).toBe('7.9\n');
  });

  it('names the device', async () => {
    const bench = new Bench();
    expect(await bench.type('/system identity set name="hall"', '/system identity print')).toBe('  name: hall\n');
  });

  it('sets the only scanner without a number', async () => {
    const bench = new Bench();
    await bench.type('/iot bluetooth scanners set type=active window=50 filter-duplicates=keep-n disabled=no');
    expect(await bench.type('/iot bluetooth scanners print')).toBe(
      '0 name="bt1" type=active interval=100 window=50 filter-duplicates=keep-newest disabled=no\n',
    );
  });

  it('keeps a whitelist', async () => {
    const bench = new Bench();
    await bench.type('/iot bluetooth whitelist add address=AA:BB:*:*:*:* comment="hall tags"');
    expect(await bench.type('/iot bluetooth whitelist print')).toBe(
      '0 device=bt1 address=AA:BB:*:*:*:* comment="hall tags"\n',
    );
    await bench.type('/iot bluetooth whitelist remove 0');
    expect(bench.whitelist.list).toEqual([]);
  });

  it('decodes an advertisement', async () => {
    expect(await new Bench().type('/iot bluetooth decode-ad data=0201060303AAFE')).toBe(
      '  format: ruuvi5\n  length: 7\n',
    );
  });

  it('runs scripts and functions by name', async () => {
    const bench = new Bench();
    const calls: string[] = [];
    bench.scripts.register('blink', () => void calls.push('blink'));
    await bench.type('/system script add name=twice source="/system script run blink\\r\\n/system script run blink"');
    expect(await bench.type('/system script run twice', '/system script run 0')).toBe('');
    expect(calls).toEqual(['blink', 'blink', 'blink']);
    expect(await bench.type('/system script print where name=blink')).toBe('0 name="blink" run-count=3\n');
    expect(await bench.type('/system script set blink source=x')).toMatch(
      /^source of blink cannot be set: it is a function/,
    );
    expect(await bench.type('/system script add name=blink')).toBe('name blink is already in use\n');
    await bench.type('/system script add source=":put x"');
    expect(await bench.type('/system script run script1', '/system script remove script1')).toBe('x\n');
    expect(await bench.type('/system script add name=bad source=":foo"', '/system script run bad')).toMatch(
      /^script bad: bad command name foo \(line 1 column 2\)/,
    );
  });

  it('waits', async () => {
    const bench = new Bench();
    await bench.type(':delay 1s', ':delay 500ms', ':delay 2');
    expect(bench.delays).toEqual([1000, 500, 2000]);
  });

  it('keeps the last lines of the log', async () => {
    const bench = new Bench();
    await bench.type('/log info one', ':log warning "two\\1B"', ':log error three');
    expect(await bench.type('/log print where topics~"w|e"')).toBe(
      '10:19:15 script,warning two\\1B\n10:19:15 script,error three\n',
    );
    for (let i = 0; i < 8; i++) await bench.type(':log debug line' + i);
    expect(await bench.type('/log print count-only')).toBe('8\n');
    const unset = new ConsoleLog({ now: () => 12345, unixTime: () => 0 }, { capacity: 1 });
    unset.add('system,info', 'x'.repeat(600));
    expect(unset.lines[0]!.time).toBe('00:00:12');
    expect(unset.lines[0]!.message).toHaveLength(515);
    const clock = { now: () => 0, unixTime: () => 0 };
    expect(() => new ConsoleLog(clock, { capacity: 0 })).toThrow(
      'capacity of the log must be an integer from 1 to 1000, got 0',
    );
  });
});
