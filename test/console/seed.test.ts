import { Bench } from './fakes.js';
import { ADD_STATISTICS_SCRIPT } from './statistics-script.js';
import { describe, expect, it } from 'vitest';

const ADD_BROKER =
  '/iot mqtt brokers add name="broker" address="192.168.88.33" port=1883 ssl=no client-id="test-client" ' +
  'auto-connect=no keep-alive=60';
const BROKER =
  '0 name="broker" address="192.168.88.33" port=1883 ssl=no client-id="test-client" auto-connect=no keep-alive=60 ' +
  'connected=';
const POLICY = 'ftp,reboot,read,write,policy,test,password,sniff,sensitive,romon';
const MESSAGE =
  '{"model":"RB924i-2nD-BT5&BG77","sn":"E9C80EAEXXXX","ros":"7.9","cpu":13,"umem":47476736,' +
  '"fmem":19632128,"uptime":"02:21:18"}';

/** The commands of RouterOS's manual of MQTT, as they stand there, with what it shows. */
describe("the manual's examples", () => {
  it('adds a broker, connects, disconnects', async () => {
    const bench = new Bench();
    expect(await bench.type(ADD_BROKER)).toBe('');
    expect(await bench.type('/iot mqtt brokers print')).toBe(BROKER + 'no\n');
    expect(await bench.type('/iot mqtt connect broker="broker"')).toBe('');
    expect(await bench.type('/iot mqtt brokers print')).toBe(BROKER + 'yes\n');
    expect(await bench.type('/iot mqtt disconnect broker="broker"')).toBe('');
    expect(await bench.type('/iot mqtt brokers print')).toBe(BROKER + 'no\n');
  });

  it('publishes', async () => {
    const bench = new Bench();
    await bench.type(ADD_BROKER, '/iot mqtt publish message="test-message" broker="broker" topic="my/test/topic"');
    await bench.type(String.raw`/iot mqtt publish broker=broker topic="my/test/topic" message="{\"test\":\"123\"}"`);
    await bench.type('/iot mqtt publish broker=broker topic=a qos=1 retain=yes force=no disconnect-after=yes');
    const topic = 'my/test/topic';
    const usual = { qos: 0, retain: false, force: true, disconnectAfter: false };
    expect(bench.brokers.list[0]!.published).toEqual([
      { topic, message: 'test-message', ...usual },
      { topic, message: '{"test":"123"}', ...usual },
      { topic: 'a', message: '', qos: 1, retain: true, force: false, disconnectAfter: true },
    ]);
  });

  it('subscribes, also with the space that the manual has behind #, and unsubscribes', async () => {
    const bench = new Bench();
    await bench.type(ADD_BROKER);
    expect(await bench.type('/iot mqtt subscribe broker="broker" topic="my/test/topic"')).toBe('');
    expect(await bench.type('/iot mqtt subscriptions print')).toBe('0 broker=broker topic="my/test/topic" qos=0\n');
    await bench.type('/iot mqtt subscribe broker="broker" topic="my/test/# "');
    await bench.type('/iot mqtt subscribe broker="broker" topic="my/test/+" qos=1');
    await bench.type('/iot mqtt unsubscribe broker="broker" topic="my/test/topic"');
    expect(await bench.type('/iot mqtt subscriptions print')).toBe(
      '0 broker=broker topic="my/test/#" qos=0\n1 broker=broker topic="my/test/+" qos=1\n',
    );
  });

  it('shows what was received, and forgets it', async () => {
    const bench = new Bench();
    const { received } = bench.brokers;
    const message = { broker: 'broker', topic: 'my/test/topic', text: 'test-message' };
    received.messages.push({ ...message, unixTime: Date.UTC(2023, 4, 22, 16, 57) }, { ...message, unixTime: 0 });
    received.messages.push({ ...message, text: 'a\x1b[2J\n', unixTime: 0 });
    const line = '0 broker=broker topic="my/test/topic" data="test-message" time=2023-05-22 16:57:00\n';
    expect(await bench.type('/iot mqtt subscriptions recv print')).toBe(
      line +
        '1 broker=broker topic="my/test/topic" data="test-message"\n' +
        '2 broker=broker topic="my/test/topic" data="a\\1B[2J\\n"\n',
    );
    received.lost = 3;
    expect(await bench.type('/iot mqtt subscriptions recv  print where time~"16:57"')).toBe(
      line + '# 3 older messages were lost\n',
    );
    expect(await bench.type('/iot mqtt subscriptions recv clear')).toBe('');
    expect(received.count).toBe(0);
  });

  it.each([
    [
      '/iot mqtt subscriptions set on-message={:log info "Got data {$msgData} from topic {$msgTopic}"} broker=broker 0',
      'test-message',
    ],
    [
      String.raw`/iot mqtt subscriptions set 0 on-messag={:if ($msgData~"\\{\"test\":\"123\"\\}") do={:log info ` +
        '"Got data {$msgData} from topic {$msgTopic}"}}',
      '{"test":"123"}',
    ],
    [
      '/iot mqtt subscriptions set 0 on-messag={:if ($msgData~"test") do={:log info "Got data {$msgData} from topic ' +
        '{$msgTopic}"}}',
      '{"test":"123"}',
    ],
  ])('runs %s', async (line, msgData) => {
    const bench = new Bench();
    await bench.type(ADD_BROKER, '/iot mqtt subscribe broker="broker" topic="my/test/topic"');
    expect(await bench.type('/iot mqtt subscriptions print', line)).toBe(
      '0 broker=broker topic="my/test/topic" qos=0\n',
    );
    const script = bench.brokers.list[0]!.subscriptions[0]!.onMessage;
    await bench.console.run(script, { msgData, msgTopic: 'my/test/topic' });
    await bench.console.run(script, { msgData: 'other', msgTopic: 'my/test/topic' });
    const got = '10:19:15 script,info Got data {' + msgData + '} from topic {my/test/topic}\n';
    const other = '10:19:15 script,info Got data {other} from topic {my/test/topic}\n';
    expect(await bench.type('/log print')).toBe(line.includes(':if') ? got : got + other);
  });

  it('shows the four subscriptions and their scripts', async () => {
    const bench = new Bench();
    await bench.type(ADD_BROKER);
    const topics = ['some/sort/of/topic', 'some/# ', 'some/sort/of/+', 'some/thing/# '];
    for (const topic of topics) await bench.type('/iot mqtt subscribe broker=broker topic="' + topic + '"');
    for (let i = 0; i < 4; i++) {
      const script = '/system script run script' + (i + 1);
      await bench.type('/iot mqtt subscriptions set ' + i + ' on-message="' + script + '"');
    }
    expect(await bench.type('/iot mqtt subscriptions print')).toBe(
      '0 broker=broker topic="some/sort/of/topic" qos=0 on-message="/system script run script1"\n' +
        '1 broker=broker topic="some/#" qos=0 on-message="/system script run script2"\n' +
        '2 broker=broker topic="some/sort/of/+" qos=0 on-message="/system script run script3"\n' +
        '3 broker=broker topic="some/thing/#" qos=0 on-message="/system script run script4"\n',
    );
  });

  it('refuses a script for messages that could not run', async () => {
    const bench = new Bench();
    await bench.type(ADD_BROKER, '/iot mqtt subscribe broker=broker topic=a');
    expect(await bench.type('/iot mqtt subscriptions set 0 qos=1 on-message="/sytem script run x"')).toMatch(
      /^bad command name sytem \(line 1 column 2\)/,
    );
    expect(bench.brokers.list[0]!.subscriptions[0]).toEqual({ topic: 'a', qos: 0, onMessage: '' });
  });

  it('adds the script of the statistics, and runs it', async () => {
    const bench = new Bench();
    await bench.type(ADD_BROKER);
    expect(await bench.type(ADD_STATISTICS_SCRIPT)).toBe('');
    // The message that the manual shows has 124 bytes; its 125 are from a run with a value that was one digit longer.
    expect(MESSAGE).toHaveLength(124);
    expect(await bench.type('/system script run mqttpublish')).toBe(
      '[*] Gathering system info...\n[*] Total message size: 124 bytes\n' +
        '[*] Sending message to MQTT broker...\n[*] Done\n',
    );
    expect(bench.brokers.list[0]!.published).toMatchObject([{ topic: 'my/test/topic', message: MESSAGE }]);
    expect(await bench.type('/log print')).toBe('10:19:15 script,info ' + MESSAGE + '\n');
    bench.resource.values['cpu-load'] = '100';
    expect(await bench.type('/system script run mqttpublish')).toContain('[*] Total message size: 125 bytes\n');
  });

  it('keeps what it has no use for, and shows it', async () => {
    const bench = new Bench();
    await bench.type(ADD_STATISTICS_SCRIPT);
    const shown = await bench.type('/system script print');
    expect(shown).toContain('0 name="mqttpublish" owner="admin" policy=' + POLICY + ' dont-require-permissions=no ');
    expect(shown).toContain(String.raw` source="#  Required packages: iot\r\n\r\n# Configuration # # \r\n# Name of an`);
  });
});
