/**
 * A running hash of 64 bits over words and bytes: two lanes in the manner of FNV-1a with different primes, mixed when
 * it is read. Equal input, equal hash, on any engine. It finds differences; it is no protection against anybody.
 */
export class EventHash {
  private a = 0x811c9dc5 | 0;
  private b = 0x27d4eb2f | 0;

  /** Begins anew. */
  reset(): void {
    this.a = 0x811c9dc5 | 0;
    this.b = 0x27d4eb2f | 0;
  }

  /** Takes the low 32 bits of `word`, which is an integer. */
  add(word: number): void {
    this.a = Math.imul(this.a ^ word, 0x01000193);
    this.b = Math.imul(this.b ^ (word + this.a), 0x85ebca6b);
    this.b ^= this.b >>> 15;
  }

  /** A time or another number with a fraction: thousandths of it count. */
  addNumber(value: number): void {
    const thousandths = Math.floor(value * 1000);
    const high = Math.floor(thousandths / 0x1_0000_0000);
    this.add(high | 0);
    this.add((thousandths - high * 0x1_0000_0000) | 0);
  }

  addBytes(bytes: Uint8Array, from: number, to: number): void {
    let { a, b } = this;
    for (let i = from; i < to; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x01000193);
      b = Math.imul(b ^ (bytes[i]! + a), 0x85ebca6b);
      b ^= b >>> 15;
    }
    this.a = a;
    this.b = b;
    this.add(to - from);
  }

  /** The UTF-16 units of `text`. */
  addText(text: string): void {
    const { length } = text;
    for (let i = 0; i < length; i++) this.add(text.charCodeAt(i));
    this.add(length);
  }

  /** 32 of its bits, a signed number. */
  get word(): number {
    return mix(this.a ^ Math.imul(this.b, 0x9e3779b1)) | 0;
  }

  /** 16 hexadecimal digits. */
  get text(): string {
    return hex(mix(this.a ^ Math.imul(this.b, 0x9e3779b1))) + hex(mix(this.b ^ Math.imul(this.a, 0xc2b2ae35)));
  }
}

function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

function hex(word: number): string {
  const digits = (word >>> 0).toString(16);
  return '00000000'.slice(digits.length) + digits;
}
