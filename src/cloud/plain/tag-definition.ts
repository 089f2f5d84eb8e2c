import { parseHex } from '../../bytes/hex.js';
import { AeadMode } from '../../hal/ciphers.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { quote } from '../../settings/parse-value.js';
import { BATCH_KEYS } from '../batch.js';
import { PayloadSeal } from '../seal/payload-seal.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { keepAdvertisements } from '../raw/report-raw.js';
import { PlainCloud } from './definition.js';
import { PlainTagProfile } from './plain-tags.js';
import { PAYLOAD_FORMATS, PayloadFormat, TemplateProfile } from './template-profile.js';
import { longestTopic, reportFields, templateFault } from './topic-template.js';

const MODES: readonly string[] = Object.freeze(['off', 'gcm', 'ccm']);
/** Whether readings and presence are encrypted for their readers, and how; the key has 32 or 64 hexadecimal digits. */
const SEAL = configurationKey('seal', KeyKind.choice, 0, 0, 'off', MODES);
const SEAL_KEY = configurationKey('sealKey', KeyKind.secret, 1, 64);

/** Where reports go, with fields in braces: see `TopicTemplate`. */
const TOPIC = configurationKey('topic', KeyKind.text, 1, 256, '{prefix}/{gateway}/{kind}/{tag}');
const PAYLOAD = configurationKey('payload', KeyKind.choice, 0, 0, 'json', PAYLOAD_FORMATS);
/** SenML takes twice as much as JSON: what a tag with many sensors says is longer than the default of `maxPayload`. */
const LEAST_SENML_PAYLOAD = 1024;
/** Topic and header around a payload in the transmit arena. */
const PACKET_ROOM = 320;

/**
 * Whether birth and will are retained. Without it the cloud decides: AWS closes the connection of a client whose policy
 * does not allow that, as other brokers do that retain nothing.
 */
const RETAIN_STATUS = configurationKey('retainStatus', KeyKind.flag, 0, 1);

export const PLAIN_TAG_KEYS: readonly ConfigurationKey[] = Object.freeze([
  TOPIC,
  PAYLOAD,
  ...BATCH_KEYS,
  SEAL,
  SEAL_KEY,
  RETAIN_STATUS,
]);

/** Any MQTT broker, for a device with tags. A file of its own, so that boards without a scanner leave it out. */
export class PlainTagCloud extends PlainCloud {
  override readonly keys: readonly ConfigurationKey[] = PLAIN_TAG_KEYS;

  override topics(configuration: Configuration): TopicUse[] {
    const { prefix, gateway } = configuration;
    const template = textOf(configuration, TOPIC);
    const isDefault = template === TOPIC.default;
    const shortenedBy = isDefault ? 'prefix or gateway' : 'topic, prefix or gateway';
    const retains = this.retainsStatus(configuration);
    const topics = super.topics(configuration).map((use) => (retains ? use : { ...use, retain: false }));
    for (const [purpose, kind] of [
      ['readings', 'tags'],
      ['presence', 'presence'],
    ] as const) {
      const topic = longestTopic(template.replaceAll('{kind}', kind), prefix, gateway);
      topics.push({ topic, purpose, kind: 'publish', qos: 1, retain: false, shortenedBy });
    }
    return topics;
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    super.connect(configuration, mistakes);
    if (textOf(configuration, PAYLOAD) === 'senml') makeRoom(configuration, LEAST_SENML_PAYLOAD);
    const { seal, sealKey, batch } = configuration.cloudValues;
    const template = textOf(configuration, TOPIC);
    const fault = template === TOPIC.default ? '' : templateFault(template);
    const isValue = textOf(configuration, PAYLOAD) === 'value';
    const hasField = template.includes('{field}');
    if (fault !== '') mistakes.push('topic: ' + fault);
    else if (isValue && !hasField) mistakes.push('topic must have {field} with payload=value, got ' + quote(template));
    else if (!isValue && hasField)
      mistakes.push('topic must have no {field} without payload=value, got ' + quote(template));
    const isRaw = textOf(configuration, PAYLOAD) === 'raw';
    if (isRaw) keepAdvertisements(configuration);
    if (batch !== undefined && batch !== 1) {
      if (isRaw) mistakes.push('batch must be 1 with payload=raw, got ' + String(batch));
      const own = reportFields(template);
      if (own !== '') mistakes.push('batch must be 1 for a topic with ' + own + ', got ' + String(batch));
      if (seal !== 'off') mistakes.push('batch must be 1 with seal=' + String(seal) + ', got ' + String(batch));
    }
    const rule = 'it must be 32 or 64 hexadecimal digits';
    if (sealKey === undefined) {
      if (seal !== 'off') mistakes.push('sealKey is missing: ' + rule);
    } else if (keyBytes(sealKey as string) === undefined) {
      mistakes.push('sealKey is wrong: ' + rule + ', got ' + (sealKey as string).length + ' characters');
    }
  }

  /** Throws a RangeError of one line where payloads are to be sealed and cannot be: nothing goes out in the clear. */
  override make(configuration: Configuration, device: CloudDevice): Cloud {
    const seal = makeSeal(configuration, device);
    const { prefix, gateway, cloudValues } = configuration;
    const retainStatus = this.retainsStatus(configuration);
    const topic = textOf(configuration, TOPIC);
    const payload = PAYLOAD_FORMATS.indexOf(textOf(configuration, PAYLOAD)) as PayloadFormat;
    const batch = (cloudValues['batch'] ?? 1) as number;
    const batchWait = ((cloudValues['batchSeconds'] ?? 0) as number) * 1000;
    const isPlain = topic === TOPIC.default && payload === PayloadFormat.json && batch === 1;
    const profile = isPlain
      ? new PlainTagProfile({ prefix, gateway, cloud: this.name, retainStatus }, seal)
      : new TemplateProfile(
          { prefix, gateway, cloud: this.name, retainStatus, topic, payload, batch, batchWait },
          seal,
        );
    return { profile, tagProfile: profile, parts: [], login: undefined };
  }

  /** Whether the status is retained where the key `retainStatus` says nothing; for a subclass. */
  protected get retainsByDefault(): boolean {
    return true;
  }

  private retainsStatus({ cloudValues }: Configuration): boolean {
    return (cloudValues[RETAIN_STATUS.name] ?? this.retainsByDefault) as boolean;
  }
}

function makeRoom(configuration: Configuration, payload: number): void {
  const { connection } = configuration;
  if (configuration.maxPayload < payload) configuration.maxPayload = payload;
  const arena = configuration.maxPayload + PACKET_ROOM;
  if ((connection.transmitArenaSize ?? 0) < arena) connection.transmitArenaSize = arena;
}

function textOf({ cloudValues }: Configuration, row: ConfigurationKey): string {
  return (cloudValues[row.name] ?? row.default) as string;
}

function makeSeal(configuration: Configuration, device: CloudDevice): PayloadSeal | undefined {
  const { seal, sealKey } = configuration.cloudValues;
  if (seal === undefined || seal === 'off') return undefined;
  const { ciphers, entropy, name, store } = device.board;
  if (!ciphers) throw new RangeError('seal: the board ' + name + ' has no ciphers; it must be off');
  const key = keyBytes(sealKey as string);
  if (!key) throw new RangeError('sealKey is missing: it must be 32 or 64 hexadecimal digits');
  return new PayloadSeal(seal === 'ccm' ? AeadMode.ccm : AeadMode.gcm, key, ciphers, store, entropy);
}

function keyBytes(text: string | undefined): Uint8Array | undefined {
  const key = text === undefined ? undefined : parseHex(text);
  return key && (key.length === 16 || key.length === 32) ? key : undefined;
}

export const PLAIN_WITH_TAGS = Object.freeze(new PlainTagCloud());
