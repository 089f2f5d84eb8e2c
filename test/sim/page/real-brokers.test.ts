import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { FleetSource } from '../../../sim/dashboard/fleet-source.js';
import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import type { DashboardSource } from '../../../sim/dashboard/source.js';
import { TopicsSource } from '../../../sim/dashboard/topics-source.js';
import { CloudTestDevice } from '../../clouds/device.js';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { findProgram, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { describeUnless } from '../../support/require.js';
import { violations } from './axe.js';
import { openPage } from './page.js';

const missingMosquitto = findProgram('mosquitto')
  ? undefined
  : 'mosquitto is missing (Debian: apt-get install mosquitto)';

describeUnless(missingChromium ?? missingMosquitto)('the page of what is at a real broker', () => {
  let browser: Browser;
  let broker: Mosquitto;
  const servers: DashboardServer[] = [];
  const devices: CloudTestDevice[] = [];
  const clients: MqttClient[] = [];
  const pages: { page: Page; errors: string[] }[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    broker = await startMosquitto();
  });
  afterEach(async () => {
    for (const { page, errors } of pages.splice(0)) {
      await page.context().close();
      expect(errors).toEqual([]);
    }
    for (const server of servers.splice(0)) await server.close();
    for (const device of devices.splice(0)) device.firmware.gateway.close();
    for (const client of clients.splice(0)) client.end(true);
  });
  afterAll(async () => {
    await browser.close();
    await broker.stop();
  });

  const connection = () => ({
    endpoints: [{ host: '127.0.0.1', port: broker.port }],
    clientId: 'page',
    backoff: { minimum: 20, maximum: 100 },
  });

  async function open(source: DashboardSource): Promise<Page> {
    const server = await serveDashboard(source);
    servers.push(server);
    const opened = await openPage(browser, server.url);
    pages.push(opened);
    return opened.page;
  }

  it('shows a device, and has no control of a simulation', async () => {
    const device = new CloudTestDevice({
      broker: broker.url,
      gateway: 'shed',
      presence: 60,
      health: 1,
      payload: 'cbor',
    });
    devices.push(device);
    await device.line(/^connected/);
    const source = new TopicsSource({
      connection: connection(),
      prefix: 'tagwire',
      gateway: 'shed',
      version: '1',
      ask: 1,
    });
    const page = await open(source);
    await page
      .getByText(/^connected$/)
      .first()
      .waitFor();
    await page.locator('.broker-link', { hasText: 'connected' }).waitFor();
    await page.getByText(/^online since .* UTC$/).waitFor();
    device.hear();
    await page.getByRole('grid', { name: 'Tags' }).getByText('DC:2C:6E:0F:C0:3D').waitFor();
    // What CBOR says, in the list.
    await page
      .locator('#traffic, .messages')
      .getByText(/^\{"address":"DC:2C:6E:0F:C0:3D"/)
      .first()
      .waitFor();
    // It was told to ask.
    expect(await page.getByText('This page only reads').count()).toBe(0);
    expect(await page.getByRole('columnheader', { name: 'Acknowledged' }).count()).toBe(0);
    expect(await page.locator('#controls').count()).toBe(0);

    const call = page.locator('#call');
    await call.getByRole('button', { name: 'Call' }).click();
    await call.getByText(/"scanner": "scanning"/).waitFor();
    await call.getByLabel('method').fill('identify');
    await call.getByLabel('params').fill('{"seconds":');
    await call.getByRole('button', { name: 'Call' }).click();
    await call.getByText('params must be JSON').waitFor();
    await call.getByLabel('params').fill('{"seconds": 0}');
    await call.getByRole('button', { name: 'Call' }).click();
    await call.getByText('params.seconds must be an integer from 1 to 3600').waitFor();

    expect(await violations(page)).toEqual([]);

    await broker.halt();
    await page.locator('.broker-link.bad', { hasText: /trying again/ }).waitFor();
    await broker.start();
    await page.locator('.broker-link', { hasText: /^connected$/ }).waitFor();
  });

  it('shows a fleet, with what is stuck', async () => {
    const client = await connectAsync(broker.url, { protocolVersion: 4 });
    clients.push(client);
    const page = await open(new FleetSource({ connection: connection(), prefix: 'tagwire', version: '1' }));
    await page.locator('.broker-link', { hasText: 'connected' }).waitFor();
    client.publish('tagwire/barn/status', '{"status":"offline","session":"1-1"}', { qos: 1 });
    client.publish('tagwire/attic/status', '{"status":"online","session":"1-1","firmware":"0.9.0"}', { qos: 1 });
    client.publish('tagwire/attic/health', `{"uptime":500,"scanner":"silent","time":${Date.now()}}`);
    await page.getByText('its scanner is silent').first().waitFor();
    await page
      .getByText(/offline for .*: its will, or its farewell, came/)
      .first()
      .waitFor();
    await page.getByText('0.9.0').first().waitFor();
    await page.getByText(/^This page only reads: nothing is published to the broker\./).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
