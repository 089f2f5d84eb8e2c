import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import type { RpcShape } from '../../rpc/rpc-shape.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { quote } from '../../settings/parse-value.js';
import { parseAddress } from '../../tags/key-text.js';
import { BATCH_KEYS } from '../batch.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { claimOf, DEVICE_KEYS, sharedAttributes, ThingsBoardCloud } from '../thingsboard/definition.js';
import { GatewayDevices } from './devices.js';
import type { NamedTag } from './devices.js';
import { GatewayBatch, GatewayProfile } from './gateway.js';
import { GATEWAY_LIMITS, MAX_NAME } from './limits.js';
import { DeviceShape, GatewayShape } from './rpc-shapes.js';
import { CALLS, GatewaySession, sessionBytes } from './session.js';

const TAGS = 64;
/** Which tags are devices, and their names there: `ADDRESS=NAME` each. */
const DEVICE_NAMES = configurationKey('deviceNames', KeyKind.lines, 1, 4096);
const CREATE_DEVICES = configurationKey('createDevices', KeyKind.flag, 0, 1, false);
const DEVICE_TYPE = configurationKey('deviceType', KeyKind.text, 1, 255, 'default');

/** A gateway of ThingsBoard: its tags are devices. */
class ThingsBoardGatewayCloud extends ThingsBoardCloud {
  override readonly name = 'thingsboard-gateway';
  override readonly title = 'ThingsBoard gateway';
  override readonly keys: readonly ConfigurationKey[] = Object.freeze([
    ...DEVICE_KEYS,
    DEVICE_NAMES,
    CREATE_DEVICES,
    DEVICE_TYPE,
    ...BATCH_KEYS,
  ]);
  override readonly limits = GATEWAY_LIMITS;

  override topics(configuration: Configuration): TopicUse[] {
    const topics = super.topics(configuration).filter(({ purpose }) => purpose !== 'readings and presence');
    const publish = (topic: string, purpose: string): void => {
      topics.push({ topic, purpose, kind: 'publish', qos: 1, retain: false, shortenedBy: '' });
    };
    publish('v1/gateway/connect', 'a tag that is there');
    publish('v1/gateway/disconnect', 'a tag that is away');
    publish('v1/gateway/telemetry', 'readings and presence');
    publish('v1/gateway/attributes', 'address and format of a tag');
    publish('v1/gateway/rpc', 'answers for a tag');
    topics.push({
      topic: 'v1/gateway/rpc',
      purpose: 'calls to a tag',
      kind: 'subscribe',
      qos: 1,
      retain: false,
      shortenedBy: '',
    });
    return topics;
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    super.connect(configuration, mistakes);
    const { cloudValues } = configuration;
    const text = cloudValues[DEVICE_NAMES.name] as string | undefined;
    namedTags(text, mistakes);
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
    const { deviceNames, createDevices, deviceType, batch, batchSeconds } = cloudValues as {
      deviceNames?: string;
      createDevices?: boolean;
      deviceType?: string;
      batch?: number;
      batchSeconds?: number;
    };
    const named = namedTags(deviceNames, []);
    const devices = new GatewayDevices(named, tags?.tagCapacity ?? TAGS, createDevices ?? false, board.store);
    const session = new GatewaySession(devices, deviceType ?? 'default', device);
    session.claim = claimOf(configuration);
    const writer = new GatewayBatch(batch ?? 1, session);
    const profile = new GatewayProfile(session, board.clock, writer, (batchSeconds ?? 0) * 1000);
    return {
      profile,
      tagProfile: profile,
      parts: [session, ...sharedAttributes(configuration, device)],
      login: undefined,
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
  for (const entry of (text ?? '').split(/[\n,]/)) {
    const trimmed = entry.trim();
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    const name = trimmed.slice(equals + 1).trim();
    let address: Uint8Array | undefined;
    try {
      if (equals > 0) address = parseAddress(trimmed.slice(0, equals).trim());
    } catch {
      // Told below.
    }
    if (!address || name === '' || name.length > MAX_NAME) {
      const rule = 'each must be ADDRESS=NAME with a name of 1 to ' + MAX_NAME + ' characters';
      mistakes.push('deviceNames: ' + rule + ', got ' + quote(trimmed));
    } else if (named.some((other) => other.name === name || sameAddress(other.address, address))) {
      mistakes.push('deviceNames: addresses and names must differ, got ' + quote(trimmed) + ' as well');
    } else {
      named.push({ address, name });
    }
  }
  return named;
}

function sameAddress(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, i) => byte === other[i]);
}

export const THINGSBOARD_GATEWAY = Object.freeze(new ThingsBoardGatewayCloud());
