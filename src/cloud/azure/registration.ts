import type { BrokerEndpoint, ConnectionOptions } from '../../connection/connection.js';
import type { ConnectOptions } from '../../mqtt/options.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { placeText } from '../../settings/bound-secrets.js';
import { parseBrokers, parseDecimal } from '../../settings/parse-value.js';
import type { CloudDevice } from '../part.js';
import { parseAnswer, Registration } from '../registration.js';
import type { Place, RegistrationHost } from '../registration.js';
import { AzureLogin } from './azure-login.js';
import type { AzureProfile } from './azure.js';
import { cloudMessageRoute } from './cloud-messages.js';
import type { CloudMessageRoute } from './cloud-messages.js';
import { azureClientId, azureResource, azureUserName, DEVICE_ID } from './identity.js';
import { SasToken } from './sas-token.js';

const REGISTER = '$dps/registrations/PUT/iotdps-register/?$rid=';
const STATUS = '$dps/registrations/GET/iotdps-get-operationstatus/?$rid=';
const ANSWERS = '$dps/registrations/res/#';
/** How the topic of an answer begins. */
const ANSWER = '$dps/registrations/res/';
const REQUEST = '/?$rid=';
const RETRY_AFTER = 'retry-after=';
/** Put into a topic as it came. */
const OPERATION = /^[\w.-]{1,200}$/;

/** Milliseconds to wait where the service does not say how long. */
const POLL = 2000;
const THROTTLED = 30000;

/** With X.509 an answer has what the service read in two certificates; its topic is below 100 bytes. */
const RECEIVE_BUFFER = 2048;
const ARENA = 768;
/** Bytes that are held beside those of the gateway's connection while the service is asked. */
export const REGISTRATION_BUFFERS = RECEIVE_BUFFER + ARENA;

/** What the service says, as far as it is read here ("Runtime registration", `RegistrationOperationStatus`). */
interface Answer {
  operationId?: unknown;
  status?: unknown;
  message?: unknown;
  registrationState?: {
    assignedHub?: unknown;
    deviceId?: unknown;
    errorCode?: unknown;
    errorMessage?: unknown;
  };
}

/** What registers, and what changes with the hub and the name that it gets. */
export interface AzureRegistrationOptions {
  title: string;
  idScope: string;
  registrationId: string;
  /** The symmetric key, Base64; undefined: a certificate logs in. */
  key: string | undefined;
  /** Of a token, in seconds. */
  lifetime: number;
  /** Of the configuration: the service's endpoints. */
  connection: Pick<ConnectionOptions, 'endpoints' | 'keepAliveSeconds' | 'backoff'>;
  profile: AzureProfile;
  login: AzureLogin;
  route: CloudMessageRoute;
}

/**
 * Azure Device Provisioning Service ("Communicate with DPS using the MQTT protocol", API 2019-03-31): the device
 * registers with a symmetric key or a certificate, asks how far that is as often as the service says, and gets the
 * hub's name and its own.
 */
export class AzureRegistration extends Registration {
  protected readonly filters = [encodeUtf8(ANSWERS)];

  private readonly options: AzureRegistrationOptions;
  private readonly serviceLogin: AzureLogin;
  /** Of the last request. */
  private number = 0;
  /** What the service calls the registration that is under way. */
  private operation = '';
  /** The device's name at its place; empty: it has none. */
  private deviceId = '';

  constructor(device: CloudDevice, options: AzureRegistrationOptions) {
    const { idScope, registrationId, key, connection, title, lifetime } = options;
    const [endpoint] = connection.endpoints as [BrokerEndpoint];
    const places = connection.endpoints.map((each) => placeText(each, each.tls?.serverName));
    super(device, title, [idScope, registrationId, key, endpoint.tls?.certificate, ...places]);
    this.options = options;
    this.serviceLogin = new AzureLogin(title, lifetime, (text) => device.notice(text));
    const resource = idScope + '/registrations/' + registrationId;
    const token = this.token(resource, 'registration');
    const version = '&ClientVersion=Tagwire%2F' + device.firmware;
    this.serviceLogin.become(registrationId, resource + '/api-version=2019-03-31' + version, token);
  }

  protected service(): ConnectionOptions {
    const { registrationId, connection } = this.options;
    return {
      ...connection,
      clientId: registrationId,
      receiveBufferSize: RECEIVE_BUFFER,
      transmitArenaSize: ARENA,
      maxInFlight: 1,
      maxSubscriptions: 1,
    };
  }

  protected override login(options: ConnectOptions, now: number, unixTime: number): void {
    this.serviceLogin.prepare(options, now, unixTime);
  }

  protected override get needsTime(): boolean {
    return this.options.key !== undefined;
  }

  protected ask(again: boolean): void {
    if (!again) this.operation = '';
    this.number++;
    if (this.operation !== '') {
      this.say(STATUS + this.number + '&operationId=' + this.operation, '');
    } else {
      this.say(REGISTER + this.number, JSON.stringify({ registrationId: this.options.registrationId }));
    }
  }

  protected answer(topic: string, payload: string): void {
    const { status, request, seconds } = answerTopic(topic);
    if (Number.isNaN(status) || request !== this.number) return;
    if (status === 429 || status >= 500) return this.askIn(seconds > 0 ? seconds * 1000 : THROTTLED);
    if (status === 401) return this.refused('the key, the certificate or idScope is wrong (401)');
    if (status === 404 && this.operation !== '') {
      this.operation = '';
      return this.askIn(POLL);
    }
    const answer = parseAnswer<Answer>(payload);
    if (status >= 300) return this.refused(reason(answer.message, String(status)));
    if (status === 202 || answer.status === 'assigning' || answer.status === 'unassigned') {
      const { operationId } = answer;
      if (typeof operationId !== 'string' || !OPERATION.test(operationId)) {
        return this.refused('its answer has no operationId');
      }
      this.operation = operationId;
      return this.askIn(seconds > 0 ? seconds * 1000 : POLL);
    }
    const { assignedHub, deviceId, errorCode, errorMessage } = answer.registrationState ?? {};
    if (answer.status !== 'assigned') {
      const code = typeof errorCode === 'number' ? ', error ' + errorCode : '';
      return this.refused('status ' + reason(errorMessage, String(answer.status) + code));
    }
    const before = this.deviceId;
    this.registered({ hub: textOf(assignedHub), deviceId: textOf(deviceId) });
    // What is in flight has its old name in its topics, at which the hub would end the connection.
    const inFlight = this.host!.connection.session.inFlight;
    if (before !== '' && before !== this.deviceId && inFlight > 0) this.device.restart();
  }

  protected take({ hub, deviceId }: Place, { connection }: RegistrationHost): boolean {
    const { profile, login, route } = this.options;
    const endpoint = hub === undefined ? undefined : this.hubEndpoint(hub);
    if (!endpoint || deviceId === undefined || !DEVICE_ID.test(deviceId)) return false;
    const identity = { host: endpoint.host, deviceId, moduleId: '' };
    const resource = azureResource(identity);
    profile.become(identity);
    login.become(
      azureClientId(identity),
      azureUserName(identity),
      this.token(endpoint.host + '/' + resource, undefined),
    );
    const { filter, request } = cloudMessageRoute(resource);
    // Without calls nobody has subscribed to it.
    if (connection.forget(route.filter)) connection.subscribe(filter, 1);
    route.filter = filter;
    route.request = request;
    this.deviceId = deviceId;
    connection.moveTo([endpoint]);
    return true;
  }

  /** The hub is connected to as the service is, but by its own name. */
  private hubEndpoint(hub: string): BrokerEndpoint | undefined {
    const { endpoints } = this.options.connection;
    const { tls } = endpoints[0]!;
    const parsed = parseBrokers((tls ? 'mqtts://' : 'mqtt://') + hub);
    if (parsed?.length !== 1) return undefined;
    const endpoint: BrokerEndpoint = parsed[0]!;
    // A service that the key is not for must not lead it elsewhere.
    if (endpoints.some((each) => each.withoutCredentials)) endpoint.withoutCredentials = true;
    if (!tls) return endpoint;
    const own = { ...tls };
    delete own.serverName;
    endpoint.tls = own;
    return endpoint;
  }

  private token(resource: string, policy: string | undefined): SasToken | undefined {
    const { key } = this.options;
    return key === undefined ? undefined : new SasToken(this.device.board.ciphers!, resource, key, policy);
  }
}

/**
 * What `$dps/registrations/res/{status}/?$rid={request}&retry-after={seconds}` says. A number that is none is NaN, as
 * all are of another topic; 0 seconds: it does not say, or says more than a million.
 */
export function answerTopic(topic: string): { status: number; request: number; seconds: number } {
  const middle = topic.startsWith(ANSWER) ? topic.indexOf(REQUEST) : -1;
  if (middle < 0) return { status: NaN, request: NaN, seconds: 0 };
  const [request, ...properties] = topic.slice(middle + REQUEST.length).split('&');
  const wait = properties.find((property) => property.startsWith(RETRY_AFTER)) ?? '';
  const seconds = parseDecimal(wait.slice(RETRY_AFTER.length), false);
  return {
    status: parseDecimal(topic.slice(ANSWER.length, middle), false),
    request: parseDecimal(request!, false),
    seconds: seconds < 1e6 ? seconds : 0,
  };
}

/** An empty text is neither a hub nor a name. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What the service says, shortened, or a text without that. */
function reason(message: unknown, text: string): string {
  return typeof message === 'string' && message !== '' ? text + ': ' + message.slice(0, 120) : text;
}
