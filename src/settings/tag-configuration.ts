import { DuplicateFilter, DuplicateMode } from '../tags/filter/duplicate-filter.js';
import { parseAddressPatterns, parseCompanies, parseDuplicateMode, parseServices } from '../tags/filter/filter-text.js';
import type { AdvertisementFilterOptions, KeyTable, TagPresenceOptions } from '../tags/index.js';
import { parseKeys } from '../tags/key-text.js';
import { verdictCacheBytes } from '../tags/filter/verdict-cache.js';
import { tagPresenceBytes } from '../tags/tag-presence.js';
import { tagTableBytes } from '../tags/tag-table.js';
import type { DistanceOptions, OutboxOptions, ReportPolicy, ReportRule, Retention } from '../telemetry/index.js';
import { flashLogBytes } from '../telemetry/outbox/flash-log.js';
import { PolicyTable } from '../telemetry/report/policy-table.js';
import { parsePolicies } from '../telemetry/report/policy-text.js';
import { scanProfile, steadyProfile, withActive } from './scan-profile.js';
import type { ScanProfile } from './scan-profile.js';

/** What the tag side of a device is configured with. */
export interface TagOptions {
  /** When what is reported, the default first; see `PolicyTable`. */
  rules: readonly ReportRule[];
  /** Default: all the time, passive. */
  scan?: ScanProfile;
  /** Tags that are remembered, 1 to 4096. Default 64. */
  tagCapacity?: number;
  /** Keys of tags that encrypt. Default: none. */
  keys?: KeyTable;
  /** Which advertisements are decoded. Default: all. */
  filter?: AdvertisementFilterOptions;
  /** Only tags that have a policy or a key of their own. Default false. */
  configuredOnly?: boolean;
  /** Absent: nobody is told that a tag arrived or is away. */
  presence?: TagPresenceOptions;
  distance?: DistanceOptions;
  /** Bytes of the advertisement that is kept with each reading, at most 255. 0 (default): none is. */
  advertisementSize?: number;
  outbox?: OutboxOptions;
  /** Seconds after which a report that waits is dropped, 1 to 31536000; 0 (default): never. */
  maxAgeSeconds?: number;
  /**
   * Seconds without an advertisement after which the scan is restarted, then the radio, then the chip; see
   * `ScanWatchdog`. 0 (default): never.
   */
  silentSeconds?: number;
}

/** What is configured of the tag side. */
export interface TagConfiguration extends TagOptions {
  /** What a policy does not say. */
  defaults: ReportPolicy;
  scan: ScanProfile;
  /** Bytes that its tables take, at most. */
  memory: number;
}

/** Values of configuration keys, each read by its kind; those without `?` have a default. */
export interface TagValues {
  interval: number;
  heartbeat: number;
  policies?: string;
  presence: number;
  presenceConfigured: boolean;
  rssiAt1m: number;
  pathLoss: number;
  scanProfile?: string;
  scanInterval?: number;
  scanWindow?: number;
  activeScan: boolean;
  rssiFloor?: number;
  allow?: string;
  deny?: string;
  companies?: string;
  services?: string;
  configuredTags: boolean;
  duplicates: string;
  tags: number;
  tagKeys?: string;
  outbox?: number;
  silent: number;
}

/** What a board with a scanner adds to its limits. */
export interface TagLimits {
  /** The scan profile when none is configured; see `scanProfiles`. */
  scanProfile: string;
  /** Bytes of memory for the outbox when the key `outbox` is not given. Default 4608. */
  outbox?: number;
  /** Blocks of the flash for the log. Default: there is none. */
  outboxBlocks?: number;
}

/** Handles of the log beside those of reports in flight: for messages of the other parts. */
const MORE_HANDLES = 16;
const MAX_HANDLES = 1024;
/** Of a report of the log that is in flight. */
const IN_FLIGHT_BYTES = 6;
const OUTBOX = 4608;
/** A scan window that nobody chose. */
const WINDOW = 60;
const INTERVAL = 100;

/**
 * Reads what concerns tags. Adds a line to `mistakes` for each mistake. For the
 * target of boards with a scanner (`ConfigurationTarget.tags`): what it needs is not linked elsewhere.
 */
export function parseTagConfiguration(
  values: TagValues,
  retention: Retention,
  inFlight: number,
  limits: TagLimits,
  mistakes: string[],
): TagConfiguration {
  const { interval, tags, presence, rssiAt1m, pathLoss, silent } = values;
  const { persistSeconds, rule, maxAgeSeconds } = retention;
  const outbox = values.outbox ?? limits.outbox ?? OUTBOX;
  const defaults = { minimumInterval: interval * 1000, maximumInterval: values.heartbeat * 1000 };
  const rules = attempt('policies', values.policies ?? '', (text) => parsePolicies(text, defaults), mistakes) ?? [];
  // Rules that could not be read are told of; the size is told as if there were none.
  const tableBytes = ruledTableBytes(rules.length > 0 ? rules : [defaults], tags);
  const presenceBytes = presence > 0 ? tagPresenceBytes(tags) : 0;
  const { outboxBlocks } = limits;
  const logBytes = outboxBlocks ? flashLogBytes(outboxBlocks, logHandles(inFlight)) + inFlight * IN_FLIGHT_BYTES : 0;
  const configuration: TagConfiguration = {
    defaults,
    rules,
    scan: parseScan(values, limits, mistakes),
    tagCapacity: tags,
    filter: parseFilter(values, mistakes),
    configuredOnly: values.configuredTags,
    distance: { rssiAt1m, pathLossExponent: pathLoss },
    outbox: { capacity: outbox, persistSeconds, rule, maxInFlight: inFlight },
    maxAgeSeconds,
    silentSeconds: silent,
    memory: outbox + logBytes + tableBytes + presenceBytes,
  };
  if (presence > 0) {
    configuration.presence = { minimumSeconds: presence, configuredOnly: values.presenceConfigured };
  }
  if (values.tagKeys) configuration.keys = parseKeys(values.tagKeys);
  return configuration;
}

/** Bytes of the tag table with these rules, and of what is known beside it of who is no tag. */
function ruledTableBytes(rules: readonly ReportRule[], tags: number): number {
  return tagTableBytes(new PolicyTable(rules).tableOptions(tags)) + verdictCacheBytes(tags);
}

/** Records that the log of a device can hold at once, when so many messages can be in flight on one connection. */
export function logHandles(inFlight: number): number {
  return Math.min(2 * inFlight + MORE_HANDLES, MAX_HANDLES);
}

/** The board's profile, or what was chosen by hand. */
function parseScan(values: TagValues, limits: TagLimits, mistakes: string[]): ScanProfile {
  const { scanInterval, scanWindow, activeScan } = values;
  const chosen = attempt('scanProfile', values.scanProfile ?? limits.scanProfile, scanProfile, mistakes);
  if (scanInterval === undefined && scanWindow === undefined) {
    return withActive(chosen ?? scanProfile(limits.scanProfile), activeScan);
  }
  const interval = scanInterval ?? INTERVAL;
  const window = scanWindow ?? Math.min(WINDOW, interval);
  if (window > interval) {
    mistakes.push('scanWindow must be at most scanInterval, ' + interval + ', got ' + window);
  }
  if (values.scanProfile !== undefined) {
    mistakes.push('scanProfile cannot be given together with scanInterval or scanWindow');
  }
  return steadyProfile({ intervalMilliseconds: interval, windowMilliseconds: window, active: activeScan });
}

function parseFilter(values: TagValues, mistakes: string[]): AdvertisementFilterOptions {
  const { rssiFloor, allow, deny, companies, services, duplicates } = values;
  const options: AdvertisementFilterOptions = {};
  if (rssiFloor !== undefined) options.rssiFloor = rssiFloor;
  const allowed = attempt('allow', allow, parseAddressPatterns, mistakes);
  if (allowed) options.allow = allowed;
  const denied = attempt('deny', deny, parseAddressPatterns, mistakes);
  if (denied) options.deny = denied;
  const wanted = attempt('companies', companies, parseCompanies, mistakes);
  if (wanted) options.companies = wanted;
  const uuids = attempt('services', services, parseServices, mistakes);
  if (uuids) options.services = uuids;
  const mode = attempt('duplicates', duplicates, parseDuplicateMode, mistakes);
  if (mode !== undefined && mode !== DuplicateMode.off) options.duplicates = new DuplicateFilter({ mode });
  return options;
}

/** What `parse` makes of the value of a key; undefined when there is none, or it is a mistake. */
function attempt<T>(
  key: string,
  text: string | undefined,
  parse: (text: string) => T,
  mistakes: string[],
): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    const { message } = error as Error;
    mistakes.push(message.startsWith(key) ? message : key + ': ' + message);
    return undefined;
  }
}
