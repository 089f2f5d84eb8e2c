/**
 * An array that shows only `bytes` but reports every index that is read outside `[from..to)` of it.
 * Decoders index arrays one byte at a time, so a Proxy sees all they do.
 */
export function guarded(bytes: Uint8Array, from: number, to: number): { bytes: Uint8Array; outside: number[] } {
  const outside: number[] = [];
  const watch = new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^-?\d+$/.test(key)) {
        const index = Number(key);
        if (index < from || index >= to) outside.push(index);
      }
      return Reflect.get(target, key, target) as unknown;
    },
  });
  return { bytes: watch, outside };
}
