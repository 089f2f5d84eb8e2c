import type { Configuration } from '../../settings/configuration.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { PlainCloud } from './definition.js';
import { PlainTagProfile } from './plain-tags.js';
import { topicBase } from './plain.js';

/** Any MQTT broker, for a device with tags. A file of its own, so that boards without a scanner leave it out. */
class PlainTagCloud extends PlainCloud {
  override topics(configuration: Configuration): TopicUse[] {
    const base = topicBase(configuration);
    const shortenedBy = 'prefix or gateway';
    const topics = super.topics(configuration);
    for (const [purpose, level] of [
      ['readings', '/tags/'],
      ['presence', '/presence/'],
    ] as const) {
      topics.push({
        topic: base + level + 'AABBCCDDEEFF',
        purpose,
        kind: 'publish',
        qos: 1,
        retain: false,
        shortenedBy,
      });
    }
    return topics;
  }

  override make(configuration: Configuration, _device: CloudDevice): Cloud {
    const profile = new PlainTagProfile(configuration);
    return { profile, tagProfile: profile, parts: [], login: undefined };
  }
}

export const PLAIN_WITH_TAGS = Object.freeze(new PlainTagCloud());
