import type { RpcRoute } from '../../rpc/rpc-route.js';
import { plainRoutes } from '../../rpc/rpc-route.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { CloudDefinition, CloudFeature } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import { MQTT_LIMITS } from '../limits.js';
import type { CloudLimits, TopicUse } from '../limits.js';
import { PLAIN } from '../plain/definition.js';
import { PlainProfile } from '../plain/plain.js';
import { gatewayConfigTopic, GatewayAnnouncer } from './gateway-announcer.js';

/** What an identifier may have: home-assistant.io, MQTT, "Discovery topic", node_id and object_id. */
const ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-';

export const HOME_ASSISTANT_KEYS: readonly ConfigurationKey[] = Object.freeze([
  configurationKey('discoveryPrefix', KeyKind.text, 1, 64, 'homeassistant'),
]);

/** Any broker to which Home Assistant is connected; it learns of the gateway by itself. For a device without tags. */
export class HomeAssistantCloud extends CloudDefinition {
  readonly name = 'home-assistant';
  readonly title = 'Home Assistant';
  readonly keys: readonly ConfigurationKey[] = HOME_ASSISTANT_KEYS;
  readonly limits: CloudLimits = MQTT_LIMITS;
  readonly carries: number = CloudFeature.readings | CloudFeature.presence | CloudFeature.rpc | CloudFeature.discovery;

  topics(configuration: Configuration): TopicUse[] {
    const shortenedBy = 'discoveryPrefix or gateway';
    const { gateway, cloudValues } = configuration;
    const discoveryPrefix = cloudValues.discoveryPrefix as string;
    const topic = gatewayConfigTopic({ discoveryPrefix, gateway });
    const topics = PLAIN.topics(configuration);
    topics.push(
      { topic, purpose: 'discovery of the gateway', kind: 'publish', qos: 1, retain: true, shortenedBy },
      {
        topic: discoveryPrefix + '/status',
        purpose: 'the start of Home Assistant',
        kind: 'subscribe',
        qos: 1,
        retain: false,
        shortenedBy,
      },
    );
    return topics;
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    const { gateway } = configuration;
    if (isId(gateway)) return;
    const rule = 'an identifier in a topic has letters, digits, _ and - only';
    mistakes.push(this.title + ': ' + rule + '; yours is ' + JSON.stringify(gateway) + '; change gateway');
  }

  make(configuration: Configuration, { board, firmware }: CloudDevice): Cloud {
    const { gateway, prefix, cloudValues } = configuration;
    const profile = new PlainProfile({ prefix, gateway, cloud: this.name });
    const announcer = new GatewayAnnouncer(
      {
        gateway,
        status: profile.birth.topic,
        discoveryPrefix: cloudValues.discoveryPrefix as string,
        board: board.name,
        firmware,
        commands: takesCommands(configuration),
      },
      board.entropy,
    );
    return { profile, tagProfile: undefined, parts: [announcer], login: undefined };
  }

  override routes({ prefix, gateway }: Configuration): RpcRoute[] {
    return plainRoutes(prefix, gateway);
  }
}

/** The buttons call `identify` and `reboot` and the like, in the dialect of a plain broker. */
export function takesCommands({ rpc, rpcAccess }: Configuration): boolean {
  return (rpc === 'cloud' || rpc === 'plain') && (rpcAccess === 'operate' || rpcAccess === 'all');
}

/** Without a regular expression, which takes memory where a chip's heap is fullest. */
function isId(text: string): boolean {
  let i = 0;
  while (i < text.length && ID_CHARACTERS.indexOf(text.charAt(i)) >= 0) i++;
  return i > 0 && i === text.length;
}

export const HOME_ASSISTANT = Object.freeze(new HomeAssistantCloud());
