import type { Advertisement } from '../../../src/hal/index.js';
import type { FileSink } from './pcap-file.js';

/** HCI packets behind a type byte, as in Android's `btsnoop_hci.log`. */
const DATALINK_H4 = 1002;
const RECORD_HEADER = 24;
/** Received, and an event. */
const FLAGS = 3;
/** From year 0 to 1970 in microseconds, 0x00dcddb30f2f8000, which no number of JavaScript holds. */
const EPOCH_HIGH = 0x00dcddb3;
const EPOCH_LOW = 0x0f2f8000;
const TWO_32 = 0x1_0000_0000;

const H4_EVENT = 0x04;
const LE_META_EVENT = 0x3e;
const ADVERTISING_REPORT = 0x02;
const EXTENDED_ADVERTISING_REPORT = 0x0d;
/** What was heard does not tell whether it can be connected to. */
const ADV_NONCONN_IND = 0x03;
const LONGEST_LEGACY = 31;
const LONGEST_FRAGMENT = 229;
/** Data status of an extended report: incomplete, more to come. */
const MORE_TO_COME = 0x20;
const UNKNOWN_POWER = 0x7f;

/**
 * Writes advertisements as a btsnoop file of HCI events (Core 5.4, Vol 4, Part E): LE Advertising Report (7.7.65.2),
 * or for more than 31 bytes LE Extended Advertising Report (7.7.65.13). Wireshark and `tagwire sim --capture` read it.
 */
export class BtsnoopFile {
  /** Record header, type, event code, length, and 255 bytes of parameters. */
  private readonly buffer = new Uint8Array(RECORD_HEADER + 3 + 255);
  private readonly view = new DataView(this.buffer.buffer);

  constructor(private readonly sink: FileSink) {
    const header = new Uint8Array(16);
    header.set([0x62, 0x74, 0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00]);
    const view = new DataView(header.buffer);
    view.setUint32(8, 1);
    view.setUint32(12, DATALINK_H4);
    sink(header);
  }

  /** `unixTime`: milliseconds since 1970, with a fraction. */
  add(unixTime: number, advertisement: Advertisement): void {
    const { from, to } = advertisement;
    if (to - from <= LONGEST_LEGACY) {
      this.addLegacy(unixTime, advertisement);
      return;
    }
    for (let at = from; at < to; at += LONGEST_FRAGMENT) {
      this.addExtended(unixTime, advertisement, at, Math.min(to, at + LONGEST_FRAGMENT));
    }
  }

  private addLegacy(unixTime: number, advertisement: Advertisement): void {
    const { buffer } = this;
    const { address, addressType, rssi, bytes, from, to } = advertisement;
    let at = this.beginEvent(ADVERTISING_REPORT);
    buffer[at++] = ADV_NONCONN_IND;
    buffer[at++] = addressType;
    for (let i = 5; i >= 0; i--) buffer[at++] = address[i]!;
    buffer[at++] = to - from;
    for (let i = from; i < to; i++) buffer[at++] = bytes[i]!;
    buffer[at++] = rssi;
    this.endEvent(unixTime, at);
  }

  private addExtended(unixTime: number, advertisement: Advertisement, from: number, to: number): void {
    const { buffer } = this;
    const { address, addressType, rssi, bytes } = advertisement;
    let at = this.beginEvent(EXTENDED_ADVERTISING_REPORT);
    buffer[at++] = to < advertisement.to ? MORE_TO_COME : 0;
    buffer[at++] = 0;
    buffer[at++] = addressType;
    for (let i = 5; i >= 0; i--) buffer[at++] = address[i]!;
    // Primary and secondary PHY: LE 1M. The advertising set is not known either; 0 joins the fragments.
    buffer[at++] = 1;
    buffer[at++] = 1;
    buffer[at++] = 0;
    buffer[at++] = UNKNOWN_POWER;
    buffer[at++] = rssi;
    // Interval of periodic advertising, and the address that it is directed to: none.
    for (let i = 0; i < 9; i++) buffer[at++] = 0;
    buffer[at++] = to - from;
    for (let i = from; i < to; i++) buffer[at++] = bytes[i]!;
    this.endEvent(unixTime, at);
  }

  /** Returns where the one report of the event begins. */
  private beginEvent(kind: number): number {
    const { buffer } = this;
    let at = RECORD_HEADER;
    buffer[at++] = H4_EVENT;
    buffer[at++] = LE_META_EVENT;
    at++;
    buffer[at++] = kind;
    buffer[at++] = 1;
    return at;
  }

  private endEvent(unixTime: number, end: number): void {
    const { buffer, view } = this;
    const length = end - RECORD_HEADER;
    buffer[RECORD_HEADER + 2] = length - 3;
    view.setUint32(0, length);
    view.setUint32(4, length);
    view.setUint32(8, FLAGS);
    view.setUint32(12, 0);
    const microseconds = Math.floor(unixTime * 1000);
    const high = Math.floor(microseconds / TWO_32);
    const low = microseconds - high * TWO_32 + EPOCH_LOW;
    view.setUint32(16, high + EPOCH_HIGH + (low >= TWO_32 ? 1 : 0));
    view.setUint32(20, low % TWO_32);
    this.sink(buffer.subarray(0, end));
  }
}
