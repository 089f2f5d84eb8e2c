import { AdStructures } from './ad-structures.js';
import { type Format, Source } from './formats/format.js';
import { formats } from './formats/index.js';
import { type Reading, ReadingState } from './reading.js';

const SERVICE_DATA_16 = 0x16;
const MANUFACTURER_DATA = 0xff;

/**
 * Decodes advertisements into readings. One object serves a scanner; it holds the counters, so that nothing is
 * dropped in silence, and no memory grows.
 */
export class AdvertisementDecoder {
  /** Walks the structures; its `faults` count what was wrong with them. */
  readonly structures = new AdStructures();
  /** Manufacturer or service data too short for its company id or UUID. */
  shortStructures = 0;
  /** Structures that look like a known format and break its rules, or are of an unknown version of it. */
  malformed = 0;

  /**
   * Clears `reading` and writes into it what the AD structures in `bytes[from..to)` say. Returns the `FormatNumber`
   * that names the reading, also when its content is encrypted; 0 when nothing was recognised, or only something
   * malformed or of an unknown version: then `reading.format` and `reading.state` tell which.
   *
   * Several formats merge into one reading, see `Reading` and `Format.precedence`. Takes any bytes, throws nothing,
   * reads nothing outside the range, allocates nothing.
   */
  decode(bytes: Uint8Array, from: number, to: number, reading: Reading): number {
    reading.clear();
    let precedence = -1;
    const structures = this.structures;
    structures.start(bytes, from, to);
    while (structures.next()) {
      const type = structures.type;
      if (type !== MANUFACTURER_DATA && type !== SERVICE_DATA_16) continue;
      const value = structures.from;
      if (structures.to - value < 2) {
        this.shortStructures++;
        continue;
      }
      const id = bytes[value]! | (bytes[value + 1]! << 8);
      for (let i = 0; i < formats.length; i++) {
        const format = formats[i]!;
        if (!offersTo(format, type, id)) continue;
        const state = format.decode(bytes, value + 2, structures.to, reading);
        if (state === ReadingState.none) continue;
        if (state === ReadingState.malformed || state === ReadingState.unsupported) {
          this.malformed++;
          if (reading.format === 0) {
            reading.format = format.number;
            reading.state = state;
          }
          break;
        }
        reading.addFormat(format.number);
        if (format.precedence > precedence) {
          precedence = format.precedence;
          reading.format = format.number;
          reading.state = state;
        }
        break;
      }
    }
    return precedence < 0 ? 0 : reading.format;
  }
}

/** True when the structure of this AD type and company id or UUID is to be offered to the format. */
function offersTo(format: Format, type: number, id: number): boolean {
  if (type === SERVICE_DATA_16) return format.source === Source.service16 && format.id === id;
  return format.source === Source.anyManufacturer || (format.source === Source.manufacturer && format.id === id);
}
