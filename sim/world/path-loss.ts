/** Below this the log-distance model is meaningless: the antennas touch. */
const NEAREST_METERS = 0.1;

/**
 * Mean signal strength in dBm at `meters` from a transmitter that gives `rssiAt1m` dBm at one metre:
 * the log-distance model, RSSI(d) = RSSI(1 m) - 10 n log10(d), n = 2 in free space
 * (Rappaport, Wireless Communications, 2nd edition, 4.9.1).
 */
export function meanRssi(rssiAt1m: number, pathLossExponent: number, meters: number): number {
  return rssiAt1m - 10 * pathLossExponent * Math.log10(Math.max(meters, NEAREST_METERS));
}

/** What a receiver reports for `dbm`: whole dBm in -127 to 20 (Core 5.4, Vol 4, Part E, 7.7.65.2). */
export function reportedRssi(dbm: number): number {
  return Math.min(20, Math.max(-127, Math.round(dbm)));
}
