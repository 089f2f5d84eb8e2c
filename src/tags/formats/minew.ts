import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { decodeMinewManufacturerData } from './minew-manufacturer.js';
import { decodeMinewService } from './minew-service.js';

/**
 * Minew (Minew BeaconPlus and Connect V3 frames, as read by reelyActive's advlib-ble-services and
 * advlib-ble-manufacturers):
 * service data FFE1, `minew-service.ts`: A1 | kind | battery % | value | address, its last byte first;
 * manufacturer data, `minew-manufacturer.ts`: 51 (MSE), A3 and A4 (S3, S4), CA (Connect V3).
 *
 * The magnetic field, the axes of the gyroscope and the firmware's version are left out.
 */
export const minew: Format = {
  number: FormatNumber.minew,
  name: 'minew',
  matches: [
    { source: Source.service16, id: 0xffe1 },
    { source: Source.manufacturer, id: 0x0639 },
  ],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    return frame.source === Source.manufacturer
      ? decodeMinewManufacturerData(frame, reading)
      : decodeMinewService(frame, reading);
  },
};
