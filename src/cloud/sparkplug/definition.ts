import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { CloudDefinition, CloudFeature } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { deviceTableBytes } from './device-table.js';
import { EdgeNode } from './edge-node.js';
import { SPARKPLUG_LIMITS } from './limits.js';

const TAGS = 64;
/** A birth names every metric of its device. */
const BIRTH_BYTES = 1024;
/** Of the reading that births are made from. */
const KEPT_BYTES = 1024;
/** Topic, header and room around it in the transmit arena. */
const TOPIC_ROOM = 320;
/** topic-structure-namespace-valid-group-id and its like. */
const RESERVED = /[+/#]/;

/** Any broker to which a Sparkplug host application is connected: Ignition, ThingsBoard, HiveMQ, EMQX. */
class SparkplugCloud extends CloudDefinition {
  readonly name = 'sparkplug';
  readonly title = 'Sparkplug B';
  readonly keys = Object.freeze([
    configurationKey('groupId', KeyKind.text, 1, 64, 'Tagwire'),
    configurationKey('primaryHost', KeyKind.text, 1, 64),
  ]);
  readonly limits = SPARKPLUG_LIMITS;
  readonly carries: number =
    CloudFeature.readings | CloudFeature.presence | CloudFeature.rpc | CloudFeature.discovery | CloudFeature.firmware;

  topics(configuration: Configuration): TopicUse[] {
    const { gateway, cloudValues } = configuration;
    const host = cloudValues.primaryHost as string | undefined;
    const base = 'spBv1.0/' + groupOf(configuration) + '/';
    const use = (kind: TopicUse['kind'], topic: string, qos: 0 | 1, purpose: string): TopicUse => {
      return { topic, purpose, kind, qos, retain: false, shortenedBy: 'groupId or gateway' };
    };
    const tag = gateway + '/AABBCCDDEEFF';
    const topics = [
      use('publish', base + 'NBIRTH/' + gateway, 0, 'birth of the gateway'),
      use('publish', base + 'NDEATH/' + gateway, 1, 'its death, before it disconnects'),
      use('will', base + 'NDEATH/' + gateway, 1, 'its death'),
      use('publish', base + 'NDATA/' + gateway, 0, 'answers'),
      use('subscribe', base + 'NCMD/' + gateway, 1, 'commands, rebirth'),
      use('subscribe', base + 'DCMD/' + gateway + '/+', 1, 'rebirth of a tag'),
      use('publish', base + 'DBIRTH/' + tag, 0, 'arrival of tags, their metrics'),
      use('publish', base + 'DDATA/' + tag, 0, 'readings'),
      use('publish', base + 'DDEATH/' + tag, 0, 'departure of tags'),
    ];
    if (host !== undefined) {
      const topic = 'spBv1.0/STATE/' + host;
      topics.push({ ...use('subscribe', topic, 1, 'state of the primary host'), shortenedBy: 'primaryHost' });
    }
    return topics;
  }

  override connect(configuration: Configuration, _mistakes: string[]): void {
    const { connection } = configuration;
    configuration.maxPayload = Math.max(configuration.maxPayload, BIRTH_BYTES);
    connection.transmitArenaSize = Math.max(connection.transmitArenaSize ?? 0, BIRTH_BYTES + TOPIC_ROOM);
  }

  override memory({ maxPayload, rpc, tags }: Configuration): number {
    const answers = rpc === 'cloud' ? maxPayload : 0;
    return maxPayload + answers + KEPT_BYTES + deviceTableBytes(tags?.tagCapacity ?? TAGS);
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    const { connection, gateway, cloudValues } = configuration;
    const host = cloudValues.primaryHost as string | undefined;
    const id = (text: string | undefined, what: string, key: string): void => {
      if (text === undefined || !RESERVED.test(text)) return;
      mistakes.push(
        this.title + ': ' + what + ' has no +, / or #; yours is ' + JSON.stringify(text) + '; change ' + key,
      );
    };
    id(groupOf(configuration), 'a Group ID', 'groupId');
    id(gateway, 'an Edge Node ID', 'gateway');
    id(host, 'a Host ID', 'primaryHost');
    if (groupOf(configuration) === 'STATE') {
      mistakes.push(this.title + ': STATE is for host applications; yours is the Group ID; change groupId');
    }
    if (connection.cleanSession === false) {
      mistakes.push(this.title + ': sessions must be clean; yours is kept; remove cleanSession');
    }
  }

  make(configuration: Configuration, device: CloudDevice): Cloud {
    const { gateway, cloudValues, connection, maxPayload, rpc, tags } = configuration;
    const node = new EdgeNode(
      {
        groupId: groupOf(configuration),
        nodeId: gateway,
        primaryHost: cloudValues.primaryHost as string | undefined,
        brokers: connection.endpoints.length,
        tags: tags?.tagCapacity ?? TAGS,
        maxPayload: Math.max(maxPayload, BIRTH_BYTES),
        commands: rpc === 'cloud',
      },
      { clock: device.board.clock, notice: (text) => device.notice(text) },
    );
    return { profile: node, tagProfile: node, parts: [node], login: undefined, routes: node.routes };
  }
}

function groupOf({ cloudValues }: Configuration): string {
  return (cloudValues.groupId ?? 'Tagwire') as string;
}

export const SPARKPLUG = Object.freeze(new SparkplugCloud());
