import { Source } from '../frame.js';
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

/** Names by number. */
const names: string[] = [];
for (let i = 0; i < formats.length; i++) names[formats[i]!.number] = formats[i]!.name;

/** The name of a format by its number, `unknown` when there is none. */
export function formatName(number: number): string {
  return names[number] ?? 'unknown';
}

const BUCKETS = 64;
const END = 0xff;

/**
 * What structures can be recognised by, each source and id once: the source, the id, where its formats begin in
 * `lists`, and the next entry in the same bucket.
 */
const sources: number[] = [];
const ids: number[] = [];
const lists: number[] = [];
const chain: number[] = [];
const heads = new Uint8Array(BUCKETS).fill(END);
/** The formats that a structure is offered to, in the order of `formats`, one list behind the other. */
const offers: (Format | undefined)[] = [];
/** Lengths of manufacturer data that a format takes without a company identifier, a bit each. */
let wholeLengths = 0;

formats.forEach((format) => format.matches.forEach(addEntry));

function addEntry({ source, id }: Match): void {
  if (offeredTo(source, id) >= 0) return;
  const bucket = bucketOf(source, id);
  const entry = sources.length;
  if (entry >= END) throw new RangeError('more than ' + END + ' things to recognise formats by');
  sources[entry] = source;
  ids[entry] = id;
  lists[entry] = offers.length;
  chain[entry] = heads[bucket]!;
  heads[bucket] = entry;
  const fits = (match: Match): boolean => match.source === source && match.id === id;
  formats.filter((format) => format.matches.some(fits)).forEach((format) => offers.push(format));
  offers.push(undefined);
  if (source === Source.wholeManufacturer) wholeLengths |= 1 << id;
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
  return offers[at];
}

function bucketOf(source: Source, id: number): number {
  return (id ^ (id >>> 8) ^ (id >>> 16) ^ (source * 11)) & (BUCKETS - 1);
}
