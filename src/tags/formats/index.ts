import type { Format, Match, Source } from '../frame.js';
import { bthome1, bthome2 } from './bthome.js';
import { eddystoneEid, eddystoneTlm, eddystoneUid, eddystoneUrl } from './eddystone.js';
import { efento } from './efento.js';
import { environmentalSensing } from './environmental-sensing.js';
import { govee } from './govee.js';
import { hhccjcy10 } from './hhccjcy10.js';
import { altbeacon, ibeacon } from './ibeacon.js';
import { ingics } from './ingics.js';
import { ibbq, inkbird } from './inkbird.js';
import { kkm } from './kkm.js';
import { miScale } from './mi-scale.js';
import { atc1441, pvvx } from './mi-thermometer.js';
import { mibeacon } from './mibeacon.js';
import { mikrotik } from './mikrotik.js';
import { minew } from './minew.js';
import { moat } from './moat.js';
import { apple, chipolo, findHub, presence, smartTag, tile } from './presence.js';
import { qingping } from './qingping.js';
import { ruuvi3, ruuvi5, ruuvi6, ruuviC5, ruuviE1 } from './ruuvi.js';
import { sensirion } from './sensirion.js';
import { switchbot } from './switchbot.js';
import { teltonika } from './teltonika.js';
import { thermopro } from './thermopro.js';

/**
 * Every format that is known, one line each; `src/tags/README.md` says how to add one.
 *
 * Among formats that are offered the same structure the first that does not return `none` takes it, so what is
 * specific stands before what is general. Else the order means nothing; it is that of the numbers.
 */
export const formats: readonly Format[] = [
  mikrotik,
  ruuvi3,
  ruuvi5,
  ruuvi6,
  ruuviC5,
  ruuviE1,
  bthome1,
  bthome2,
  mibeacon,
  atc1441,
  pvvx,
  govee,
  inkbird,
  ibbq,
  thermopro,
  moat,
  switchbot,
  minew,
  ingics,
  kkm,
  qingping,
  sensirion,
  teltonika,
  efento,
  environmentalSensing,
  miScale,
  hhccjcy10,
  // Formats with a match for Apple's company id stand before iBeacon.
  ibeacon,
  altbeacon,
  eddystoneUid,
  eddystoneUrl,
  eddystoneTlm,
  eddystoneEid,
  // Formats for any company's data, and presence, stand here.
  tile,
  smartTag,
  findHub,
  chipolo,
  apple,
  presence,
];

/** Names by number. */
const names: string[] = [];
for (let i = 0; i < formats.length; i++) names[formats[i]!.number] = formats[i]!.name;

/** The name of a format by its number, `unknown` when there is none. */
export function formatName(number: number): string {
  return names[number] ?? 'unknown';
}

const BUCKETS = 64;
const END = 0xff;

/** All matches of all formats, in the order of the table. */
const matches: Match[] = [];
const owners: Format[] = [];
/** Index of a bucket's first match, and of the next in the same bucket. */
const first = new Uint8Array(BUCKETS).fill(END);
const next = new Uint8Array(255).fill(END);

for (let i = formats.length - 1; i >= 0; i--) {
  const format = formats[i]!;
  for (let j = format.matches.length - 1; j >= 0; j--) {
    const match = format.matches[j]!;
    const at = matches.length;
    if (at >= END) throw new RangeError('more than ' + END + ' matches of formats');
    const bucket = bucketOf(match.source, match.id);
    matches[at] = match;
    owners[at] = format;
    next[at] = first[bucket]!;
    first[bucket] = at;
  }
}

/**
 * The next match for a structure of this source and id: of the first call with -1, then with what it returned, in the
 * order of `formats`; -1 when there is none left. `ownerOf` is its format.
 */
export function nextMatch(after: number, source: Source, id: number): number {
  let at = after < 0 ? first[bucketOf(source, id)]! : next[after]!;
  while (at !== END) {
    const match = matches[at]!;
    if (match.source === source && match.id === id) return at;
    at = next[at]!;
  }
  return -1;
}

/** The format of a match. */
export function ownerOf(match: number): Format {
  return owners[match]!;
}

function bucketOf(source: Source, id: number): number {
  return (id ^ (id >>> 8) ^ (id >>> 16) ^ (source * 11)) & (BUCKETS - 1);
}
