import { AdStructures, AdType } from './ad-structures.js';
import { AesCcm } from './aes.js';
import { uint16le, uint32le } from './formats/bytes.js';
import { mayBeWhole, offered, offeredTo } from './formats/index.js';
import { Frame, Precedence, Source } from './frame.js';
import type { KeyTable } from './key-table.js';
import { READING_STATE_COUNT, ReadingState } from './reading.js';
import type { Reading } from './reading.js';

const UUID_128_SIZE = 16;

/**
 * Decodes advertisements into readings. One object serves a scanner; it holds the counters, so that nothing is
 * dropped in silence, and no memory grows.
 */
export class AdvertisementDecoder {
  /** Walks the structures; its `faults` count what was wrong with them. */
  readonly structures = new AdStructures();
  /** Manufacturer or service data too short for its company id or UUID. */
  shortStructures = 0;
  /**
   * Structures by the `ReadingState` that a format gave them; `none` counts data that no format knows. Wraps at 2^32.
   */
  readonly states: Uint32Array;
  /**
   * Also recognise what only says that something is there (`Precedence.presence`), such as any phone, when nothing else
   * is recognised.
   */
  presence = false;

  private readonly frame: Frame;
  private precedence = -1;
  /** The structures are offered once more, to the formats of `Precedence.presence` alone. */
  private again = false;

  /** Without keys whatever is encrypted is `keyMissing`; the memory for ciphers is set aside only with them. */
  constructor(keys?: KeyTable) {
    this.states = new Uint32Array(READING_STATE_COUNT);
    this.frame = new Frame(keys, keys ? new AesCcm() : undefined);
  }

  /**
   * Clears `reading` and writes into it what the AD structures in `bytes[from..to)` say; at most 255 bytes are usual,
   * more is taken. `address` is the advertiser's, 6 bytes in the order in which they are written: without it nothing
   * encrypted can be opened. Returns the `FormatNumber` that names the reading, also when its content is encrypted; 0
   * when nothing was recognised, or only something malformed or of an unknown version: then `reading.format` and
   * `reading.state` tell which.
   *
   * Several formats merge into one reading, see `Reading` and `Precedence`. Takes any bytes, throws nothing,
   * reads nothing outside the range, allocates nothing.
   */
  decode(bytes: Uint8Array, from: number, to: number, reading: Reading, address?: Uint8Array): number {
    reading.clear();
    this.precedence = -1;
    this.frame.begin(bytes, from, to, address);
    let end = to;
    do {
      // The second time it ends before what may have been wrong, which is counted already.
      this.structures.start(bytes, from, end);
      end = this.walk(from, reading);
      this.again = this.presence && reading.format === 0 && end > from && !this.again;
    } while (this.again);
    return this.precedence < 0 ? 0 : reading.format;
  }

  /** Offers the structures to the formats, and returns where the last one ends. */
  private walk(from: number, reading: Reading): number {
    const structures = this.structures;
    let end = from;
    while (structures.next()) {
      end = structures.to;
      switch (structures.type) {
        case AdType.manufacturerData:
          this.manufacturerData(reading);
          break;
        case AdType.serviceData16:
          this.serviceData(Source.service16, 2, reading);
          break;
        case AdType.serviceData32:
          this.serviceData(Source.service32, 4, reading);
          break;
        case AdType.serviceData128:
          this.serviceData(Source.service128, UUID_128_SIZE, reading);
          break;
        case AdType.someServices16:
        case AdType.allServices16:
          this.services16(reading);
          break;
        case AdType.shortName:
        case AdType.completeName:
          this.frame.from = structures.from;
          this.frame.to = structures.to;
          this.offer(Source.name, 0, 0, reading);
          break;
      }
    }
    return end;
  }

  private manufacturerData(reading: Reading): void {
    const structures = this.structures;
    const frame = this.frame;
    const from = structures.from;
    const length = structures.to - from;
    frame.from = from;
    frame.to = structures.to;
    const id = length < 2 ? -1 : frame.bytes[from]! | (frame.bytes[from + 1]! << 8);
    if (mayBeWhole(length) && this.offer(Source.wholeManufacturer, length, id, reading)) return;
    if (id < 0) {
      this.countShort();
      return;
    }
    frame.from = from + 2;
    const known =
      this.offer(Source.manufacturer, id, id, reading) || this.offer(Source.anyManufacturer, 0, id, reading);
    if (known === this.again) this.countUnknown(known);
  }

  private serviceData(source: Source, uuidSize: number, reading: Reading): void {
    const { from, to } = this.structures;
    const frame = this.frame;
    if (to - from < uuidSize) {
      this.countShort();
      return;
    }
    frame.from = from + uuidSize;
    frame.to = to;
    const id = uuidSize === 2 ? uint16le(frame.bytes, from) : uint32le(frame.bytes, frame.from - 4);
    const known = this.offer(source, id, id, reading);
    if (known === this.again) this.countUnknown(known);
  }

  private services16(reading: Reading): void {
    const { from, to } = this.structures;
    const frame = this.frame;
    frame.from = from;
    frame.to = to;
    for (let at = from; at + 2 <= to; at += 2) {
      const id = uint16le(frame.bytes, at);
      this.offer(Source.serviceList16, id, id, reading);
    }
  }

  /** Asks the formats for `id` in turn; true when one took the structure. */
  private offer(source: Source, id: number, frameId: number, reading: Reading): boolean {
    let at = offeredTo(source, id);
    if (at < 0) return false;
    const frame = this.frame;
    frame.source = source;
    frame.id = frameId;
    for (let format = offered(at); format !== undefined; format = offered(++at)) {
      if ((format.precedence === Precedence.presence) !== this.again) continue;
      if (reading.fieldCount > 0) reading.beginFormat();
      const state = format.decode(frame, reading);
      if (state === ReadingState.none) continue;
      this.states[state]!++;
      if (state === ReadingState.malformed || state === ReadingState.unsupported) {
        if (reading.format === 0) {
          reading.format = format.number;
          reading.state = state;
        }
        return true;
      }
      reading.addFormat(format.number);
      if (format.precedence > this.precedence) {
        this.precedence = format.precedence;
        reading.format = format.number;
        reading.state = state;
      }
      return true;
    }
    return false;
  }

  private countShort(): void {
    if (!this.again) this.shortStructures++;
  }

  /** Counts data that no format knows; when presence knows it after all, which is asked last, takes it back. */
  private countUnknown(known: boolean): void {
    this.states[ReadingState.none] = this.states[ReadingState.none]! + (known ? -1 : 1);
  }
}
