import { writeBase64 } from '../../bytes/base64.js';
import { decodeUtf8 } from '../../bytes/utf8.js';
import type { BrokerEndpoint, ConnectionOptions } from '../../connection/connection.js';
import type { ConnectOptions } from '../../mqtt/options.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { placeText } from '../../settings/bound-secrets.js';
import type { CloudLogin } from '../definition.js';
import type { CloudDevice } from '../part.js';
import { parseAnswer, Registration } from '../registration.js';
import type { Place } from '../registration.js';

const REQUEST = '/provision/request';
const RESPONSE = '/provision/response';
/** The user name by which the server knows who asks; a secret it is not. */
const PROVISION = 'provision';

/** Bytes of a request and of an answer, beside the certificate, which both may have. */
const REQUEST_BYTES = 1024;
const ANSWER_BYTES = 768;
/** Characters of a token that the device makes: about 119 bits. */
const TOKEN_LENGTH = 20;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Characters of what the server says is wrong that are told. */
const REASON_LENGTH = 120;

/** How a provisioned device logs in: the values of the configuration key `provisionCredentials`. */
export const PROVISION_CREDENTIALS: readonly string[] = Object.freeze(['token', 'basic', 'certificate']);

/** Bytes that are held beside those of the gateway's connection while the server is asked. */
export function registrationBytes(certificate: string | Uint8Array | undefined): number {
  return REQUEST_BYTES + ANSWER_BYTES + 2 * certificateLength(certificate);
}

export interface ThingsBoardRegistrationOptions {
  title: string;
  /** Of the device profile, "Device provisioning". */
  provisionKey: string;
  provisionSecret: string;
  deviceName: string;
  /** One of `PROVISION_CREDENTIALS`. */
  credentials: string;
  /** The device is a gateway. */
  isGateway: boolean;
  /** Of the configuration. Only its endpoints that the secrets are for are asked. */
  connection: Pick<ConnectionOptions, 'endpoints' | 'clientId' | 'keepAliveSeconds' | 'backoff'>;
  login: ProvisionedLogin;
}

/** What the server says (thingsboard.io, "Device provisioning", MQTT). */
interface Answer {
  status?: unknown;
  /** The same, before version 3.3. */
  provisionDeviceStatus?: unknown;
  errorMsg?: unknown;
  credentialsType?: unknown;
  credentialsValue?: unknown;
}

/** The credentials that the server gave. */
export class ProvisionedLogin implements CloudLogin {
  readonly renewAt = Infinity;
  place: Place = {};

  prepare(options: ConnectOptions): void {
    const { clientId, username, password } = this.place;
    if (clientId !== undefined) options.clientId = clientId;
    if (username === undefined) delete options.username;
    else options.username = username;
    if (password === undefined) delete options.password;
    else options.password = password;
  }
}

/**
 * Device provisioning of ThingsBoard: with the key and the secret of a device profile the device asks for credentials
 * of its own, which the server then knows it by.
 *
 * A server that creates devices gives each name once. So the device makes its token, or user name and password, itself,
 * and stores them before it asks: if the answer is lost, and the server says that the device is there already, they
 * are tried.
 */
export class ThingsBoardRegistration extends Registration {
  protected readonly filters = [encodeUtf8(RESPONSE)];

  private readonly options: ThingsBoardRegistrationOptions;
  private readonly endpoints: BrokerEndpoint[];
  private readonly certificate: string | Uint8Array | undefined;
  /** What was proposed before the request that waits for its answer. */
  private earlier: Place | undefined;

  /** At least one endpoint must be one that the secrets are for. */
  constructor(device: CloudDevice, options: ThingsBoardRegistrationOptions) {
    const { provisionKey, provisionSecret, deviceName, credentials, isGateway, connection } = options;
    const endpoints = connection.endpoints.filter(({ withoutCredentials }) => !withoutCredentials);
    const certificate = credentials === 'certificate' ? endpoints[0]?.tls?.certificate : undefined;
    const places = endpoints.map((each) => placeText(each, each.tls?.serverName));
    const own = [provisionKey, provisionSecret, deviceName, credentials, String(isGateway), certificate];
    super(device, options.title, [...own, ...places]);
    this.options = options;
    this.endpoints = endpoints;
    this.certificate = certificate;
  }

  protected service(): ConnectionOptions {
    const { connection } = this.options;
    const spare = certificateLength(this.certificate);
    return {
      ...connection,
      endpoints: this.endpoints.map(withoutCertificate),
      username: PROVISION,
      receiveBufferSize: ANSWER_BYTES + spare,
      transmitArenaSize: REQUEST_BYTES + spare,
      maxInFlight: 1,
      maxSubscriptions: 1,
    };
  }

  protected ask(): void {
    const { provisionKey, provisionSecret, deviceName, isGateway } = this.options;
    this.earlier = this.proposal;
    const request: { [name: string]: string | boolean } = {
      deviceName,
      provisionDeviceKey: provisionKey,
      provisionDeviceSecret: provisionSecret,
    };
    if (isGateway) request.gateway = true;
    const proposal = this.proposal ?? this.newCredentials();
    if (this.certificate !== undefined) {
      request.credentialsType = 'X509_CERTIFICATE';
      request.hash = certificateText(this.certificate);
    } else if (proposal.password === undefined) {
      request.credentialsType = 'ACCESS_TOKEN';
      request.token = proposal.username!;
    } else {
      request.credentialsType = 'MQTT_BASIC';
      request.clientId = proposal.clientId!;
      request.username = proposal.username!;
      request.password = proposal.password;
    }
    // Without that, nobody could log in as the device if the answer were lost.
    if (!this.proposal && proposal !== this.options.login.place && !this.propose(proposal)) {
      return this.refused('the store did not take the credentials that the device made');
    }
    this.say(REQUEST, JSON.stringify(request));
  }

  protected answer(_topic: string, payload: string): void {
    const answer = parseAnswer<Answer>(payload);
    const status = answer.status ?? answer.provisionDeviceStatus;
    if (status === 'SUCCESS') return this.registered(placeOf(answer) ?? {});
    if (status === 'FAILURE' && this.earlier) {
      this.tell('the server knows the device already: trying the credentials of an earlier request');
      return this.registered(this.earlier);
    }
    const { errorMsg } = answer;
    const said = typeof errorMsg === 'string' ? ': ' + errorMsg.substring(0, REASON_LENGTH) : '';
    if (status === 'NOT_FOUND') return this.refused('provisionKey or provisionSecret is wrong' + said);
    const rule = 'the device profile has no device of this name to give, or there is one already';
    if (status === 'FAILURE') return this.refused(rule + said);
    this.refused('its answer has no known status' + said);
  }

  protected take(place: Place): boolean {
    const { type, username } = place;
    if (type !== 'token' && type !== 'basic' && type !== 'certificate') return false;
    if (type !== 'certificate' && !username && !place.clientId) return false;
    this.options.login.place = place;
    return true;
  }

  /** What the device wants to log in with. */
  private newCredentials(): Place {
    const { login, credentials } = this.options;
    // A device that was deleted comes back as what it was, and one that is only refused for now stays so.
    if (login.place.type === credentials) return login.place;
    if (this.certificate !== undefined) return { type: 'certificate' };
    const secret = this.randomText();
    if (credentials !== 'basic') return { type: 'token', username: secret };
    const { connection, deviceName } = this.options;
    return { type: 'basic', clientId: connection.clientId, username: deviceName, password: secret };
  }

  private randomText(): string {
    let text = '';
    while (text.length < TOKEN_LENGTH) {
      // 62 of 64: what is beyond is thrown again, so that all letters are alike.
      text += LETTERS.charAt(this.device.board.entropy.uint32() >>> 26);
    }
    return text;
  }
}

/** The credentials in an answer, whatever was asked for: a device that was known before has those of its own. */
function placeOf({ credentialsType, credentialsValue }: Answer): Place | undefined {
  if (credentialsType === 'X509_CERTIFICATE') return { type: 'certificate' };
  if (credentialsType === 'ACCESS_TOKEN') {
    return typeof credentialsValue === 'string' ? { type: 'token', username: credentialsValue } : undefined;
  }
  if (credentialsType !== 'MQTT_BASIC') return undefined;
  const value = typeof credentialsValue === 'string' ? parseAnswer<object>(credentialsValue) : credentialsValue;
  if (typeof value !== 'object' || value === null) return undefined;
  const { clientId, userName, password } = value as { [name: string]: unknown };
  const place: { [name: string]: string } = { type: 'basic' };
  if (typeof clientId === 'string' && clientId !== '') place.clientId = clientId;
  if (typeof userName === 'string' && userName !== '') place.username = userName;
  if (typeof password === 'string' && password !== '') place.password = password;
  return place;
}

/** A server refuses a certificate that it does not know, also of who wants to tell it. */
function withoutCertificate(endpoint: BrokerEndpoint): BrokerEndpoint {
  const { tls } = endpoint;
  if (!tls) return endpoint;
  const own = { ...tls };
  delete own.certificate;
  delete own.key;
  return { ...endpoint, tls: own };
}

/** A certificate as the server wants it: Base64 of one line, without the lines around it. */
function certificateText(certificate: string | Uint8Array): string {
  if (typeof certificate === 'string') {
    const end = certificate.indexOf('-----END');
    const text = end < 0 ? certificate : certificate.substring(0, end);
    return text.replace(/-----BEGIN [A-Z ]+-----/, '').replace(/\s/g, '');
  }
  const text = new Uint8Array(4 * Math.ceil(certificate.length / 3));
  return decodeUtf8(text, 0, writeBase64(certificate, 0, certificate.length, text, 0, text.length));
}

function certificateLength(certificate: string | Uint8Array | undefined): number {
  if (certificate === undefined) return 0;
  return typeof certificate === 'string' ? certificate.length : 4 * Math.ceil(certificate.length / 3);
}
