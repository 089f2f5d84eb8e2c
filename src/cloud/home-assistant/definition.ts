import { plainRoutes } from '../../rpc/rpc-route.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { CloudDefinition } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import { MQTT_LIMITS } from '../limits.js';
import type { TopicUse } from '../limits.js';
import { PLAIN_WITH_TAGS } from '../plain/tag-definition.js';
import { topicBase } from '../plain/plain.js';
import { announcedTagsBytes } from './announced-tags.js';
import { gatewayConfigTopic, HomeAssistantAnnouncer, TAG, tagConfigTopic } from './announcer.js';
import type { AnnouncerOptions } from './announcer.js';
import { HomeAssistantProfile } from './home-assistant.js';

const TAGS = 64;
/** Of the announcement of the gateway, which is made once. */
const GATEWAY_BYTES = 3072;
/** Home Assistant, MQTT, "Discovery topic": node_id and object_id. */
const ID = /^[a-zA-Z0-9_-]+$/;
/** Old topics, separated by white space or commas. */
const SEPARATORS = /[\s,]+/;

/** Any broker to which Home Assistant is connected; it learns of the gateway and its tags by itself. */
class HomeAssistantCloud extends CloudDefinition {
  readonly name = 'home-assistant';
  readonly title = 'Home Assistant';
  readonly keys = Object.freeze([
    configurationKey('discoveryPrefix', KeyKind.text, 1, 64, 'homeassistant'),
    configurationKey('migrateDiscovery', KeyKind.text, 1, 1024),
  ]);
  readonly limits = MQTT_LIMITS;
  readonly carries = Object.freeze({
    readings: true,
    presence: true,
    attributes: false,
    rpc: true,
    twin: false,
    discovery: true,
    firmware: false,
  });

  topics(configuration: Configuration): TopicUse[] {
    const options = announcerOptions(configuration, '', '');
    const shortenedBy = 'discoveryPrefix or gateway';
    const topics = PLAIN_WITH_TAGS.topics(configuration).map((use) =>
      use.purpose === 'readings' || use.purpose === 'presence' ? { ...use, retain: true } : use,
    );
    const publish = (topic: string, purpose: string): void => {
      topics.push({ topic, purpose, kind: 'publish', qos: 1, retain: true, shortenedBy });
    };
    publish(gatewayConfigTopic(options), 'discovery of the gateway');
    publish(tagConfigTopic(options, 'AABBCCDDEEFF'), 'discovery of tags');
    const subscribe = (topic: string, purpose: string): void => {
      topics.push({ topic, purpose, kind: 'subscribe', qos: 1, retain: false, shortenedBy });
    };
    subscribe(gatewayConfigTopic(options), 'whether the broker keeps retained messages');
    subscribe(options.discoveryPrefix + '/status', 'the start of Home Assistant');
    const base = topicBase(configuration);
    topics.push({
      topic: base + '/history/AABBCCDDEEFF',
      purpose: 'reports from before an outage',
      kind: 'publish',
      qos: 1,
      retain: false,
      shortenedBy: 'prefix or gateway',
    });
    return topics;
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    const { gateway } = configuration;
    if (!ID.test(gateway)) {
      const rule = 'an identifier in a topic has letters, digits, _ and - only';
      mistakes.push(this.title + ': ' + rule + '; yours is ' + JSON.stringify(gateway) + '; change gateway');
    }
    for (const topic of announcerOptions(configuration, '', '').migrate) {
      const place = topic.indexOf(TAG);
      if (place >= 0 && topic.indexOf(TAG, place + 1) < 0 && !/[#+\0]/.test(topic)) continue;
      const rule = 'a topic of migrateDiscovery has ' + TAG + ' once, and no wildcard';
      mistakes.push(this.title + ': ' + rule + '; yours is ' + JSON.stringify(topic) + '; change migrateDiscovery');
    }
  }

  make(configuration: Configuration, device: CloudDevice): Cloud {
    const { store, entropy, name } = device.board;
    const announcer = new HomeAssistantAnnouncer(
      announcerOptions(configuration, name, device.firmware),
      store,
      entropy,
    );
    const profile = new HomeAssistantProfile(configuration, announcer);
    return { profile, tagProfile: profile, parts: [announcer], login: undefined };
  }

  override memory({ tags }: Configuration): number {
    return GATEWAY_BYTES + announcedTagsBytes(tags?.tagCapacity ?? TAGS);
  }

  override routes({ prefix, gateway }: Configuration): RpcRoute[] {
    return plainRoutes(prefix, gateway);
  }
}

export const HOME_ASSISTANT = Object.freeze(new HomeAssistantCloud());

function announcerOptions(configuration: Configuration, board: string, firmware: string): AnnouncerOptions {
  const { gateway, tags, rpc, rpcAccess, cloudValues } = configuration;
  return {
    gateway,
    base: topicBase(configuration),
    board,
    firmware,
    presence: tags?.presence !== undefined,
    // The buttons call `scan`, `identify` and `reboot`, in the dialect of a plain broker.
    commands: (rpc === 'cloud' || rpc === 'plain') && (rpcAccess === 'operate' || rpcAccess === 'all'),
    discoveryPrefix: cloudValues.discoveryPrefix as string,
    heartbeatSeconds: Math.ceil((tags?.defaults.maximumInterval ?? 0) / 1000),
    capacity: tags?.tagCapacity ?? TAGS,
    migrate: ((cloudValues.migrateDiscovery as string | undefined) ?? '')
      .split(SEPARATORS)
      .filter((topic) => topic !== ''),
  };
}
