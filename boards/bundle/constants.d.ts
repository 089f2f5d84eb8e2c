/** A module whose constant arrays and objects are frozen at its end. Throws when one of its functions changes one. */
export function frozenTables(code: string): string;

/** A module in which the parameters of functions that make others are constants. */
export function constantParameters(code: string): string;
