import type { Clock } from '../../hal/index.js';
import type { AdvertisementFilterOptions } from '../../tags/index.js';
import type { AdvertisementList, BluetoothServices, EntryList } from '../console/services.js';
import type { TagReporter } from '../tag-reporter.js';
import type { TagReporterOptions } from '../tag-reporter-options.js';
import { AdvertisementEntries } from './advertisement-entries.js';
import { PeripheralEntries } from './peripheral-entries.js';
import { ScannerEntry } from './scanner-entry.js';
import type { Properties } from './stored-items.js';

/** `/iot bluetooth` on the tag side of a device. */
export class DeviceBluetooth implements BluetoothServices {
  readonly scanners: BluetoothServices['scanners'];
  readonly whitelist: EntryList;
  readonly advertisements: AdvertisementList;
  readonly devices: PeripheralEntries;

  /** `options`: those with which the reporter was made, as far as they concern its filter. */
  constructor(
    reporter: TagReporter,
    clock: Clock,
    options: Pick<TagReporterOptions, 'filter' | 'configuredOnly'> = {},
  ) {
    const scanner = new ScannerEntry(reporter, clock, filterOptions(reporter, options));
    this.scanners = { list: [scanner], set: (_scanner, properties) => scanner.set(properties) };
    this.whitelist = scanner.whitelist;
    this.advertisements = new AdvertisementEntries(reporter.ring, scanner);
    this.devices = new PeripheralEntries(reporter, clock);
  }

  decode(bytes: Uint8Array): Properties {
    return this.devices.decode(bytes);
  }
}

/** As `TagReporter` makes them, since a filter that is configured anew forgets what it had. */
function filterOptions(
  { tags }: TagReporter,
  { filter = {}, configuredOnly }: Pick<TagReporterOptions, 'filter' | 'configuredOnly'>,
): AdvertisementFilterOptions {
  if (!configuredOnly) return filter;
  const isKnown = (address: Uint8Array, at: number): boolean => {
    const tag = tags.find(address, at);
    return tag >= 0 && tags.isConfigured(tag);
  };
  return { ...filter, isKnown };
}
