/** Two ways to do the same, measured in turn in one run. */
export interface Comparison {
  what: string;
  peer: string;
  /** Operations a second; median of the rounds. */
  ours: number;
  peers: number;
  /** ours / peers. */
  ratio: number;
}

const ROUNDS = 9;
const ROUND_MILLISECONDS = 150;

/**
 * Runs both in turn, several rounds. Both must return the same number, so that neither does less work.
 * `operations` is how many operations one call does.
 */
export function compare(
  what: string,
  peer: string,
  operations: number,
  ours: () => number,
  peers: () => number,
): Comparison {
  const expected = peers();
  if (ours() !== expected) throw new Error(`${what}: the results of both sides differ`);
  const rates = [[], []] as [number[], number[]];
  for (let round = 0; round < ROUNDS; round++) {
    rates[0].push(rate(ours, operations));
    rates[1].push(rate(peers, operations));
  }
  return result(what, peer, median(rates[0]), median(rates[1]));
}

export function result(what: string, peer: string, ours: number, peers: number): Comparison {
  return { what, peer, ours: Math.round(ours), peers: Math.round(peers), ratio: ours / peers };
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Operations a second of one round; `operations` is how many one call does. */
export function rate(run: () => number, operations: number): number {
  const begin = performance.now();
  let calls = 0;
  let elapsed: number;
  do {
    run();
    calls++;
    elapsed = performance.now() - begin;
  } while (elapsed < ROUND_MILLISECONDS);
  return (calls * operations * 1000) / elapsed;
}
