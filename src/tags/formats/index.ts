import { MATCH_SOURCE, Source } from '../frame.js';
import type { Format, Match } from '../frame.js';
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

/** The name of a format by its number, `unknown` when there is none. For people: it looks through all. */
export function formatName(number: number): string {
  for (let i = 0; i < formats.length; i++) if (formats[i]!.number === number) return formats[i]!.name;
  return 'unknown';
}

const BUCKETS = 64;
const END = 0xff;

/*
 * What structures can be recognised by, each once, and the formats that these are offered to: their places in
 * `formats`, one list behind the other, each with an END. Made while the module is loaded, on a chip before it is in
 * ROM, where an element of an array takes 16 bytes.
 */
const known: Match[] = [];
const begins: number[] = [];
const places: number[] = [];
for (let i = 0; i < formats.length; i++) {
  for (let j = 0; j < formats[i]!.matches.length; j++) {
    const match = formats[i]!.matches[j]!;
    if (known.indexOf(match) >= 0) continue;
    known.push(match);
    begins.push(places.length);
    for (let k = i; k < formats.length; k++) if (formats[k]!.matches.indexOf(match) >= 0) places.push(k);
    places.push(END);
  }
}
if (places.length > END) throw new RangeError('more than ' + END + ' places of formats');

/** By entry: source and id, where its formats begin in `offers`, and the next entry in the same bucket. */
const sources = new Uint8Array(known.length);
const ids = Uint32Array.from(known);
const lists = Uint8Array.from(begins);
const chain = new Uint8Array(known.length);
const heads = new Uint8Array(BUCKETS).fill(END);
const offers = Uint8Array.from(places);
/** Lengths of manufacturer data that a format takes without a company identifier, a bit each. */
let wholeLengths = 0;
for (let entry = 0; entry < known.length; entry++) {
  const source = Math.floor(known[entry]! / MATCH_SOURCE);
  const bucket = bucketOf(source, ids[entry]!);
  sources[entry] = source;
  chain[entry] = heads[bucket]!;
  heads[bucket] = entry;
  if (source === Source.wholeManufacturer) wholeLengths |= 1 << ids[entry]!;
}

/** True when manufacturer data of this length may be offered as `Source.wholeManufacturer`. */
export function mayBeWhole(length: number): boolean {
  // A shift takes its count modulo 32, which is why longer data may be what shorter data is.
  return ((wholeLengths >>> length) & 1) !== 0;
}

/** Where the formats begin that a structure of this source and id is offered to, see `offered`; -1 when none is. */
export function offeredTo(source: Source, id: number): number {
  // As `bucketOf`, without the call.
  let entry = heads[(id ^ (id >>> 8) ^ (id >>> 16) ^ (source * 11)) & (BUCKETS - 1)]!;
  while (entry !== END) {
    if (ids[entry] === id && sources[entry] === source) return lists[entry]!;
    entry = chain[entry]!;
  }
  return -1;
}

/** The format at this place of `offeredTo`; further ones follow, until undefined. */
export function offered(at: number): Format | undefined {
  return formats[offers[at]!];
}

function bucketOf(source: Source, id: number): number {
  return (id ^ (id >>> 8) ^ (id >>> 16) ^ (source * 11)) & (BUCKETS - 1);
}
