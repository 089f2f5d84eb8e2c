import { altbeacon } from './altbeacon.js';
import { eddystoneEid } from './eddystone-eid.js';
import { eddystoneTlm } from './eddystone-tlm.js';
import { eddystoneUid } from './eddystone-uid.js';
import { eddystoneUrl } from './eddystone-url.js';
import type { Format } from './format.js';
import { ibeacon } from './ibeacon.js';
import { mikrotik } from './mikrotik.js';

/**
 * Every format that is known. The entry of format number n is at index n - 1, which a test checks.
 * To add a format: one file beside this one, its number in `FormatNumber`, its entry here.
 */
export const formats: readonly Format[] = [
  mikrotik,
  ibeacon,
  altbeacon,
  eddystoneUid,
  eddystoneUrl,
  eddystoneTlm,
  eddystoneEid,
];

/** The name of a format by its number, `unknown` when there is none. */
export function formatName(number: number): string {
  return formats[number - 1]?.name ?? 'unknown';
}
