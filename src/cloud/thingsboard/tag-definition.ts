import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { BATCH_KEYS } from '../batch.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import type { GatewayPart } from '../part.js';
import type { DeviceClaim } from './claim.js';
import { ACCESS_TOKEN, claimOf, DEVICE_KEYS, ThingsBoardCloud } from './definition.js';
import { FirmwareNotices } from './firmware-notices.js';
import { PROVISION_CREDENTIALS, ProvisionedLogin, registrationBytes, ThingsBoardRegistration } from './registration.js';
import { ThingsBoardSession } from './session.js';
import { SharedAttributes } from './shared-attributes.js';
import { ThingsBoardBatch, ThingsBoardTagProfile } from './thingsboard-tags.js';

/** The limits of a gateway are a longer answer than other messages. */
const LEAST_RECEIVE_BUFFER = 1024;
/** With the address in each key a reading is that much longer than elsewhere. */
const LEAST_PAYLOAD = 1024;
/** What counts the messages of the server's limits. */
const SESSION_BYTES = 1024;
/** Around a payload in the transmit arena. */
const PACKET_ROOM = 64;

/** "Provision device key" and "Provision device secret" of a device profile, under "Device provisioning". */
const PROVISION_KEY = configurationKey('provisionKey', KeyKind.secret, 1, 64);
const PROVISION_SECRET = configurationKey('provisionSecret', KeyKind.secret, 1, 64);
/** The name under which the device registers; default: `gateway`. */
const DEVICE_NAME = configurationKey('deviceName', KeyKind.text, 1, 255);
const CREDENTIALS = configurationKey('provisionCredentials', KeyKind.choice, 0, 0, 'token', PROVISION_CREDENTIALS);
/** The keys of a device with tags; a gateway has them, too. */
export const TAG_DEVICE_KEYS: readonly ConfigurationKey[] = Object.freeze([
  ...DEVICE_KEYS,
  PROVISION_KEY,
  PROVISION_SECRET,
  DEVICE_NAME,
  CREDENTIALS,
]);

/** The values of these. */
interface ProvisionValues {
  provisionKey?: string;
  provisionSecret?: string;
  deviceName?: string;
  provisionCredentials?: string;
}

/** A device of ThingsBoard with tags. A file of its own, so that boards without a scanner leave it out. */
export class ThingsBoardTagCloud extends ThingsBoardCloud {
  override readonly keys: readonly ConfigurationKey[] = Object.freeze([...TAG_DEVICE_KEYS, ...BATCH_KEYS]);

  override topics(configuration: Configuration): TopicUse[] {
    const topics = super.topics(configuration);
    const add = (kind: TopicUse['kind'], topic: string, purpose: string): void => {
      topics.push({ topic, purpose, kind, qos: 1, retain: false, shortenedBy: '' });
    };
    add('publish', 'v1/devices/me/telemetry', 'readings and presence');
    add('publish', 'v1/devices/me/rpc/request/1', 'the question for the limits');
    add('subscribe', 'v1/devices/me/rpc/response/+', 'the limits');
    add('publish', 'v1/devices/me/attributes/request/1', 'the question for shared attributes');
    return topics;
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    const { connection } = configuration;
    if (configuration.maxPayload < LEAST_PAYLOAD) configuration.maxPayload = LEAST_PAYLOAD;
    const arena = configuration.maxPayload + PACKET_ROOM;
    if ((connection.transmitArenaSize ?? 0) < arena) connection.transmitArenaSize = arena;
    if ((connection.receiveBufferSize ?? 0) < LEAST_RECEIVE_BUFFER) connection.receiveBufferSize = LEAST_RECEIVE_BUFFER;
    super.connect(configuration, mistakes);
    checkProvisioning(configuration, mistakes);
  }

  override memory(configuration: Configuration): number {
    if (!this.registers(configuration)) return SESSION_BYTES;
    return SESSION_BYTES + registrationBytes(certificateOf(configuration));
  }

  protected override registers({ cloudValues }: Configuration): boolean {
    const { provisionKey, provisionSecret } = cloudValues as ProvisionValues;
    return provisionKey !== undefined || provisionSecret !== undefined;
  }

  override make(configuration: Configuration, device: CloudDevice): Cloud {
    const session = new ThingsBoardSession(false);
    const { batch, batchSeconds } = configuration.cloudValues as { batch?: number; batchSeconds?: number };
    const writer = new ThingsBoardBatch(batch ?? 1, session);
    const profile = new ThingsBoardTagProfile(session, device.board.clock, writer, (batchSeconds ?? 0) * 1000);
    const claim = claimOf(configuration);
    return {
      profile,
      tagProfile: profile,
      parts: deviceParts(configuration, device, claim, session),
      ...registrationOf(configuration, device, this.title, false),
      pace: session,
      methods: claim,
    };
  }
}

/**
 * What goes with the profile of a device with tags. Shared attributes set the configuration here only: to ask for all
 * of its keys takes more memory than an ESP8266 has.
 */
export function deviceParts(
  { rpcAccess }: Configuration,
  { board, firmware, remote }: CloudDevice,
  claim: DeviceClaim,
  session: ThingsBoardSession,
): GatewayPart[] {
  const parts: GatewayPart[] = [session, claim, new FirmwareNotices(board.name, firmware, session)];
  const { store, restart } = board;
  if (remote && restart && rpcAccess === 'all') {
    parts.push(new SharedAttributes({ store, remote, restart: () => restart() }));
  }
  return parts;
}

/** Adds a line to `mistakes` for what does not go together when a device asks for its credentials. */
function checkProvisioning(configuration: Configuration, mistakes: string[]): void {
  const { cloudValues, connection } = configuration;
  const { provisionKey, provisionSecret, deviceName, provisionCredentials } = cloudValues as ProvisionValues;
  if (provisionKey === undefined && provisionSecret === undefined) {
    if (deviceName !== undefined) mistakes.push('deviceName is given without provisionKey and provisionSecret');
    return;
  }
  const place = ': it is on the page of the device profile, under Device provisioning';
  if (provisionKey === undefined) mistakes.push('provisionKey is missing' + place);
  if (provisionSecret === undefined) mistakes.push('provisionSecret is missing' + place);
  const ways: readonly [string, boolean][] = [
    ['accessToken', cloudValues[ACCESS_TOKEN.name] !== undefined],
    ['username', cloudValues[ACCESS_TOKEN.name] === undefined && connection.username !== undefined],
  ];
  for (const [name, isGiven] of ways) {
    if (isGiven) mistakes.push(name + ' is given as well as provisionKey: the server gives the device its own');
  }
  const hasCertificate = certificateOf(configuration) !== undefined;
  if (hasCertificate === (provisionCredentials === 'certificate')) return;
  if (hasCertificate) mistakes.push('certificate is given: provisionCredentials must be certificate');
  else mistakes.push('certificate is missing: with provisionCredentials=certificate it and key must be given');
}

function certificateOf({ connection }: Configuration): string | Uint8Array | undefined {
  return connection.endpoints.find(({ tls }) => tls?.certificate)?.tls?.certificate;
}

/** What registers the device, where its configuration says so and a broker is there that the secrets are for. */
export function registrationOf(
  configuration: Configuration,
  device: CloudDevice,
  title: string,
  isGateway: boolean,
): Pick<Cloud, 'login' | 'registration'> {
  const { cloudValues, connection, gateway } = configuration;
  const { provisionKey, provisionSecret, deviceName, provisionCredentials } = cloudValues as ProvisionValues;
  const { endpoints, clientId, keepAliveSeconds, backoff } = connection;
  if (provisionKey === undefined || provisionSecret === undefined) return { login: undefined };
  if (endpoints.every(({ withoutCredentials }) => withoutCredentials)) return { login: undefined };
  const login = new ProvisionedLogin();
  const registration = new ThingsBoardRegistration(device, {
    title,
    provisionKey,
    provisionSecret,
    deviceName: deviceName ?? gateway,
    credentials: provisionCredentials ?? 'token',
    isGateway,
    connection: {
      endpoints,
      clientId,
      ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
      ...(backoff && { backoff }),
    },
    login,
  });
  return { login, registration };
}

export const THINGSBOARD_WITH_TAGS = Object.freeze(new ThingsBoardTagCloud());
