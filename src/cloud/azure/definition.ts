import { parseBase64 } from '../../bytes/base64.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { BATCH_KEYS } from '../batch.js';
import { CloudDefinition } from '../definition.js';
import type { Cloud, CloudDevice, CloudLogin } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { AzureLogin } from './azure-login.js';
import { azureEvents, AzureProfile } from './azure.js';
import { cloudMessageRoute } from './cloud-messages.js';
import { DIRECT_METHODS } from './direct-methods.js';
import { azureClientId, azureResource, azureUserName } from './identity.js';
import type { AzureIdentity } from './identity.js';
import { AZURE_KEY_BYTES, AZURE_LIMITS, SHORTEST_TOKEN } from './limits.js';
import { SasToken } from './sas-token.js';
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

/** "Understand the identity registry in your IoT hub", device identity properties. */
const ID = /^[A-Za-z0-9\-.%_*?!(),:=@$']+$/;
const KEY_RULE = 'it must be the primary key of the device as the portal shows it: Base64 of 16 to 64 bytes';

/** Azure IoT Hub. */
class AzureCloud extends CloudDefinition {
  readonly name = 'azure';
  readonly title = 'Azure IoT Hub';
  readonly keys: readonly ConfigurationKey[] = Object.freeze([
    DEVICE_ID,
    MODULE_ID,
    DEVICE_KEY,
    TOKEN_SECONDS,
    ...BATCH_KEYS,
  ]);
  readonly limits = AZURE_LIMITS;
  readonly carries = Object.freeze({
    readings: true,
    presence: true,
    attributes: true,
    rpc: true,
    twin: true,
    discovery: false,
    firmware: false,
  });

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
    const { connection, cloudValues } = configuration;
    const { deviceKey } = cloudValues as { deviceKey?: string };
    const identity = identityOf(configuration);
    if (identity.deviceId === '') mistakes.push('deviceId is missing: it must be the device ID at the hub');
    const hasCertificate = connection.endpoints.some(({ tls }) => tls?.certificate !== undefined);
    if (deviceKey !== undefined) {
      const length = parseBase64(deviceKey)?.length ?? -1;
      if (length < AZURE_KEY_BYTES.min || length > AZURE_KEY_BYTES.max) {
        const got = length < 0 ? deviceKey.length + ' characters that are no Base64' : length + ' bytes';
        mistakes.push('deviceKey is wrong: ' + KEY_RULE + ', got ' + got);
      }
      if (hasCertificate) mistakes.push('deviceKey is given with certificate: a device has one of both at the hub');
    } else if (!hasCertificate) {
      mistakes.push('deviceKey is missing: ' + KEY_RULE + '; or give certificate and key, for X.509');
    }
    for (const name of ['username', 'password'] as const) {
      if (connection[name] === undefined) continue;
      const key = name === 'password' ? 'brokerPassword' : name;
      mistakes.push(key + ' must not be given: this cloud makes it from broker, deviceId and deviceKey');
    }
    connection.clientId = azureClientId(identity);
    connection.username = azureUserName(identity);
    delete connection.password;
  }

  override memory(): number {
    return TWIN_BUFFERS + TOKEN_BYTES;
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    const { deviceId, moduleId } = identityOf(configuration);
    const { tokenSeconds } = configuration.cloudValues as { tokenSeconds?: number };
    const add = (rule: string, yours: string, remedy: string): void => {
      mistakes.push(this.title + ': ' + rule + '; yours is ' + yours + '; ' + remedy);
    };
    const rule = "has letters, digits and -.%_*?!(),:=@$' only";
    if (deviceId !== '' && !ID.test(deviceId)) add('a device ID ' + rule, JSON.stringify(deviceId), 'change deviceId');
    if (moduleId !== '' && !ID.test(moduleId)) add('a module ID ' + rule, JSON.stringify(moduleId), 'change moduleId');
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
      if (name.endsWith('.azure-devices-provisioning.net')) {
        add('devices report to a hub, not to the Device Provisioning Service', host, hub);
      } else if (name.endsWith('.servicebus.windows.net')) {
        add('devices report to the hub, not to its Event Hubs endpoint', host, hub);
      } else if (name.includes('.eventgrid.azure.')) {
        add('Event Grid is another cloud', host, 'set cloud=event-grid');
      } else if (name.endsWith('.azure-devices.net') && tls && port !== 8883) {
        add('MQTT is on port 8883', String(port), 'leave the port out of broker');
      }
    }
  }

  make(configuration: Configuration, device: CloudDevice): Cloud {
    const identity = identityOf(configuration);
    const { batch, batchSeconds } = configuration.cloudValues as { batch?: number; batchSeconds?: number };
    const profile = new AzureProfile(identity, batch ?? 1, (batchSeconds ?? 0) * 1000);
    const twin = new AzureTwin({
      firmware: device.firmware,
      board: device.board.name,
      store: device.board.store,
      remote: device.remote,
      mayConfigure: configuration.rpcAccess === 'all',
      restart: () => device.restart(),
      notice: (text) => device.notice(this.title + ': ' + text),
    });
    return { profile, tagProfile: profile, parts: [twin], login: this.makeLogin(configuration, device, identity) };
  }

  override routes(configuration: Configuration): RpcRoute[] {
    const identity = identityOf(configuration);
    return identity.moduleId === '' ? [DIRECT_METHODS, cloudMessageRoute(azureResource(identity))] : [DIRECT_METHODS];
  }

  /** Undefined: the certificate is the login. */
  private makeLogin(
    { cloudValues }: Configuration,
    device: CloudDevice,
    identity: AzureIdentity,
  ): CloudLogin | undefined {
    const { deviceKey, tokenSeconds } = cloudValues as { deviceKey?: string; tokenSeconds: number };
    if (deviceKey === undefined) return undefined;
    const { ciphers, name } = device.board;
    if (!ciphers) throw new RangeError('deviceKey: the board ' + name + ' has no ciphers; use certificate and key');
    const token = new SasToken(ciphers, identity.host + '/' + azureResource(identity), deviceKey);
    return new AzureLogin(this.title, azureUserName(identity), token, tokenSeconds, (text) => device.notice(text));
  }
}

function identityOf({ connection, cloudValues }: Configuration): AzureIdentity {
  const { deviceId, moduleId } = cloudValues as { deviceId?: string; moduleId?: string };
  const endpoint = connection.endpoints[0];
  // Behind a gateway, or by address, the hub has the name that its certificate has.
  const host = endpoint ? (endpoint.tls?.serverName ?? endpoint.host) : '';
  return { host, deviceId: deviceId ?? '', moduleId: moduleId ?? '' };
}

export const AZURE = Object.freeze(new AzureCloud());
