import { SeededRandom } from '../world/random.js';

/**
 * The chance of a simulation: one seed, and a stream of numbers of its own for each name. What draws from one stream
 * does not shift the numbers of another, so a fault more or less leaves the radio as it was.
 */
export class Chance {
  constructor(readonly seed: number) {}

  /** A new generator at the beginning of the stream `name`; the same one for the same name. */
  stream(name: string): SeededRandom {
    let hash = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return new SeededRandom(this.seed, hash);
  }
}

/** An integer from `from` to `to`, both included. */
export function integerOf(random: SeededRandom, from: number, to: number): number {
  return from + Math.floor(random.unit() * (to - from + 1));
}

/** One of `list`, which is not empty. */
export function oneOf<T>(random: SeededRandom, list: readonly T[]): T {
  return list[Math.floor(random.unit() * list.length)]!;
}
