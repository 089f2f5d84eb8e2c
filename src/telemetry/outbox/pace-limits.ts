// Apart from the pacer, which a board without a scanner does not link.

/** What may leave in any second, and at once; absent: as much as there is. */
export interface PaceLimits {
  /** Messages. */
  readonly messagesPerSecond?: number;
  /** Bytes of PUBLISH packets, topics included. */
  readonly bytesPerSecond?: number;
  /** Data points: values with a name. */
  readonly pointsPerSecond?: number;
  /** Messages that may be unacknowledged at once. */
  readonly inFlight?: number;
}

/** The limits where both have to be kept: of each the smaller. */
export function stricterLimits(one: PaceLimits, other: PaceLimits): PaceLimits {
  return {
    messagesPerSecond: lesser(one.messagesPerSecond, other.messagesPerSecond),
    bytesPerSecond: lesser(one.bytesPerSecond, other.bytesPerSecond),
    pointsPerSecond: lesser(one.pointsPerSecond, other.pointsPerSecond),
    inFlight: lesser(one.inFlight, other.inFlight),
  };
}

/** True when nothing is limited over time. */
export function isUnlimited({ messagesPerSecond, bytesPerSecond, pointsPerSecond }: PaceLimits): boolean {
  return lesser(lesser(messagesPerSecond, bytesPerSecond), pointsPerSecond) === Infinity;
}

function lesser(one: number | undefined, other: number | undefined): number {
  return Math.min(one ?? Infinity, other ?? Infinity);
}
