import { createHmac } from 'node:crypto';
import type { CloudLimits } from '../../../src/cloud/index.js';
import type { CloudConnect, CloudMessage, CloudRules, CloudVoice, Fault } from '../cloud-rules.js';
import { checkToken } from './rules.js';

export const ID_SCOPE = '0ne00000001';
/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;
const MAY_PUBLISH =
  /^\$dps\/registrations\/(PUT\/iotdps-register\/\?\$rid=[^&]+|GET\/iotdps-get-operationstatus\/\?\$rid=[^&]+&operationId=[^&]+)$/;
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
interface Mishap {
  status: number;
  retryAfter?: number;
  payload?: string;
}

/** A Device Provisioning Service as Microsoft documents its use with MQTT: contract emulation. */
export class ProvisioningRules implements CloudRules {
  readonly limits = LIMITS;
  readonly faults: Fault[] = [];
  voice!: CloudVoice;
  /** Requests, in order: `register`, or `status`. */
  readonly requests: string[] = [];
  /** With these the next requests are answered instead; `none` are not answered. */
  readonly mishaps: (Mishap | 'none')[] = [];
  /** Seconds that it tells devices to wait. */
  retryAfter = 1;
  private operations = 0;
  private readonly open = new Map<string, { registrationId: string; polls: number }>();
  /** Clients that hear answers. */
  private readonly listening = new Set<string>();

  /** `now`: ms since 1970. */
  constructor(
    readonly enrollments: { [registrationId: string]: Enrollment },
    private readonly now: () => number = Date.now,
  ) {}

  /** Why logins were refused. */
  get refusals(): string[] {
    return this.faults.filter(({ id }) => id === 'login').map(({ detail }) => detail);
  }

  mayPublish(_clientId: string, topic: string): boolean {
    const may = MAY_PUBLISH.test(topic);
    if (!may) this.faults.push({ id: 'topic', detail: topic });
    return may;
  }

  maySubscribe(_clientId: string, filter: string): true | 'close' {
    if (filter === ANSWERS) return true;
    this.faults.push({ id: 'topic', detail: filter });
    return 'close';
  }

  onSubscribe(clientId: string): void {
    this.listening.add(clientId);
  }

  private enrollment(registrationId: string): Enrollment | undefined {
    const own = this.enrollments[registrationId];
    return own ?? Object.values(this.enrollments).find(({ isGroup }) => isGroup);
  }

  authenticate({ clientId, username, password, certificate, will }: CloudConnect): number {
    const refuse = (why: string): number => {
      this.faults.push({ id: 'login', detail: why });
      return REFUSED;
    };
    this.listening.delete(clientId);
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
    const expiry = checkToken(password, resource, own, this.now());
    return typeof expiry === 'string' ? refuse(expiry) : 0;
  }

  onPublish({ clientId, topic, payload }: CloudMessage): void {
    const [, request, id, operation] =
      /\/(iotdps-register|iotdps-get-operationstatus)\/\?\$rid=([^&]+)(?:&operationId=(.+))?$/.exec(topic)!;
    this.requests.push(request === 'iotdps-register' ? 'register' : 'status');
    // Who asks before it listens hears nothing.
    if (!this.listening.has(clientId)) return;
    const answer = (status: number, body: object | string, retryAfter = 0): void => {
      const more = retryAfter > 0 ? `&retry-after=${retryAfter}` : '';
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      void this.voice.publish(`$dps/registrations/res/${status}/?$rid=${id}${more}`, text);
    };
    const mishap = this.mishaps.shift();
    if (mishap === 'none') return;
    if (mishap) {
      const { status, retryAfter } = mishap;
      return answer(status, mishap.payload ?? { errorCode: status * 1000, trackingId: 'x', message: 'no' }, retryAfter);
    }
    if (operation === undefined) {
      const { registrationId } = JSON.parse(payload.toString()) as { registrationId?: string };
      if (registrationId !== clientId) return answer(400, { errorCode: 400004, message: 'Invalid registrationId' });
      const operationId = `4.${(++this.operations).toString(16).padStart(16, '0')}.b9b2ff63-0c2d`;
      this.open.set(operationId, { registrationId, polls: this.enrollment(clientId)!.polls ?? 1 });
      return answer(202, { operationId, status: 'assigning' }, this.retryAfter);
    }
    const waiting = this.open.get(operation);
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
