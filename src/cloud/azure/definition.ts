import { parseBase64 } from '../../bytes/base64.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { BATCH_KEYS } from '../batch.js';
import { CloudDefinition, CloudFeature } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { AzureLogin } from './azure-login.js';
import { azureEvents, AzureProfile } from './azure.js';
import { cloudMessageRoute } from './cloud-messages.js';
import { DIRECT_METHODS } from './direct-methods.js';
import { azureClientId, azureResource, azureUserName, DEVICE_ID as DEVICE_ID_FORM } from './identity.js';
import type { AzureIdentity } from './identity.js';
import { AZURE_KEY_BYTES, AZURE_LIMITS, LONGEST_DEVICE_ID, SHORTEST_TOKEN } from './limits.js';
import { AzureRegistration, REGISTRATION_BUFFERS } from './registration.js';
import { deriveDeviceKey, SasToken } from './sas-token.js';
import { AzureTwin, TWIN_BUFFERS } from './twin.js';

/** The device's name at the hub, and the module's when this is one. */
const DEVICE_ID = configurationKey('deviceId', KeyKind.text, 1, 128);
const MODULE_ID = configurationKey('moduleId', KeyKind.text, 1, 128);
/** The primary or secondary key, in Base64; without it, certificate and key log in. */
const DEVICE_KEY = configurationKey('deviceKey', KeyKind.secret, 1, 128);
/** How long a token lives, in seconds. */
const TOKEN_SECONDS = configurationKey('tokenSeconds', KeyKind.integer, 1, 2592000, 3600);

/** Of the token that is made now, and of its parts. */
const TOKEN_BYTES = 256;

/** Of the Device Provisioning Service, which the device asks for its hub and its name. */
const ID_SCOPE = configurationKey('idScope', KeyKind.text, 1, 64);
/** What it calls itself there. Default: the gateway's name. */
const REGISTRATION_ID = configurationKey('registrationId', KeyKind.text, 1, 128);
/** The key of an enrollment group, in Base64, from which the device's own follows. */
const GROUP_KEY = configurationKey('groupKey', KeyKind.secret, 1, 128);

/** "IoT Hub Device Provisioning Service (DPS) terminology", registration ID. */
const REGISTRATION_FORM = /^[A-Za-z0-9._:-]*[A-Za-z0-9-]$/;
const ID_SCOPE_FORM = /^[A-Za-z0-9]+$/;
const DEVICE_KEY_RULE = 'it must be the primary key of the device as the portal shows it: Base64 of 16 to 64 bytes';
const GROUP_KEY_RULE =
  'it must be the primary key of the enrollment group as the portal shows it: Base64 of 16 to 64 bytes';
/** Of the service for all the world; other clouds of Azure and private endpoints have other names. */
const SERVICE = 'mqtts://global.azure-devices-provisioning.net';
const MQTT_PORT = 8883;
const SERVICE_DOMAIN = '.azure-devices-provisioning.';

/** Azure IoT Hub. */
class AzureCloud extends CloudDefinition {
  readonly name = 'azure';
  readonly title = 'Azure IoT Hub';
  readonly keys: readonly ConfigurationKey[] = Object.freeze([
    DEVICE_ID,
    MODULE_ID,
    DEVICE_KEY,
    TOKEN_SECONDS,
    ID_SCOPE,
    REGISTRATION_ID,
    GROUP_KEY,
    ...BATCH_KEYS,
  ]);
  readonly limits = AZURE_LIMITS;
  readonly carries: number =
    CloudFeature.readings | CloudFeature.presence | CloudFeature.attributes | CloudFeature.rpc | CloudFeature.twin;

  topics(configuration: Configuration): TopicUse[] {
    const identity = identityOf(configuration);
    const topics: TopicUse[] = [];
    const add = (kind: TopicUse['kind'], topic: string, purpose: string, qos: 0 | 1): void => {
      topics.push({ topic, purpose, kind, qos, retain: false, shortenedBy: 'deviceId' });
    };
    const status = azureEvents(identity, 'status');
    add('publish', status, 'birth', 1);
    add('will', status, 'will', 1);
    add('publish', azureEvents(identity, 'health'), 'health', 0);
    add('publish', azureEvents(identity, 'reading') + '&tag=AABBCCDDEEFF', 'readings', 1);
    add('publish', azureEvents(identity, 'presence') + '&tag=AABBCCDDEEFF', 'presence', 1);
    add('subscribe', '$iothub/twin/res/#', 'answers about the twin', 0);
    add('subscribe', '$iothub/twin/PATCH/properties/desired/#', 'desired properties', 1);
    add('publish', '$iothub/twin/GET/?$rid=1', 'the twin', 0);
    add('publish', '$iothub/twin/PATCH/properties/reported/?$rid=1', 'reported properties', 0);
    if (configuration.rpc !== 'cloud') return topics;
    add('subscribe', '$iothub/methods/POST/#', 'direct methods', 1);
    add('publish', '$iothub/methods/res/200/?$rid=1', 'answers of direct methods', 1);
    if (identity.moduleId === '') {
      add('subscribe', azureResource(identity) + '/messages/devicebound/#', 'cloud-to-device messages', 1);
    }
    return topics;
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    const { connection } = configuration;
    const { deviceKey, groupKey, idScope } = valuesOf(configuration);
    const identity = identityOf(configuration);
    if (idScope !== undefined) refuseNames(configuration, mistakes);
    else if (identity.deviceId === '') mistakes.push('deviceId is missing: it must be the device ID at the hub');
    if (idScope === undefined) {
      for (const name of ['registrationId', 'groupKey'] as const) {
        if (valuesOf(configuration)[name] !== undefined) mistakes.push(name + ' is given without idScope');
      }
    }
    const hasCertificate = connection.endpoints.some(({ tls }) => tls?.certificate !== undefined);
    if (deviceKey !== undefined) checkKey('deviceKey', DEVICE_KEY_RULE, deviceKey, mistakes);
    if (groupKey !== undefined) checkKey('groupKey', GROUP_KEY_RULE, groupKey, mistakes);
    if (deviceKey !== undefined && groupKey !== undefined) {
      mistakes.push('groupKey is given with deviceKey: the key of the device follows from that of the group');
    }
    const key = deviceKey !== undefined ? 'deviceKey' : groupKey !== undefined ? 'groupKey' : undefined;
    if (key !== undefined && hasCertificate) {
      mistakes.push(key + ' is given with certificate: a device has one of both at the hub');
    }
    if (key === undefined && !hasCertificate) {
      const or = idScope === undefined ? '' : '; or give groupKey, the primary key of the enrollment group';
      mistakes.push('deviceKey is missing: ' + DEVICE_KEY_RULE + or + '; or give certificate and key, for X.509');
    }
    for (const name of ['username', 'password'] as const) {
      if (connection[name] === undefined) continue;
      const given = name === 'password' ? 'brokerPassword' : name;
      mistakes.push(given + ' must not be given: this cloud makes it from broker, deviceId and deviceKey');
    }
    connection.clientId = azureClientId(identity);
    connection.username = azureUserName(identity);
    delete connection.password;
  }

  override memory(configuration: Configuration): number {
    const registers = valuesOf(configuration).idScope !== undefined;
    return TWIN_BUFFERS + TOKEN_BYTES + (registers ? REGISTRATION_BUFFERS : 0);
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    const { deviceId, moduleId } = identityOf(configuration);
    const { tokenSeconds, idScope } = valuesOf(configuration);
    const add = (rule: string, yours: string, remedy: string): void => {
      mistakes.push(this.title + ': ' + rule + '; yours is ' + yours + '; ' + remedy);
    };
    const rule = "has letters, digits and -.%_*?!(),:=@$' only";
    if (idScope !== undefined) {
      const form = 'has letters, digits and -._: only, at the end a letter, a digit or -';
      if (!REGISTRATION_FORM.test(deviceId)) {
        add('a registration ID ' + form, JSON.stringify(deviceId), 'change registrationId');
      }
      if (!ID_SCOPE_FORM.test(idScope)) {
        add('an ID scope has letters and digits only', JSON.stringify(idScope), 'change idScope');
      }
    } else if (deviceId !== '' && !DEVICE_ID_FORM.test(deviceId)) {
      add('a device ID ' + rule, JSON.stringify(deviceId), 'change deviceId');
    }
    if (moduleId !== '' && !DEVICE_ID_FORM.test(moduleId)) {
      add('a module ID ' + rule, JSON.stringify(moduleId), 'change moduleId');
    }
    if (tokenSeconds !== undefined && tokenSeconds < SHORTEST_TOKEN) {
      const seconds = SHORTEST_TOKEN + ' s';
      add(
        'each token takes a new connection, so it lives at least ' + seconds,
        String(tokenSeconds),
        'raise tokenSeconds',
      );
    }
    const { rpc } = configuration;
    // The hub would end the connection at the first subscription.
    if (rpc === 'plain' || rpc === 'thingsboard')
      add('calls come as direct methods only', rpc, 'set rpc=cloud or rpc=off');
    for (const { host, port, tls } of configuration.connection.endpoints) {
      const name = host.toLowerCase();
      const hub = 'name the hub in broker: mqtts://NAME.azure-devices.net';
      if (name.includes(SERVICE_DOMAIN)) {
        if (idScope === undefined)
          add('the Device Provisioning Service takes no readings', host, 'set idScope; or ' + hub);
        else if (tls && port !== MQTT_PORT) add('MQTT is on port 8883', String(port), 'leave the port out of broker');
      } else if (idScope !== undefined && name.endsWith('.azure-devices.net')) {
        add('with idScope the device asks the Device Provisioning Service', host, 'set broker=' + SERVICE);
      } else if (name.endsWith('.servicebus.windows.net')) {
        add('devices report to the hub, not to its Event Hubs endpoint', host, hub);
      } else if (name.includes('.eventgrid.azure.')) {
        add('Event Grid is another cloud', host, 'set cloud=event-grid');
      } else if (name.endsWith('.azure-devices.net') && tls && port !== MQTT_PORT) {
        add('MQTT is on port 8883', String(port), 'leave the port out of broker');
      }
    }
  }

  make(configuration: Configuration, device: CloudDevice): Cloud {
    const identity = identityOf(configuration);
    const { batch, batchSeconds, idScope } = valuesOf(configuration);
    const spare = idScope === undefined ? 0 : LONGEST_DEVICE_ID - identity.deviceId.length;
    const profile = new AzureProfile(identity, batch ?? 1, (batchSeconds ?? 0) * 1000, spare);
    const twin = new AzureTwin({
      firmware: device.firmware,
      board: device.board.name,
      store: device.board.store,
      remote: device.remote,
      mayConfigure: configuration.rpcAccess === 'all',
      restart: () => device.restart(),
      notice: (text) => device.notice(this.title + ': ' + text),
    });
    const key = this.deviceKey(configuration, device);
    const cloud = { profile, tagProfile: profile, parts: [twin] };
    if (idScope !== undefined) return { ...cloud, ...this.makeRegistration(configuration, device, profile, key) };
    return { ...cloud, login: key === undefined ? undefined : this.makeLogin(configuration, device, identity, key) };
  }

  override routes(configuration: Configuration): RpcRoute[] {
    const identity = identityOf(configuration);
    return identity.moduleId === '' ? [DIRECT_METHODS, cloudMessageRoute(azureResource(identity))] : [DIRECT_METHODS];
  }

  /** The symmetric key of the device; undefined: the certificate is the login. */
  private deviceKey(configuration: Configuration, { board }: CloudDevice): string | undefined {
    const { deviceKey, groupKey } = valuesOf(configuration);
    if (deviceKey === undefined && groupKey === undefined) return undefined;
    const { ciphers, name } = board;
    const key = deviceKey === undefined ? 'groupKey' : 'deviceKey';
    if (!ciphers) throw new RangeError(key + ': the board ' + name + ' has no ciphers; use certificate and key');
    if (deviceKey !== undefined) return deviceKey;
    return deriveDeviceKey(ciphers, groupKey!, identityOf(configuration).deviceId.toLowerCase());
  }

  private makeLogin(
    configuration: Configuration,
    device: CloudDevice,
    identity: AzureIdentity,
    key: string,
  ): AzureLogin {
    const { tokenSeconds } = valuesOf(configuration);
    const login = new AzureLogin(this.title, tokenSeconds!, (text) => device.notice(text));
    const token = new SasToken(device.board.ciphers!, identity.host + '/' + azureResource(identity), key, undefined);
    login.become(azureClientId(identity), azureUserName(identity), token);
    return login;
  }

  /** What knows its hub and its name only after it has registered. */
  private makeRegistration(
    configuration: Configuration,
    device: CloudDevice,
    profile: AzureProfile,
    key: string | undefined,
  ): Pick<Cloud, 'login' | 'registration' | 'routes'> {
    const { idScope, tokenSeconds } = valuesOf(configuration);
    const { endpoints, keepAliveSeconds, backoff } = configuration.connection;
    const { deviceId } = identityOf(configuration);
    const login = new AzureLogin(this.title, tokenSeconds!, (text) => device.notice(text));
    const route = cloudMessageRoute('devices/' + deviceId);
    const registration = new AzureRegistration(device, {
      title: this.title,
      idScope: idScope!,
      registrationId: deviceId,
      key,
      lifetime: tokenSeconds!,
      connection: {
        endpoints,
        ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
        ...(backoff && { backoff }),
      },
      profile,
      login,
      route,
    });
    return { login, registration, routes: [DIRECT_METHODS, route] };
  }
}

/** The values of this cloud's own keys. */
interface AzureValues {
  deviceId?: string;
  moduleId?: string;
  deviceKey?: string;
  tokenSeconds?: number;
  idScope?: string;
  registrationId?: string;
  groupKey?: string;
  batch?: number;
  batchSeconds?: number;
}

function valuesOf({ cloudValues }: Configuration): AzureValues {
  return cloudValues;
}

/** With the Device Provisioning Service the device is its registration ID, until it is given a name. */
function identityOf(configuration: Configuration): AzureIdentity {
  const { connection, gateway } = configuration;
  const { deviceId, moduleId, idScope, registrationId } = valuesOf(configuration);
  const endpoint = connection.endpoints[0];
  // Behind a gateway, or by address, the hub has the name that its certificate has.
  const host = endpoint ? (endpoint.tls?.serverName ?? endpoint.host) : '';
  const name = idScope === undefined ? deviceId : (registrationId ?? gateway);
  return { host, deviceId: name ?? '', moduleId: moduleId ?? '' };
}

/** A device that asks for its name must not have one. */
function refuseNames(configuration: Configuration, mistakes: string[]): void {
  const { deviceId, moduleId } = valuesOf(configuration);
  if (deviceId !== undefined) mistakes.push('deviceId is given with idScope: the service gives the device its ID');
  if (moduleId !== undefined) mistakes.push('moduleId is given with idScope: the service registers no modules');
}

function checkKey(name: string, rule: string, key: string, mistakes: string[]): void {
  const length = parseBase64(key)?.length ?? -1;
  if (length >= AZURE_KEY_BYTES.min && length <= AZURE_KEY_BYTES.max) return;
  const got = length < 0 ? key.length + ' characters that are no Base64' : length + ' bytes';
  mistakes.push(name + ' is wrong: ' + rule + ', got ' + got);
}

export const AZURE = Object.freeze(new AzureCloud());
