import type { Endpoint } from '../hal/index.js';
import { encodeUtf8 } from '../mqtt/utf8.js';

/** What the value of a configuration key is. */
export const enum KeyKind {
  /** Text of `min` to `max` bytes of UTF-8, without control characters. */
  text = 1,
  /** The same, never shown. */
  secret = 2,
  /** Levels of a topic name. */
  levels = 3,
  /** A host name or an IP address. */
  host = 4,
  /** Several of them, separated by commas. */
  hosts = 5,
  /** One or several broker URLs, separated by commas. */
  brokers = 6,
  /** An integer from `min` to `max`. */
  integer = 7,
  /** A number from `min` to `max`, which may have a decimal point. */
  decimal = 8,
  /** True or false. */
  flag = 9,
  /** Certificates: PEM text, or the name of a resource. */
  certificate = 10,
  /** A private key in the same way; never shown. */
  privateKey = 11,
  /** Keys of tags: `ADDRESS=KEY` each, with commas between; never shown. */
  tagKeys = 12,
  /** One of the `choices` of the key. */
  choice = 13,
  /** As `text`, with line breaks (LF or CRLF) and tabs as well. */
  lines = 14,
}

/** One key of the flat configuration. */
export interface ConfigurationKey {
  readonly name: string;
  readonly kind: KeyKind;
  /** Of a number the smallest and the largest; of text the bytes. */
  readonly min: number;
  readonly max: number;
  /** What counts when the key is not given; absent: nothing, or what docs/moddable.md says. */
  readonly default?: string | number | boolean;
  /** Of a choice: what there is. */
  readonly choices?: readonly string[];
  /** What it was called in earlier versions, whose settings devices still have. */
  readonly formerName?: string;
}

/** A value after it was read; which of these, follows from the kind of its key. */
export type ConfigurationValue = string | number | boolean | string[] | Endpoint[] | Uint8Array;

/** A cloud with the configuration keys that it reads, beside those of every device. */
export interface KeyOwner {
  /** The value of the key `cloud`. */
  readonly name: string;
  /** The name for people. */
  readonly title: string;
  readonly keys: readonly ConfigurationKey[];
}

/** What may be called from afar; each level includes those before it. */
const ACCESS_LEVELS: readonly string[] = Object.freeze(['none', 'read', 'operate', 'all']);
const RPC_DIALECTS: readonly string[] = Object.freeze(['cloud', 'plain', 'thingsboard', 'off']);
/** What is dropped when the outbox is full, see `FullRule`. */
const FULL_RULES: readonly string[] = Object.freeze(['oldest', 'newest', 'thin']);

/** Makes the row of a key. Frozen, so that it stays in ROM when the module is preloaded, and only with what it has. */
export function configurationKey(
  name: string,
  kind: KeyKind,
  min: number,
  max: number,
  defaultValue?: string | number | boolean,
  choices?: readonly string[],
  formerName?: string,
): ConfigurationKey {
  return Object.freeze({
    name,
    kind,
    min,
    max,
    ...(defaultValue !== undefined && { default: defaultValue }),
    ...(choices && { choices }),
    ...(formerName !== undefined && { formerName }),
  });
}

const key = configurationKey;

/**
 * Every key that is not of one cloud alone, the most vital first: when a start cannot use what is persisted, it leaves
 * out settings from the end. docs/moddable.md says what each is for.
 */
export const CONFIGURATION_KEYS: readonly ConfigurationKey[] = Object.freeze([
  key('ssid', KeyKind.text, 1, 32), // IEEE 802.11-2020, 9.4.2.2
  key('password', KeyKind.secret, 8, 63), // a WPA passphrase: IEEE 802.11-2020, J.4.1
  key('cloud', KeyKind.text, 1, 32, 'plain'),
  key('broker', KeyKind.brokers, 1, 1024),
  key('username', KeyKind.text, 1, 256),
  key('brokerPassword', KeyKind.secret, 1, 1024),
  key('credentialsFor', KeyKind.text, 1, 2048),
  key('clientId', KeyKind.text, 1, 128),
  key('cleanSession', KeyKind.flag, 0, 1, true),
  key('keepAlive', KeyKind.integer, 0, 65535, 60),
  key('gateway', KeyKind.levels, 1, 64),
  key('prefix', KeyKind.levels, 1, 128, 'tagwire'),
  key('ca', KeyKind.certificate, 1, 16384),
  key('certificate', KeyKind.certificate, 1, 16384),
  key('key', KeyKind.privateKey, 1, 16384),
  key('serverName', KeyKind.host, 1, 253),
  key('timeServers', KeyKind.hosts, 1, 512, 'pool.ntp.org,time.cloudflare.com'),
  key('interval', KeyKind.decimal, 0, 86400, 10),
  key('heartbeat', KeyKind.decimal, 0, 86400, 60),
  key('policies', KeyKind.lines, 1, 2048),
  key('presence', KeyKind.integer, 0, 86400, 60),
  key('presenceConfigured', KeyKind.flag, 0, 1, false),
  key('rssiAt1m', KeyKind.integer, -127, 20, 0),
  key('pathLoss', KeyKind.decimal, 1, 6, 2.7),
  key('scanProfile', KeyKind.text, 1, 32),
  key('scanInterval', KeyKind.decimal, 2.5, 10240), // Core 5.4, Vol 4, Part E, 7.8.10
  key('scanWindow', KeyKind.decimal, 2.5, 10240),
  key('activeScan', KeyKind.flag, 0, 1, false),
  key('rssiFloor', KeyKind.integer, -127, 20),
  key('allow', KeyKind.lines, 1, 2048),
  key('deny', KeyKind.lines, 1, 2048),
  key('companies', KeyKind.lines, 1, 512),
  key('services', KeyKind.lines, 1, 1024),
  key('configuredTags', KeyKind.flag, 0, 1, false),
  key('duplicates', KeyKind.text, 1, 32, 'off'),
  key('tags', KeyKind.integer, 1, 4096, 64),
  key('tagKeys', KeyKind.tagKeys, 1, 65536),
  key('outbox', KeyKind.integer, 512, 16777216),
  key('outboxFull', KeyKind.choice, 4, 6, 'oldest', FULL_RULES),
  key('maxAge', KeyKind.integer, 0, 31536000, 0),
  key('maxPayload', KeyKind.integer, 64, 65536, 512),
  key('inFlight', KeyKind.integer, 1, 1024),
  key('maxMessageRate', KeyKind.integer, 0, 100000, 0),
  key('maxByteRate', KeyKind.integer, 0, 100000000, 0),
  key('maxPointRate', KeyKind.integer, 0, 1000000, 0),
  key('rpc', KeyKind.choice, 1, 11, 'cloud', RPC_DIALECTS, 'calls'),
  key('rpcAccess', KeyKind.choice, 1, 7, 'operate', ACCESS_LEVELS),
  key('serialConsole', KeyKind.flag, 0, 1, false),
  key('recorder', KeyKind.integer, 0, 65536, 0),
  key('trial', KeyKind.integer, 10, 3600, 120),
  key('health', KeyKind.integer, 0, 86400, 60),
  key('persist', KeyKind.integer, 0, 86400, 5),
  key('silent', KeyKind.integer, 0, 86400, 120),
]);

/** Every key of a device with these clouds, the most vital first; a key that several clouds read is there once. */
export function keysOf(clouds?: readonly KeyOwner[]): Iterable<ConfigurationKey> {
  return clouds ? new KeyRows(clouds) : CONFIGURATION_KEYS;
}

/** Goes over the rows where they are: a list of them would take a kilobyte of a chip's heap at its tightest moment. */
class KeyRows implements IterableIterator<ConfigurationKey, undefined> {
  private readonly result: { value: ConfigurationKey | undefined; done: boolean } = { value: undefined, done: false };
  private owner = -1;
  private index = 0;

  constructor(private readonly clouds: readonly KeyOwner[]) {}

  [Symbol.iterator](): IterableIterator<ConfigurationKey, undefined> {
    return this;
  }

  next(): IteratorResult<ConfigurationKey, undefined> {
    const { clouds, result } = this;
    for (; this.owner < clouds.length; this.owner++, this.index = 0) {
      const rows = this.owner < 0 ? CONFIGURATION_KEYS : clouds[this.owner]!.keys;
      while (this.index < rows.length) {
        const row = rows[this.index++]!;
        if (this.isRepeated(row)) continue;
        result.value = row;
        return result as IteratorYieldResult<ConfigurationKey>;
      }
    }
    result.value = undefined;
    result.done = true;
    return result as IteratorReturnResult<undefined>;
  }

  private isRepeated(row: ConfigurationKey): boolean {
    for (let i = 0; i < this.owner; i++) if (this.clouds[i]!.keys.includes(row)) return true;
    return false;
  }
}

/** The row of `name`, or of what was called that, exactly as it is written; undefined when there is none. */
export function findKey(name: string, clouds?: readonly KeyOwner[]): ConfigurationKey | undefined {
  let row = findRow(CONFIGURATION_KEYS, name);
  for (let i = 0; !row && clouds && i < clouds.length; i++) row = findRow(clouds[i]!.keys, name);
  return row;
}

function findRow(rows: readonly ConfigurationKey[], name: string): ConfigurationKey | undefined {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row.name === name || row.formerName === name) return row;
  }
  return undefined;
}

/** True for a key whose value nobody needs to see: a secret, or a user name, which is a token at some brokers. */
export function isSensitive(row: ConfigurationKey): boolean {
  return isSecret(row) || row.name === 'username';
}

/** True for a key whose value is never shown. */
export function isSecret(row: ConfigurationKey): boolean {
  return row.kind === KeyKind.secret || row.kind === KeyKind.privateKey || row.kind === KeyKind.tagKeys;
}

/** Keys about reports, which a board without a scanner reads too: its messages go into the same log. */
const REPORT_KEYS: readonly string[] = Object.freeze(['interval', 'heartbeat', 'persist', 'outboxFull', 'maxAge']);

/** Keys that only a board with a scanner reads, without those that are secret. */
export const SCANNER_KEYS: readonly string[] = Object.freeze([
  'policies',
  'presence',
  'presenceConfigured',
  'rssiAt1m',
  'pathLoss',
  'scanProfile',
  'scanInterval',
  'scanWindow',
  'activeScan',
  'rssiFloor',
  'allow',
  'deny',
  'companies',
  'services',
  'configuredTags',
  'duplicates',
  'tags',
  'outbox',
  'silent',
]);

/** The configuration keys that concern tags, without those that are secret. */
export const PUBLIC_TAG_KEYS: readonly string[] = Object.freeze([...REPORT_KEYS, ...SCANNER_KEYS]);

/** The key whose name is nearest to `name` with at most `limit` letters wrong, case aside; empty when there is none. */
export function nearestKey(name: string, limit: number, clouds?: readonly KeyOwner[]): string {
  let nearest = '';
  // Bytes, since each look at a character of a text makes garbage. Nothing longer is a misspelt key.
  const letters = encodeUtf8(name.slice(0, 64).toLowerCase());
  for (const row of keysOf(clouds)) {
    if (Math.abs(row.name.length - letters.length) > limit) continue;
    const distance = editDistance(letters, encodeUtf8(row.name.toLowerCase()));
    if (distance > limit) continue;
    limit = distance - 1;
    nearest = row.name;
  }
  return nearest;
}

/** Bytes to insert, remove or replace to make one text from the other (Levenshtein). */
function editDistance(from: Uint8Array, to: Uint8Array): number {
  const row = new Uint16Array(to.length + 1);
  for (let j = 0; j < row.length; j++) row[j] = j;
  for (let i = 0; i < from.length; i++) {
    let diagonal = i;
    row[0] = i + 1;
    for (let j = 0; j < to.length; j++) {
      const replaced = from[i] === to[j] ? diagonal : diagonal + 1;
      diagonal = row[j + 1]!;
      row[j + 1] = Math.min(replaced, diagonal + 1, row[j]! + 1);
    }
  }
  return row[to.length]!;
}
