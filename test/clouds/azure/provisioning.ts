import type { Certificates } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudBrokerOptions } from '../cloud-broker.js';
import { ProvisioningRules } from './provisioning-rules.js';
import type { Enrollment } from './provisioning-rules.js';

/** The name that the service has; its certificate is for it. */
const HOST = 'localhost';

/** A Device Provisioning Service that holds devices to `ProvisioningRules`, over TLS. */
export class ProvisioningService extends ProvisioningRules {
  broker!: CloudBroker;

  static async start(
    enrollments: { [registrationId: string]: Enrollment },
    certificates: Certificates,
    options: Partial<CloudBrokerOptions> = {},
  ): Promise<ProvisioningService> {
    const service = new ProvisioningService(enrollments);
    const tls = { server: certificates.server, ca: certificates.ca.certificate, required: false };
    service.broker = await CloudBroker.judge(service, { tls, ...options });
    return service;
  }

  get url(): string {
    return `mqtts://${HOST}:${this.broker.port}`;
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}
