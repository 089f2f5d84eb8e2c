import { parseHex } from '../../bytes/hex.js';
import { AeadMode } from '../../hal/ciphers.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { PayloadSeal } from '../seal/payload-seal.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { PlainCloud } from './definition.js';
import { PlainTagProfile } from './plain-tags.js';
import { topicBase } from './plain.js';

const MODES: readonly string[] = Object.freeze(['off', 'gcm', 'ccm']);
/** Whether readings and presence are encrypted for their readers, and how; the key has 32 or 64 hexadecimal digits. */
const SEAL = configurationKey('seal', KeyKind.choice, 0, 0, 'off', MODES);
const SEAL_KEY = configurationKey('sealKey', KeyKind.secret, 1, 64);

/** Any MQTT broker, for a device with tags. A file of its own, so that boards without a scanner leave it out. */
class PlainTagCloud extends PlainCloud {
  override readonly keys = Object.freeze([SEAL, SEAL_KEY]);

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

  override connect(configuration: Configuration, mistakes: string[]): void {
    super.connect(configuration, mistakes);
    const { seal, sealKey } = configuration.cloudValues;
    const rule = 'it must be 32 or 64 hexadecimal digits';
    if (sealKey === undefined) {
      if (seal !== 'off') mistakes.push('sealKey is missing: ' + rule);
    } else if (keyBytes(sealKey as string) === undefined) {
      mistakes.push('sealKey is wrong: ' + rule + ', got ' + (sealKey as string).length + ' characters');
    }
  }

  /** Throws a RangeError of one line where payloads are to be sealed and cannot be: nothing goes out in the clear. */
  override make(configuration: Configuration, device: CloudDevice): Cloud {
    const profile = new PlainTagProfile(configuration, makeSeal(configuration, device));
    return { profile, tagProfile: profile, parts: [], login: undefined };
  }
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
