/** The rows of what is read by index: 0 to `count - 1`. */
export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
