/** Builds pcap files, record by record, for tests. */
export class PcapWriter {
  private readonly parts: Buffer[] = [];

  constructor(
    readonly linkType: number,
    private readonly little = true,
    private readonly nano = false,
  ) {
    const header = Buffer.alloc(24);
    this.uint32(header, 0, nano ? 0xa1b23c4d : 0xa1b2c3d4);
    this.uint16(header, 4, 2);
    this.uint16(header, 6, 4);
    this.uint32(header, 16, 65535);
    this.uint32(header, 20, linkType);
    this.parts.push(header);
  }

  packet(bytes: ArrayLike<number>, timeMicroseconds: number): this {
    const header = Buffer.alloc(16);
    const fraction = timeMicroseconds % 1e6;
    this.uint32(header, 0, Math.floor(timeMicroseconds / 1e6));
    this.uint32(header, 4, this.nano ? fraction * 1000 + 999 : fraction);
    this.uint32(header, 8, bytes.length);
    this.uint32(header, 12, bytes.length);
    this.parts.push(header, Buffer.from(Array.from(bytes)));
    return this;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  private uint32(into: Buffer, at: number, value: number): void {
    if (this.little) into.writeUInt32LE(value, at);
    else into.writeUInt32BE(value, at);
  }

  private uint16(into: Buffer, at: number, value: number): void {
    if (this.little) into.writeUInt16LE(value, at);
    else into.writeUInt16BE(value, at);
  }
}

/** A pcapng block, low byte first. */
export function pcapngBlock(type: number, body: ArrayLike<number>): Buffer {
  const padded = Math.ceil(body.length / 4) * 4;
  const block = Buffer.alloc(12 + padded);
  block.writeUInt32LE(type, 0);
  block.writeUInt32LE(block.length, 4);
  block.set(Array.from(body), 8);
  block.writeUInt32LE(block.length, block.length - 4);
  return block;
}
