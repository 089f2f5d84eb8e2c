import { Reading } from '../tags/reading.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../tags/tag-table.js';

/** A reading with what the gateway knows about it: what a message to the cloud is made from. Made once, used again. */
export class Report {
  readonly reading = new Reading();
  /** The tag's address, most significant byte first. */
  readonly address = new Uint8Array(ADDRESS_SIZE);
  /** dBm; `RSSI_UNKNOWN` when there is none. */
  rssi = RSSI_UNKNOWN;
  /** When it was heard: whole milliseconds since 1970-01-01T00:00:00Z, 0 when the time of day was not known. */
  epoch = 0;
  /** Number of the report since the gateway started, 0 to 2^32 - 1. */
  sequence = 0;
}
