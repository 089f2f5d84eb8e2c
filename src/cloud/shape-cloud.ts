import { topicFaultText } from '../mqtt/texts.js';
import { checkTopicName, TopicFault } from '../mqtt/topic.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { plainRoutes } from '../rpc/rpc-route.js';
import type { RpcRoute } from '../rpc/rpc-route.js';
import { configurationKey, KeyKind } from '../settings/configuration-keys.js';
import type { ConfigurationKey } from '../settings/configuration-keys.js';
import type { Configuration } from '../settings/configuration.js';
import { CloudDefinition, CloudFeature } from './definition.js';
import { MQTT_LIMITS } from './limits.js';
import type { TopicUse } from './limits.js';
import { callTopics } from './plain/definition.js';
import { keepAdvertisements } from './raw/report-raw.js';

/** First levels of the topics of another gateway's messages; by default those of that gateway as it is delivered. */
export const BASE_TOPIC = configurationKey('baseTopic', KeyKind.text, 1, 128);

/** Whether the advertisement is kept with each reading, for consumers that decode it: else it is made anew. */
export const KEEP_ADVERTISEMENTS = configurationKey('keepAdvertisements', KeyKind.flag, 0, 1, false);

/** What a shape carries that has no place for presence. */
export const READINGS_ONLY = CloudFeature.readings | CloudFeature.rpc;

/** What reads the messages of another maker's gateway already, on any broker: a device takes that gateway's place. */
export abstract class ShapeCloud extends CloudDefinition {
  readonly keys: readonly ConfigurationKey[] = Object.freeze([BASE_TOPIC]);
  readonly limits = MQTT_LIMITS;
  readonly carries: number = READINGS_ONLY;

  /** What `baseTopic` is when it is not given. */
  protected abstract readonly base: string;
  /** QoS of readings. */
  protected abstract readonly qos: 0 | 1;

  /** The topics below the base for a gateway of this name: readings with the longest names, status, health. */
  protected abstract levels(gateway: string): { readings: string; status: string; health: string | undefined };

  topics(configuration: Configuration): TopicUse[] {
    const base = this.baseOf(configuration) + '/';
    const { readings, status, health } = this.levels(configuration.gateway);
    const { qos } = this;
    const shortenedBy = 'baseTopic or gateway';
    const topics: TopicUse[] = [
      { topic: base + status, purpose: 'birth', kind: 'publish', qos: 1, retain: true, shortenedBy },
      { topic: base + status, purpose: 'will', kind: 'will', qos: 1, retain: true, shortenedBy },
      { topic: base + readings, purpose: 'readings', kind: 'publish', qos, retain: false, shortenedBy },
    ];
    if (health !== undefined) {
      topics.push({ topic: base + health, purpose: 'health', kind: 'publish', qos: 0, retain: false, shortenedBy });
    }
    return topics.concat(callTopics(configuration));
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    const base = encodeUtf8(this.baseOf(configuration));
    const fault = checkTopicName(base, 0, base.length);
    if (configuration.cloudValues[KEEP_ADVERTISEMENTS.name] === true) keepAdvertisements(configuration);
    if (fault !== TopicFault.none) mistakes.push(BASE_TOPIC.name + ': ' + topicFaultText(fault));
  }

  override routes({ prefix, gateway }: Configuration): RpcRoute[] {
    return plainRoutes(prefix, gateway);
  }

  protected baseOf({ cloudValues }: Configuration): string {
    return (cloudValues[BASE_TOPIC.name] as string | undefined) ?? this.base;
  }
}
