/** Bytes of a packet without extension fields (RFC 5905, section 7.3). */
const LENGTH = 48;
const REFERENCE = 12;
const ORIGINATE = 24;
const TRANSMIT = 40;
/** Version 4, mode 3: a client asks. */
const QUERY = 0x23;
const MODE = 7;
const SERVER = 4;
/** What the leap indicator says of a server whose clock is not set. */
const UNSYNCHRONIZED = 3;
const FARTHEST_STRATUM = 15;
/** Seconds from 1900 to 1970, and from 1900 to the beginning of the next era in 2036. */
const UNIX_EPOCH = 2208988800;
const ERA = 0x100000000;

/** What `readTime` says that is no time. */
export const enum SntpOutcome {
  /** It answers another query, or is no answer at all. */
  foreign = -1,
  /** The server does not know the time itself. */
  unsynchronized = -2,
  /** A kiss-o'-death: the server does not want to be asked. `readKiss` says why. */
  kiss = -3,
}

/**
 * A query that says nothing about who asks: what would be the time of sending is 64 random bits, which an answer must
 * repeat.
 */
export function writeQuery(high: number, low: number): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(LENGTH);
  packet[0] = QUERY;
  for (let i = 0; i < 4; i++) {
    packet[TRANSMIT + i] = high >>> (24 - 8 * i);
    packet[TRANSMIT + 4 + i] = low >>> (24 - 8 * i);
  }
  return packet;
}

/**
 * The time that `packet` gives as answer to `query`, in seconds since 1970, rounded; 0 for a time before that; or an
 * `SntpOutcome`. Takes any bytes. What follows the first 48 is not read.
 */
export function readTime(packet: Uint8Array, query: Uint8Array): number {
  const first = packet[0]!;
  const version = (first >> 3) & 7;
  const isAnswer = packet.length >= LENGTH && (first & MODE) === SERVER && (version === 3 || version === 4);
  if (!isAnswer) return SntpOutcome.foreign;
  for (let i = 0; i < 8; i++) if (packet[ORIGINATE + i] !== query[TRANSMIT + i]) return SntpOutcome.foreign;
  const stratum = packet[1]!;
  if (stratum === 0) return SntpOutcome.kiss;
  const seconds = uint32(packet, TRANSMIT);
  const fraction = uint32(packet, TRANSMIT + 4);
  const isUnset = seconds === 0 && fraction === 0;
  if (isUnset || first >> 6 === UNSYNCHRONIZED || stratum > FARTHEST_STRATUM) return SntpOutcome.unsynchronized;
  // RFC 4330, section 3: without the highest bit they are seconds of the era that begins in 2036.
  const since1900 = (seconds < ERA / 2 ? seconds + ERA : seconds) + (fraction < ERA / 2 ? 0 : 1);
  return since1900 > UNIX_EPOCH ? since1900 - UNIX_EPOCH : 0;
}

/** The code of a kiss-o'-death, four characters such as `RATE` (RFC 5905, section 7.4). */
export function readKiss(packet: Uint8Array): string {
  let code = '';
  for (let i = REFERENCE; i < REFERENCE + 4; i++) code += String.fromCharCode(packet[i]!);
  return code;
}

function uint32(packet: Uint8Array, at: number): number {
  return packet[at]! * 0x1000000 + ((packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!);
}
