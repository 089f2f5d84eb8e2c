import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { LiveDevice, until } from './live-device.js';
import { readManual } from './manual-steps.js';
import type { ManualStep } from './manual-steps.js';
import { afterEach, expect, it } from 'vitest';

const ending: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** Walks through the manual: `step` types its next command. */
class Walk {
  private readonly steps = readManual();
  private readonly host: string;

  constructor(
    readonly device: LiveDevice,
    readonly port: number,
  ) {
    this.host = `address="127.0.0.1" port=${port}`;
  }

  get left(): number {
    return this.steps.length;
  }

  /** What the manual shows of the next command, which begins as given and is not typed. */
  skip(beginning: string): string[] {
    return this.take(beginning).shown;
  }

  /** Types the next command, which begins as given. Returns what it writes and what the manual shows. */
  async step(beginning: string): Promise<{ written: string[]; shown: string[] }> {
    const { command, shown } = this.take(beginning);
    return { written: (await this.device.type(command)).map(masked), shown: shown.map(masked) };
  }

  /** Types the next command, and compares. */
  async same(beginning: string): Promise<void> {
    const { written, shown } = await this.step(beginning);
    expect([beginning, ...written]).toEqual([beginning, ...shown]);
  }

  private take(beginning: string): ManualStep {
    const { command, shown } = this.steps.shift()!;
    expect(command.startsWith(beginning) ? beginning : command).toBe(beginning);
    // The only thing that is not typed as it stands: there is no broker at that address.
    const here = (text: string): string => text.replace('address="192.168.88.33" port=1883', this.host);
    return { command: here(command), shown: shown.map(here) };
  }
}

/** Without times. */
function masked(line: string): string {
  return line
    .replace(/\btime=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'time=TIME')
    .replace(/^\d\d:\d\d:\d\d /, 'TIME ')
    .replace(/"uptime":"(\d\dd)?\d\d:\d\d:\d\d"/, '"uptime":"TIME"');
}

async function makeWalk(): Promise<Walk> {
  // Mosquitto sends a message once for each filter that matches; the manual shows one.
  const broker = await startMosquitto({ settings: ['allow_duplicate_messages false'] });
  ending.push(() => broker.stop());
  return new Walk(makeDevice(broker.port), broker.port);
}

function makeDevice(port: number): LiveDevice {
  const device = new LiveDevice(port);
  ending.push(() => device.end());
  return device;
}

const GOT = 'script,info Got data {test-message} from topic {my/test/topic}';
const GOT_JSON = 'script,info Got data {{"test":"123"}} from topic {my/test/topic}';
const publish = (message: string): string =>
  `/iot mqtt publish broker=broker topic="my/test/topic" message="${message}"`;

requireMosquitto()("RouterOS's manual of MQTT, command by command", () => {
  it('shows what the manual shows', async () => {
    const walk = await makeWalk();
    const { device } = walk;

    // The menu, and the bare command that the manual names before its example.
    await walk.same('/iot mqtt');
    expect((await walk.step('/iot mqtt brokers add')).written).toEqual(['name is required']);

    await walk.same('/iot mqtt brokers add name="broker"');
    await walk.same('/iot mqtt brokers print');
    await walk.same('/iot mqtt connect');
    await walk.same('/iot mqtt brokers print');
    await walk.same('/iot mqtt disconnect');
    await walk.same('/iot mqtt brokers print');
    // Not connected: it is first, as `force` says.
    await walk.same('/iot mqtt publish message="test-message"');
    expect(device.console.brokers.find('broker')!.connected).toBe(true);

    await walk.same('/iot mqtt subscribe broker="broker" topic="my/test/topic"');
    await walk.same('/iot mqtt subscribe broker="broker" topic="my/test/# "');
    await walk.same('/iot mqtt subscribe broker="broker" topic="my/test/+"');
    const subscriptions = await walk.step('/iot mqtt subscriptions print');
    expect(subscriptions.written[0]).toBe(subscriptions.shown[0]);
    // The manual leaves out the two that it has just shown how to add.
    expect(subscriptions.written.slice(1)).toEqual([
      '1 broker=broker topic="my/test/#" qos=0',
      '2 broker=broker topic="my/test/+" qos=0',
    ]);

    await walk.same('/iot mqtt publish message="test-message"');
    await until(() => device.received > 0);
    await walk.same('/iot mqtt subscriptions recv print');
    await walk.same('/iot mqtt subscriptions recv clear');
    expect(device.received).toBe(0);

    await walk.same('/iot mqtt subscriptions set on-message={:log info');
    await device.type(publish('test-message'));
    await until(() => device.lines.length > 0);
    await walk.same('/log print');

    // Only what fulfils the condition runs: what comes after the others shows that these did nothing.
    await walk.same('/iot mqtt subscriptions set 0 on-messag={:if ($msgData~"\\\\{');
    await device.type(publish('test-message'));
    await device.type(publish(String.raw`{\"test\":\"124\"}`));
    await device.type(publish(String.raw`{\"test\":\"123\"}`));
    await until(() => device.lines.length > 1);
    expect(device.lines).toEqual([GOT, GOT_JSON]);

    await walk.same('/iot mqtt subscriptions set 0 on-messag={:if ($msgData~"test")');
    await device.type(publish('other'));
    await walk.same('/iot mqtt publish broker=broker topic="my/test/topic" message="{\\"test');
    await until(() => device.lines.length > 2);
    await device.type(publish('test-message'));
    await until(() => device.lines.length > 3);
    expect(device.lines.slice(2)).toEqual([GOT_JSON, GOT]);

    // Of another device; see below.
    walk.skip('/iot mqtt subscriptions print');

    await walk.same('/iot mqtt unsubscribe');
    expect(await device.type('/iot mqtt subscriptions print')).toEqual([
      '0 broker=broker topic="my/test/#" qos=0',
      '1 broker=broker topic="my/test/+" qos=0',
    ]);

    await device.type('/iot mqtt subscriptions recv clear');
    await walk.same('/system script add');
    const run = await walk.step('/system script run mqttpublish');
    await until(() => device.received > 0);
    const message = device.console.brokers.received.text(0);
    const size = `[*] Total message size: ${Buffer.byteLength(message)} bytes`;
    // The manual's 125 are of another run than the message that it shows, which has 124 bytes.
    expect(run.written).toEqual(run.shown.map((line) => (line.includes('125 bytes') ? size : line)));
    expect(size).toContain('124 bytes');
    const { written, shown } = await walk.step('/iot mqtt subscriptions recv  print');
    // The manual's terminal had so many columns: it breaks the line behind a comma, and before the time.
    expect(written).toEqual([masked(shown.join('').replace('"time=', '" time='))]);
    expect(JSON.parse(message)).toMatchObject({ model: 'RB924i-2nD-BT5&BG77', ros: '7.9', cpu: 13, umem: 47476736 });
    expect(device.lines.at(-1)).toBe('script,info ' + message);
    expect(walk.left).toBe(0);
  });

  it('runs one script for a message, the one that the manual says', async () => {
    const { device, port } = await makeWalk();
    const example = readManual().find(({ shown }) => shown.length === 4 && shown[0]!.includes('script1'))!;
    await device.type(`/iot mqtt brokers add name=broker address=127.0.0.1 port=${port}`);
    for (const line of example.shown) {
      const [, number, topic, script] = /^(\d) .* topic=("[^"]+") .* on-message="(.+ (?:script\d))"$/.exec(line)!;
      const name = script!.split(' ').at(-1)!;
      await device.type(`/system script add name=${name} source={:log info ${name}}`);
      await device.type(`/iot mqtt subscribe broker=broker topic=${topic}`);
      expect(await device.type(`/iot mqtt subscriptions set ${number} on-message="${script}"`)).toEqual([]);
    }
    // The space behind # stands in the manual, and in no topic filter that a broker takes.
    const shown = example.shown.map((line) => line.replace('# "', '#"'));
    expect(await device.type(example.command)).toEqual(shown);

    const rows = [
      ['some/sort/of/topic', 'script1'],
      ['some/sort/of/thing', 'script3'],
      ['some/name', 'script2'],
      ['some/thing/else', 'script4'],
    ];
    for (const [topic, script] of rows) {
      const before = device.lines.length;
      expect(await device.type(`/iot mqtt publish broker=broker topic="${topic}" message=x`)).toEqual([]);
      await until(() => device.lines.length > before);
      expect([topic, device.lines.at(-1)]).toEqual([topic, 'script,info ' + script]);
    }
    expect(device.lines).toHaveLength(rows.length);
  });

  it('leaves a line in the log for a script that fails, and goes on', async () => {
    const { device, port } = await makeWalk();
    await device.type(`/iot mqtt brokers add name=broker address=127.0.0.1 port=${port}`);
    await device.type('/iot mqtt subscribe broker=broker topic="t"');
    await device.type('/iot mqtt subscriptions set 0 on-message={:if ($msgData="bad") do={:put (1/0)}; :log info ok}');
    for (const message of ['bad', 'good'])
      await device.type(`/iot mqtt publish broker=broker topic=t message=${message}`);
    await until(() => device.lines.length > 1);
    expect(device.lines).toEqual(['script,error on-message of topic t: division by zero', 'script,info ok']);
  });
});
