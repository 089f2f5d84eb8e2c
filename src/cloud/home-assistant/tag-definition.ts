import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { topicBase } from '../plain/plain.js';
import { announcedTagsBytes } from './announced-tags.js';
import { HomeAssistantAnnouncer, TAG, tagConfigTopic } from './announcer.js';
import type { AnnouncerOptions } from './announcer.js';
import { HOME_ASSISTANT_KEYS, HomeAssistantCloud, takesCommands } from './definition.js';
import { gatewayConfigTopic } from './gateway-announcer.js';
import { HomeAssistantProfile } from './home-assistant.js';

const TAGS = 64;
/** Of the announcement of the gateway, which is made once. */
const GATEWAY_BYTES = 3072;
/** Old topics, separated by white space or commas. */
const SEPARATORS = /[\s,]+/;

/** The same with tags. A file of its own, so that boards without a scanner leave it out. */
class HomeAssistantTagCloud extends HomeAssistantCloud {
  override readonly keys = Object.freeze([
    ...HOME_ASSISTANT_KEYS,
    configurationKey('migrateDiscovery', KeyKind.text, 1, 1024),
  ]);

  override topics(configuration: Configuration): TopicUse[] {
    const options = announcerOptions(configuration, '', '');
    const topics = super.topics(configuration);
    const base = topicBase(configuration);
    const publish = (topic: string, purpose: string, retain: boolean, shortenedBy: string): void => {
      topics.push({ topic, purpose, kind: 'publish', qos: 1, retain, shortenedBy });
    };
    publish(base + '/tags/AABBCCDDEEFF', 'readings', true, 'prefix or gateway');
    publish(base + '/presence/AABBCCDDEEFF', 'presence', true, 'prefix or gateway');
    publish(base + '/history/AABBCCDDEEFF', 'reports from before an outage', false, 'prefix or gateway');
    publish(tagConfigTopic(options, 'AABBCCDDEEFF'), 'discovery of tags', true, 'discoveryPrefix or gateway');
    topics.push({
      topic: gatewayConfigTopic(options),
      purpose: 'whether the broker keeps retained messages',
      kind: 'subscribe',
      qos: 1,
      retain: false,
      shortenedBy: 'discoveryPrefix or gateway',
    });
    return topics;
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    for (const topic of announcerOptions(configuration, '', '').migrate) {
      const place = topic.indexOf(TAG);
      if (place >= 0 && topic.indexOf(TAG, place + 1) < 0 && !/[#+\0]/.test(topic)) continue;
      const rule = 'a topic of migrateDiscovery has ' + TAG + ' once, and no wildcard';
      mistakes.push(this.title + ': ' + rule + '; yours is ' + JSON.stringify(topic) + '; change migrateDiscovery');
    }
  }

  override make(configuration: Configuration, device: CloudDevice): Cloud {
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
}

export const HOME_ASSISTANT_WITH_TAGS = Object.freeze(new HomeAssistantTagCloud());

function announcerOptions(configuration: Configuration, board: string, firmware: string): AnnouncerOptions {
  const { gateway, tags, cloudValues } = configuration;
  return {
    gateway,
    base: topicBase(configuration),
    board,
    firmware,
    presence: tags?.presence !== undefined,
    commands: takesCommands(configuration),
    discoveryPrefix: cloudValues.discoveryPrefix as string,
    heartbeatSeconds: Math.ceil((tags?.defaults.maximumInterval ?? 0) / 1000),
    capacity: tags?.tagCapacity ?? TAGS,
    migrate: ((cloudValues.migrateDiscovery as string | undefined) ?? '')
      .split(SEPARATORS)
      .filter((topic) => topic !== ''),
  };
}
