import type { Frame } from '../frame.js';
import { uint32be } from './integers.js';

// What Govee's layouts share.

/** Head of the iBeacon that some models glue to their own data in the same AD structure: 4C 00 02 15. */
const BEACON_HEAD = 0x4c000215;
const BEACON_SIZE = 25;

/** Where the value ends without the glued iBeacon (its UUID says INTELLI_ROCKS). */
export function goveeEnd(frame: Frame): number {
  const end = frame.to - BEACON_SIZE;
  return end >= frame.from && uint32be(frame.bytes, end) === BEACON_HEAD ? end : frame.to;
}

/** The model in the local name, such as 0x5102 for GVH5102_CB9B and 0x5178 for B51782BC8; 0 when there is none. */
export function goveeModel(frame: Frame): number {
  const bytes = frame.bytes;
  const to = frame.nameTo - 4;
  for (let from = frame.nameFrom; from >= 0 && from <= to; from++) {
    // All models are 5….
    if (bytes[from] !== 0x35) continue;
    let model = 5;
    let at = from + 1;
    for (; at < from + 4; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      model = (model << 4) | digit;
    }
    if (at === from + 4) return model;
  }
  return 0;
}

/** True for a model (as `goveeModel`) by its name, or by the service that it lists: 51 82 on air for 0x5182. */
export function isGoveeModel(frame: Frame, named: number, model: number): boolean {
  return named === model || frame.hasService16(((model & 0xff) << 8) | (model >> 8));
}
