import { createRequire } from 'node:module';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { AzureHub, endAt } from './contract.js';
import { HUB } from './rules.js';

const require = createRequire(import.meta.url);
const KEY = Buffer.alloc(32, 7).toString('base64');

interface Answer {
  send(status: number, payload: object): Promise<void>;
}

/** The parts of the vendor's client that are used here: see azure-iot-device. */
interface DeviceClient {
  open(): Promise<void>;
  close(): Promise<void>;
  setOptions(options: object): Promise<void>;
  sendEvent(message: object): Promise<void>;
  onDeviceMethod(name: string, take: (request: { payload: unknown }, response: Answer) => void): void;
  getTwin(): Promise<{
    properties: {
      desired: { [name: string]: unknown };
      reported: { update(patch: object, done: (error?: Error) => void): void };
    };
  }>;
  on(event: 'message', take: (message: { getData(): Buffer }) => void): void;
  complete(message: object): Promise<void>;
}

let certificates: Certificates;
let hub: AzureHub | undefined;
let client: DeviceClient | undefined;

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  await client?.close().catch(() => undefined);
  await hub?.close();
  client = hub = undefined;
});

function connectionString(deviceKey = KEY): string {
  const gateway = `${HUB}:${hub!.broker.port}`;
  return `HostName=${HUB};DeviceId=shed;SharedAccessKey=${deviceKey};GatewayHostName=${gateway}`;
}

async function vendor(text: string, options: object = {}): Promise<DeviceClient> {
  const { Client } = require('azure-iot-device') as {
    Client: { fromConnectionString(text: string, transport: unknown): DeviceClient };
  };
  const { Mqtt } = require('azure-iot-device-mqtt') as { Mqtt: unknown };
  client = Client.fromConnectionString(text, Mqtt);
  await client.setOptions({ ca: certificates.ca.certificate, ...options });
  await client.open();
  return client;
}

describe('the hub of these tests, with the client of npm azure-iot-device-mqtt', () => {
  it('takes its login with a key, events with properties, twin, method and message', async () => {
    hub = await AzureHub.start({ shed: { key: KEY } }, certificates);
    await hub.want({ wanted: 5 });
    const device = await vendor(connectionString());
    const { Message } = require('azure-iot-device') as { Message: new (text: string) => Message };
    interface Message {
      contentType: string;
      contentEncoding: string;
      properties: { add(name: string, value: string): void };
    }
    const message = new Message('{"temperature":21}');
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('kind', 'reading');
    await device.sendEvent(message);
    expect(hub.events('reading')).toEqual([
      {
        properties: { '$.ct': 'application/json', '$.ce': 'utf-8', kind: 'reading' },
        payload: { temperature: 21 },
      },
    ]);

    const twin = await device.getTwin();
    expect(twin.properties.desired).toMatchObject({ wanted: 5, $version: 2 });
    await new Promise<void>((resolve, reject) => {
      twin.properties.reported.update({ seen: 5 }, (error) => (error ? reject(error) : resolve()));
    });
    expect(hub.reported).toEqual({ $version: 2, seen: 5 });

    device.onDeviceMethod('identify', (request, response) => void response.send(200, { got: request.payload }));
    await hub.broker.until(() => hub!.broker.subscribed.some(({ filter }) => filter.startsWith('$iothub/methods')));
    expect(await hub.call('identify', '{"seconds":3}')).toEqual({ status: 200, payload: '{"got":{"seconds":3}}' });

    const heard = new Promise<string>((resolve) => {
      device.on('message', (each) => {
        resolve(each.getData().toString());
        void device.complete(each);
      });
    });
    await hub.broker.until(() => hub!.broker.subscribed.some(({ filter }) => filter.endsWith('devicebound/#')));
    await hub.send('shed', 'hello');
    expect(await heard).toBe('hello');
    expect([hub.broker.violations, hub.refusals]).toEqual([[], []]);
  }, 20_000);

  it('takes a module, with its events, twin and method, by the client for modules', async () => {
    hub = await AzureHub.start({ 'shed/tags': { key: KEY } }, certificates);
    const { ModuleClient } = require('azure-iot-device') as {
      ModuleClient: { fromConnectionString(text: string, transport: unknown): ModuleDevice };
    };
    interface ModuleDevice extends Omit<DeviceClient, 'onDeviceMethod'> {
      onMethod(name: string, take: (request: { payload: unknown }, response: Answer) => void): void;
    }
    const { Mqtt } = require('azure-iot-device-mqtt') as { Mqtt: unknown };
    const text = connectionString().replace(';SharedAccessKey', ';ModuleId=tags;SharedAccessKey');
    const module = ModuleClient.fromConnectionString(text, Mqtt);
    client = module as unknown as DeviceClient;
    await module.setOptions({ ca: certificates.ca.certificate });
    await module.open();
    const { Message } = require('azure-iot-device') as { Message: new (text: string) => object };
    await module.sendEvent(new Message('{"temperature":21}'));
    expect(hub.broker.published[0]!.topic).toMatch(/^devices\/shed\/modules\/tags\/messages\/events\//);
    expect((await module.getTwin()).properties.desired).toMatchObject({ $version: 1 });
    module.onMethod('identify', (request, response) => void response.send(200, { got: request.payload }));
    await hub.broker.until(() => hub!.broker.subscribed.some(({ filter }) => filter.startsWith('$iothub/methods')));
    expect(await hub.call('identify', '{"seconds":3}')).toEqual({ status: 200, payload: '{"got":{"seconds":3}}' });
    expect([hub.broker.violations, hub.refusals]).toEqual([[], []]);
  }, 20_000);

  it('refuses its login with a wrong key', async () => {
    hub = await AzureHub.start({ shed: { key: KEY } }, certificates);
    const wrong = Buffer.alloc(32, 8).toString('base64');
    await expect(vendor(connectionString(wrong))).rejects.toThrow();
    expect(hub.refusals).toContain('wrong signature');
  }, 20_000);
});

describe('the hub of these tests', () => {
  it.each([
    ['publish', 'devices/other/messages/events/'],
    ['publish', 'tagwire/shed/status'],
    ['subscribe', '#'],
  ] as const)('ends the connection at the %s of %s', async (kind, topic) => {
    hub = await AzureHub.start({ shed: {} }, certificates);
    await endAt(kind, topic, hub.url, `${HUB}/shed/?api-version=2021-04-12`, certificates);
    expect(hub.broker.violations).toEqual([{ clientId: 'shed', rule: 'topic', value: topic }]);
  });
});
