/** What an answer can be other than good. */
export interface SntpAnswerOptions {
  /** Seconds since 1900, and 1/2^32 of a second. */
  seconds?: number;
  fraction?: number;
  stratum?: number;
  /** The code of a kiss-o'-death, or what the server takes its time from. */
  reference?: string;
  /** Changes of single bytes. */
  bytes?: Record<number, number>;
  /** Bytes in all. Default 48. */
  length?: number;
}

/** 2026-09-21T14:13:20Z, in seconds since 1970 and since 1900. */
export const NOW = 1790000000;
export const NOW_1900 = NOW + 2208988800;

/** What a server answers to `query` (RFC 4330, section 4). */
export function sntpAnswer(query: Uint8Array, options: SntpAnswerOptions = {}): ArrayBuffer {
  const { seconds = NOW_1900, fraction = 0, stratum = 2, reference = 'GPS\0', bytes = {}, length = 48 } = options;
  const packet = Buffer.alloc(Math.max(48, length), 0xee);
  // No leap second, and the version of the query.
  packet[0] = (query[0]! & 0x38) | 4;
  packet[1] = stratum;
  packet.write(reference, 12, 4, 'latin1');
  packet.set(query.subarray(40, 48), 24);
  packet.writeUInt32BE(seconds, 40);
  packet.writeUInt32BE(fraction, 44);
  for (const [at, byte] of Object.entries(bytes)) packet[Number(at)] = byte;
  return Uint8Array.from(packet.subarray(0, length)).buffer;
}
