import { createRequire } from 'node:module';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NodeCiphers } from '../../../sim/hal/index.js';
import { deriveDeviceKey } from '../../../src/cloud/azure/sas-token.js';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { endAt } from './contract.js';
import { ID_SCOPE } from './provisioning-rules.js';
import type { Enrollment } from './provisioning-rules.js';
import { ProvisioningService } from './provisioning.js';

const require = createRequire(import.meta.url);
const KEY = Buffer.alloc(32, 7).toString('base64');
const HUB = 'contoso.azure-devices.net';

interface RegistrationResult {
  assignedHub: string;
  deviceId: string;
}

/** The parts of the vendor's client that are used here. */
interface ProvisioningDeviceClient {
  register(): Promise<RegistrationResult>;
}

let certificates: Certificates;
let service: ProvisioningService | undefined;

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function start(enrollments: { [registrationId: string]: Enrollment }): Promise<ProvisioningService> {
  service = await ProvisioningService.start(enrollments, certificates);
  return service;
}

function vendor(security: object, idScope = ID_SCOPE): ProvisioningDeviceClient {
  const { ProvisioningDeviceClient: Client } = require('azure-iot-provisioning-device') as {
    ProvisioningDeviceClient: {
      create(host: string, idScope: string, transport: object, security: object): ProvisioningDeviceClient;
    };
  };
  const { Mqtt } = require('azure-iot-provisioning-device-mqtt') as { Mqtt: new (base: object) => object };
  // Its transport takes no certificate of an authority, but the base that it stands on does.
  const within = createRequire(require.resolve('azure-iot-provisioning-device-mqtt'));
  const { MqttBase } = within('azure-iot-mqtt-base') as { MqttBase: new () => { setOptions(options: object): void } };
  const base = new MqttBase();
  base.setOptions({ ca: certificates.ca.certificate });
  return Client.create(`localhost:${service!.broker.port}`, idScope, new Mqtt(base), security);
}

function withKey(registrationId: string, key: string): object {
  const { SymmetricKeySecurityClient } = require('azure-iot-security-symmetric-key') as {
    SymmetricKeySecurityClient: new (registrationId: string, key: string) => object;
  };
  return new SymmetricKeySecurityClient(registrationId, key);
}

async function withCertificate(registrationId: string, commonName: string): Promise<object> {
  const { X509Security } = require('azure-iot-security-x509') as {
    X509Security: new (registrationId: string, certificate: { cert: string; key: string }) => object;
  };
  const { certificate, key } = await certificates.ca.issue({ commonName });
  return new X509Security(registrationId, { cert: certificate, key });
}

describe('the Device Provisioning Service of these tests, with the client of npm', () => {
  it('assigns a device with a key of its own, after it was throttled', async () => {
    await start({ shed: { key: KEY, hub: HUB, deviceId: 'shed-7' } });
    service!.mishaps.push({ status: 429, retryAfter: 1 });
    const result = await vendor(withKey('shed', KEY)).register();
    expect(result).toMatchObject({ assignedHub: HUB, deviceId: 'shed-7' });
    expect(service!.requests).toEqual(['register', 'register', 'status', 'status']);
    expect([service!.broker.violations, service!.refusals]).toEqual([[], []]);
  }, 20_000);

  it('assigns a device of an enrollment group, by the key that we derive', async () => {
    await start({ group: { key: KEY, isGroup: true, hub: HUB } });
    const own = deriveDeviceKey(new NodeCiphers(), KEY, 'barn');
    expect(await vendor(withKey('barn', own)).register()).toMatchObject({ assignedHub: HUB, deviceId: 'barn' });
  }, 20_000);

  it('assigns a device with a certificate', async () => {
    await start({ shed: { hub: HUB } });
    const result = await vendor(await withCertificate('shed', 'shed')).register();
    expect(result).toMatchObject({ assignedHub: HUB, deviceId: 'shed' });
    expect(service!.broker.connects[0]).toMatchObject({ certificate: 'shed', password: undefined });
  }, 20_000);

  it.each(['disabled', 'failed'] as const)(
    'tells a device that it is %s',
    async (status) => {
      await start({ shed: { key: KEY, hub: HUB, status } });
      // Of these the client knows `failed`, and calls the other one unknown.
      await expect(vendor(withKey('shed', KEY)).register()).rejects.toThrow();
    },
    20_000,
  );

  it('refuses a wrong key, another scope and the certificate of another device', async () => {
    await start({ shed: { key: KEY, hub: HUB }, barn: { hub: HUB } });
    await expect(vendor(withKey('shed', Buffer.alloc(32, 8).toString('base64'))).register()).rejects.toThrow();
    await expect(vendor(withKey('shed', KEY), '0ne00000002').register()).rejects.toThrow();
    await expect(vendor(await withCertificate('barn', 'shed')).register()).rejects.toThrow();
    expect(service!.refusals).toEqual(['wrong signature', 'user name', 'certificate']);
  }, 20_000);
});

describe('the Device Provisioning Service of these tests', () => {
  it.each([
    ['publish', 'devices/shed/messages/events/'],
    ['publish', '$dps/registrations/PUT/iotdps-register/'],
    ['subscribe', '#'],
    ['subscribe', '$iothub/methods/POST/#'],
  ] as const)('ends the connection at the %s of %s', async (kind, topic) => {
    await start({ shed: { hub: HUB } });
    const username = `${ID_SCOPE}/registrations/shed/api-version=2019-03-31`;
    await endAt(kind, topic, service!.url, username, certificates);
    expect(service!.broker.violations).toEqual([{ clientId: 'shed', rule: 'topic', value: topic }]);
  });
});
