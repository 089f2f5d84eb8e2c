import { altbeacon } from './altbeacon.js';
import { eddystoneEid } from './eddystone-eid.js';
import { eddystoneTlm } from './eddystone-tlm.js';
import { eddystoneUid } from './eddystone-uid.js';
import { eddystoneUrl } from './eddystone-url.js';
import type { Format } from './format.js';
import { ibeacon } from './ibeacon.js';
import { mikrotik } from './mikrotik.js';
import { ruuvi5 } from './ruuvi5.js';

/**
 * Every format that is known, one line each; `src/tags/README.md` says how to add one.
 *
 * Among formats that are offered the same structure the first that does not return `none` takes it, so what is
 * specific stands before what is general. Else the order means nothing; it is that of the numbers.
 */
export const formats: readonly Format[] = [
  mikrotik,
  ruuvi5,
  // Formats with a match for Apple's company id stand before iBeacon.
  ibeacon,
  altbeacon,
  eddystoneUid,
  eddystoneUrl,
  eddystoneTlm,
  eddystoneEid,
  // Formats for any company's data, and presence, stand here.
];

/** Names by number. */
const names: string[] = [];
for (let i = 0; i < formats.length; i++) names[formats[i]!.number] = formats[i]!.name;

/** The name of a format by its number, `unknown` when there is none. */
export function formatName(number: number): string {
  return names[number] ?? 'unknown';
}
