import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeRsaCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { CloudTestDevice } from '../device.js';

/**
 * A real broker, as near to AWS as its settings allow: a certificate logs in, nothing may be retained, QoS 2 neither.
 * It differs where AWS closes the connection: what its ACL does not allow it acknowledges and drops, and it has no
 * limits for topics, rates and the server's name.
 */
requireMosquitto()('cloud=aws with Mosquitto in the place of AWS', () => {
  const folder = makeTemporaryFolder();
  const devices: CloudTestDevice[] = [];
  let broker: Mosquitto;
  let certificates: Certificates;

  beforeAll(async () => {
    certificates = await makeRsaCertificates();
    writeFileSync(folder.file('acl'), 'pattern readwrite tagwire/%u/#\n');
    broker = await startMosquitto({
      tls: {
        server: certificates.server,
        clientCa: certificates.ca.certificate,
        requireCertificate: true,
        identityAsUsername: true,
      },
      settings: [`acl_file ${folder.file('acl')}`, 'max_qos 1', 'retain_available false', 'max_inflight_messages 100'],
    });
  });
  afterAll(async () => {
    await broker.stop();
    folder.remove();
  });
  afterEach(async () => {
    for (const device of devices.splice(0)) await device.stop();
  });

  async function launch(issuer: 'ca' | 'otherCa', raw: object = {}): Promise<CloudTestDevice> {
    const { certificate, key } = await certificates[issuer].issue({ commonName: 'shed' });
    const files = { ca: certificates.ca.certificate, certificate, key };
    const device = new CloudTestDevice({
      cloud: 'aws',
      broker: `mqtts://localhost:${broker.tlsPort}`,
      ...files,
      ...raw,
    });
    devices.push(device);
    return device;
  }

  it('delivers readings', async () => {
    const device = await launch('ca');
    await device.line(/^connected/);
    device.hear();
    await device.stop();
    devices.length = 0;
    expect(device.firmware.gateway.unacknowledged).toBe(0);
    expect(device.firmware.gateway.reporter!.queue.persistedCount).toBe(0);
    expect(broker.log()).toMatch(/New client connected from .* as shed \(.*u'shed'\)/);
    expect(broker.log()).toMatch(/Received PUBLISH from shed .*'tagwire\/shed\/tags\/DC2C6E0FC03D'/);
    expect(broker.log()).not.toContain('Denied PUBLISH');
  });

  it('is closed for a retained will', async () => {
    const device = await launch('ca', { retainStatus: true });
    await device.line(/^(refused|lost|failed|.*next attempt)/);
    expect(device.lines.join('\n')).not.toMatch(/^connected/m);
  });

  it('is refused with the certificate of a stranger', async () => {
    const device = await launch('otherCa');
    await device.line(/next attempt/);
    expect(device.lines.join('\n')).not.toMatch(/^connected/m);
  });
});
