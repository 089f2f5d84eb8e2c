import { afterEach, describe, expect, it } from 'vitest';
import { MQTT_LIMITS } from '../../../src/cloud/index.js';
import { CloudBroker } from '../cloud-broker.js';
import { CloudTestDevice } from '../device.js';

let broker: CloudBroker | undefined;

afterEach(async () => {
  await broker?.close();
  broker = undefined;
});

/** A broker as MikroTik's scripts are used with ThingsBoard: what is published elsewhere ends the connection. */
function startThingsBoard(): Promise<CloudBroker> {
  return CloudBroker.start({
    limits: MQTT_LIMITS,
    mayPublish: (_client, topic) => topic.startsWith('v1/devices/me/'),
    maySubscribe: (_client, filter) => filter.startsWith('v1/devices/me/'),
  });
}

describe('a device in the place of a RouterOS script (contract emulation)', () => {
  it('answers the calls of ThingsBoard', async () => {
    broker = await startThingsBoard();
    const device = new CloudTestDevice({ cloud: 'routeros', broker: broker.url, script: 'thingsboard' });
    await device.line(/^connected/);
    await broker.until(() => broker!.subscribed.length > 0);
    broker.publish('v1/devices/me/rpc/request/7', '{"method":"scan","params":false}');
    await broker.until(() => broker!.textsOn(/^v1\/devices\/me\/rpc\/response\/7$/).length === 1);
    expect(device.scanner.scanning).toBe(false);
    await device.stop();
  });

  it('loses no reading when the connection ends, and repeats none', async () => {
    broker = await CloudBroker.start({ limits: MQTT_LIMITS });
    const device = new CloudTestDevice({ cloud: 'routeros', broker: broker.url, script: 'azure', clientId: 'testor' });
    await device.line(/^connected/);
    device.hear();
    const topic = /^devices\/testor\/messages\/events\/$/;
    await broker.until(() => broker!.textsOn(topic).length === 1);
    broker.kick('testor');
    for (let i = 0; i < 5; i++) device.hear();
    await broker.until(() => broker!.textsOn(topic).length >= 6);
    const ads = broker.textsOn(topic).map((text) => {
      const { clientId, locs } = JSON.parse(text) as { clientId: string; locs: { tags: { ed: { ad: string } }[] }[] };
      expect(clientId).toBe('testor');
      return locs[0]!.tags[0]!.ed.ad;
    });
    expect(new Set(ads).size).toBe(6);
    await device.stop();
  });
});
