import { afterEach, describe, expect, it } from 'vitest';
import { MQTT_LIMITS } from '../../../src/cloud/index.js';
import { CloudBroker } from '../cloud-broker.js';
import { CloudTestDevice } from '../device.js';

let broker: CloudBroker | undefined;
afterEach(async () => {
  await broker?.close();
  broker = undefined;
});

const RUUVI = '0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f';

describe.each([
  ['openmqttgateway', /^home\/shed\/BTtoMQTT\/[0-9A-F]{12}$/, /^home\/shed\/LWT$/, 'offline'],
  ['ruuvi', /^ruuvi\/C8:25:2D:8E:9C:2C\/[0-9A-F:]{17}$/, /gw_status$/, '{"state": "offline"}'],
  ['espresense', /^espresense\/devices\/[^/]+\/kitchen$/, /^espresense\/rooms\/kitchen\/status$/, 'offline'],
] as const)('cloud=%s (contract emulation)', (name, readings, status, offline) => {
  it('goes on after the link was lost, and answers a call', async () => {
    broker = await CloudBroker.start({ limits: MQTT_LIMITS });
    const gateway = { openmqttgateway: 'shed', ruuvi: 'C8:25:2D:8E:9C:2C', espresense: 'kitchen' }[name];
    const raw = { cloud: name, broker: broker.url, gateway, clientId: 'device' };
    const device = new CloudTestDevice(raw);
    await device.line(/^connected/);
    device.hear('CB:B8:33:4C:88:4F', RUUVI);
    await broker.until(() => broker!.textsOn(readings).length === 1);
    broker.kick('device');
    await broker.until(() => broker!.connects.length === 2 && broker!.textsOn(status).length >= 2);
    device.hear('CB:B8:33:4C:88:4F', RUUVI.replace('00cd', '00ce').replace('12fc', '13fc'));
    await broker.until(() => broker!.textsOn(readings).length === 2);
    broker.publish(`tagwire/${gateway}/cmd/7`, '{"method":"scan","params":false}');
    await broker.until(() => broker!.textsOn(/\/res\/7$/).length === 1);
    expect(device.scanner.scanning).toBe(false);
    await device.stop();
    await broker.until(() => broker!.textsOn(status).at(-1) === offline);
  });
});
