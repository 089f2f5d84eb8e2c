/*
 * Operations whose price is known (what each costs on XS is the engine's own affair): they show that the measurement
 * sees what allocates, and only that.
 */

let kept: unknown;

/** 0 slots, 0 chunk bytes. */
export function nothing(count: number): number {
  for (let i = 0; i < count; i++) kept = i;
  return count;
}

/** 3 slots: an instance and two properties. */
export function objectLiteral(count: number): number {
  for (let i = 0; i < count; i++) kept = { a: i, b: i };
  return count;
}

/** 7 slots, and a chunk of 64 bytes with its header. */
export function typedArray(count: number): number {
  for (let i = 0; i < count; i++) kept = new Uint8Array(64);
  return count;
}

/** Takes `count` objects that are not garbage, until the heap is full. */
export function hoard(count: number): number {
  const all: unknown[] = [];
  for (let i = 0; i < count; i++) all.push({ a: i });
  kept = all;
  return all.length;
}

/** Uses the stack `count` calls deep. */
export function deep(count: number): number {
  return count === 0 ? 0 : deep(count - 1) + 1;
}

/** Happens every other time. */
export function seldom(count: number): number {
  return count / 2;
}

/** Throws. */
export function fail(): number {
  throw new RangeError('kept is ' + typeof kept);
}
