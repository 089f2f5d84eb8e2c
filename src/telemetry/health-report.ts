/** What the scanner of a gateway does. */
export const enum ScannerState {
  /** The board has none. */
  none = 0,
  scanning = 1,
  /** Held still while a connection is being made, or not begun before the first one. */
  paused = 2,
  /** It scans and nothing is heard; the scan watchdog is at work. */
  silent = 3,
  /** It was told not to scan. */
  stopped = 4,
}

const NONE = new Uint8Array(0);

/** How a gateway is: what a health message is made from. Made once, used again. Counts are those since the start. */
export class HealthReport {
  /** Seconds since the gateway started. */
  uptime = 0;
  /** When it was made: milliseconds since 1970-01-01T00:00:00Z, 0 when the time of day is not known. */
  unixTime = 0;
  /** Why the chip started, UTF-8; empty when it is not known. */
  restartReason: Uint8Array;
  /** The hardware, its own number, and the version of the firmware, UTF-8; empty when they are not known. */
  model: Uint8Array;
  serial: Uint8Array;
  firmware: Uint8Array;
  /** Per cent, -1 when it is not known. */
  load = -1;
  /** Bytes beside the engine's heaps, -1 when they are not known. */
  freeMemory = -1;
  usedMemory = -1;
  largestFreeBlock = -1;
  /** Free bytes of the engine's two heaps, -1 when they are not known. */
  freeChunkBytes = -1;
  freeSlotBytes = -1;
  /** The most bytes that were seen in use there, -1 when they are not known. */
  peakChunkBytes = -1;
  peakSlotBytes = -1;
  /** Signal strength of the network in dBm, 0 when it is not known. */
  rssi = 0;
  /** Connections that the broker accepted. */
  connects = 0;
  /** Health reports that could not be sent. */
  skipped = 0;
  /** Received messages for which no queue had room, and RPC responses that were lost. */
  lostMessages = 0;
  lostAnswers = 0;
  /** Messages that were given up since the broker ends the connection at them; topic and size of the last one. */
  setAside = 0;
  setAsideTopic: Uint8Array = NONE;
  setAsideSize = 0;

  /** A `ScannerState`. What follows counts only when the board has a scanner. */
  scanner: ScannerState = ScannerState.none;
  /** Readings that wait or are in flight. */
  outbox = 0;
  /** Of those: how many wait in the log on flash. */
  backlog = 0;
  /** Readings that were lost, for any of the reasons below. */
  dropped = 0;
  /**
   * Of those: there was no room; the payload would have been too long; they were too old; a full outbox was thinned;
   * their bytes were damaged. The rest was set aside.
   */
  droppedFull = 0;
  droppedLong = 0;
  droppedOld = 0;
  droppedThinned = 0;
  droppedCorrupt = 0;
  /** Blocks of the log that the flash does not take any more. */
  badBlocks = 0;
  /** Advertisements that a filter kept away, and tags for which the table had no room. */
  filtered = 0;
  refusedTags = 0;
  advertisements = 0;
  /** Of the last seconds. */
  advertisementsPerSecond = 0;
  /** Tags in the tag table. */
  tags = 0;
  /** What the scan watchdog did: restarts of the scan, of the radio, and of the chip. */
  scanRestarts = 0;
  radioResets = 0;
  chipRestarts = 0;

  /** Texts may be left out: empty. */
  constructor(restartReason: Uint8Array, model?: Uint8Array, serial?: Uint8Array, firmware?: Uint8Array) {
    this.restartReason = restartReason;
    this.model = model ?? NONE;
    this.serial = serial ?? NONE;
    this.firmware = firmware ?? NONE;
  }
}
