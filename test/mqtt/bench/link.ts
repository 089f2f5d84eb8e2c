import { Random } from './random.js';

/** What a simulated link does to bytes. All times are milliseconds. */
export interface LinkOptions {
  /** From one end to the other. Default 5. */
  latency?: number;
  /** True cuts what is sent into pieces that arrive one by one. */
  fragments?: boolean;
  /** Most bytes that the link takes at once; then it takes none for a millisecond. Default: no limit. */
  room?: number;
  /** Decides where pieces are cut and how much is taken. Default 1. */
  seed?: number;
}

/** One direction of a byte stream in virtual time: ordered, late, cut into pieces, and never changed. */
export class Lane {
  private readonly random: Random;
  private readonly pieces: { time: number; bytes: Uint8Array }[] = [];
  private readonly latency: number;
  private lastArrival = 0;

  constructor(private readonly options: LinkOptions) {
    this.random = new Random(options.seed ?? 1);
    this.latency = options.latency ?? 5;
  }

  /** How many of `length` bytes the lane takes now. */
  taken(length: number): number {
    const { room } = this.options;
    return room === undefined ? length : Math.min(length, 1 + this.random.below(room));
  }

  send(bytes: Uint8Array, now: number): void {
    for (let from = 0; from < bytes.length;) {
      const length = this.options.fragments ? 1 + this.random.below(7) : bytes.length;
      const delay = this.options.fragments ? this.random.below(3) : 0;
      this.lastArrival = Math.max(this.lastArrival, now + this.latency + delay);
      this.pieces.push({ time: this.lastArrival, bytes: bytes.slice(from, from + length) });
      from += length;
    }
  }

  /** When the next piece arrives; Infinity for never. */
  get arrival(): number {
    return this.pieces[0]?.time ?? Infinity;
  }

  /** The next piece. */
  take(): Uint8Array {
    return this.pieces.shift()!.bytes;
  }

  /** What is under way is lost. */
  clear(): void {
    this.pieces.length = 0;
  }
}
