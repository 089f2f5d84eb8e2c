import { BadInput, readInputFile, showValue } from '../bad-input.js';
import { DataStatus, Fragments, readAdvertisingReports } from './hci-reports.js';

/** What the records of a btsnoop file hold. */
export const enum Datalink {
  /** HCI packets without a type byte; the record's flags tell the type. */
  h1 = 1001,
  /** HCI packets behind a type byte: Android's `btsnoop_hci.log`. */
  h4 = 1002,
  /** Linux's monitor channel, `btmon -w`: an opcode in the flags. */
  monitor = 2001,
}

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
  /** HCI events that break their own format; passed over. */
  malformed: number;
  /** Advertisements without an address; passed over. */
  anonymous: number;
  /** Extended advertisements of which a part is missing; passed over. */
  incomplete: number;
  /** Extended advertisements of more than 255 bytes; passed over. */
  tooLong: number;
}

const MAGIC = [0x62, 0x74, 0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00];
const FILE_HEADER_LENGTH = 16;
/** Original length 4, included length 4, flags 4, cumulative drops 4, timestamp 8. */
const RECORD_HEADER_LENGTH = 24;
/** From year 0 to 1970, in microseconds, as every writer of btsnoop has it. */
const EPOCH_DELTA = 0x00dcddb30f2f8000n;
const LONGEST_CAPTURE = 1024 * 1024 * 1024;

const H4_EVENT = 0x04;
const MONITOR_EVENT = 3;
/** Flags of H1: received, and a command or an event. */
const H1_EVENT = 0x03;

/** Reads and checks the btsnoop file at `path`. Throws `BadInput`. */
export function readCapture(path: string): Capture {
  return new Capture(readInputFile(path, 'capture file', LONGEST_CAPTURE), path);
}

/**
 * A btsnoop file: a header and big-endian records, after RFC 1761 (the format is that of snoop with other
 * magic and datalinks; Symbian's Frontline BTSnoop description; BlueZ `src/shared/btsnoop.c`).
 */
export class Capture {
  readonly datalink: Datalink;
  readonly counts: CaptureCounts = {
    records: 0,
    advertisements: 0,
    malformed: 0,
    anonymous: 0,
    incomplete: 0,
    tooLong: 0,
  };

  private readonly view: DataView;

  /**
   * Checks the whole file. Throws `BadInput`, one line with `fileName`, the offset in the file, and what is
   * allowed there, when the header is wrong or a record runs past the end.
   */
  constructor(
    private readonly bytes: Uint8Array,
    fileName: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const shown = /^[\x21-\x7e]+$/.test(fileName) ? fileName : showValue(fileName);
    this.datalink = this.checkHeader(shown);
    this.checkRecords(shown);
    for (const _ of this.walk(this.counts)) {
      this.counts.advertisements++;
    }
  }

  /** The advertisements in the order of the file. */
  advertisements(): Generator<CapturedAdvertisement, void> {
    return this.walk({ ...this.counts });
  }

  private checkHeader(fileName: string): Datalink {
    const length = this.bytes.length;
    for (let i = 0; i < MAGIC.length && i < length; i++) {
      if (this.bytes[i] !== MAGIC[i]) {
        const found = `0x${this.bytes[i]!.toString(16).padStart(2, '0')}`;
        throw new BadInput(`${fileName}: byte ${found} at offset ${i}; allowed: a file that begins with "btsnoop\\0"`);
      }
    }
    if (length < FILE_HEADER_LENGTH) {
      throw new BadInput(
        `${fileName}: the file ends at offset ${length}; allowed: a header of ${FILE_HEADER_LENGTH} bytes`,
      );
    }
    const version = this.view.getUint32(8);
    if (version !== 1) {
      throw new BadInput(`${fileName}: version ${version} at offset 8; allowed: 1`);
    }
    const datalink = this.view.getUint32(12);
    if (datalink !== Datalink.h1 && datalink !== Datalink.h4 && datalink !== Datalink.monitor) {
      throw new BadInput(
        `${fileName}: datalink ${datalink} at offset 12; allowed: 1001 (HCI), 1002 (HCI UART), 2001 (Linux monitor)`,
      );
    }
    return datalink;
  }

  private checkRecords(fileName: string): void {
    const length = this.bytes.length;
    let at = FILE_HEADER_LENGTH;
    while (at < length) {
      if (length - at < RECORD_HEADER_LENGTH) {
        throw new BadInput(
          `${fileName}: the record at offset ${at} has ${length - at} bytes of header; ` +
            `allowed: ${RECORD_HEADER_LENGTH}`,
        );
      }
      const included = this.view.getUint32(at + 4);
      const left = length - at - RECORD_HEADER_LENGTH;
      if (included > left) {
        throw new BadInput(
          `${fileName}: the record at offset ${at} has ${included} bytes of packet; ` +
            `allowed: at most the ${left} that are left in the file`,
        );
      }
      this.counts.records++;
      at += RECORD_HEADER_LENGTH + included;
    }
  }

  private *walk(counts: CaptureCounts): Generator<CapturedAdvertisement, void> {
    const fragments = new Fragments();
    let at = FILE_HEADER_LENGTH;
    while (at < this.bytes.length) {
      const from = this.eventAt(at);
      const end = at + RECORD_HEADER_LENGTH + this.view.getUint32(at + 4);
      const reports = from < 0 ? [] : readAdvertisingReports(this.bytes, from, end);
      if (reports === undefined) {
        counts.malformed++;
      }
      for (const report of reports ?? []) {
        if (!report.hasAddress) {
          // Fragments without an address cannot be told apart, so only whole ones are counted.
          counts.anonymous += report.status === DataStatus.partial ? 0 : 1;
          continue;
        }
        const joined = fragments.join(report);
        if (joined === undefined) {
          continue;
        }
        yield {
          timeMicroseconds: Number(this.view.getBigInt64(at + 16) - EPOCH_DELTA),
          address: joined.address,
          addressType: joined.addressType,
          rssi: joined.rssi,
          scanResponse: joined.scanResponse,
          bytes: joined.bytes,
        };
      }
      at = end;
    }
    fragments.end();
    counts.incomplete = fragments.incomplete;
    counts.tooLong = fragments.tooLong;
  }

  /** Where the HCI event of the record at `record` begins, or -1 when it holds something else. */
  private eventAt(record: number): number {
    const packet = record + RECORD_HEADER_LENGTH;
    const flags = this.view.getUint32(record + 8);
    const isEmpty = this.view.getUint32(record + 4) === 0;
    switch (this.datalink) {
      case Datalink.h1:
        return (flags & H1_EVENT) === H1_EVENT ? packet : -1;
      case Datalink.h4:
        return !isEmpty && this.bytes[packet] === H4_EVENT ? packet + 1 : -1;
      case Datalink.monitor:
        return (flags & 0xffff) === MONITOR_EVENT ? packet : -1;
    }
  }
}
