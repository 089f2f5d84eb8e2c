import { afterEach, describe, expect, it } from 'vitest';
import { MQTT_LIMITS } from '../../../src/cloud/index.js';
import { CloudBroker } from '../cloud-broker.js';
import { CloudTestDevice } from '../device.js';

let broker: CloudBroker | undefined;

afterEach(async () => {
  await broker?.close();
  broker = undefined;
});

describe('a device of a plain broker', () => {
  it('sends advertisements as they were heard', async () => {
    broker = await CloudBroker.start({ limits: MQTT_LIMITS });
    const device = new CloudTestDevice({ broker: broker.url, gateway: 'shed', payload: 'raw', presence: 60 });
    const heard = '0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f';
    device.hear('CB:B8:33:4C:88:4F', heard);
    await device.line(/^connected/);
    await broker.until(() => broker!.textsOn(/^tagwire\/shed\/tags\//).length === 1);
    expect(broker.textsOn(/^tagwire\/shed\/tags\//)).toEqual([heard]);
    expect(broker.textsOn(/^tagwire\/shed\/presence\//)).toEqual(['arrived']);
    await device.stop();
    expect(device.firmware.gateway.unacknowledged).toBe(0);
  });

  it('puts several reports in a message', async () => {
    broker = await CloudBroker.start({ limits: MQTT_LIMITS });
    const device = new CloudTestDevice({ broker: broker.url, topic: 'site/{gateway}', batch: 4, maxPayload: 2048 });
    await device.line(/^connected/);
    for (let i = 0; i < 4; i++) device.hear();
    await broker.until(() => broker!.textsOn(/^site\/shed$/).length === 1);
    expect(JSON.parse(broker.textsOn(/^site\/shed$/)[0]!)).toHaveLength(4);
    await device.stop();
    expect(device.firmware.gateway.unacknowledged).toBe(0);
  });
});
