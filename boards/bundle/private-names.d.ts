/** The short name of each private member that gets one. */
export function privateNames(): Map<string, string>;
