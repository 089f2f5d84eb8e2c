/** What the scanner of a gateway does. */
export const enum ScannerState {
  /** The board has none. */
  none = 0,
  scanning = 1,
  /** Held still while a connection is being made. */
  paused = 2,
  /** It scans and nothing is heard; the scan watchdog is at work. */
  silent = 3,
}

/** How a gateway is: what a health message is made from. Made once, used again. Counts are those since the start. */
export class HealthReport {
  /** Seconds since the gateway started. */
  uptime = 0;
  /** When it was made: milliseconds since 1970-01-01T00:00:00Z, 0 when the time of day is not known. */
  epoch = 0;
  /** Why the chip started, UTF-8; empty when it is not known. */
  restartReason: Uint8Array;
  /** Free bytes of the engine's two heaps, -1 when they are not known. */
  freeChunkBytes = -1;
  freeSlotBytes = -1;
  /** Signal strength of the network in dBm, 0 when it is not known. */
  rssi = 0;
  /** Connections that the broker accepted. */
  connects = 0;
  /** Health reports that could not be sent. */
  skipped = 0;

  /** A `ScannerState`. What follows counts only when the board has a scanner. */
  scanner: ScannerState = ScannerState.none;
  /** Readings that wait or are in flight. */
  outbox = 0;
  /** Readings that were lost, since the outbox had no room for them. */
  dropped = 0;
  advertisements = 0;
  /** Mean since the last report. */
  advertisementsPerSecond = 0;
  /** Tags in the tag table. */
  tags = 0;
  /** What the scan watchdog did: restarts of the scan, of the radio, and of the chip. */
  scanRestarts = 0;
  radioResets = 0;
  chipRestarts = 0;

  constructor(restartReason: Uint8Array) {
    this.restartReason = restartReason;
  }
}
