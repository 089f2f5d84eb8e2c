import { DataStatus, NO_SET, readAddress } from './hci-reports.js';
import type { AdvertisingReport } from './hci-reports.js';

/** Access address of all packets on advertising channels (Core 5.4, Vol 6, Part B, 2.1.2). */
const ADVERTISING_ACCESS_ADDRESS = 0x8e89bed6;
const ACCESS_ADDRESS_LENGTH = 4;
const HEADER_LENGTH = 2;
const CRC_LENGTH = 3;
const ADDRESS_LENGTH = 6;

/** PDU types on the primary advertising channels (2.3). */
const enum PduType {
  advInd = 0,
  advNonconnInd = 2,
  scanRsp = 4,
  advScanInd = 6,
  extended = 7,
}

/** Flags of an extended header (2.3.4), in the order of their fields. */
const enum ExtendedFlag {
  advA = 0x01,
  targetA = 0x02,
  cteInfo = 0x04,
  adi = 0x08,
  auxPtr = 0x10,
  syncInfo = 0x20,
  txPower = 0x40,
}

/** Bytes of the fields of an extended header, by flag. */
const FIELD_LENGTHS = [6, 6, 1, 2, 3, 18, 1];

/**
 * The advertisement in a packet of the link layer, `bytes[from..to)` = access address | header | payload | CRC
 * (Core 5.4, Vol 6, Part B, 2.1), with or without its CRC. Returns an empty list for a packet of another kind,
 * undefined for one that is malformed. Of extended advertisements only those are read whose data stand in this packet.
 */
export function readAdvertisingPdu(
  bytes: Uint8Array,
  from: number,
  to: number,
  rssi: number,
): AdvertisingReport[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerAt = from + ACCESS_ADDRESS_LENGTH;
  if (to < headerAt + HEADER_LENGTH) return undefined;
  if (view.getUint32(from, true) !== ADVERTISING_ACCESS_ADDRESS) return [];
  const header = bytes[headerAt]!;
  const payload = headerAt + HEADER_LENGTH;
  const end = payload + bytes[headerAt + 1]!;
  if (end > to || to > end + CRC_LENGTH) return undefined;
  const type = header & 0x0f;
  const addressType = (header >> 6) & 1;
  if (type === PduType.extended) return readExtended(bytes, payload, end, addressType, rssi);
  const isAdvertisement =
    type === PduType.advInd ||
    type === PduType.advNonconnInd ||
    type === PduType.scanRsp ||
    type === PduType.advScanInd;
  if (!isAdvertisement) return [];
  if (end < payload + ADDRESS_LENGTH) return undefined;
  const scanResponse = type === PduType.scanRsp;
  return [report(bytes, payload, payload + ADDRESS_LENGTH, end, addressType, rssi, scanResponse)];
}

function readExtended(
  bytes: Uint8Array,
  from: number,
  to: number,
  addressType: number,
  rssi: number,
): AdvertisingReport[] | undefined {
  if (from === to) return undefined;
  const data = from + 1 + (bytes[from]! & 0x3f);
  if (data > to) return undefined;
  if (data === from + 1) return [];
  const flags = bytes[from + 1]!;
  let fields = from + 2;
  for (let i = 0; i < FIELD_LENGTHS.length; i++) if (flags & (1 << i)) fields += FIELD_LENGTHS[i]!;
  if (fields > data) return undefined;
  // The data of such a packet are elsewhere, or this is not all of them.
  if (data === to || !(flags & ExtendedFlag.advA) || flags & ExtendedFlag.auxPtr) return [];
  return [report(bytes, from + 2, data, to, addressType, rssi, bytes[from]! >> 6 === 2)];
}

function report(
  bytes: Uint8Array,
  addressAt: number,
  from: number,
  to: number,
  addressType: number,
  rssi: number,
  scanResponse: boolean,
): AdvertisingReport {
  return {
    address: readAddress(bytes, addressAt),
    addressType,
    rssi,
    scanResponse,
    bytes: bytes.subarray(from, to),
    status: DataStatus.complete,
    set: NO_SET,
    hasAddress: true,
  };
}
