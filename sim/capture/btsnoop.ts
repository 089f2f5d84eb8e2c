import { BadInput } from '../bad-input.js';
import { Link } from './capture-record.js';
import type { CaptureRecord, CaptureRecords } from './capture-record.js';
import { UNKNOWN_RSSI } from './hci-reports.js';

/** What the records of a btsnoop file hold. */
export const enum Datalink {
  /** HCI packets without a type byte; the record's flags tell the type. */
  h1 = 1001,
  /** HCI packets behind a type byte: Android's `btsnoop_hci.log`. */
  h4 = 1002,
  /** Linux's monitor channel, `btmon -w`: an opcode in the flags. */
  monitor = 2001,
}

/** How a file begins: `btsnoop` and a zero. */
export const BTSNOOP_MAGIC = [0x62, 0x74, 0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00];
const FILE_HEADER_LENGTH = 16;
/** Original length 4, included length 4, flags 4, cumulative drops 4, timestamp 8. */
const RECORD_HEADER_LENGTH = 24;
/** From year 0 to 1970, in microseconds, as every writer of btsnoop has it. */
const EPOCH_DELTA = 0x00dcddb30f2f8000n;

export const H4_EVENT = 0x04;
/** Opcode of an event on Linux's monitor channel. */
export const MONITOR_EVENT = 3;
/** Flags of H1: received, and a command or an event. */
const H1_EVENT = 0x03;

/**
 * The records of a btsnoop file: a header and big-endian records, after RFC 1761 (the format is that of snoop with
 * other magic and datalinks; Symbian's Frontline BTSnoop description; BlueZ `src/shared/btsnoop.c`). Throws `BadInput`,
 * one line with `fileName`, the offset in the file, and what must be there, when the header is wrong.
 */
export function readBtsnoop(bytes: Uint8Array, fileName: string): CaptureRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const datalink = readHeader(view, fileName);
  const records: CaptureRecord[] = [];
  let at = FILE_HEADER_LENGTH;
  while (at + RECORD_HEADER_LENGTH <= bytes.length) {
    const packet = at + RECORD_HEADER_LENGTH;
    const to = packet + view.getUint32(at + 4);
    if (to > bytes.length) break;
    const from = eventAt(bytes, packet, to, datalink, view.getUint32(at + 8));
    const timeMicroseconds = Number(view.getBigInt64(at + 16) - EPOCH_DELTA);
    records.push({ link: from < 0 ? Link.other : Link.hciEvent, from, to, timeMicroseconds, rssi: UNKNOWN_RSSI });
    at = to;
  }
  return { records, cut: at < bytes.length };
}

function readHeader(view: DataView, fileName: string): Datalink {
  if (view.byteLength < FILE_HEADER_LENGTH) {
    throw new BadInput(
      `${fileName}: the file ends at offset ${view.byteLength}; its header must have ${FILE_HEADER_LENGTH} bytes`,
    );
  }
  const version = view.getUint32(8);
  if (version !== 1) throw new BadInput(`${fileName}: the version at offset 8 must be 1, got ${version}`);
  const datalink = view.getUint32(12);
  if (datalink !== Datalink.h1 && datalink !== Datalink.h4 && datalink !== Datalink.monitor) {
    throw new BadInput(
      `${fileName}: the datalink at offset 12 must be 1001 (HCI), 1002 (HCI UART) or 2001 (Linux monitor), ` +
        `got ${datalink}`,
    );
  }
  return datalink;
}

/** Where the HCI event of the packet at `from` begins, or -1 when it holds something else. */
function eventAt(bytes: Uint8Array, from: number, to: number, datalink: Datalink, flags: number): number {
  switch (datalink) {
    case Datalink.h1:
      return (flags & H1_EVENT) === H1_EVENT ? from : -1;
    case Datalink.h4:
      return to > from && bytes[from] === H4_EVENT ? from + 1 : -1;
    case Datalink.monitor:
      return (flags & 0xffff) === MONITOR_EVENT ? from : -1;
  }
}
