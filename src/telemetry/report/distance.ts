import { checkNumber } from '../../tags/check-range.js';
import { Field } from '../../tags/field.js';
import type { Reading } from '../../tags/reading.js';
import { RSSI_UNKNOWN } from '../../tags/tag-table.js';

/** What a signal loses over the first metre in dB: Eddystone's specification, "Tx Power Level". */
const FIRST_METRE_LOSS = 41;

/** How far away tags seem to be. */
export interface DistanceOptions {
  /** Signal strength in dBm at 1 m of tags that do not send it, or 0: then there is no distance of these. Default 0. */
  rssiAt1m?: number;
  /** How fast the signal falls: 2 in free space, 2.7 to 4 indoors. Allowed are 1 to 6, default 2.7. */
  pathLossExponent?: number;
}

/** The exponent when none is given. */
export const PATH_LOSS_EXPONENT = 2.7;

/**
 * The distance in metres at which a tag is received with `rssi` dBm: 10 ^ ((rssiAt1m - rssi) / (10 exponent)), the
 * log-distance path loss model. The signal strength at 1 m is what the tag sends (iBeacon, AltBeacon), or 41 dB less
 * than its transmit power (Eddystone, Ruuvi), or else `rssiAt1m`, where 0 means unknown. Bodies, walls and the tag's
 * position move it by a factor of two and more. 0 when it cannot be told. Allocates nothing.
 */
export function estimateDistance(reading: Reading, rssi: number, rssiAt1m: number, exponent: number): number {
  if (reading.has(Field.rssiAt1m)) rssiAt1m = reading.get(Field.rssiAt1m);
  else if (reading.has(Field.txPower)) rssiAt1m = reading.get(Field.txPower) - FIRST_METRE_LOSS;
  if (rssi === RSSI_UNKNOWN || rssiAt1m === 0) return 0;
  return Math.pow(10, (rssiAt1m - rssi) / (10 * exponent));
}

/** Returns the options with their defaults. Throws a RangeError that names the option, its range and the value. */
export function checkDistanceOptions(options: DistanceOptions): Required<DistanceOptions> {
  const rssiAt1m = options.rssiAt1m ?? 0;
  const pathLossExponent = options.pathLossExponent ?? PATH_LOSS_EXPONENT;
  checkNumber('rssiAt1m', rssiAt1m, -127, 20, 'dBm (0: unknown)');
  checkNumber('pathLossExponent', pathLossExponent, 1, 6, '');
  return { rssiAt1m, pathLossExponent };
}
