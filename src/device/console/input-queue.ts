const CAPACITY = 16384;

/** Bytes that wait for a command to end. */
export class InputQueue {
  /** Bytes that found no room since the queue was empty. */
  lost = 0;
  private bytes = new Uint8Array(64);
  private from = 0;
  private to = 0;

  /** False when there is no room. */
  add(byte: number): boolean {
    if (this.to === this.bytes.length && !this.makeRoom()) {
      this.lost++;
      return false;
    }
    this.bytes[this.to++] = byte;
    return true;
  }

  /** The next byte, or -1. */
  take(): number {
    if (this.from < this.to) return this.bytes[this.from++]!;
    this.clear();
    return -1;
  }

  clear(): void {
    this.from = 0;
    this.to = 0;
    this.lost = 0;
    // A paste may have made it large; it shall not stay so.
    if (this.bytes.length > 1024) this.bytes = new Uint8Array(64);
  }

  private makeRoom(): boolean {
    const waiting = this.to - this.from;
    if (this.from === 0 && waiting >= CAPACITY) return false;
    const bytes = this.from > 0 ? this.bytes : new Uint8Array(Math.min(CAPACITY, waiting * 2));
    bytes.set(this.bytes.subarray(this.from, this.to));
    this.bytes = bytes;
    this.from = 0;
    this.to = waiting;
    return true;
  }
}
