import {
  brokerPlaces,
  CREDENTIAL_KEYS,
  credentialKeys,
  credentialPlaces,
  hasCredentials,
  isGiven,
  mergeSettings,
  NOWHERE,
} from './bound-secrets.js';
import { isSensitive, KeyKind, keysOf, PUBLIC_TAG_KEYS } from './configuration-keys.js';
import type { ConfigurationKey, KeyOwner } from './configuration-keys.js';
import type { RawConfiguration } from './configuration.js';
import { checkSetting } from './parse-value.js';
import { applyChanges } from './persisted-settings.js';
import type { PersistedSettings, SettingChange } from './persisted-settings.js';
import type { SettingsTrial } from './settings-trial.js';

/** The keys that lead a device to another place, which none of the old one's secrets are for. */
const PLACE_KEYS: readonly string[] = Object.freeze(['broker', 'ssid', 'serverName', 'timeServers']);

/** What may come with a new place: the secrets for it. */
const PLACE_SECRETS: readonly string[] = Object.freeze(['password', ...CREDENTIAL_KEYS]);

/** The keys that can be set from afar: nothing secret, and nothing whose loss a trial cannot notice. */
export const REMOTE_KEYS: readonly string[] = Object.freeze([
  'ssid',
  'broker',
  'clientId',
  'cleanSession',
  'keepAlive',
  'gateway',
  'prefix',
  'serverName',
  'timeServers',
  'maxPayload',
  'inFlight',
  'maxMessageRate',
  'maxByteRate',
  'maxPointRate',
  'health',
  'recorder',
  ...PUBLIC_TAG_KEYS,
]);

const HIDDEN = '*****';

/** The configuration of a device as somebody who is far away may see and change it. */
export class RemoteConfiguration {
  constructor(
    private readonly settings: PersistedSettings,
    private readonly trial: SettingsTrial,
  ) {}

  /** How long the device may take to connect with new values. */
  get trialSeconds(): number {
    return this.trial.seconds;
  }

  /**
   * Names and values of all keys that are given, or of `name` with what counts for it; what is secret is `*****`.
   * Throws a RangeError of one line when there is no such key.
   */
  show(name?: string): [name: string, value: string][] {
    if (name !== undefined) {
      const raw = this.raw();
      const row = checkSetting(name, '', this.settings.target.clouds);
      return [[row.name, shown(row, raw[row.name] ?? row.default ?? '')]];
    }
    const all: [string, string][] = [];
    this.showEach((key, value) => all.push([key, value]));
    return all;
  }

  /** `show` of all keys, one after another, for which a chip has more room than for a list. */
  showEach(put: (name: string, value: string) => void): void {
    const raw = this.raw();
    for (const row of keysOf(this.settings.target.clouds)) {
      const value = raw[row.name];
      if (value !== undefined && value !== '') put(row.name, shown(row, value));
    }
  }

  /** What counts. */
  private raw(): RawConfiguration {
    const { settings, trial } = this;
    const own = settings.own();
    if (trial.counts) trial.load(own);
    return mergeSettings(settings.builtIn, own, settings.target.clouds);
  }

  /**
   * Persists new values, which are on trial from the next start. A new place (`broker`, `ssid`, `serverName`,
   * `timeServers`) goes without the secrets of the old one, but for brokers that stay in the list; `overTls`, it may
   * come with its own. Throws a RangeError of one line that names what is not allowed, alone or together with what
   * counts already; then nothing is changed.
   */
  try(changes: readonly SettingChange[], overTls: boolean): void {
    const { settings } = this;
    const { clouds } = settings.target;
    const moves = changes.some(({ name }) => PLACE_KEYS.includes(name));
    for (const { name, value } of changes) {
      const row = checkSetting(name, '', clouds);
      if (PLACE_SECRETS.includes(name)) {
        // A secret that is built in is for the place that is built in.
        if (value === undefined) throw new RangeError(name + ' must have a value of its own, got null');
        if (overTls && moves) continue;
        throw new RangeError(name + ' can be set from afar only over TLS, together with ' + PLACE_KEYS.join(' or '));
      } else if (isSensitive(row)) {
        throw new RangeError(name + ' is secret: it can be set on the device only');
      } else if (!REMOTE_KEYS.includes(name)) {
        throw new RangeError(name + ' can be set on the device only');
      }
    }
    // The check is where a chip's heap is fullest: what comes before it keeps nothing.
    const all = moves ? [...changes, ...this.secretsOfMove(changes)] : changes;
    settings.check(all);
    this.trial.begin(all);
  }

  private secretsOfMove(changes: readonly SettingChange[]): SettingChange[] {
    const { settings } = this;
    const { clouds } = settings.target;
    const before = settings.merged();
    const own = settings.own();
    applyChanges(own, changes, clouds);
    const after = mergeSettings(settings.builtIn, own, clouds);
    checkTls(before, after);
    return secretsOfMove(before, after, changes, clouds);
  }
}

/** What has to change with a place, so that nothing secret of the old one goes there. */
function secretsOfMove(
  before: RawConfiguration,
  after: RawConfiguration,
  changes: readonly SettingChange[],
  clouds: readonly KeyOwner[] | undefined,
): SettingChange[] {
  const isSet = (name: string): boolean => changes.some((change) => change.name === name);
  const differs = (name: string): boolean => String(before[name] ?? '') !== String(after[name] ?? '');
  const more: SettingChange[] = [];
  if (differs('ssid') && !isSet('password') && isGiven(before['password'])) {
    const isBuiltIn = changes.some(({ name, value }) => name === 'ssid' && value === undefined);
    more.push({ name: 'password', value: isBuiltIn ? undefined : '' });
  }
  if (CREDENTIAL_KEYS.some(isSet)) {
    const places = brokerPlaces(after);
    const plain = places.find((place) => !place.startsWith('mqtts://'));
    if (plain !== undefined) throw new RangeError('new credentials must be for mqtts:// brokers only, got ' + plain);
    for (const name of credentialKeys(clouds)) if (!isSet(name)) more.push({ name, value: '' });
    more.push({ name: 'credentialsFor', value: places.join(',') || NOWHERE });
  } else if (hasCredentials(before, clouds) && PLACE_KEYS.some(differs)) {
    const isOnlyBroker = !differs('ssid') && !differs('serverName') && !differs('timeServers');
    more.push({ name: 'credentialsFor', value: isOnlyBroker ? credentialPlaces(before).join(',') : NOWHERE });
  }
  return more;
}

/** Throws a RangeError when a broker, or how it is verified, becomes less safe. */
function checkTls(before: RawConfiguration, after: RawConfiguration): void {
  const old = brokerPlaces(before);
  const isTls = (place: string | undefined): boolean => place !== undefined && place.startsWith('mqtts://');
  if (!old.some(isTls)) return;
  const places = brokerPlaces(after);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (isTls(place) || (old.includes(place) && !(i === 0 && isTls(old[0])))) continue;
    throw new RangeError('broker must be mqtts:// here: TLS cannot be dropped from afar, got ' + place);
  }
  if (places.length > 0 && !places.some(isTls)) {
    throw new RangeError('broker must keep an mqtts:// entry: TLS cannot be dropped from afar');
  }
  if (before['serverName'] !== after['serverName'] && before['broker'] === after['broker']) {
    throw new RangeError('serverName can be set from afar together with broker only');
  }
}

function shown(row: ConfigurationKey, value: unknown): string {
  if (value === '') return '';
  if (isSensitive(row)) return HIDDEN;
  const text = String(value);
  // A URL that holds a password is refused at the start; PEM text is long.
  if (row.kind === KeyKind.brokers && text.includes('@')) return HIDDEN;
  return row.kind === KeyKind.certificate && text.length > 64 ? text.length + ' characters' : text;
}
