import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates, Credentials } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import { CloudTestDevice } from '../device.js';
import { EventGridRules } from './rules.js';

let certificates: Certificates;
let client: Credentials;
let broker: CloudBroker | undefined;
let device: CloudTestDevice | undefined;

beforeAll(async () => {
  certificates = await makeCertificates();
  client = await certificates.ca.issue({ commonName: 'shed' });
});

afterEach(async () => {
  await device?.stop();
  await broker?.close();
  device = broker = undefined;
});

async function startNamespace(): Promise<CloudBroker> {
  broker = await CloudBroker.judge(new EventGridRules('tagwire/shed/'), {
    tls: { server: certificates.server, ca: certificates.ca.certificate, required: false },
  });
  return broker;
}

function configurationFor({ port }: CloudBroker, more: RawConfiguration = {}): RawConfiguration {
  return {
    cloud: 'event-grid',
    broker: `mqtts://localhost:${port}`,
    username: 'shed',
    certificate: client.certificate,
    key: client.key,
    ca: certificates.ca.certificate,
    ...more,
  };
}

describe('a device of cloud=event-grid', () => {
  it('reports on the topics of a plain broker, answers a call, and goes on after a loss', async () => {
    const namespace = await startNamespace();
    device = new CloudTestDevice(configurationFor(namespace));
    await namespace.until(() => namespace.subscribed.length === 1);
    namespace.kick('tagwire-shed');
    // Its topics are subscribed to again.
    await namespace.until(() => namespace.subscribed.length === 2);
    device.hear();
    await namespace.until(() => namespace.textsOn(/^tagwire\/shed\/tags\//).length > 0);
    await namespace.publish('tagwire/shed/cmd/1', '{"method":"statistics"}');
    await namespace.until(() => namespace.textsOn(/^tagwire\/shed\/res\/1$/).length > 0);
    expect(namespace.violations).toEqual([]);
  });

  it('bypassed, a keep alive that is too long ends the connection', async () => {
    const namespace = await startNamespace();
    device = new CloudTestDevice(configurationFor(namespace, { keepAlive: 1161 }), { unchecked: true });
    await namespace.until(() => namespace.violations.length > 0);
    expect(namespace.violations[0]).toMatchObject({ rule: 'keepAliveSeconds', value: 1161 });
  });

  it('a topic outside of its topic space ends the connection', async () => {
    const namespace = await startNamespace();
    device = new CloudTestDevice(configurationFor(namespace, { prefix: 'other' }));
    await namespace.until(() => namespace.violations.some(({ value }) => value === 'other/shed/status'));
    await device.line(/^(lost|connection)/);
  });

  const host = 'mqtts://contoso.westeurope-1.ts.eventgrid.azure.net';

  it.each([
    [{ keepAlive: 1161 }, 'Azure Event Grid: keep alive is from 0 to 1160 s; yours is 1161; change keepAlive'],
    [{ inFlight: 1001 }, 'Azure Event Grid: a connection has at most 1000 messages in flight; yours has 1001'],
    [{ broker: 'mqtts://10.0.0.1' }, 'Azure Event Grid: the server must be named (SNI); yours is the address 10.0.0.1'],
    [{ broker: 'mqtt://x' }, 'Azure Event Grid: TLS is required; yours is mqtt://x; begin broker with mqtts://'],
    [
      { broker: 'mqtts://contoso.azure-devices.net' },
      'Azure Event Grid: an IoT hub is another cloud; yours is contoso.azure-devices.net; set cloud=azure',
    ],
    [
      { broker: 'mqtts://contoso.westeurope-1.eventgrid.azure.net' },
      'Azure Event Grid: MQTT has a host name of its own; yours is contoso.westeurope-1.eventgrid.azure.net',
    ],
    [{ username: '' }, 'username is missing: it must be the client authentication name of the namespace'],
    [{ certificate: '', key: '' }, 'certificate is missing: it must be the one of the client, with key'],
  ])('refuses %j', (more, line) => {
    const raw = { ...configurationFor({ port: 8883 } as CloudBroker), broker: host, ...more };
    expect(() => new CloudTestDevice(raw)).toThrow(line);
  });
});
