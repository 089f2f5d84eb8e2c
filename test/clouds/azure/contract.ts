import { connect } from 'mqtt';
import type { Certificates } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import { AzureRules, HUB } from './rules.js';
import type { Registered } from './rules.js';

/** Connects as the device `shed` with a certificate, uses `topic`, and returns when that has ended its connection. */
export async function endAt(
  kind: 'publish' | 'subscribe',
  topic: string,
  url: string,
  username: string,
  certificates: Certificates,
): Promise<void> {
  const { certificate, key } = await certificates.ca.issue({ commonName: 'shed' });
  const ca = certificates.ca.certificate;
  const device = connect(url, { clientId: 'shed', username, ca, cert: certificate, key, reconnectPeriod: 0 });
  await new Promise<void>((resolve) => device.once('connect', () => resolve()));
  const over = new Promise<void>((resolve) => device.once('close', () => resolve()));
  if (kind === 'publish') device.publish(topic, 'x', { qos: 1 }, () => undefined);
  else device.subscribe(topic, () => undefined);
  await over;
  await device.endAsync(true);
}

/** A hub that holds its devices to `AzureRules`, over TLS. */
export class AzureHub extends AzureRules {
  broker!: CloudBroker;

  static async start(devices: { [clientId: string]: Registered }, certificates: Certificates): Promise<AzureHub> {
    const hub = new AzureHub(devices);
    const tls = { server: certificates.server, ca: certificates.ca.certificate, required: false };
    hub.broker = await CloudBroker.judge(hub, { tls });
    return hub;
  }

  get url(): string {
    return `mqtts://${HUB}:${this.broker.port}`;
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}
