import { cosOfTurns, ln } from '../virtual/exact-math.js';

/**
 * Repeatable pseudo-random numbers: mulberry32 (Tommy Ettinger, 2017, public domain). Not for secrets.
 * Equal seeds and streams give equal numbers on every machine.
 */
export class SeededRandom {
  private state: number;

  /** `seed`: unsigned 32 bits. `stream` tells apart generators that share a seed. */
  constructor(seed: number, stream = 0) {
    this.state = seed >>> 0;
    // Neighbouring streams must not be the same sequence shifted, so the start goes through the mixer.
    this.state = (this.uint32() ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0;
    this.state = this.uint32();
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 inclusive to 1 exclusive. */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Normally distributed, mean 0, standard deviation 1 (Box and Muller, 1958). Always takes two numbers. */
  normal(): number {
    const radius = Math.sqrt(-2 * ln(1 - this.unit()));
    return radius * cosOfTurns(this.unit());
  }
}
