/**
 * A Bluetooth LE observer.
 *
 * Rules for an implementer: advertisements come from the event loop; the `Advertisement` object and its
 * bytes are reused, so they are valid only until the handler returns; none come after `stop`, nor
 * between `pause` and `resume`.
 */
export interface Scanner {
  /** Starts scanning; legal while scanning. */
  start(options: ScanOptions, handler: ScannerHandler): void;

  /** Stops scanning; legal when not scanning. */
  stop(): void;

  /**
   * Suspends scanning until `resume` or `stop`, for a TLS handshake on a chip whose radio or memory cannot do both.
   * Legal when paused or not scanning. Absent where scanning disturbs nothing.
   */
  pause?(): void;

  /** Continues scanning after `pause`; legal when not paused. Present where `pause` is. */
  resume?(): void;

  /** Restarts the radio while the scanner is stopped; absent where only the whole chip can be restarted. */
  reset?(): void;
}

/** How to scan. */
export interface ScanOptions {
  /** From the start of one scan window to the next, in milliseconds: 2.5 to 10240 (Core 5.4, Vol 4, 7.8.10). */
  intervalMilliseconds: number;
  /** Length of a scan window, in milliseconds: 2.5 to `intervalMilliseconds`. */
  windowMilliseconds: number;
  /** True asks for scan responses, which costs the tags energy. */
  active: boolean;
}

/** The events of a scanner. */
export interface ScannerHandler {
  onAdvertisement(advertisement: Advertisement): void;
}

/** One advertisement as it was received. */
export interface Advertisement {
  /** The advertiser's address: 6 bytes, most significant first, as addresses are written. */
  address: Uint8Array;
  /** 0 public, 1 random (Core 5.4, Vol 6, 2.3). */
  addressType: number;
  /** Received signal strength in dBm, -127 to 20; 127 when unknown. */
  rssi: number;
  /** Holds the AD structures in `bytes[from..to)`, up to 31 bytes, or 255 from extended advertising. */
  bytes: Uint8Array;
  from: number;
  to: number;
}
