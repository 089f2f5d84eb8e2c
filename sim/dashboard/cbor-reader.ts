const LEVELS = 16;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * What an item of CBOR (RFC 8949) says, with the values of JSON: maps are objects whose keys are texts, byte strings
 * are hexadecimal, tags are left out. Undefined for what is no item, or more than one; for indefinite lengths, which
 * the firmware does not write; and for more than 16 levels.
 */
export function readCbor(bytes: Uint8Array): unknown {
  const reader = new CborReader(bytes);
  try {
    const value = reader.item(0);
    return reader.at === bytes.length ? value : undefined;
  } catch (error) {
    // Of DataView and TextDecoder: a head or a text that goes on behind the end, or is no UTF-8.
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

class CborReader {
  at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  item(level: number): unknown {
    if (level > LEVELS) throw new RangeError('too many levels');
    const head = this.view.getUint8(this.at++);
    const type = head >> 5;
    const additional = head & 31;
    if (type === 7) return this.simple(additional);
    const value = this.argument(additional);
    switch (type) {
      case 0:
        return value;
      case 1:
        return -1 - value;
      case 2:
        return Buffer.from(this.take(value)).toString('hex');
      case 3:
        return UTF8.decode(this.take(value));
      case 4:
        return this.list(value, level);
      case 5:
        return this.map(value, level);
      default:
        return this.item(level + 1);
    }
  }

  private argument(additional: number): number {
    const { view, at } = this;
    if (additional < 24) return additional;
    if (additional > 27) throw new RangeError('indefinite length');
    this.at += 1 << (additional - 24);
    if (additional === 24) return view.getUint8(at);
    if (additional === 25) return view.getUint16(at);
    return additional === 26 ? view.getUint32(at) : Number(view.getBigUint64(at));
  }

  private take(length: number): Uint8Array {
    const { bytes, at } = this;
    if (length > bytes.length - at) throw new RangeError('beyond the end');
    this.at += length;
    return bytes.subarray(at, at + length);
  }

  private list(count: number, level: number): unknown[] {
    const list: unknown[] = [];
    // Each item has a byte at least, so this ends at the end of the bytes, whatever the count says.
    while (count-- > 0) list.push(this.item(level + 1));
    return list;
  }

  private map(count: number, level: number): object {
    const entries: [string, unknown][] = [];
    while (count-- > 0) {
      const key = this.item(level + 1);
      entries.push([typeof key === 'string' ? key : (JSON.stringify(key) ?? 'undefined'), this.item(level + 1)]);
    }
    return Object.fromEntries(entries);
  }

  private simple(additional: number): unknown {
    const { view, at } = this;
    if (additional === 20 || additional === 21) return additional === 21;
    if (additional === 22) return null;
    if (additional === 25) {
      this.at += 2;
      return halfFloat(view.getUint16(at));
    }
    if (additional === 26) {
      this.at += 4;
      return view.getFloat32(at);
    }
    if (additional === 27) {
      this.at += 8;
      return view.getFloat64(at);
    }
    throw new RangeError('a simple value without a meaning');
  }
}

/** RFC 8949, appendix D. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
