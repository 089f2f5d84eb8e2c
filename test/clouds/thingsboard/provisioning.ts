import type { Credentials } from '../../support/certificates.js';
import type { CloudBroker, CloudBrokerOptions } from '../cloud-broker.js';
import type { CloudConnect, CloudMessage } from '../cloud-rules.js';
import { serve } from './contract.js';
import { DOCUMENTED, ThingsBoardRules } from './rules.js';

const REQUEST = '/provision/request';
const RESPONSE = '/provision/response';
export const PROVISION_KEY = 'profile-key';
export const PROVISION_SECRET = 'profile-secret';

/** How a device may log in. */
export type DeviceCredentials =
  | { type: 'ACCESS_TOKEN'; token: string }
  | { type: 'MQTT_BASIC'; clientId?: string; userName?: string; password?: string }
  | { type: 'X509_CERTIFICATE'; certificate: string };

/** A request, as the device sent it. */
export interface ProvisionRequest {
  deviceName: string;
  provisionDeviceKey: string;
  provisionDeviceSecret: string;
  credentialsType?: DeviceCredentials['type'];
  token?: string;
  clientId?: string;
  username?: string;
  password?: string;
  hash?: string;
  gateway?: boolean;
}

/**
 * A ThingsBoard whose device profile creates devices, or knows those of `waiting` ("Device provisioning"): contract
 * emulation. Who connects with the user name `provision` may send a request and hear the answer, and nothing else; a
 * client certificate must be one that the server knows, also of who wants to register.
 */
export class ProvisioningServer {
  broker!: CloudBroker;
  readonly devices = new Map<string, DeviceCredentials>();
  /** Devices that people have made, and that have not asked yet. */
  readonly waiting = new Map<string, DeviceCredentials>();
  readonly requests: ProvisionRequest[] = [];
  /** What the next requests meet: the answer is lost with the connection, or the connection ends behind it. */
  readonly faults: ('lose' | 'close')[] = [];
  /** Base64 of known certificates by their common name; what TLS has is compared by that. */
  private readonly names = new Map<string, string>();
  private readonly provisioning = new Set<string>();

  static async start(tls?: { server: Credentials; ca: string }): Promise<ProvisioningServer> {
    const it = new ProvisioningServer();
    const rules = new ThingsBoardRules([], DOCUMENTED);
    const options: Partial<CloudBrokerOptions> = {
      ...(tls && { tls: { ...tls, required: false } }),
      authenticate: (connect) => it.authenticate(connect),
      mayPublish: (clientId, topic, payload) =>
        it.provisioning.has(clientId) ? topic === REQUEST : rules.mayPublish(clientId, topic, payload),
      maySubscribe: (clientId, filter) =>
        it.provisioning.has(clientId) ? filter === RESPONSE : rules.maySubscribe(clientId, filter),
      onPublish(message, broker) {
        if (message.topic === REQUEST) it.answer(message, broker);
        else rules.onPublish(message);
      },
    };
    it.broker = await serve(rules, options);
    return it;
  }

  /** A certificate that a device has, so that its body is known by its name. */
  knows(commonName: string, { certificate }: Credentials): void {
    this.names.set(commonName, certificate.replace(/-----[A-Z ]+-----|\s/g, ''));
  }

  close(): Promise<void> {
    return this.broker.close();
  }

  private authenticate({ clientId, username, password, certificate }: CloudConnect): number {
    this.provisioning.delete(clientId);
    const all = [...this.devices.values()];
    const body = certificate === undefined ? undefined : this.names.get(certificate);
    const isKnown = all.some((each) => each.type === 'X509_CERTIFICATE' && each.certificate === body);
    // The server's TLS ends then; here the refusal comes a moment later.
    if (certificate !== undefined && !isKnown) return 5;
    if (username === 'provision') {
      this.provisioning.add(clientId);
      return 0;
    }
    if (isKnown) return 0;
    const isOne = all.some((each) => {
      if (each.type === 'ACCESS_TOKEN') return each.token === username && password === undefined;
      if (each.type !== 'MQTT_BASIC') return false;
      const { userName, password: own, clientId: id } = each;
      return userName === username && own === password && (id === undefined || id === clientId);
    });
    return isOne ? 0 : username === undefined ? 4 : 5;
  }

  private answer({ clientId, payload }: CloudMessage, broker: CloudBroker): void {
    const request = JSON.parse(payload.toString()) as ProvisionRequest;
    this.requests.push(request);
    const answer = this.provision(request);
    const fault = this.faults.shift();
    if (fault === 'lose') return broker.kick(clientId);
    void broker.publish(RESPONSE, JSON.stringify(answer)).then(() => {
      if (fault === 'close') broker.kick(clientId);
    });
  }

  private provision(request: ProvisionRequest): object {
    const { deviceName, provisionDeviceKey, provisionDeviceSecret } = request;
    if (provisionDeviceKey !== PROVISION_KEY || provisionDeviceSecret !== PROVISION_SECRET) {
      return { status: 'NOT_FOUND', errorMsg: 'Provision data was not found!' };
    }
    const made = this.waiting.get(deviceName);
    this.waiting.delete(deviceName);
    if (!made && this.devices.has(deviceName)) return { status: 'FAILURE', errorMsg: 'Failed to provision device!' };
    const credentials = made ?? credentialsOf(request);
    this.devices.set(deviceName, credentials);
    const { type, ...value } = credentials;
    const text = credentials.type === 'ACCESS_TOKEN' ? credentials.token : undefined;
    const body = credentials.type === 'X509_CERTIFICATE' ? credentials.certificate : undefined;
    return { status: 'SUCCESS', credentialsType: type, credentialsValue: text ?? body ?? value };
  }
}

/** What a device wants to log in with; a token of the server's where it does not say. */
function credentialsOf(request: ProvisionRequest): DeviceCredentials {
  const { credentialsType, token, clientId, username, password, hash } = request;
  if (credentialsType === 'X509_CERTIFICATE') return { type: credentialsType, certificate: hash! };
  if (credentialsType !== 'MQTT_BASIC') return { type: 'ACCESS_TOKEN', token: token ?? 'made-by-the-server' };
  return {
    type: credentialsType,
    ...(clientId !== undefined && { clientId }),
    ...(username !== undefined && { userName: username }),
    ...(password !== undefined && { password }),
  };
}
