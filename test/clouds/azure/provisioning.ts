import { createHmac } from 'node:crypto';
import type { CloudLimits } from '../../../src/cloud/index.js';
import type { Certificates } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudBrokerOptions } from '../cloud-broker.js';
import type { CloudConnect, CloudMessage } from '../cloud-rules.js';
import { checkToken } from './rules.js';

export const ID_SCOPE = '0ne00000001';
/** The name that the service has; its certificate is for it. */
const HOST = 'localhost';
const REFUSED = 5;
const ANSWERS = '$dps/registrations/res/#';

/** "Communicate with DPS using the MQTT protocol". */
const LIMITS: CloudLimits = {
  clientIdBytes: 128,
  maxQos: 1,
  tls: true,
  serverName: true,
  source: 'Microsoft, Communicate with your DPS using the MQTT protocol',
};

/** A device that may register, on its own or as one of a group. */
export interface Enrollment {
  /** Base64; absent: it logs in with a certificate whose common name is its registration ID. */
  key?: string;
  /** The key is that of an enrollment group. */
  isGroup?: boolean;
  /** The hub that it is assigned to. */
  hub: string;
  /** Default: the registration ID. */
  deviceId?: string;
  /** Instead of `assigned`. */
  status?: 'disabled' | 'failed';
  /** How often the service says `assigning` first. Default 1. */
  polls?: number;
}

/** An answer out of turn. */
interface Fault {
  status: number;
  retryAfter?: number;
  payload?: string;
}

/** A Device Provisioning Service that enforces what Microsoft documents of its use with MQTT: contract emulation. */
export class ProvisioningService {
  broker!: CloudBroker;
  readonly refusals: string[] = [];
  /** Requests, in order: `register`, or `status`. */
  readonly requests: string[] = [];
  /** With these the next requests are answered instead; `none` are not answered. */
  readonly faults: (Fault | 'none')[] = [];
  /** Seconds that it tells devices to wait. */
  retryAfter = 1;
  private operations = 0;
  private readonly pending = new Map<string, { registrationId: string; polls: number }>();

  private constructor(readonly enrollments: { [registrationId: string]: Enrollment }) {}

  static async start(
    enrollments: { [registrationId: string]: Enrollment },
    certificates: Certificates,
    options: Partial<CloudBrokerOptions> = {},
  ): Promise<ProvisioningService> {
    const service = new ProvisioningService(enrollments);
    service.broker = await CloudBroker.start({
      limits: LIMITS,
      tls: { server: certificates.server, ca: certificates.ca.certificate, required: false },
      authenticate: (connect) => service.authenticate(connect),
      mayPublish: (_clientId, topic) =>
        /^\$dps\/registrations\/(PUT\/iotdps-register\/\?\$rid=[^&]+|GET\/iotdps-get-operationstatus\/\?\$rid=[^&]+&operationId=[^&]+)$/.test(
          topic,
        ),
      maySubscribe: (_clientId, filter) => (filter === ANSWERS ? true : 'close'),
      onPublish: (message) => service.take(message),
      ...options,
    });
    return service;
  }

  get url(): string {
    return `mqtts://${HOST}:${this.broker.port}`;
  }

  close(): Promise<void> {
    return this.broker.close();
  }

  private enrollment(registrationId: string): Enrollment | undefined {
    const own = this.enrollments[registrationId];
    return own ?? Object.values(this.enrollments).find(({ isGroup }) => isGroup);
  }

  private authenticate({ clientId, username, password, certificate, will }: CloudConnect): number {
    const refuse = (why: string): number => {
      this.refusals.push(why);
      return REFUSED;
    };
    const resource = `${ID_SCOPE}/registrations/${clientId}`;
    const query = username?.startsWith(`${resource}/`) ? username.slice(resource.length + 1) : '';
    if (!/^api-version=2019-03-31(&ClientVersion=[^&/ ]+)?$/.test(query)) return refuse('user name');
    if (will) return refuse('will');
    const enrollment = this.enrollment(clientId);
    if (!enrollment) return refuse('unknown registration');
    const { key, isGroup } = enrollment;
    if (key === undefined) return certificate === clientId && !password ? 0 : refuse('certificate');
    const own = isGroup
      ? createHmac('sha256', Buffer.from(key, 'base64')).update(clientId.toLowerCase()).digest('base64')
      : key;
    if (!password?.includes('&skn=registration')) return refuse('policy');
    const expiry = checkToken(password, resource, own, Date.now());
    return typeof expiry === 'string' ? refuse(expiry) : 0;
  }

  private take({ clientId, topic, payload }: CloudMessage): void {
    const [, request, id, operation] =
      /\/(iotdps-register|iotdps-get-operationstatus)\/\?\$rid=([^&]+)(?:&operationId=(.+))?$/.exec(topic)!;
    this.requests.push(request === 'iotdps-register' ? 'register' : 'status');
    // Who asks before it listens hears nothing.
    if (!this.broker.subscribed.some((each) => each.clientId === clientId && each.filter === ANSWERS)) return;
    const answer = (status: number, body: object | string, retryAfter = 0): void => {
      const more = retryAfter > 0 ? `&retry-after=${retryAfter}` : '';
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      void this.broker.publish(`$dps/registrations/res/${status}/?$rid=${id}${more}`, text);
    };
    const fault = this.faults.shift();
    if (fault === 'none') return;
    if (fault) {
      const { status, retryAfter } = fault;
      return answer(status, fault.payload ?? { errorCode: status * 1000, trackingId: 'x', message: 'no' }, retryAfter);
    }
    if (operation === undefined) {
      const { registrationId } = JSON.parse(payload.toString()) as { registrationId?: string };
      if (registrationId !== clientId) return answer(400, { errorCode: 400004, message: 'Invalid registrationId' });
      const operationId = `4.${(++this.operations).toString(16).padStart(16, '0')}.b9b2ff63-0c2d`;
      this.pending.set(operationId, { registrationId, polls: this.enrollment(clientId)!.polls ?? 1 });
      return answer(202, { operationId, status: 'assigning' }, this.retryAfter);
    }
    const waiting = this.pending.get(operation);
    if (!waiting) return answer(404, { errorCode: 404204, message: 'Operation not found' });
    if (waiting.polls-- > 0) return answer(202, { operationId: operation, status: 'assigning' }, this.retryAfter);
    answer(200, this.result(operation, waiting.registrationId));
  }

  private result(operationId: string, registrationId: string): object {
    const { key, hub, deviceId, status = 'assigned' } = this.enrollment(registrationId)!;
    const read = (subjectName: string): object => ({
      subjectName,
      sha1Thumbprint: '0'.repeat(40),
      sha256Thumbprint: '0'.repeat(64),
      issuerName: 'CN=Tagwire test CA',
      notBeforeUtc: '2026-11-29T00:00:00Z',
      notAfterUtc: '2027-11-29T00:00:00Z',
      serialNumber: '0'.repeat(32),
      version: 3,
    });
    const x509 = { certificateInfo: read(`CN=${registrationId}`), signingCertificateInfo: read('CN=Tagwire test CA') };
    return {
      operationId,
      status,
      registrationState: {
        ...(key === undefined ? { x509 } : { symmetricKey: {} }),
        registrationId,
        createdDateTimeUtc: '2026-11-29T16:08:29.9474294Z',
        ...(status === 'assigned' && { assignedHub: hub, deviceId: deviceId ?? registrationId }),
        status,
        ...(status === 'assigned' && { substatus: 'initialAssignment' }),
        ...(status === 'failed' && { errorCode: 400207, errorMessage: 'Custom allocation failed' }),
        lastUpdatedDateTimeUtc: '2026-11-29T16:08:30.2054567Z',
        etag: 'IjEyMDA3NzE5LTAwMDAtMDEwMC0wMDAwLTVlNzZkZTM1MDAwMCI=',
      },
    };
  }
}
