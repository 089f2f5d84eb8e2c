import { altbeacon } from './altbeacon.js';
import { apple } from './apple.js';
import { atc1441 } from './atc1441.js';
import { bthome1 } from './bthome1.js';
import { bthome2 } from './bthome2.js';
import { eddystoneEid } from './eddystone-eid.js';
import { eddystoneTlm } from './eddystone-tlm.js';
import { eddystoneUid } from './eddystone-uid.js';
import { eddystoneUrl } from './eddystone-url.js';
import { efento } from './efento.js';
import { environmentalSensing } from './environmental-sensing.js';
import type { Format } from './format.js';
import { govee } from './govee.js';
import { hhccjcy10 } from './hhccjcy10.js';
import { ibbq } from './ibbq.js';
import { ibeacon } from './ibeacon.js';
import { ingics } from './ingics.js';
import { inkbird } from './inkbird.js';
import { kkm } from './kkm.js';
import { miScale } from './mi-scale.js';
import { mibeacon } from './mibeacon.js';
import { mikrotik } from './mikrotik.js';
import { minew } from './minew.js';
import { moat } from './moat.js';
import { presence } from './presence.js';
import { pvvx } from './pvvx.js';
import { qingping } from './qingping.js';
import { ruuviC5 } from './ruuvi-c5.js';
import { ruuviE1 } from './ruuvi-e1.js';
import { ruuvi3 } from './ruuvi3.js';
import { ruuvi5 } from './ruuvi5.js';
import { ruuvi6 } from './ruuvi6.js';
import { sensirion } from './sensirion.js';
import { switchbot } from './switchbot.js';
import { teltonika } from './teltonika.js';
import { thermopro } from './thermopro.js';
import { tile } from './tile.js';

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
