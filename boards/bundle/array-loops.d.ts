/** A compiled module with an index in each loop for which `overArray` has true, in their order. */
export function withIndices(code: string, overArray: readonly boolean[]): string;
