/** Throws a RangeError when `key` breaks the rule of `Store`: 1 to 15 characters from a-z, 0-9 and `-`. */
export function checkStoreKey(key: string): void {
  if (!/^[a-z0-9-]{1,15}$/.test(key)) {
    throw new RangeError(`store key ${JSON.stringify(key)}: allowed are 1 to 15 characters from a-z, 0-9 and -`);
  }
}
