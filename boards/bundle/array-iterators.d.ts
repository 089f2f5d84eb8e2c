/** A compiled module with an index in each loop for which `overArray` has true, in their order. */
export function withIndices(code: string, overArray: readonly boolean[]): string;

/**
 * A compiled module with `concat` in each list whose spreads are all of arrays; `ofArray` has true for those, in their
 * order.
 */
export function withConcat(code: string, ofArray: readonly boolean[]): string;
