/** One report of an advertisement by a Bluetooth controller. */
export interface AdvertisingReport {
  /** 6 bytes, most significant first. */
  address: Uint8Array;
  /** 0 public, 1 random. */
  addressType: number;
  /** dBm, 127 when unknown. */
  rssi: number;
  /** True for the answer to a scan request. */
  scanResponse: boolean;
  /** AD structures; a part of them when `status` is `partial`. */
  bytes: Uint8Array;
  status: DataStatus;
  /** Advertising set 0 to 15, or 255 when the advertisement has none. */
  set: number;
  /** False for an anonymous advertisement, whose `address` is zeros. */
  hasAddress: boolean;
}

/** Data status of an extended report (Core 5.4, Vol 4, Part E, 7.7.65.13). */
export const enum DataStatus {
  complete = 0,
  /** More fragments follow. */
  partial = 1,
  /** The rest was not received. */
  truncated = 2,
}

const LE_META_EVENT = 0x3e;
const ADVERTISING_REPORT = 0x02;
const EXTENDED_ADVERTISING_REPORT = 0x0d;

/** Event_Type of a legacy report (7.7.65.2). */
const LEGACY_SCAN_RESPONSE = 0x04;
/** Bits of Event_Type of an extended report (7.7.65.13). */
const enum ExtendedEvent {
  scanResponse = 0x08,
  statusShift = 5,
  statusMask = 0x03,
}
const ANONYMOUS = 0xff;
export const UNKNOWN_RSSI = 127;
export const NO_SET = 0xff;
const LONGEST_FRAGMENT = 229;

/**
 * Reads the reports of an HCI event, `bytes[from..to)` = event code, parameter length, parameters
 * (Core 5.4, Vol 4, Part E, 5.4.4): LE Advertising Report (7.7.65.2) and LE Extended Advertising Report
 * (7.7.65.13). Returns an empty list for any other event, `undefined` for a malformed one.
 */
export function readAdvertisingReports(bytes: Uint8Array, from: number, to: number): AdvertisingReport[] | undefined {
  if (to - from < 2) {
    return undefined;
  }
  const end = from + 2 + bytes[from + 1]!;
  if (end > to) {
    return undefined;
  }
  if (bytes[from] !== LE_META_EVENT) {
    return [];
  }
  if (end - from < 3) {
    return undefined;
  }
  switch (bytes[from + 2]) {
    case ADVERTISING_REPORT:
      return readReports(bytes, from + 3, end, readLegacyReport);
    case EXTENDED_ADVERTISING_REPORT:
      return readReports(bytes, from + 3, end, readExtendedReport);
    default:
      return [];
  }
}

/** Reads one report at `at`; returns where the next one is, or -1 when it runs past `end`. */
type ReadReport = (bytes: Uint8Array, at: number, end: number, into: AdvertisingReport[]) => number;

function readReports(bytes: Uint8Array, from: number, end: number, read: ReadReport): AdvertisingReport[] | undefined {
  const count = from < end ? bytes[from]! : 0;
  const reports: AdvertisingReport[] = [];
  let at = from + 1;
  for (let i = 0; i < count; i++) {
    at = read(bytes, at, end, reports);
    if (at < 0) {
      return undefined;
    }
  }
  return count === 0 ? undefined : reports;
}

/** Event_Type 1, Address_Type 1, Address 6, Data_Length 1, Data, RSSI 1. */
function readLegacyReport(bytes: Uint8Array, at: number, end: number, into: AdvertisingReport[]): number {
  const dataAt = at + 9;
  if (dataAt > end) {
    return -1;
  }
  const length = bytes[at + 8]!;
  const rssiAt = dataAt + length;
  // Captures of the field hold more than the 31 bytes of a legacy PDU, with the scan response behind the data.
  if (rssiAt >= end) {
    return -1;
  }
  into.push({
    address: readAddress(bytes, at + 2),
    addressType: bytes[at + 1]! & 1,
    rssi: readRssi(bytes[rssiAt]!),
    scanResponse: bytes[at] === LEGACY_SCAN_RESPONSE,
    bytes: bytes.subarray(dataAt, rssiAt),
    status: DataStatus.complete,
    set: NO_SET,
    hasAddress: true,
  });
  return rssiAt + 1;
}

/**
 * Event_Type 2, Address_Type 1, Address 6, Primary_PHY 1, Secondary_PHY 1, Advertising_SID 1, TX_Power 1, RSSI 1,
 * Periodic_Advertising_Interval 2, Direct_Address_Type 1, Direct_Address 6, Data_Length 1, Data.
 */
function readExtendedReport(bytes: Uint8Array, at: number, end: number, into: AdvertisingReport[]): number {
  const dataAt = at + 24;
  if (dataAt > end) {
    return -1;
  }
  const event = bytes[at]! | (bytes[at + 1]! << 8);
  const status = (event >> ExtendedEvent.statusShift) & ExtendedEvent.statusMask;
  const length = bytes[at + 23]!;
  if (status > DataStatus.truncated || length > LONGEST_FRAGMENT || dataAt + length > end) {
    return -1;
  }
  const addressType = bytes[at + 2]!;
  into.push({
    address: readAddress(bytes, at + 3),
    addressType: addressType & 1,
    rssi: readRssi(bytes[at + 13]!),
    scanResponse: (event & ExtendedEvent.scanResponse) !== 0,
    bytes: bytes.subarray(dataAt, dataAt + length),
    status,
    set: bytes[at + 11]!,
    hasAddress: addressType !== ANONYMOUS,
  });
  return dataAt + length;
}

/** Reserved values count as unknown. */
function readRssi(byte: number): number {
  const rssi = (byte << 24) >> 24;
  return rssi >= -127 && rssi <= 20 ? rssi : UNKNOWN_RSSI;
}

/** HCI and the link layer have addresses least significant byte first. */
export function readAddress(bytes: Uint8Array, at: number): Uint8Array {
  const address = new Uint8Array(6);
  for (let i = 0; i < 6; i++) {
    address[i] = bytes[at + 5 - i]!;
  }
  return address;
}

/** The longest AdvData that a `Scanner` delivers. */
const LONGEST_ADVERTISEMENT = 255;

/** Joins the fragments of extended advertisements, which a controller reports one by one. */
export class Fragments {
  /** Advertisements of which a part was never received, and ones longer than 255 bytes. */
  incomplete = 0;
  tooLong = 0;

  private readonly pending = new Map<string, Uint8Array>();

  /** Takes the next report; returns it, with all its data, when it completes an advertisement. */
  join(report: AdvertisingReport): AdvertisingReport | undefined {
    const key = [report.address.join(), report.addressType, report.set, report.scanResponse].join(' ');
    const before = this.pending.get(key);
    let bytes = report.bytes;
    if (before !== undefined) {
      bytes = new Uint8Array(before.length + report.bytes.length);
      bytes.set(before);
      bytes.set(report.bytes, before.length);
    }
    if (report.status === DataStatus.partial) {
      // One byte more than is delivered is enough to know that it is too long.
      this.pending.set(key, bytes.subarray(0, LONGEST_ADVERTISEMENT + 1));
      return undefined;
    }
    this.pending.delete(key);
    if (report.status === DataStatus.truncated) {
      this.incomplete++;
      return undefined;
    }
    if (bytes.length > LONGEST_ADVERTISEMENT) {
      this.tooLong++;
      return undefined;
    }
    return { ...report, bytes };
  }

  /** Counts what is still without its last fragment as incomplete. */
  end(): void {
    this.incomplete += this.pending.size;
    this.pending.clear();
  }
}
