/** What a record of a capture holds. */
export const enum Link {
  /** Something that can hold no advertisement: a command, another device's data. */
  other = 0,
  /** An HCI event, from its event code on (Core 5.4, Vol 4, Part E, 5.4.4). */
  hciEvent = 1,
  /** A packet of the link layer, from its access address on (Core 5.4, Vol 6, Part B, 2.1). */
  linkLayer = 2,
}

/** A record in the bytes of a capture. */
export interface CaptureRecord {
  link: Link;
  /** The packet is `bytes[from..to)` of the file. */
  from: number;
  to: number;
  /** Microseconds since 1970-01-01T00:00:00Z. */
  timeMicroseconds: number;
  /** dBm of a packet of the link layer, 127 when unknown. */
  rssi: number;
}

/** The records of a file. `cut` is true when the last one is cut short, as when the computer was switched off. */
export interface CaptureRecords {
  records: CaptureRecord[];
  cut: boolean;
}
