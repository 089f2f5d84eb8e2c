import { gunzipSync } from 'node:zlib';
import { BadInput, readInputFile, showValue } from '../bad-input.js';
import { BTSNOOP_MAGIC, readBtsnoop } from './btsnoop.js';
import { Link } from './capture-record.js';
import type { CaptureRecord, CaptureRecords } from './capture-record.js';
import { DataStatus, Fragments, readAdvertisingReports } from './hci-reports.js';
import type { AdvertisingReport } from './hci-reports.js';
import { readAdvertisingPdu } from './link-layer.js';
import { isPcap, isPcapng, readPcap, readPcapng } from './pcap.js';

/** One advertisement of a capture. */
export interface CapturedAdvertisement {
  /** Microseconds since 1970-01-01T00:00:00Z. May go back where the clock was set. */
  timeMicroseconds: number;
  /** 6 bytes, most significant first. */
  address: Uint8Array;
  /** 0 public, 1 random. */
  addressType: number;
  /** dBm, 127 when unknown. */
  rssi: number;
  /** True for the answer to a scan request, which only active scanning brings. */
  scanResponse: boolean;
  /** AD structures, 0 to 255 bytes. A view of the file where possible. */
  bytes: Uint8Array;
}

/** What a capture contains, counted. */
export interface CaptureCounts {
  records: number;
  advertisements: number;
  /** HCI events and link layer packets that break their own format; passed over. */
  malformed: number;
  /** Advertisements without an address; passed over. */
  anonymous: number;
  /** Extended advertisements of which a part is missing; passed over. */
  incomplete: number;
  /** Extended advertisements of more than 255 bytes; passed over. */
  tooLong: number;
  /** 1 when the last record is cut short; passed over. */
  cut: number;
}

const LONGEST_CAPTURE = 1024 * 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Reads and checks a capture: btsnoop, pcap or pcapng with a link type for Bluetooth, each also compressed by gzip.
 * Throws `BadInput`.
 */
export function readCapture(path: string): Capture {
  return new Capture(readInputFile(path, 'capture file', LONGEST_CAPTURE), path);
}

/** True for the first bytes of a file that `Capture` reads, or refuses by the name of its format. */
export function isCapture(bytes: Uint8Array): boolean {
  return startsWith(bytes, BTSNOOP_MAGIC) || startsWith(bytes, GZIP_MAGIC) || isPcap(bytes) || isPcapng(bytes);
}

/** What a Bluetooth controller or sniffer heard, from a file. */
export class Capture {
  readonly counts: CaptureCounts = {
    records: 0,
    advertisements: 0,
    malformed: 0,
    anonymous: 0,
    incomplete: 0,
    tooLong: 0,
    cut: 0,
  };

  private readonly bytes: Uint8Array;
  private readonly records: readonly CaptureRecord[];

  /**
   * Checks the whole file. Throws `BadInput`, one line with `fileName`, the offset in the file, and what must be there,
   * when it is no capture. A last record that is cut short is counted and left out.
   */
  constructor(bytes: Uint8Array, fileName: string) {
    const shown = /^[\x21-\x7e]+$/.test(fileName) ? fileName : showValue(fileName);
    this.bytes = startsWith(bytes, GZIP_MAGIC) ? decompress(bytes, shown) : bytes;
    const { records, cut } = readRecords(this.bytes, shown);
    this.records = records;
    this.counts.records = records.length;
    this.counts.cut = cut ? 1 : 0;
    for (const _ of this.walk(this.counts)) this.counts.advertisements++;
  }

  /** The advertisements in the order of the file. */
  advertisements(): Generator<CapturedAdvertisement, void> {
    return this.walk({ ...this.counts });
  }

  private *walk(counts: CaptureCounts): Generator<CapturedAdvertisement, void> {
    const fragments = new Fragments();
    for (const record of this.records) {
      const reports = this.reportsOf(record);
      if (reports === undefined) counts.malformed++;
      for (const report of reports ?? []) {
        if (!report.hasAddress) {
          // Fragments without an address cannot be told apart, so only whole ones are counted.
          counts.anonymous += report.status === DataStatus.partial ? 0 : 1;
          continue;
        }
        const joined = fragments.join(report);
        if (joined === undefined) continue;
        const { address, addressType, rssi, scanResponse, bytes } = joined;
        yield { timeMicroseconds: record.timeMicroseconds, address, addressType, rssi, scanResponse, bytes };
      }
    }
    fragments.end();
    counts.incomplete = fragments.incomplete;
    counts.tooLong = fragments.tooLong;
  }

  private reportsOf({ link, from, to, rssi }: CaptureRecord): AdvertisingReport[] | undefined {
    if (link === Link.hciEvent) return readAdvertisingReports(this.bytes, from, to);
    return link === Link.linkLayer ? readAdvertisingPdu(this.bytes, from, to, rssi) : [];
  }
}

function readRecords(bytes: Uint8Array, fileName: string): CaptureRecords {
  if (isPcapng(bytes)) return readPcapng(bytes, fileName);
  if (isPcap(bytes)) return readPcap(bytes, fileName);
  if (startsWith(bytes, BTSNOOP_MAGIC)) return readBtsnoop(bytes, fileName);
  const first = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new BadInput(
    `${fileName}: begins with ${first || 'nothing'}; it must be btsnoop, pcap or pcapng, also compressed by gzip ` +
      '(from another format: tshark -r FILE -F pcapng -w NEW)',
  );
}

function decompress(bytes: Uint8Array, fileName: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: LONGEST_CAPTURE });
  } catch (error) {
    throw new BadInput(
      `${fileName}: gzip: ${(error as Error).message}; it must be a whole file of at most 1 GB unpacked`,
    );
  }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
