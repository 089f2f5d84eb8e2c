import { encodeUtf8 } from '../../mqtt/encode-utf8.js';
import { JsonFault } from './json-check.js';

const TEXTS: readonly Uint8Array[] = [
  'it is well-formed',
  'it is empty',
  'unexpected byte',
  'it ends too early',
  'control character in a string',
  'bad escape in a string',
  'nested too deep',
  'string that is not UTF-8',
  'something behind the value',
].map(encodeUtf8);

/** What is wrong, in ASCII, for people. */
export function jsonFaultText(fault: JsonFault): Uint8Array {
  return TEXTS[fault]!;
}
