import { ConnectionState } from '../../../src/connection/connection.js';
import type { MessageSeen, TagState, ToPage } from '../../../sim/page/protocol.js';
import { planOfName } from '../../../sim/dashboard/world-plan.js';
import type { WorldFile } from '../../../sim/world/world-file.js';
import { EPOCH } from '../../../sim/virtual/index.js';
import { describe, expect, it } from 'vitest';
import { Bench, defaultWorld, quietWorld } from './bench.js';

const FRIDGE = 'A4:C1:38:00:00:01';
const SHELF = 'A4:C1:38:00:00:02';

function gateways(...boards: ('esp32' | 'esp8266' | 'desktop')[]): WorldFile {
  const { gateway: _, ...rest } = quietWorld;
  return { ...rest, gateways: boards.map((board, i) => ({ name: 'gate-' + i, board, position: [i, 0, 2] })) };
}

function lastTag(bench: Bench, id: string): TagState | undefined {
  const tags = bench.source.snapshot().find((text) => text.type === 'tags')!;
  return (tags as Extract<ToPage, { type: 'tags' }>).tags.find((tag) => tag.id === id);
}

function messages(bench: Bench): MessageSeen[] {
  return bench.of('messages').flatMap((update) => update.messages);
}

/** A bench whose gateways are connected. */
async function connected(file: WorldFile = quietWorld): Promise<Bench> {
  const bench = new Bench(file);
  const { devices } = bench.source.world;
  await bench.until(() => devices.every(({ firmware }) => firmware?.gateway.connection.connected));
  return bench;
}

const isConnected = (bench: Bench, gateway = 0): boolean =>
  bench.state(gateway).connection === ConnectionState.connected;

const meter = (bench: Bench, id: string): number => bench.state().meters.find((one) => one.id === id)!.value;

describe('the control', () => {
  it('wifi pulls the Wi-Fi of a gateway, lets its outbox fill, and gives it back', async () => {
    const bench = await connected();
    expect(await bench.error('wifi', { gateway: 0, on: false })).toBeUndefined();
    await bench.run(1);
    expect(bench.state().wifi).toEqual({ up: false });
    expect(bench.of('state').at(-1)!.faults).toMatchObject([
      { text: expect.stringContaining('wifigone gateway=0') as string },
    ]);
    expect(bench.state().connection).toBe(ConnectionState.noNetwork);
    expect(bench.state().lastError?.text).toContain('network');
    // Twice is once.
    expect(await bench.error('wifi', { gateway: 0, on: false })).toBeUndefined();
    await bench.run(70);
    const waiting = meter(bench, 'outbox');
    expect(waiting).toBeGreaterThan(1);
    await bench.ask('wifi', { gateway: 0, on: true });
    await bench.until(() => isConnected(bench));
    await bench.run(5);
    expect(meter(bench, 'outbox')).toBe(0);
    expect(bench.of('state').at(-1)!.faults).toEqual([]);
    expect(bench.source.world.ledger.broken).toEqual([]);
  });

  it('wifi pulls the wire of a desktop', async () => {
    const bench = await connected(gateways('desktop', 'esp32'));
    await bench.ask('wifi', { gateway: 0, on: false });
    await bench.run(90);
    expect(bench.state(0).wifi).toEqual({ up: false });
    expect(isConnected(bench, 0)).toBe(false);
    expect(isConnected(bench, 1)).toBe(true);
    await bench.ask('wifi', { gateway: 0, on: true });
    await bench.until(() => isConnected(bench, 0));
  });

  it('broker restarts, kills and starts the broker', async () => {
    const bench = await connected();
    await bench.ask('broker', { broker: 0, action: 'restart' });
    await bench.run(1);
    expect(isConnected(bench)).toBe(false);
    await bench.until(() => isConnected(bench));
    await bench.ask('broker', { broker: 0, action: 'kill', keepSessions: false });
    await bench.run(60);
    expect(bench.of('state').at(-1)!.brokers).toMatchObject([{ up: false, sessions: 0 }]);
    expect(isConnected(bench)).toBe(false);
    await bench.ask('broker', { broker: 0, action: 'start' });
    await bench.until(() => isConnected(bench));
    expect(bench.of('state').at(-1)!.brokers).toMatchObject([{ up: true, sessions: 1 }]);
    expect(bench.source.world.ledger.broken).toEqual([]);
  });

  it('fault installs one of any kind now, which ends by itself, and heal ends one early', async () => {
    const bench = await connected();
    const began = bench.source.now();
    await bench.ask('fault', { text: 'slow+1m bytes=2' });
    await bench.ask('fault', { text: 'radiosilent' });
    await bench.run(1);
    const [slow, silent] = bench.of('state').at(-1)!.faults;
    expect(slow!.text).toBe('slow gateway=0 bytes=2');
    expect(bench.lines()).toContain(`world: fault: slow@${Math.floor(began)}ms+1m gateway=0 bytes=2`);
    expect(silent).not.toHaveProperty('endsAt');
    const heard = bench.state().counts.advertisements;
    await bench.run(10);
    expect(bench.state().counts.advertisements).toBe(heard);
    await bench.ask('heal', { id: silent!.id });
    expect(bench.source.world.ledger.activeFaults).toBe(1);
    await bench.run(10);
    expect(bench.state().counts.advertisements).toBeGreaterThan(heard!);
    await bench.run(60);
    expect(bench.of('state').at(-1)!.faults).toEqual([]);
    expect(bench.source.world.ledger).toMatchObject({ activeFaults: 0, broken: [] });
    // It was healed, and does not end once more.
    expect(bench.source.world.ledger.faults).toMatchObject([{ kind: 'slow' }, { kind: 'radiosilent' }]);
  });

  it('powerCut takes the power away, and the gateway starts anew', async () => {
    const bench = await connected();
    await bench.ask('powerCut', { gateway: 0, off: 3000 });
    await bench.run(1);
    expect(bench.state()).toMatchObject({ powered: false, meters: [] });
    await bench.run(3);
    expect(bench.state().powered).toBe(true);
    expect(bench.state().uptime).toBeLessThan(2000);
    expect(bench.lines()).toContain('world: gateway-1 starts');
  });

  it('clockJump changes the time of day of a gateway', async () => {
    const bench = await connected();
    await bench.run(5);
    expect(bench.state()).not.toHaveProperty('clockAhead');
    await bench.ask('clockJump', { gateway: 0, by: -3_600_000 });
    await bench.run(1);
    expect(bench.state().clockAhead! / 1000).toBeCloseTo(-3600, -1);
  });

  it('pressButton is reported as an event at once, and again when it is pressed again', async () => {
    const bench = await connected();
    await bench.run(20);
    const presses = (): unknown[] =>
      messages(bench)
        .filter(({ topic }) => topic.endsWith('/tags/A4C138000001'))
        .map(({ payload }) => (JSON.parse(payload) as { button?: string }).button)
        .filter((button) => button !== undefined);
    await bench.ask('pressButton', { tag: FRIDGE });
    await bench.run(5);
    expect(presses()).toEqual(['press']);
    await bench.ask('pressButton', { tag: FRIDGE });
    await bench.run(5);
    expect(presses()).toEqual(['press']);
  });

  it('pressButton switches the reed switch of a MikroTik tag', async () => {
    const bench = await connected(defaultWorld);
    await bench.run(20);
    const door = 'DC:2C:6E:14:7B:DD';
    await bench.ask('pressButton', { tag: door });
    await bench.run(10);
    const events = messages(bench)
      .filter(({ topic }) => topic.endsWith('/tags/DC2C6E147BDD'))
      .map(({ payload }) => (JSON.parse(payload) as { events: string[] }).events);
    expect(events.slice(0, 2)).toEqual([[], ['reedSwitch']]);
  });

  it('moveTag puts a tag where it stays, and the gateway hears it as from there', async () => {
    const bench = await connected(defaultWorld);
    const forklift = '2C:C8:1B:4B:BB:0A';
    await bench.ask('moveTag', { tag: forklift, position: [12, 8] });
    await bench.run(10);
    expect(lastTag(bench, forklift)!.position).toEqual([12, 8]);
    const near = lastTag(bench, forklift)!.heard[0]!.rssi;
    expect(near).toBeGreaterThan(-75);
    await bench.ask('moveTag', { tag: forklift, position: [32, 8] });
    await bench.run(20);
    expect(lastTag(bench, forklift)!.position).toEqual([32, 8]);
    expect(lastTag(bench, forklift)!.heard[0]!.rssi).toBeLessThan(near - 15);
  });

  it('warmTag and tagBattery change what a tag sends', async () => {
    const bench = await connected();
    await bench.run(20);
    await bench.ask('warmTag', { tag: FRIDGE, temperature: 30.5 });
    await bench.ask('tagBattery', { tag: FRIDGE, percent: 12 });
    await bench.ask('tagBattery', { tag: SHELF, percent: 40 });
    await bench.run(11);
    expect(lastTag(bench, FRIDGE)).toMatchObject({ temperature: 30.5, battery: 12 });
    expect(lastTag(bench, FRIDGE)!.fields).toContainEqual({ name: 'temperature', value: 30.5, unit: '°C' });
    expect(lastTag(bench, FRIDGE)!.fields).toContainEqual({ name: 'batteryPercent', value: 12, unit: '%' });
    expect(lastTag(bench, SHELF)!.fields).toContainEqual({ name: 'batteryVoltage', value: 2.4, unit: 'V' });
    const points = bench.of('readings').flatMap(({ readings }) => readings.filter(({ tag }) => tag === FRIDGE));
    expect(points.at(-1)!.fields).toContainEqual({ name: 'temperature', value: 30.5, unit: '°C' });
  });

  it('tagBattery with 0 silences a tag until it has another battery', async () => {
    const bench = await connected();
    await bench.run(5);
    await bench.ask('tagBattery', { tag: FRIDGE, percent: 0 });
    await bench.run(2);
    expect(lastTag(bench, FRIDGE)).toMatchObject({ silent: true, battery: 0 });
    const { count } = lastTag(bench, FRIDGE)!.heard[0]!;
    await bench.run(10);
    expect(lastTag(bench, FRIDGE)!.heard[0]!.count).toBe(count);
    await bench.ask('tagBattery', { tag: FRIDGE, percent: 100 });
    await bench.run(5);
    expect(lastTag(bench, FRIDGE)!.heard[0]!.count).toBeGreaterThan(count);
    expect(lastTag(bench, FRIDGE)).not.toHaveProperty('silent');
  });

  it('addTag adds a tag of each format, which is heard and reported, and removeTag takes it away', async () => {
    const bench = await connected();
    const [hello] = bench.source.snapshot();
    const formats = (hello as Extract<ToPage, { type: 'hello' }>).formats;
    expect(formats).toHaveLength(6);
    for (const format of formats) {
      expect(await bench.error('addTag', { format, name: 'new ' + format, position: [2, 2] })).toBeUndefined();
    }
    await bench.run(15);
    const all = bench.source.snapshot().find((text) => text.type === 'tags') as Extract<ToPage, { type: 'tags' }>;
    const added = all.tags.filter(({ name }) => name.startsWith('new '));
    expect(added).toHaveLength(6);
    for (const tag of added) {
      expect(tag.heard, tag.name).toHaveLength(1);
      expect(tag, tag.name).toMatchObject({ position: [2, 2] });
      expect(tag.reports, tag.name).toBeGreaterThan(0);
      expect(tag.fields.length, tag.name).toBeGreaterThan(0);
    }
    const { id } = added[0]!;
    await bench.ask('removeTag', { tag: id });
    await bench.run(1);
    expect(bench.of('tags').flatMap(({ removed }) => removed ?? [])).toEqual([id]);
    expect(lastTag(bench, id)).toBeUndefined();
    expect(await bench.error('removeTag', { tag: id })).toContain('tag must be the id of a tag that is there');
    // Nobody thinks that the gateway misses one, or hears one that is not there.
    await bench.run(300);
    expect(bench.source.world.ledger.broken).toEqual([]);
  });

  it('policies sets policies through the firmware, with its own errors', async () => {
    const bench = await connected();
    const set = async (text: string): Promise<string | undefined> => {
      const answer = bench.error('policies', { gateway: 0, text });
      await bench.run(5);
      return answer;
    };
    expect(await set('default interval=3 heartbeat=30 temperature=0.5')).toBeUndefined();
    expect(bench.state().policies).toBe('default interval=3 heartbeat=30 events=yes temperature=0.5');
    expect(await set('default interval=10; ruuvi7 interval=5')).toContain(
      'policies, character 22: "ruuvi7" must be default, an address such as AA:BB:CC:DD:EE:FF, or a format:',
    );
    expect(bench.state().policies).toContain('interval=3');
    await bench.ask('powerCut', { gateway: 0, off: 100 });
    await bench.run(20);
    expect(bench.state().policies).toContain('interval=3');
    expect(bench.source.world.ledger.broken).toEqual([]);
    await bench.ask('wifi', { gateway: 0, on: false });
    await bench.run(2);
    expect(await set('default interval=5')).toBe(
      'gateway-1 is not connected, and calls and policies go through its broker',
    );
  });

  it('speed sets the pace, and pauses', async () => {
    const bench = new Bench();
    await bench.ask('speed', { speed: 25 });
    await bench.run(0.25);
    expect(bench.of('state').at(-1)!.speed).toBe(25);
    await bench.ask('speed', { speed: 0 });
    expect(bench.source.speed).toBe(0);
    await bench.ask('speed', { speed: 1e9 });
    expect(bench.source.speed).toBe(Infinity);
    await bench.run(0.25);
    expect(JSON.parse(JSON.stringify(bench.of('state').at(-1)))).toMatchObject({ speed: 1e9 });
  });

  it('loadWorld shows each of the worlds from its beginning', async () => {
    const bench = await connected();
    const { worlds } = bench.source.snapshot()[0] as Extract<ToPage, { type: 'hello' }>;
    expect(worlds).toEqual(['warehouse', 'cold-chain-truck', 'greenhouse', 'hostile-radio', 'museum-crowd']);
    for (const world of worlds) {
      bench.told.length = 0;
      expect(await bench.error('loadWorld', { world, seed: 7 })).toBeUndefined();
      const hello = bench.told[0] as Extract<ToPage, { type: 'hello' }>;
      expect(hello.type).toBe('hello');
      expect(hello.title).toBe(planOfName(world, 7).title);
      expect(bench.source.now()).toBe(0);
      await bench.run(20);
      const heard = bench.of('tags').flatMap(({ tags }) => tags.filter((tag) => tag.heard.length > 0));
      expect(heard.length, world).toBeGreaterThan(0);
    }
  });

  it('type sends keys to the console, one by one', async () => {
    const bench = await connected();
    for (const key of '/system/identity/print\r') {
      await bench.ask('type', { gateway: 0, text: key });
      await bench.run(0.25);
    }
    await bench.run(1);
    const output = bench.source.snapshot().filter((text) => text.type === 'console')[0] as { text: string };
    expect(output.text).toContain('/system/identity/print');
    expect(output.text).toMatch(/name: +"?gateway-1/);
  });

  it('call calls a device by RPC', async () => {
    const bench = await connected();
    const call = bench.ask('call', { gateway: 0, method: 'policy.get', params: {} });
    await bench.run(2);
    const { result } = await call;
    expect(result).toContain('default interval=10');
    expect(messages(bench)).toContainEqual(
      expect.objectContaining({ direction: 'down', gateway: 0, payload: '{"method":"policy.get","params":{}}' }),
    );
    const wrong = bench.error('call', { gateway: 0, method: 'scann' });
    await bench.run(2);
    expect(await wrong).toContain('unknown method scann; methods are identify');
    expect(bench.source.world.ledger.broken).toEqual([]);
  });

  it('call ends when the device does not answer, the world is paused, or another one is loaded', async () => {
    const bench = await connected();
    await bench.ask('fault', { text: 'halfopen' });
    const late = bench.error('call', { gateway: 0, method: 'statistics' });
    await bench.run(61);
    expect(await late).toMatch(/has not answered within 30 s/);
    await bench.until(() => isConnected(bench));
    await bench.run(5);
    const paused = bench.error('call', { gateway: 0, method: 'statistics' });
    await bench.ask('speed', { speed: 0 });
    expect(await paused).toBe('the world was paused before the answer came');
    expect(await bench.error('call', { gateway: 0, method: 'statistics' })).toContain('the world is paused');
    await bench.ask('speed', { speed: 1 });
    const gone = bench.error('call', { gateway: 0, method: 'statistics' });
    await bench.ask('loadWorld', { world: 'warehouse' });
    expect(await gone).toContain('another world was loaded');
  });
});

describe('a fault while the world is paused', () => {
  it('begins at once', async () => {
    const bench = await connected();
    await bench.ask('speed', { speed: 0 });
    await bench.ask('wifi', { gateway: 0, on: false });
    bench.source.update();
    expect(bench.of('state').at(-1)!.faults).toHaveLength(1);
  });
});

/** By control: parameters that are wrong, and what the answer must name. */
const BAD: [string, unknown, string][] = [
  ['wifi', null, 'parameters must be an object, got null'],
  ['wifi', [1], 'parameters must be an object'],
  ['wifi', {}, 'gateway must be an integer from 0 to 1, got nothing'],
  ['wifi', { gateway: 2, on: true }, 'gateway must be an integer from 0 to 1, got 2'],
  ['wifi', { gateway: -1, on: true }, 'gateway must be'],
  ['wifi', { gateway: 0.5, on: true }, 'gateway must be'],
  ['wifi', { gateway: '0', on: true }, 'gateway must be an integer from 0 to 1, got "0"'],
  ['wifi', { gateway: 0, on: 'yes' }, 'on must be true or false, got "yes"'],
  ['broker', { broker: 1, action: 'kill' }, 'broker must be an integer from 0 to 0'],
  ['broker', { broker: 0, action: 'explode' }, 'action must be one of restart, kill, start, got "explode"'],
  ['broker', { broker: 0, action: 'kill', keepSessions: 1 }, 'keepSessions must be true or false'],
  ['fault', { text: '' }, 'text must be text of 1 to 200 characters'],
  ['fault', { text: 'x'.repeat(5000) }, 'got 5000 characters'],
  ['fault', { text: 7 }, 'text must be text'],
  ['fault', { text: 'slow@1m+1m' }, 'one fault without its time'],
  ['fault', { text: 'slow+1m, reset' }, 'one fault without its time'],
  ['fault', { text: 'sloow+1m' }, 'unknown kind sloow; the kinds are refused'],
  ['fault', { text: 'slow+1m bytes=0' }, 'bytes must be an integer from 1 to 65535, got 0'],
  ['fault', { text: 'slow+1m gateway=9' }, 'gateway must be a place from 0 to 1, got 9'],
  ['fault', { text: 'slow+1y' }, '"1y" is no time'],
  ['fault', { text: 'reset+1m' }, 'reset happens at one moment'],
  ['fault', { text: 'slow+1m bites=3' }, 'slow has no parameter bites; it has gateway, bytes'],
  ['fault', { text: 'badblock gateway=1' }, 'gateway must be a gateway with the board esp32'],
  ['heal', { id: 12 }, 'id must be that of a fault that lasts, and none does, got 12'],
  ['heal', { id: 'all' }, 'id must be an integer'],
  ['powerCut', { gateway: 0, off: -1 }, 'off must be a number from 0 to 2592000000 ms, got -1'],
  ['powerCut', { gateway: 0, off: NaN }, 'off must be'],
  ['clockJump', { gateway: 0, by: 1e15 }, 'by must be a number from'],
  ['clockJump', { gateway: 0 }, 'by must be a number from'],
  ['pressButton', { tag: 'FF:FF:FF:FF:FF:FF' }, 'tag must be the id of a tag that is there'],
  ['pressButton', { tag: 5 }, 'tag must be text of 1 to 64 characters, got 5'],
  ['pressButton', { tag: SHELF }, 'shelf has no button'],
  ['moveTag', { tag: FRIDGE, position: [1] }, 'position must be [x, y]'],
  ['moveTag', { tag: FRIDGE, position: [1, '2'] }, 'position must be [x, y]'],
  ['moveTag', { tag: FRIDGE, position: [1, 1e9] }, 'numbers from -1000000 to 1000000 m'],
  ['moveTag', { tag: FRIDGE, position: [NaN, 0] }, 'position must be'],
  ['warmTag', { tag: FRIDGE, temperature: 200 }, 'temperature must be a number from -100 to 125 °C, got 200'],
  ['tagBattery', { tag: FRIDGE, percent: 101 }, 'percent must be a number from 0 to 100 %, got 101'],
  ['addTag', { format: 'nfc', position: [0, 0] }, 'format must be one of mikrotik-tg-bt5'],
  ['addTag', { format: 'ruuvi' }, 'position must be'],
  ['addTag', { format: 'ruuvi', position: [0, 0], name: '' }, 'name must be text of 1 to 100 characters'],
  ['addTag', { format: 'ruuvi', position: [0, 0], name: 'a\nb' }, 'name must have no control characters'],
  ['removeTag', { tag: '' }, 'tag must be text'],
  ['policies', { gateway: 0, text: 'x'.repeat(3000) }, 'text must be text of 0 to 2048 characters'],
  ['policies', { gateway: 9, text: '' }, 'gateway must be'],
  ['speed', { speed: -1 }, 'speed must be a number from 0 to 1000000000 (0: paused), got -1'],
  ['speed', { speed: 0.001 }, 'speed must be 0, or a number from 0.01'],
  ['speed', { speed: 2e9 }, 'speed must be'],
  ['speed', { speed: Infinity }, 'speed must be'],
  ['loadWorld', { world: '../../etc/passwd' }, 'world must be one of warehouse, cold-chain-truck'],
  ['loadWorld', { world: 'warehouse', seed: -1 }, 'seed must be an integer from 0 to 4294967295'],
  ['type', { gateway: 0, text: '' }, 'text must be text of 1 to 1024 characters'],
  ['type', { gateway: 1, text: 'a' }, 'gate-1 has no serial console: its board, esp8266, has none'],
  ['call', { gateway: 0, method: '' }, 'method must be text of 1 to 64 characters'],
  ['call', { gateway: 0, method: 'x', params: 'y'.repeat(5000) }, 'the call must have at most 4096 bytes'],
  ['why', { tag: 'nobody' }, 'tag must be the id of a tag that is there'],
  ['why', { tag: FRIDGE, gateway: 4 }, 'gateway must be an integer from 0 to 1, got 4'],
  ['replay', { recording: 'AAAA' }, 'there is no control "replay"; the controls are wifi'],
  ['constructor', {}, 'there is no control "constructor"'],
  ['__proto__', {}, 'there is no control'],
];

describe('what a page must not send', () => {
  const bench = connected(gateways('esp32', 'esp8266'));

  it.each(BAD)('%s %j', async (name, parameters, says) => {
    const { source } = await bench;
    const before = JSON.stringify([source.speed, source.world.activeFaults.length, source.world.air.tags.length]);
    const error = await (await bench).error(name as never, parameters);
    expect(error).toContain(says);
    expect(error).not.toContain('\n');
    expect(error!.length).toBeLessThan(1000);
    expect(JSON.stringify([source.speed, source.world.activeFaults.length, source.world.air.tags.length])).toBe(before);
  });

  it('is refused without power, and the world goes on', async () => {
    const own = await connected();
    await own.ask('powerCut', { gateway: 0, off: 60_000 });
    for (const [name, parameters] of [
      ['powerCut', { gateway: 0 }],
      ['clockJump', { gateway: 0, by: 1 }],
      ['type', { gateway: 0, text: 'a' }],
      ['call', { gateway: 0, method: 'statistics' }],
      ['policies', { gateway: 0, text: '' }],
    ] as const) {
      expect(await own.error(name, parameters)).toBe('gateway-1 has no power');
    }
    await own.run(61);
    expect(own.state().powered).toBe(true);
  });

  it('bounds how many faults, tags and calls there are', async () => {
    const own = await connected();
    for (let i = 0; i < 100; i++) await own.ask('fault', { text: 'interference percent=1' });
    expect(await own.error('fault', { text: 'interference' })).toBe('100 faults last already; heal one first');
    const added = Array.from({ length: 4100 }, () => own.error('addTag', { format: 'ibeacon', position: [900, 900] }));
    const refused = (await Promise.all(added)).filter((error) => error !== undefined);
    expect(refused).toHaveLength(4100 + 2 - 4096);
    expect(refused[0]).toBe('the world has had 4096 tags, which is the most that it may have');
    const calls = Array.from({ length: 40 }, () => own.error('call', { gateway: 0, method: 'statistics' }));
    expect(await Promise.race(calls)).toBe('32 calls wait for their answers already');
    own.source.close();
    await Promise.all(calls);
  });
});

describe('a world with a real broker', () => {
  it('has the time that its time servers tell', async () => {
    const ahead = 5_000_000_000;
    const bench = new Bench(quietWorld, {
      realBroker: true,
      onWorld: (world) => {
        world.internet.time.ahead = ahead;
      },
    });
    await bench.run(20);
    expect(bench.of('state').at(-1)!.now).toBe(EPOCH + ahead + 20_000);
    expect(bench.state()).not.toHaveProperty('clockAhead');
    expect(bench.state().uptime).toBe(20_000);
    const reading = messages(bench).find(({ topic }) => topic.includes('/tags/'))!;
    expect(Math.abs(reading.time - (JSON.parse(reading.payload) as { time: number }).time)).toBeLessThan(2000);
  });

  it('has no controls and faults of the model, and sets policies at the device', async () => {
    const bench = new Bench(quietWorld, { realBroker: true });
    await bench.run(5);
    const hello = bench.source.snapshot()[0] as Extract<ToPage, { type: 'hello' }>;
    for (const name of ['broker', 'speed', 'call'] as const) {
      expect(hello.controls).not.toContain(name);
      expect(await bench.error(name, {})).toContain('there is no control');
    }
    expect(hello.faults.map(({ kind }) => kind)).not.toContain('pubackdelay');
    expect(hello.faults.map(({ kind }) => kind)).toContain('halfopen');
    expect(await bench.error('fault', { text: 'pubackdelay' })).toBe(
      'pubackdelay is a fault of the broker model, and the broker of this world is a real one',
    );
    expect(await bench.error('policies', { gateway: 0, text: 'default interval=3' })).toBeUndefined();
    expect(bench.state().policies).toBe('default interval=3 heartbeat=60 events=yes');
    expect(await bench.error('policies', { gateway: 0, text: 'default interval=no' })).toContain('character 9');
    await bench.run(5);
    expect(bench.state().powered).toBe(true);
    expect(bench.source.world.ledger.broken).toEqual([]);
  });
});
