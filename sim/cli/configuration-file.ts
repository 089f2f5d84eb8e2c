import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CLOUDS } from '../../src/cloud/index.js';
import type { CloudDefinition } from '../../src/cloud/index.js';
import { findKey, KeyKind } from '../../src/settings/configuration-keys.js';
import { parseConfiguration, parseTagConfiguration } from '../../src/settings/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { BadInput, readInputFile, showValue } from '../bad-input.js';
import { jsonPlace } from '../world/json-place.js';

const LONGEST = 1048576;

/**
 * Reads a file of configuration keys: a JSON object with the keys of docs/moddable.md, or a manifest of Moddable's SDK
 * whose `config` it is, which may have keys of the SDK, too. Certificates and private keys may be named by files beside
 * it. Throws `BadInput`, without any value, when it cannot be read.
 */
export function readConfigurationFile(path: string): { raw: RawConfiguration; isManifest: boolean } {
  // Some editors begin a file with a byte order mark, which is no JSON.
  const text = Buffer.from(readInputFile(path, 'configuration', LONGEST))
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const place = jsonPlace(text);
    throw new BadInput(
      `configuration ${showValue(path)} is not JSON${place}; it must be an object of configuration keys`,
    );
  }
  const isManifest = isObject(json) && isObject(json['config']);
  const raw = isManifest ? (json as { config: RawConfiguration }).config : json;
  if (!isObject(raw)) {
    throw new BadInput(`configuration ${showValue(path)} must be a JSON object of configuration keys`);
  }
  const read: RawConfiguration = { ...raw };
  for (const [name, value] of Object.entries(raw)) {
    const kind = findKey(name, CLOUDS)?.kind;
    if (kind !== KeyKind.certificate && kind !== KeyKind.privateKey) continue;
    if (typeof value !== 'string' || value === '' || value.includes('-----BEGIN ')) continue;
    const file = resolve(dirname(path), value);
    // The name of a resource in a board's firmware has no such ending.
    if (/\.(pem|crt|cer|key)$/i.test(value) && !existsSync(file)) {
      throw new BadInput(`${name}: there is no file ${showValue(value)} beside ${showValue(path)}`);
    }
    if (existsSync(file)) read[name] = Buffer.from(readInputFile(file, name, LONGEST)).toString('utf8');
  }
  return { raw: read, isManifest };
}

function isObject(json: unknown): json is RawConfiguration {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/**
 * Reads a configuration as a board with a scanner and with every cloud does. With `unchecked` the limits of the cloud
 * are not checked. Throws a RangeError that lists every mistake, one line each.
 */
export function parseForDesktop(raw: RawConfiguration, unchecked: boolean): Configuration {
  const tags = { parse: parseTagConfiguration, scanProfile: 'dedicated' };
  return parseConfiguration(raw, { tags, clouds: CLOUDS, unchecked, gateway: 'desktop', recorder: true });
}

/** The mistakes that `parseConfiguration` found, without what is missing only because its value was refused. */
export function mistakesOf({ message }: RangeError): string[] {
  const lines = message.split('\n');
  return lines.filter((line) => {
    const key = /^(\w+) is missing/.exec(line)?.[1];
    return key === undefined || !lines.some((other) => other.startsWith(`${key} must be `));
  });
}

/** The definition of a cloud that `parseForDesktop` has accepted. */
export function cloudOf({ cloud }: Configuration): CloudDefinition {
  return CLOUDS.find(({ name }) => name === cloud)!;
}
