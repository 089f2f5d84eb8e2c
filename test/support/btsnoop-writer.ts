/** From year 0 to 1970, in microseconds. */
const EPOCH_DELTA = 0x00dcddb30f2f8000n;

/** Builds btsnoop files, record by record, for tests. */
export class BtsnoopWriter {
  private readonly parts: Uint8Array[] = [];

  constructor(
    readonly datalink: number,
    version = 1,
  ) {
    const header = new Uint8Array(16);
    header.set(new TextEncoder().encode('btsnoop\0'));
    const view = new DataView(header.buffer);
    view.setUint32(8, version);
    view.setUint32(12, datalink);
    this.parts.push(header);
  }

  /** Any record; `timeMicroseconds` since 1970. */
  record(flags: number, packet: ArrayLike<number>, timeMicroseconds = 0): this {
    const record = new Uint8Array(24 + packet.length);
    const view = new DataView(record.buffer);
    view.setUint32(0, packet.length);
    view.setUint32(4, packet.length);
    view.setUint32(8, flags);
    view.setBigInt64(16, BigInt(timeMicroseconds) + EPOCH_DELTA);
    record.set(packet, 24);
    this.parts.push(record);
    return this;
  }

  /** A received HCI event, in the way of the datalink. `event` begins with the event code. */
  event(event: ArrayLike<number>, timeMicroseconds = 0): this {
    // 3 is "received" and "event" in the flags of H1 and H4, and the opcode of an event on the monitor channel.
    const isH4 = this.datalink === 1002;
    return this.record(3, isH4 ? [0x04, ...Array.from(event)] : event, timeMicroseconds);
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.parts.flatMap((part) => Array.from(part)));
  }
}

/** Bytes of hexadecimal digits; spaces and line breaks are passed over. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Lower-case hexadecimal digits of `bytes[from..to)`. */
export function toHex(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return Array.from(bytes.subarray(from, to), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** One report of an LE Advertising Report event, as in Core 5.4, Vol 4, Part E, 7.7.65.2. */
export interface LegacyReport {
  type?: number;
  addressType?: number;
  /** In the order in which addresses are written. */
  address: string;
  bytes: ArrayLike<number>;
  rssi: number;
}

/** An LE Advertising Report event. */
export function advertisingReport(...reports: LegacyReport[]): number[] {
  const parameters = [0x02, reports.length];
  for (const report of reports) {
    parameters.push(report.type ?? 3, report.addressType ?? 0, ...Array.from(hex(report.address)).reverse());
    parameters.push(report.bytes.length, ...Array.from(report.bytes), report.rssi & 0xff);
  }
  return leMetaEvent(parameters);
}

function leMetaEvent(parameters: number[]): number[] {
  if (parameters.length > 255) {
    throw new RangeError(`an HCI event holds 255 bytes of parameters, not ${parameters.length}`);
  }
  return [0x3e, parameters.length, ...parameters];
}

/** One report of an LE Extended Advertising Report event, as in 7.7.65.13. */
export interface ExtendedReport {
  /** Event_Type with the data status in bits 5 and 6. */
  type: number;
  addressType?: number;
  address: string;
  set?: number;
  bytes: ArrayLike<number>;
  rssi: number;
}

/** An LE Extended Advertising Report event. */
export function extendedReport(...reports: ExtendedReport[]): number[] {
  const parameters = [0x0d, reports.length];
  for (const report of reports) {
    parameters.push(report.type & 0xff, report.type >> 8, report.addressType ?? 0);
    parameters.push(...Array.from(hex(report.address)).reverse());
    parameters.push(1, 2, report.set ?? 0, 0x7f, report.rssi & 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    parameters.push(report.bytes.length, ...Array.from(report.bytes));
  }
  return leMetaEvent(parameters);
}
