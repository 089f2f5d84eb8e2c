/** Wire types of Protocol Buffers. */
const enum Wire {
  varint = 0,
  fixed64 = 1,
  lengthDelimited = 2,
  fixed32 = 5,
}

const METRIC = 2;

/** Fields of a metric (Sparkplug 3.0, 6.4.1). */
const enum MetricField {
  name = 1,
  alias = 2,
  intValue = 10,
  longValue = 11,
  booleanValue = 14,
  stringValue = 15,
}

/** Goes through the metrics of a payload that came, NCMD or DCMD. It allocates nothing. */
export class MetricReader {
  /** The name is `bytes[nameFrom..nameTo)`; empty when there is none. */
  nameFrom = 0;
  nameTo = 0;
  /** 0: none. */
  alias = 0;
  /** The value as an unsigned integer; -1 when it is none. */
  integer = -1;
  /** The value as a Boolean, 1 or 0; -1 when it is none. */
  flag = -1;
  /** The value as a String, `bytes[textFrom..textTo)`; `textFrom` is -1 when it is none. */
  textFrom = -1;
  textTo = -1;

  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private to = 0;
  /** Of the field that was read last. */
  private field = 0;
  private value = 0;
  private contentFrom = 0;

  /** Begins with the payload `bytes[from..to)`, which is read as far as it makes sense. */
  point(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.at = from;
    this.to = to;
  }

  /** Goes to the next metric. False when there is none, or when what follows is no Protocol Buffers. */
  next(): boolean {
    const { to } = this;
    while (this.readField(to)) {
      if (this.field !== METRIC || this.contentFrom < 0) continue;
      const end = this.at;
      this.at = this.contentFrom;
      if (!this.readMetric(end)) return false;
      return true;
    }
    return false;
  }

  private readMetric(end: number): boolean {
    this.nameFrom = this.nameTo = this.alias = 0;
    this.integer = this.flag = this.textFrom = this.textTo = -1;
    while (this.at < end) {
      if (!this.readField(end)) return false;
      const isText = this.contentFrom >= 0;
      if (this.field === MetricField.name && isText) {
        this.nameFrom = this.contentFrom;
        this.nameTo = this.at;
      } else if (this.field === MetricField.stringValue && isText) {
        this.textFrom = this.contentFrom;
        this.textTo = this.at;
      } else if (!isText && this.field === MetricField.alias) this.alias = this.value;
      else if (!isText && this.field === MetricField.booleanValue) this.flag = this.value === 0 ? 0 : 1;
      else if (!isText && (this.field === MetricField.intValue || this.field === MetricField.longValue)) {
        this.integer = this.value;
      }
    }
    return true;
  }

  /** Reads a field before `end`. Its content begins at `contentFrom` and ends at `at`, or is the number `value`. */
  private readField(end: number): boolean {
    if (this.at >= end || !this.readVarint(end)) return false;
    const tag = this.value;
    this.field = Math.floor(tag / 8);
    this.contentFrom = -1;
    const wire = tag % 8;
    if (wire === Wire.varint) return this.readVarint(end);
    let length = wire === Wire.fixed64 ? 8 : 4;
    if (wire === Wire.lengthDelimited) {
      if (!this.readVarint(end)) return false;
      length = this.value;
    } else if (wire !== Wire.fixed64 && wire !== Wire.fixed32) return false;
    if (length > end - this.at) return false;
    this.contentFrom = this.at;
    this.at += length;
    return true;
  }

  /** Beyond 2^53 the last digits are lost. */
  private readVarint(end: number): boolean {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= end) return false;
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte < 0x80) {
        this.value = value;
        return true;
      }
    }
    return false;
  }
}
