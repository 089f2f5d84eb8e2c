import { BadInput } from '../bad-input.js';
import { H4_EVENT, MONITOR_EVENT } from './btsnoop.js';
import { Link } from './capture-record.js';
import type { CaptureRecord, CaptureRecords } from './capture-record.js';
import { UNKNOWN_RSSI } from './hci-reports.js';

/** Link types for Bluetooth (tcpdump.org/linktypes.html). */
const enum LinkType {
  hciH4 = 187,
  hciH4WithDirection = 201,
  leLinkLayer = 251,
  linuxMonitor = 254,
  leLinkLayerWithHeader = 256,
  nordicSniffer = 272,
}

const KNOWN = '187 or 201 (HCI), 254 (Linux monitor), 251 or 256 (LE link layer), 272 (nRF Sniffer)';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;

/** Types of pcapng blocks (draft-ietf-opsawg-pcapng). */
const enum Block {
  sectionHeader = 0x0a0d0d0a,
  interfaceDescription = 1,
  simplePacket = 3,
  enhancedPacket = 6,
}

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and length in front, the length once more behind. */
const BLOCK_OVERHEAD = 12;
const OPTION_TIME_RESOLUTION = 9;

/** Of the header of `leLinkLayerWithHeader`: its length, and the flag that the signal strength is there. */
const LE_HEADER_LENGTH = 10;
const SIGNAL_VALID = 0x0002;
/** Of the nRF Sniffer's header, with the byte for its board in front. */
const NORDIC_PACKET_ID_AT = 6;
const NORDIC_ADVERTISING = [0x02, 0x06];

/** True for the first bytes of a pcap file, of either byte order and resolution of time. */
export function isPcap(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = viewOf(bytes);
  return [true, false].some((little) => {
    const magic = view.getUint32(0, little);
    return magic === MICROSECONDS || magic === NANOSECONDS;
  });
}

/** True for the first bytes of a pcapng file. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === Block.sectionHeader;
}

/** The records of a pcap file (draft-ietf-opsawg-pcap). Throws `BadInput` for a link type that is not Bluetooth. */
export function readPcap(bytes: Uint8Array, fileName: string): CaptureRecords {
  if (bytes.length < FILE_HEADER_LENGTH) {
    throw new BadInput(
      `${fileName}: the file ends at offset ${bytes.length}; its header must have ${FILE_HEADER_LENGTH} bytes`,
    );
  }
  const view = viewOf(bytes);
  const magic = view.getUint32(0, true);
  const little = magic === MICROSECONDS || magic === NANOSECONDS;
  const nano = view.getUint32(0, little) === NANOSECONDS;
  const linkType = checkLinkType(view.getUint32(20, little) & 0xffff, 20, fileName);
  const records: CaptureRecord[] = [];
  let at = FILE_HEADER_LENGTH;
  while (at + RECORD_HEADER_LENGTH <= bytes.length) {
    const from = at + RECORD_HEADER_LENGTH;
    const to = from + view.getUint32(at + 8, little);
    if (to > bytes.length) break;
    const fraction = view.getUint32(at + 4, little);
    const time = view.getUint32(at, little) * 1e6 + (nano ? Math.floor(fraction / 1000) : fraction);
    records.push(readPacket(bytes, from, to, linkType, time));
    at = to;
  }
  return { records, cut: at < bytes.length };
}

/** An interface of a pcapng section. */
interface Interface {
  linkType: LinkType;
  /** Units of its timestamps in a second; they do not fit a number exactly. */
  unitsPerSecond: bigint;
}

/**
 * The records of a pcapng file (draft-ietf-opsawg-pcapng), of all its sections and interfaces. Throws `BadInput` for a
 * link type that is not Bluetooth, or a block that cannot be.
 */
export function readPcapng(bytes: Uint8Array, fileName: string): CaptureRecords {
  const view = viewOf(bytes);
  const records: CaptureRecord[] = [];
  let interfaces: Interface[] = [];
  let little = true;
  let at = 0;
  while (at + BLOCK_OVERHEAD <= bytes.length) {
    // Reads the same in both byte orders.
    const isSection = view.getUint32(at) === Block.sectionHeader;
    if (isSection) little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0) {
      throw new BadInput(
        `${fileName}: the length of the block at offset ${at} must be a multiple of 4 and at least 12, got ${length}`,
      );
    }
    if (at + length > bytes.length) break;
    const body = at + 8;
    const end = at + length - 4;
    if (isSection) {
      interfaces = [];
    } else if (type === Block.interfaceDescription && end - body >= 8) {
      interfaces.push({
        linkType: checkLinkType(view.getUint16(body, little), body, fileName),
        unitsPerSecond: unitsPerSecond(view, body + 8, end, little),
      });
    } else if (type === Block.enhancedPacket && end - body >= 20) {
      const { linkType, unitsPerSecond } = known(interfaces, view.getUint32(body, little), at, fileName);
      const units = (BigInt(view.getUint32(body + 4, little)) << 32n) | BigInt(view.getUint32(body + 8, little));
      const from = body + 20;
      const to = Math.min(from + view.getUint32(body + 12, little), end);
      records.push(readPacket(bytes, from, to, linkType, Number((units * 1_000_000n) / unitsPerSecond)));
    } else if (type === Block.simplePacket && end - body >= 4) {
      const { linkType } = known(interfaces, 0, at, fileName);
      const to = Math.min(body + 4 + view.getUint32(body, little), end);
      records.push(readPacket(bytes, body + 4, to, linkType, 0));
    }
    at += length;
  }
  return { records, cut: at < bytes.length };
}

function known(interfaces: readonly Interface[], index: number, at: number, fileName: string): Interface {
  const found = interfaces[index];
  if (!found) {
    throw new BadInput(
      `${fileName}: the packet at offset ${at} must name an interface of its section, got ${index} of ` +
        `${interfaces.length}`,
    );
  }
  return found;
}

/** The option if_tsresol: a power of 10, or of 2 with the highest bit set; without it microseconds. */
function unitsPerSecond(view: DataView, from: number, to: number, little: boolean): bigint {
  let at = from;
  while (at + 4 <= to) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === 0 || at + 4 + length > to) break;
    if (code === OPTION_TIME_RESOLUTION && length >= 1) {
      const value = view.getUint8(at + 4);
      return (value & 0x80 ? 2n : 10n) ** BigInt(value & 0x7f);
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return 1_000_000n;
}

function checkLinkType(linkType: number, at: number, fileName: string): LinkType {
  switch (linkType) {
    case LinkType.hciH4:
    case LinkType.hciH4WithDirection:
    case LinkType.leLinkLayer:
    case LinkType.linuxMonitor:
    case LinkType.leLinkLayerWithHeader:
    case LinkType.nordicSniffer:
      return linkType;
    default:
      throw new BadInput(
        `${fileName}: the link type at offset ${at} must be one of Bluetooth, ${KNOWN}, got ${linkType} ` +
          '(record Bluetooth with btmon -w FILE, or with Wireshark on bluetooth0)',
      );
  }
}

function readPacket(
  bytes: Uint8Array,
  from: number,
  to: number,
  linkType: LinkType,
  timeMicroseconds: number,
): CaptureRecord {
  const record: CaptureRecord = { link: Link.other, from, to, timeMicroseconds, rssi: UNKNOWN_RSSI };
  const view = viewOf(bytes);
  switch (linkType) {
    case LinkType.hciH4:
    case LinkType.hciH4WithDirection: {
      const typeAt = linkType === LinkType.hciH4 ? from : from + 4;
      if (typeAt < to && bytes[typeAt] === H4_EVENT) return { ...record, link: Link.hciEvent, from: typeAt + 1 };
      return record;
    }
    case LinkType.linuxMonitor:
      // Index of the adapter, opcode; both high byte first.
      if (from + 4 <= to && view.getUint16(from + 2) === MONITOR_EVENT) {
        return { ...record, link: Link.hciEvent, from: from + 4 };
      }
      return record;
    case LinkType.leLinkLayer:
      return { ...record, link: Link.linkLayer };
    case LinkType.leLinkLayerWithHeader: {
      if (from + LE_HEADER_LENGTH > to) return record;
      const hasSignal = (view.getUint16(from + 8, true) & SIGNAL_VALID) !== 0;
      const rssi = hasSignal ? view.getInt8(from + 1) : UNKNOWN_RSSI;
      return { ...record, link: Link.linkLayer, from: from + LE_HEADER_LENGTH, rssi };
    }
    case LinkType.nordicSniffer:
      return readNordic(bytes, record);
  }
}

/**
 * A packet of the nRF Sniffer (Wireshark `packet-nordic_ble.c`): board u8 | header | length of the next u8 | flags u8 |
 * channel u8 | signal strength u8, -dBm | event counter u16 | time u32 | packet of the link layer. The header of
 * version 1 is length 6 | length of the payload u8 | version u8 | counter u16 | packet id u8, that of versions 2 and 3
 * length of the payload u16 | version u8 | counter u16 | packet id u8.
 */
function readNordic(bytes: Uint8Array, record: CaptureRecord): CaptureRecord {
  const { from, to } = record;
  const lengthAt = from + NORDIC_PACKET_ID_AT + 1;
  if (lengthAt + 10 > to || !NORDIC_ADVERTISING.includes(bytes[from + NORDIC_PACKET_ID_AT]!)) return record;
  const packet = lengthAt + bytes[lengthAt]!;
  if (packet > to) return record;
  return { ...record, link: Link.linkLayer, from: packet, rssi: -bytes[lengthAt + 3]! };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
