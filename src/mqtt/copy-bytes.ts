/**
 * Copies `source[from..to)` to `target[at..)` and returns the index behind the copy.
 * A view for `set` would cost slots on XS, so only a whole array goes through it.
 */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  if (from === 0 && to === source.length) {
    target.set(source, at);
    return at + to;
  }
  while (from < to) target[at++] = source[from++]!;
  return at;
}
