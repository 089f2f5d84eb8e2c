/** What outlives what when there is no room: a smaller number outlives a larger one. Append only. */
export const enum RecordRank {
  event = 0,
  message = 1,
  presence = 2,
  reading = 3,
  health = 4,
}

export const RANK_COUNT = 5;

/** Why a record was dropped. */
export const enum DropReason {
  full = 0,
  thinned = 1,
  age = 2,
  tooLong = 3,
  refused = 4,
  setAside = 5,
  corrupt = 6,
}

export const DROP_REASON_COUNT = 7;

/** What is dropped when there is no room. */
export const enum FullRule {
  oldest = 0,
  newest = 1,
  thin = 2,
}

/** What became of a record given to the log. */
export const enum LogResult {
  stored = 1,
  full = -1,
  tooLong = -2,
  failed = -3,
}

/** A log of records that outlives a restart, as an `Outbox` uses it. */
export interface RecordLog {
  append(channel: number, rank: RecordRank, ordinal: number, bytes: Uint8Array, from: number, to: number): number;
  appendHeld(channel: number, rank: RecordRank, ordinal: number, bytes: Uint8Array, from: number, to: number): number;
  waiting(channel: number): number;
  next(channel: number): boolean;
  recordLength: number;
  recordRank: RecordRank;
  recordOrdinal: number;
  recordPacketId: number;
  read(into: Uint8Array, at: number): boolean;
  hold(): number;
  mark(handle: number): void;
  release(handle: number): void;
  drop(handle: number, reason: DropReason): void;
  noteSent(handle: number, packetId: number): void;
}
