import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import type { RpcShape } from '../../rpc/rpc-shape.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { quote } from '../../settings/parse-value.js';
import { parseAddress } from '../../tags/address-text.js';
import { BATCH_KEYS } from '../batch.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { CLAIM_SECONDS } from '../thingsboard/claim.js';
import { deviceParts, registrationOf, TAG_DEVICE_KEYS, ThingsBoardTagCloud } from '../thingsboard/tag-definition.js';
import { GatewayDevices } from './devices.js';
import type { NamedTag } from './devices.js';
import { GatewayBatch, GatewayProfile } from './gateway.js';
import { GATEWAY_LIMITS, MAX_NAME } from './limits.js';
import { DeviceShape, GatewayShape } from './rpc-shapes.js';
import { CALLS, GatewayClaim, GatewaySession, sessionBytes } from './session.js';

/** A tag and something about it, as people write it. */
interface Entry {
  text: string;
  /** Undefined where it is none. */
  address: Uint8Array | undefined;
  value: string;
}

const TAGS = 64;
/** Which tags are devices, and their names there: `ADDRESS=NAME` each. */
const DEVICE_NAMES = configurationKey('deviceNames', KeyKind.lines, 1, 4096);
const CREATE_DEVICES = configurationKey('createDevices', KeyKind.flag, 0, 1, false);
const DEVICE_TYPE = configurationKey('deviceType', KeyKind.text, 1, 255, 'default');
/** The secrets by which people claim the devices of tags: `ADDRESS=SECRET` each. */
const TAG_CLAIM_SECRETS = configurationKey('tagClaimSecrets', KeyKind.secret, 1, 4096);
const MAX_SECRET = 64;

/** A gateway of ThingsBoard: its tags are devices. */
class ThingsBoardGatewayCloud extends ThingsBoardTagCloud {
  override readonly name = 'thingsboard-gateway';
  override readonly title = 'ThingsBoard gateway';
  override readonly keys: readonly ConfigurationKey[] = Object.freeze([
    ...TAG_DEVICE_KEYS,
    DEVICE_NAMES,
    CREATE_DEVICES,
    DEVICE_TYPE,
    TAG_CLAIM_SECRETS,
    ...BATCH_KEYS,
  ]);
  override readonly limits = GATEWAY_LIMITS;

  override topics(configuration: Configuration): TopicUse[] {
    const topics = super.topics(configuration).filter(({ purpose }) => purpose !== 'readings and presence');
    const publish = (topic: string, purpose: string, qos: 0 | 1 = 1): void => {
      topics.push({ topic, purpose, kind: 'publish', qos, retain: false, shortenedBy: '' });
    };
    publish('v1/gateway/connect', 'a tag that is there');
    publish('v1/gateway/disconnect', 'a tag that is away');
    publish('v1/gateway/telemetry', 'readings and presence');
    publish('v1/gateway/attributes', 'what a tag is, and what became of its policy');
    publish('v1/gateway/attributes/request', 'the question for the policy of a tag', 0);
    publish('v1/gateway/claim', 'the secrets by which people claim tags', 0);
    publish('v1/gateway/rpc', 'answers for a tag');
    const subscribe = (topic: string, purpose: string): void => {
      topics.push({ topic, purpose, kind: 'subscribe', qos: 1, retain: false, shortenedBy: '' });
    };
    subscribe('v1/gateway/rpc', 'calls to a tag');
    subscribe('v1/gateway/attributes', 'changes of the policy of a tag');
    subscribe('v1/gateway/attributes/response', 'the policy of a tag');
    return topics;
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    super.connect(configuration, mistakes);
    const { cloudValues } = configuration;
    const text = cloudValues[DEVICE_NAMES.name] as string | undefined;
    const named = namedTags(text, mistakes);
    const secrets = cloudValues[TAG_CLAIM_SECRETS.name] as string | undefined;
    addSecrets(secrets, named, cloudValues[CREATE_DEVICES.name] === true, mistakes);
    if (text === undefined && cloudValues[CREATE_DEVICES.name] !== true) {
      mistakes.push(
        'deviceNames is missing: no tag would be reported; it must be ADDRESS=NAME, with commas or line breaks ' +
          'between several, or createDevices=true lets every tag create a device',
      );
    }
  }

  override memory(configuration: Configuration): number {
    const { tags, cloudValues } = configuration;
    const named = namedTags(cloudValues[DEVICE_NAMES.name] as string | undefined, []).length;
    return super.memory(configuration) + sessionBytes(Math.max(tags?.tagCapacity ?? TAGS, named));
  }

  override make(configuration: Configuration, device: CloudDevice): Cloud {
    const { board } = device;
    const { tags, cloudValues } = configuration;
    const { deviceNames, createDevices, deviceType, tagClaimSecrets, batch, batchSeconds, ...claims } = cloudValues as {
      deviceNames?: string;
      createDevices?: boolean;
      deviceType?: string;
      tagClaimSecrets?: string;
      claimSecret?: string;
      claimSeconds?: number;
      batch?: number;
      batchSeconds?: number;
    };
    const named = namedTags(deviceNames, []);
    addSecrets(tagClaimSecrets, named, createDevices ?? false, []);
    const devices = new GatewayDevices(named, tags?.tagCapacity ?? TAGS, createDevices ?? false, board.store);
    const mayConfigure = configuration.rpcAccess === 'operate' || configuration.rpcAccess === 'all';
    const { claimSecret, claimSeconds = CLAIM_SECONDS } = claims;
    const session = new GatewaySession(devices, deviceType ?? 'default', device, claimSeconds, mayConfigure);
    const claim = new GatewayClaim(claimSecret, claimSeconds, session);
    const writer = new GatewayBatch(batch ?? 1, session);
    const profile = new GatewayProfile(session, board.clock, writer, (batchSeconds ?? 0) * 1000);
    return {
      profile,
      tagProfile: profile,
      parts: deviceParts(configuration, device, claim, session),
      ...registrationOf(configuration, device, this.title, true),
      pace: session,
      methods: claim,
    };
  }

  override routes(_configuration: Configuration): RpcRoute[] {
    return [
      shapeRoute(CALLS, '+', new GatewayShape()),
      shapeRoute(encodeUtf8('v1/gateway/rpc'), '', new DeviceShape()),
    ];
  }
}

function shapeRoute(request: Uint8Array, id: string, shape: RpcShape): RpcRoute {
  const filter = new Uint8Array(request.length + id.length);
  filter.set(request);
  filter.set(encodeUtf8(id), request.length);
  return { filter, request, hasId: id !== '', response: undefined, wraps: false, function: undefined, shape };
}

/** Reads `deviceNames`; what is wrong adds a line to `mistakes`. */
function namedTags(text: string | undefined, mistakes: string[]): NamedTag[] {
  const named: NamedTag[] = [];
  for (const { text: entry, address, value: name } of entriesOf(text)) {
    if (!address || name === '' || name.length > MAX_NAME) {
      const rule = 'each must be ADDRESS=NAME with a name of 1 to ' + MAX_NAME + ' characters';
      mistakes.push('deviceNames: ' + rule + ', got ' + quote(entry));
    } else if (named.some((other) => other.name === name || sameAddress(other.address, address))) {
      mistakes.push('deviceNames: addresses and names must differ, got ' + quote(entry) + ' as well');
    } else {
      named.push({ address, name });
    }
  }
  return named;
}

/**
 * Adds the secrets of `tagClaimSecrets` to their tags, and with `createsDevices` the tags that have no name. What is
 * wrong adds a line to `mistakes`, which never has a secret.
 */
function addSecrets(text: string | undefined, named: NamedTag[], createsDevices: boolean, mistakes: string[]): void {
  let number = 0;
  for (const { address, value: secret } of entriesOf(text)) {
    number++;
    if (!address || secret === '' || secret.length > MAX_SECRET) {
      const rule = 'each must be ADDRESS=SECRET with a secret of 1 to ' + MAX_SECRET + ' characters';
      mistakes.push('tagClaimSecrets: ' + rule + '; number ' + number + ' is not');
      continue;
    }
    const tag = named.find((other) => sameAddress(other.address, address));
    if (tag?.claimSecret !== undefined) {
      mistakes.push('tagClaimSecrets: addresses must differ; number ' + number + ' is there twice');
    } else if (tag) {
      tag.claimSecret = secret;
    } else if (createsDevices) {
      named.push({ address, name: '', claimSecret: secret });
    } else {
      mistakes.push('tagClaimSecrets: each tag must stand in deviceNames as well; number ' + number + ' does not');
    }
  }
}

/** `ADDRESS=VALUE` each, with commas or line breaks between; `address` is undefined where it is none. */
function entriesOf(text: string | undefined): Entry[] {
  const entries: Entry[] = [];
  for (const part of (text ?? '').split(/[\n,]/)) {
    const trimmed = part.trim();
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    let address: Uint8Array | undefined;
    try {
      if (equals > 0) address = parseAddress(trimmed.slice(0, equals).trim());
    } catch {
      // The caller tells.
    }
    entries.push({ text: trimmed, address, value: trimmed.slice(equals + 1).trim() });
  }
  return entries;
}

function sameAddress(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, i) => byte === other[i]);
}

export const THINGSBOARD_GATEWAY = Object.freeze(new ThingsBoardGatewayCloud());
