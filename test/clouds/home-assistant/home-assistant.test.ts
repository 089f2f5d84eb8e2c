import { connect } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { simBoard } from '../../../sim/sim-board.js';
import type { Board } from '../../../src/hal/index.js';
import { HOME_ASSISTANT } from '../../../src/cloud/home-assistant/definition.js';
import { check } from '../../cloud/home-assistant/discovery-schema.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { CloudTestDevice } from '../device.js';

const GATEWAY = 'homeassistant/device/shed/config';
const TAG = 'homeassistant/device/shed/DC2C6E0FC03D/config';
/** A BTHome button that was pressed twice: object 0x3a, event 0x02 (bthome.io, format). */
const BUTTON = '0616d2fc443a02';

/** Announcements are put off by chance, up to ten seconds. Here it is always as many milliseconds as this. */
const SOON = { uint32: () => 100 };

function makeBoard(): Board {
  return { ...simBoard(() => undefined as never), entropy: SOON };
}

interface Seen {
  topic: string;
  text: string;
  retain: boolean;
}

/** Stands for Home Assistant: hears all topics, and says that it started. */
class HomeAssistant {
  readonly seen: Seen[] = [];
  private readonly waiting: { count: number; fits: (seen: Seen) => boolean; done: () => void }[] = [];

  private constructor(readonly client: MqttClient) {
    client.on('message', (topic, payload, { retain }) => {
      this.seen.push({ topic, text: payload.toString(), retain });
      for (const waiter of this.waiting.splice(0)) {
        if (this.count(waiter.fits) >= waiter.count) waiter.done();
        else this.waiting.push(waiter);
      }
    });
  }

  static async join(url: string): Promise<HomeAssistant> {
    const client = connect(url, { clientId: `home-assistant-${Math.random()}` });
    const it = new HomeAssistant(client);
    await new Promise<void>((done) => client.once('connect', () => done()));
    await client.subscribeAsync(['homeassistant/#', 'tagwire/#'], { qos: 1 });
    return it;
  }

  /** Resolves with the last one when so many messages on this topic were heard. */
  async until(topic: string, count = 1): Promise<Seen> {
    const fits = (seen: Seen): boolean => seen.topic === topic;
    if (this.count(fits) < count) await new Promise<void>((done) => this.waiting.push({ count, fits, done }));
    return this.seen.filter(fits).at(-1)!;
  }

  /** Resolves with the next message. */
  next(): Promise<void> {
    return new Promise((done) => this.waiting.push({ count: this.seen.length + 1, fits: () => true, done }));
  }

  count(fits: (seen: Seen) => boolean): number {
    return this.seen.filter(fits).length;
  }
}

requireMosquitto()('cloud=home-assistant', () => {
  let broker: Mosquitto;
  const devices: CloudTestDevice[] = [];
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    broker = await startMosquitto({ persistence: true });
  });
  afterAll(() => broker.stop());
  afterEach(async () => {
    for (const device of devices.splice(0)) await device.stop();
    const topics = [
      GATEWAY,
      TAG,
      'tagwire/shed/status',
      'tagwire/shed/tags/DC2C6E0FC03D',
      'tagwire/shed/presence/DC2C6E0FC03D',
    ];
    for (const client of clients.splice(0)) {
      for (const topic of topics) await client.publishAsync(topic, '', { qos: 1, retain: true });
      await client.endAsync();
    }
  });

  async function join(): Promise<HomeAssistant> {
    const it = await HomeAssistant.join(broker.url);
    clients.push(it.client);
    return it;
  }

  async function start(raw: object = {}, board = makeBoard()): Promise<CloudTestDevice> {
    const device = new CloudTestDevice({ cloud: 'home-assistant', broker: broker.url, ...raw }, { board });
    devices.push(device);
    await device.line(/^connected/);
    return device;
  }

  test('announces the gateway and a tag once, retained, as the schema allows', async () => {
    const home = await join();
    const device = await start({ presence: 60 });
    device.hear();
    device.hear();
    const tag = await home.until(TAG);
    const gateway = await home.until(GATEWAY);
    check(JSON.parse(tag.text));
    check(JSON.parse(gateway.text));
    const { cmps, avty } = JSON.parse(tag.text) as { cmps: { [key: string]: { exp_aft?: number } }; avty: object[] };
    expect(Object.keys(cmps)).toContain('temperature');
    // The learned time-out, of a tag of which little is known, and the heartbeat.
    expect(cmps.temperature!.exp_aft).toBeGreaterThan(900);
    expect(avty).toHaveLength(2);
    expect(JSON.parse((await home.until('tagwire/shed/presence/DC2C6E0FC03D')).text)).toMatchObject({
      presence: 'arrived',
    });

    const late = await join();
    for (const topic of [TAG, GATEWAY, 'tagwire/shed/tags/DC2C6E0FC03D', 'tagwire/shed/presence/DC2C6E0FC03D']) {
      expect((await late.until(topic)).retain, topic).toBe(true);
    }
    expect(home.count(({ topic }) => topic === TAG)).toBe(1);
  });

  describe('without tags', () => {
    const features = { clouds: [HOME_ASSISTANT], makeReporter: () => undefined };
    const launch = async (raw: object = {}): Promise<CloudTestDevice> => {
      const all = { cloud: 'home-assistant', broker: broker.url, ...raw };
      const device = new CloudTestDevice(all, { features, board: makeBoard() });
      devices.push(device);
      await device.line(/^connected/);
      return device;
    };

    test('announces itself, retained, as the schema allows, and answers its buttons', async () => {
      const home = await join();
      await launch({ health: 3600 });
      const { text } = await home.until(GATEWAY);
      check(JSON.parse(text));
      const { dev, cmps, avty } = JSON.parse(text) as {
        dev: { ids: string[] };
        cmps: { [key: string]: { stat_t?: string; cmd_t?: string; pl_prs?: string; uniq_id: string } };
        avty: object[];
      };
      expect(dev.ids).toEqual(['shed']);
      expect(avty).toEqual([{ t: 'tagwire/shed/status', val_tpl: '{{value_json.status}}' }]);
      expect(Object.keys(cmps)).toEqual(['uptime', 'rssi', 'connects', 'restart', 'identify']);
      expect(cmps.uptime).toMatchObject({ stat_t: 'tagwire/shed/health', uniq_id: 'shed_uptime' });
      expect(JSON.parse((await home.until('tagwire/shed/health')).text)).toMatchObject({ connects: 1 });
      expect((await home.until('tagwire/shed/status')).text).toContain('"online"');
      await home.client.publishAsync(cmps.identify!.cmd_t!, cmps.identify!.pl_prs!, { qos: 1 });
      expect((await home.until('tagwire/shed/res/home-assistant')).text).toBe('{"result":{"seconds":10}}');
      const late = await join();
      expect((await late.until(GATEWAY)).retain).toBe(true);
    });

    test('announces itself again when Home Assistant says that it started', async () => {
      const home = await join();
      await launch({ rpcAccess: 'none' });
      const { text } = await home.until(GATEWAY);
      expect(Object.keys((JSON.parse(text) as { cmps: object }).cmps)).toEqual(['uptime', 'rssi', 'connects']);
      await home.client.publishAsync('homeassistant/status', 'online', { qos: 1 });
      expect((await home.until(GATEWAY, 2)).text).toBe(text);
    });
  });

  test('announces a new field of a tag', async () => {
    const home = await join();
    const device = await start();
    device.hear();
    await home.until(TAG);
    device.hear('DC:2C:6E:0F:C0:3D', BUTTON);
    const { text } = await home.until(TAG, 2);
    check(JSON.parse(text));
    expect(Object.keys((JSON.parse(text) as { cmps: object }).cmps)).toEqual(
      expect.arrayContaining(['temperature', 'button']),
    );
  });

  test('announces all again when Home Assistant starts, but not for a retained status', async () => {
    const home = await join();
    await home.client.publishAsync('homeassistant/status', 'online', { qos: 1, retain: true });
    const device = await start();
    device.hear();
    await home.until(TAG);
    expect(home.count(({ topic }) => topic === GATEWAY)).toBe(1);
    await home.client.publishAsync('homeassistant/status', '', { retain: true });
    await home.client.publishAsync('homeassistant/status', 'online', { qos: 1 });
    await Promise.all([home.until(TAG, 2), home.until(GATEWAY, 2)]);
  });

  test('announces all again when the broker lost what it retained, and only then', async () => {
    const home = await join();
    const device = await start();
    device.hear();
    await home.until(TAG);
    await home.client.publishAsync(GATEWAY, '', { qos: 1, retain: true });
    await home.client.publishAsync(TAG, '', { qos: 1, retain: true });
    device.firmware.gateway.connection.reconnect();
    expect((await home.until(GATEWAY, 3)).text).not.toBe('');
    expect((await home.until(TAG, 3)).text).not.toBe('');
  });

  test('answers its buttons', async () => {
    const home = await join();
    const device = await start();
    const { text } = await home.until(GATEWAY);
    const { cmps } = JSON.parse(text) as { cmps: { [key: string]: { [key: string]: string } } };
    await home.client.publishAsync(cmps.scan!.cmd_t!, cmps.scan!.pl_off!, { qos: 1 });
    expect(JSON.parse((await home.until('tagwire/shed/res/home-assistant')).text)).toEqual({
      result: { on: false },
    });
    expect(device.scanner.scanning).toBe(false);
    await home.client.publishAsync(cmps.scan!.cmd_t!, cmps.scan!.pl_on!, { qos: 1 });
    await home.until('tagwire/shed/res/home-assistant', 2);
    expect(device.scanner.scanning).toBe(true);
  });

  test('forgets the tag that was silent longest when there are too many, also after a restart', async () => {
    const home = await join();
    const board = makeBoard();
    const first = await start({ tags: 1 }, board);
    first.hear();
    await home.until(TAG);
    await first.stop();
    devices.length = 0;
    const second = await start({ tags: 1 }, board);
    second.hear('DC:2C:6E:00:00:02');
    second.hear('DC:2C:6E:00:00:02');
    expect((await home.until(TAG, 2)).text).toBe('');
    const config = 'homeassistant/device/shed/DC2C6E000002/config';
    // There is room when the device has heard that the other one is cleared; until then each reading asks for it.
    for (let count = 3; home.count(({ topic }) => topic === config) === 0; count++) {
      second.hear('DC:2C:6E:00:00:02');
      await Promise.race([home.until(config), home.until('tagwire/shed/tags/DC2C6E000002', count)]);
    }
    await home.client.publishAsync(config, '', { qos: 1, retain: true });
  });

  test('takes over what another gateway announced', async () => {
    const home = await join();
    const old = 'homeassistant/sensor/DC2C6E0FC03D-temp/config';
    await home.client.publishAsync(old, '{"name":"old"}', { qos: 1, retain: true });
    const device = await start({ migrateDiscovery: 'homeassistant/sensor/{tag}-temp/config' });
    device.hear();
    await home.until(old, 3);
    const order = home.seen.filter(({ topic }) => topic === old || topic === TAG).map(({ text }) => text.slice(0, 7));
    expect(order).toEqual(['{"name"', '{"migra', '{"dev":', '']);
  });
});

describe('mistakes', () => {
  test.each([
    [{ gateway: 'shed 1' }, 'Home Assistant: an identifier in a topic has letters, digits, _ and - only; yours is'],
    [{ migrateDiscovery: 'a/b' }, 'Home Assistant: a topic of migrateDiscovery has {tag} once, and no wildcard; yours'],
  ])('%j', (raw, line) => {
    const configure = (): unknown =>
      parseForDesktop({ cloud: 'home-assistant', broker: 'mqtt://127.0.0.1', gateway: 'shed', ...raw }, false);
    expect(configure).toThrow(line);
  });
});
