/** What is known of the answer that waits longest. */
const enum Field {
  /** u8 */
  table = 0,
  /** u8 */
  afterwards = 1,
  /** u16 */
  topicLength = 2,
  /** u16 */
  payloadLength = 4,
  size = 6,
}

/** Answers that wait for room in the session, in order, in a fixed number of bytes. Allocates nothing. */
export class AnswerQueue {
  /** Answers that wait. */
  count = 0;
  readonly bytes: Uint8Array;
  private end = 0;

  /** `size` in bytes; an answer takes 6 more than its topic and payload. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** False when there is no room. `table` and `afterwards` are 0 to 255. */
  add(
    scratch: Uint8Array,
    topicFrom: number,
    topicTo: number,
    from: number,
    to: number,
    table: number,
    afterwards: number,
  ): boolean {
    const { bytes } = this;
    const topicLength = topicTo - topicFrom;
    const length = to - from;
    let at = this.end;
    if (Field.size + topicLength + length > bytes.length - at) return false;
    bytes[at + Field.table] = table;
    bytes[at + Field.afterwards] = afterwards;
    bytes[at + Field.topicLength] = topicLength >> 8;
    bytes[at + Field.topicLength + 1] = topicLength & 255;
    bytes[at + Field.payloadLength] = length >> 8;
    bytes[at + Field.payloadLength + 1] = length & 255;
    at += Field.size;
    for (let i = topicFrom; i < topicTo; i++) bytes[at++] = scratch[i]!;
    for (let i = from; i < to; i++) bytes[at++] = scratch[i]!;
    this.end = at;
    this.count++;
    return true;
  }

  // Of the answer that waits longest: its topic is bytes[topicFrom..topicTo), its payload bytes[topicTo..payloadTo).

  get topicFrom(): number {
    return Field.size;
  }

  get topicTo(): number {
    return Field.size + this.uint16(Field.topicLength);
  }

  get payloadTo(): number {
    return this.topicTo + this.uint16(Field.payloadLength);
  }

  get table(): number {
    return this.bytes[Field.table]!;
  }

  get afterwards(): number {
    return this.bytes[Field.afterwards]!;
  }

  /** Forgets it. */
  remove(): void {
    const size = this.payloadTo;
    this.bytes.copyWithin(0, size, this.end);
    this.end -= size;
    this.count--;
  }

  private uint16(at: number): number {
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }
}
