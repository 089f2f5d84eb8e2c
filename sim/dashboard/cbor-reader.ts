import { decode } from 'cborg';
import type { DecodeOptions } from 'cborg/interface';

const LEVELS = 16;

const OPTIONS: DecodeOptions = {
  // The firmware writes none.
  allowIndefinite: false,
  allowUndefined: false,
  // SenML has keys that are numbers.
  useMaps: true,
  // Of any tag the content, without what the tag says of it.
  tags: new Proxy({}, { get: () => (content: () => unknown) => content() }),
};

/**
 * What an item of CBOR (RFC 8949) says, with the values of JSON: maps are objects whose keys are texts, byte strings
 * are hexadecimal, tags are left out. Undefined for what is no item, or more than one; for indefinite lengths, for
 * texts that are no UTF-8, and for more than 16 levels.
 */
export function readCbor(bytes: Uint8Array): unknown {
  try {
    return asJson(decode(bytes, OPTIONS), 0);
  } catch {
    // cborg throws an Error for each mistake; for thousands of levels there is no stack.
    return undefined;
  }
}

function asJson(value: unknown, level: number): unknown {
  if (level > LEVELS) throw new RangeError('too many levels');
  if (typeof value === 'bigint') return Number(value);
  // cborg replaces what is no UTF-8.
  if (typeof value === 'string' && value.includes('\ufffd')) throw new RangeError('no UTF-8');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map((one) => asJson(one, level + 1));
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, content]) => [keyText(key, level), asJson(content, level + 1)]));
}

function keyText(key: unknown, level: number): string {
  const text = asJson(key, level + 1);
  return typeof text === 'string' ? text : JSON.stringify(text);
}
