import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { plainRoutes } from '../../rpc/rpc-route.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import { CloudDefinition, CloudFeature } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import { MQTT_LIMITS } from '../limits.js';
import type { CloudLimits, TopicUse } from '../limits.js';
import { PlainProfile, topicBase } from './plain.js';

/** Those of calls and their answers, as `plainRoutes` has them. */
export function callTopics(configuration: Configuration): TopicUse[] {
  const base = topicBase(configuration);
  const shortenedBy = 'prefix or gateway';
  return [
    { topic: base + '/cmd/+', purpose: 'calls', kind: 'subscribe', qos: 1, retain: false, shortenedBy },
    { topic: base + '/res/1', purpose: 'answers', kind: 'publish', qos: 1, retain: false, shortenedBy },
  ];
}

/** What every device of the plain profile uses. */
function deviceTopics(configuration: Configuration): TopicUse[] {
  const base = topicBase(configuration);
  const shortenedBy = 'prefix or gateway';
  const topics: TopicUse[] = [
    { topic: base + '/status', purpose: 'birth', kind: 'publish', qos: 1, retain: true, shortenedBy },
    { topic: base + '/status', purpose: 'will', kind: 'will', qos: 1, retain: true, shortenedBy },
    { topic: base + '/health', purpose: 'health', kind: 'publish', qos: 0, retain: false, shortenedBy },
  ];
  return topics.concat(callTopics(configuration));
}

/** What every consumer takes that has a place for presence. */
export const READINGS_AND_PRESENCE = CloudFeature.readings | CloudFeature.presence | CloudFeature.rpc;

/** Any MQTT broker, for a device without tags. */
export class PlainCloud extends CloudDefinition {
  readonly name: string = 'plain';
  readonly title: string = 'plain MQTT broker';
  readonly keys: readonly ConfigurationKey[] = Object.freeze([]);
  readonly limits: CloudLimits = MQTT_LIMITS;
  readonly carries: number = READINGS_AND_PRESENCE;

  topics(configuration: Configuration): TopicUse[] {
    return deviceTopics(configuration);
  }

  make(configuration: Configuration, _device: CloudDevice): Cloud {
    const profile = new PlainProfile(configuration);
    return { profile, tagProfile: undefined, parts: [], login: undefined };
  }

  override routes({ prefix, gateway }: Configuration): RpcRoute[] {
    return plainRoutes(prefix, gateway);
  }
}

export const PLAIN = Object.freeze(new PlainCloud());
