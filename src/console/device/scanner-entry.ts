import { ScanState } from '../../device/scan-state.js';
import type { TagReporter } from '../../device/tag-reporter.js';
import type { Clock } from '../../hal/index.js';
import { withActive } from '../../settings/scan-profile.js';
import type { ScanProfile } from '../../settings/scan-profile.js';
import { DuplicateFilter, DuplicateMode, duplicateModeNames } from '../../tags/filter/duplicate-filter.js';
import { parseDuplicateMode } from '../../tags/filter/filter-text.js';
import type { AdvertisementFilterOptions } from '../../tags/index.js';
import type { Entry } from '../bindings.js';
import { Whitelist } from './device-bluetooth.js';
import type { Properties } from './stored-items.js';

/** RouterOS's name of the radio of a KNOT; boards here have one too. */
export const RADIO = 'bt1';

/**
 * `/iot bluetooth scanners`: how the one radio scans, and what is let through. What is set counts at once and until the
 * next start; the keys of the configuration say how it begins.
 */
export class ScannerEntry implements Entry {
  readonly whitelist: Whitelist;
  /** Of the filter, but for the whitelist. */
  private readonly options: AdvertisementFilterOptions;
  private mode: DuplicateMode;
  private policy: string;

  /** `options` are those with which the filter of the reporter was made. */
  constructor(
    private readonly reporter: TagReporter,
    private readonly clock: Clock,
    options: AdvertisementFilterOptions,
  ) {
    this.options = { ...options };
    delete this.options.allow;
    this.mode = options.duplicates?.mode ?? reporter.ring?.mode ?? DuplicateMode.off;
    this.policy = options.allow ? 'whitelist' : 'default';
    this.whitelist = new Whitelist(options.allow, () => this.applyFilter());
  }

  /** What becomes of repeated advertisements. */
  get duplicates(): DuplicateMode {
    return this.mode;
  }

  property(name: string): string {
    const { control } = this.reporter;
    const { intervalMilliseconds, windowMilliseconds, active } = control.profile.connected;
    switch (name) {
      case 'name':
        return RADIO;
      case 'type':
        return active ? 'active' : 'passive';
      case 'interval':
        return String(intervalMilliseconds);
      case 'window':
        return String(windowMilliseconds);
      case 'filter-policy':
        return this.policy;
      case 'filter-duplicates':
        return duplicateModeNames[this.mode]!;
      case 'disabled':
        return control.state === ScanState.stopped ? 'yes' : 'no';
      default:
        return '';
    }
  }

  /** Throws a RangeError of one line, and changes nothing then. */
  set(properties: Properties): void {
    const now = this.clock.now();
    const profile = this.changedProfile(properties);
    const word = properties['filter-duplicates'];
    const mode = word === undefined ? this.mode : parseDuplicateMode(word);
    this.reporter.control.setProfile(profile);
    this.policy = properties['filter-policy'] ?? this.policy;
    if (mode !== this.mode) {
      this.mode = mode;
      const isFilter = mode === DuplicateMode.keepOldest || mode === DuplicateMode.keepUnique;
      if (isFilter) this.options.duplicates = new DuplicateFilter({ mode });
      else delete this.options.duplicates;
    }
    if (word !== undefined || properties['filter-policy'] !== undefined) this.applyFilter();
    if (properties['disabled'] === 'yes') this.reporter.endScan(now);
    else if (properties['disabled'] === 'no') this.reporter.startScan(now);
  }

  /** What was set by hand counts with and without a connection. */
  private changedProfile({ type, interval: intervalText, window: windowText }: Properties): ScanProfile {
    const { profile } = this.reporter.control;
    const changed = type === undefined ? profile : withActive(profile, type === 'active');
    if (intervalText === undefined && windowText === undefined) return changed;
    const { connected, waitSeconds } = changed;
    const interval = intervalText === undefined ? connected.intervalMilliseconds : Number(intervalText);
    const window = windowText === undefined ? connected.windowMilliseconds : Number(windowText);
    if (window > interval) {
      throw new RangeError('window of ' + window + ' ms: expected at most the interval, ' + interval + ' ms');
    }
    const scan = { intervalMilliseconds: interval, windowMilliseconds: window, active: connected.active };
    return { name: 'steady', connecting: scan, connected: scan, waitSeconds };
  }

  private applyFilter(): void {
    const options: AdvertisementFilterOptions = { ...this.options };
    if (this.policy === 'whitelist') options.allow = this.whitelist.addresses;
    this.reporter.filter.configure(options);
  }
}
