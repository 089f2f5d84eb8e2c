import { topicFaultText } from '../../mqtt/texts.js';
import { checkTopicName, TopicFault } from '../../mqtt/topic.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { plainRoutes, thingsBoardRoutes } from '../../rpc/rpc-route.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { BATCH_KEYS } from '../batch.js';
import { CloudDefinition } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import { MQTT_LIMITS } from '../limits.js';
import type { TopicUse } from '../limits.js';
import { keepAdvertisements } from '../raw/report-raw.js';
import { KEEP_ADVERTISEMENTS, READINGS_ONLY } from '../shape-cloud.js';
import { RouterosForm, RouterosProfile } from './profile.js';

/** By `RouterosForm`: which of the published scripts a device stands for. */
const FORMS: readonly string[] = Object.freeze([
  'azure',
  'azure-https',
  'thingsboard',
  'thingsboard-decimal',
  'thingsboard-gateway',
]);
const FORM = configurationKey('script', KeyKind.choice, 1, 19, 'azure', FORMS);
/** Default: where the script publishes. */
const TOPIC = configurationKey('scriptTopic', KeyKind.text, 1, 256);
/** Where the router's own figures go. */
const STATS_TOPIC = configurationKey('statsTopic', KeyKind.text, 1, 256);

const AZURE_HOST = '.azure-devices.net';

/** Whatever reads what a MikroTik router sends with MikroTik's published scripts. */
class RouterosCloud extends CloudDefinition {
  readonly name = 'routeros';
  readonly title = 'RouterOS scripts';
  readonly keys = Object.freeze([FORM, TOPIC, STATS_TOPIC, KEEP_ADVERTISEMENTS, ...BATCH_KEYS]);
  readonly limits = MQTT_LIMITS;
  readonly carries = READINGS_ONLY;

  topics(configuration: Configuration): TopicUse[] {
    const shortenedBy = 'scriptTopic or clientId';
    const topics: TopicUse[] = [
      {
        topic: topicOf(configuration),
        purpose: 'readings',
        kind: 'publish',
        qos: 1,
        retain: false,
        shortenedBy,
      },
    ];
    const { statsTopic } = configuration.cloudValues;
    if (statsTopic !== undefined) {
      const topic = statsTopic as string;
      topics.push({ topic, purpose: 'health', kind: 'publish', qos: 0, retain: false, shortenedBy: 'statsTopic' });
    }
    if (configuration.rpc === 'off') return topics;
    const { prefix, gateway } = configuration;
    const base = isThingsBoard(configuration) ? 'v1/devices/me/rpc/' : prefix + '/' + gateway + '/';
    const [calls, answers] = isThingsBoard(configuration) ? ['request/+', 'response/1'] : ['cmd/+', 'res/1'];
    const by = 'prefix or gateway';
    topics.push(
      { topic: base + calls, purpose: 'calls', kind: 'subscribe', qos: 1, retain: false, shortenedBy: by },
      { topic: base + answers, purpose: 'answers', kind: 'publish', qos: 1, retain: false, shortenedBy: by },
    );
    return topics;
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    if (configuration.cloudValues[KEEP_ADVERTISEMENTS.name] === true) keepAdvertisements(configuration);
    for (const { name } of [TOPIC, STATS_TOPIC]) {
      const topic = configuration.cloudValues[name] as string | undefined;
      if (topic === undefined) continue;
      const bytes = encodeUtf8(topic);
      const fault = checkTopicName(bytes, 0, bytes.length);
      if (fault !== TopicFault.none) mistakes.push(name + ': ' + topicFaultText(fault));
    }
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    const { connection, rpc } = configuration;
    for (const { host, tls } of connection.endpoints) {
      if (!host.endsWith(AZURE_HOST)) continue;
      const add = (rule: string, yours: string, remedy: string): void => {
        mistakes.push(this.title + ': Azure IoT Hub ' + rule + '; yours ' + yours + '; ' + remedy);
      };
      const topic = 'devices/' + connection.clientId + '/messages/events/';
      if (!tls) add('requires TLS', 'is mqtt://' + host, 'begin broker with mqtts://');
      if (rpc !== 'off')
        add('ends the connection at topics of others', 'has calls on them', 'set rpc=off, or cloud=azure');
      const yours = topicOf(configuration);
      if (!yours.startsWith(topic)) add('takes messages on ' + topic, 'is ' + yours, 'leave scriptTopic out');
    }
  }

  make(configuration: Configuration, device: CloudDevice): Cloud {
    const { gateway, connection, cloudValues } = configuration;
    const profile = new RouterosProfile({
      form: formOf(configuration),
      topic: topicOf(configuration),
      statsTopic: cloudValues['statsTopic'] as string | undefined,
      clientId: connection.clientId,
      gateway,
      board: device.board.name,
      firmware: device.firmware,
      batch: (cloudValues['batch'] ?? 1) as number,
      batchWait: ((cloudValues['batchSeconds'] ?? 0) as number) * 1000,
    });
    return { profile, tagProfile: profile, parts: [], login: undefined };
  }

  override routes(configuration: Configuration): RpcRoute[] {
    const { prefix, gateway } = configuration;
    return isThingsBoard(configuration) ? thingsBoardRoutes() : plainRoutes(prefix, gateway);
  }
}

export const ROUTEROS = Object.freeze(new RouterosCloud());

function formOf({ cloudValues }: Configuration): RouterosForm {
  return FORMS.indexOf((cloudValues['script'] ?? FORM.default) as string) as RouterosForm;
}

function isThingsBoard(configuration: Configuration): boolean {
  return formOf(configuration) >= RouterosForm.thingsboard;
}

function topicOf(configuration: Configuration): string {
  const { cloudValues, connection } = configuration;
  const topic = cloudValues['scriptTopic'] as string | undefined;
  if (topic !== undefined) return topic;
  const form = formOf(configuration);
  if (form < RouterosForm.thingsboard) return 'devices/' + connection.clientId + '/messages/events/';
  return form === RouterosForm.thingsboardGateway ? 'v1/gateway/telemetry' : 'v1/devices/me/telemetry';
}
