import type { RpcRoute } from '../../rpc/rpc-route.js';
import { thingsBoardRoutes } from '../../rpc/rpc-route.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { CloudDefinition, CloudFeature } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { CLAIM_SECONDS, DeviceClaim, MAX_CLAIM_SECONDS } from './claim.js';
import { FirmwareNotices } from './firmware-notices.js';
import { MAX_TOKEN, THINGSBOARD_LIMITS } from './limits.js';
import { ThingsBoardProfile } from './thingsboard.js';

/** What the device's page calls access token. A secret of its own, since `username` is not always one. */
export const ACCESS_TOKEN = configurationKey('accessToken', KeyKind.secret, 1, MAX_TOKEN);

/** The secret by which a customer claims the device, and how long after a connection that is possible. */
const CLAIM_SECRET = configurationKey('claimSecret', KeyKind.secret, 1, 64);
const CLAIM_TIME = configurationKey('claimSeconds', KeyKind.integer, 1, MAX_CLAIM_SECONDS, CLAIM_SECONDS);
/** The keys of a device; a gateway has them, too. */
export const DEVICE_KEYS: readonly ConfigurationKey[] = Object.freeze([ACCESS_TOKEN, CLAIM_SECRET, CLAIM_TIME]);
/** A device of ThingsBoard, without tags. */
export class ThingsBoardCloud extends CloudDefinition {
  readonly name: string = 'thingsboard';
  readonly title: string = 'ThingsBoard';
  readonly keys: readonly ConfigurationKey[] = DEVICE_KEYS;
  readonly limits = THINGSBOARD_LIMITS;
  readonly carries: number =
    CloudFeature.readings |
    CloudFeature.presence |
    CloudFeature.attributes |
    CloudFeature.rpc |
    CloudFeature.twin |
    CloudFeature.firmware;

  topics(_configuration: Configuration): TopicUse[] {
    // None of them can be shortened.
    const publish = (topic: string, purpose: string, qos: 0 | 1 = 1): TopicUse => {
      return { topic, purpose, kind: 'publish', qos, retain: false, shortenedBy: '' };
    };
    const subscribe = (topic: string, purpose: string): TopicUse => {
      return { topic, purpose, kind: 'subscribe', qos: 1, retain: false, shortenedBy: '' };
    };
    return [
      publish('v1/devices/me/telemetry', 'health', 0),
      publish('v1/devices/me/attributes', 'what the device says of itself'),
      subscribe('v1/devices/me/rpc/request/+', 'calls'),
      publish('v1/devices/me/rpc/response/1', 'answers'),
      subscribe('v1/devices/me/attributes/response/+', 'the firmware that is assigned'),
      subscribe('v1/devices/me/attributes', 'changes of the firmware that is assigned'),
      publish('v1/devices/me/telemetry', 'which firmware it runs'),
      publish('v1/devices/me/attributes/request/2', 'the question for the firmware that is assigned', 0),
      publish('v1/devices/me/claim', 'the secret by which people claim the device'),
    ];
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    // Without tags nothing can be beyond the limits, and to look takes more memory than an ESP8266 has.
    if (configuration.tags) super.check(configuration, mistakes);
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    const { connection, cloudValues } = configuration;
    const token = cloudValues[ACCESS_TOKEN.name] as string | undefined;
    if (token !== undefined) {
      if (connection.username !== undefined) {
        mistakes.push(
          'accessToken is given as well as username: ThingsBoard takes the token as user name; leave out one',
        );
      }
      connection.username = token;
      return;
    }
    if (this.registers(configuration)) return;
    if (connection.username !== undefined || connection.endpoints.some(({ tls }) => tls?.certificate)) return;
    mistakes.push(
      'accessToken is missing: it must be 1 to ' + MAX_TOKEN + ' bytes; "Copy access token" on the page of the device',
    );
  }

  /** True when the device asks the server for its credentials; for a subclass. */
  protected registers(_configuration: Configuration): boolean {
    return false;
  }

  make(configuration: Configuration, device: CloudDevice): Cloud {
    const claim = claimOf(configuration);
    return {
      profile: new ThingsBoardProfile(),
      tagProfile: undefined,
      parts: [claim, new FirmwareNotices(device.board.name, device.firmware, undefined)],
      login: undefined,
      methods: claim,
    };
  }

  override routes(_configuration: Configuration): RpcRoute[] {
    return thingsBoardRoutes();
  }
}

/** What lets people claim a device. */
export function claimOf({ cloudValues }: Configuration): DeviceClaim {
  const { claimSecret, claimSeconds } = cloudValues as { claimSecret?: string; claimSeconds?: number };
  return new DeviceClaim(claimSecret, claimSeconds);
}

export const THINGSBOARD = Object.freeze(new ThingsBoardCloud());
