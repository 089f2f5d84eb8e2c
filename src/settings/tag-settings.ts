import { PUBLIC_TAG_KEYS } from './configuration-keys.js';
import { parseConfiguration } from './parse-configuration.js';
import { parseTagConfiguration } from './tag-configuration.js';
import type { Configuration, RawConfiguration } from './configuration.js';
import type { TagConfiguration } from './tag-configuration.js';

/** The configuration keys that concern tags, and how fast their readings leave. */
export const TAG_KEYS: readonly string[] = Object.freeze([
  ...PUBLIC_TAG_KEYS,
  'maxMessageRate',
  'maxByteRate',
  'maxPointRate',
  'tagKeys',
]);

/**
 * Reads the keys of `TAG_KEYS` alone, for a gateway whose connection is set up by other means. Throws a RangeError that
 * lists every mistake, one line each, as `parseConfiguration` does.
 */
export function parseTagSettings(raw: RawConfiguration): TagConfiguration & Pick<Configuration, 'pace' | 'retention'> {
  for (const name of Object.keys(raw)) {
    if (!TAG_KEYS.includes(name)) throw new RangeError('key must be one of ' + TAG_KEYS.join(', ') + ', got ' + name);
  }
  const target = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };
  const { tags, pace, retention } = parseConfiguration({ ...raw, broker: 'mqtt://127.0.0.1' }, target);
  return { ...tags!, pace, retention };
}
