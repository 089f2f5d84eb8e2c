import { Field } from '../tags/field.js';
import { FormatNumber } from '../tags/frame.js';
import { IdentityKind, ReadingState } from '../tags/reading.js';
import type { Reading } from '../tags/reading.js';
import type { Report } from '../telemetry/report/report.js';

const MIKROTIK_LENGTH = 22;
const RUUVI_LENGTH = 31;

/**
 * The advertisement of a tag, for consumers that decode it themselves: as it was heard where it is kept
 * (`TagOptions.advertisementSize`), else made anew from the reading, as far as that holds it: see `write`.
 */
export class AdvertisementWriter {
  /** The advertisement is `bytes[0..length)`. */
  bytes: Uint8Array;

  private readonly made = new Uint8Array(RUUVI_LENGTH);

  constructor() {
    this.bytes = this.made;
  }

  /**
   * Finds the advertisement that is kept with `report`, or writes one that decodes to its reading, and returns its
   * length. None is made, and 0 returned, for a reading that is not ok, and for formats other than MikroTik's and
   * Ruuvi's data format 5. Of a MikroTik tag the salt and the user data are 0. Of a Ruuvi tag the flags AD stands
   * before it, as a RuuviTag sends it.
   */
  write(report: Report): number {
    const { reading } = report;
    if (report.advertisementLength > 0) {
      this.bytes = report.advertisement;
      return report.advertisementLength;
    }
    this.bytes = this.made;
    if (reading.state !== ReadingState.ok) return 0;
    if (reading.format === FormatNumber.mikrotik) return this.writeMikrotik(reading);
    return reading.format === FormatNumber.ruuvi5 ? this.writeRuuvi(report) : 0;
  }

  /** Layout: src/tags/formats/mikrotik.ts. */
  private writeMikrotik(reading: Reading): number {
    const bytes = this.made;
    const still = reading.has(Field.accelerationX);
    bytes[0] = MIKROTIK_LENGTH - 1;
    bytes[1] = 0xff;
    bytes[2] = 0x4f;
    bytes[3] = 0x09;
    bytes[4] = 1;
    bytes[5] = 0;
    this.putLittle(6, 0);
    this.putLittle(8, scaled(reading, Field.accelerationX, 256, 0));
    this.putLittle(10, scaled(reading, Field.accelerationY, 256, 0));
    this.putLittle(12, scaled(reading, Field.accelerationZ, 256, 0));
    this.putLittle(14, scaled(reading, Field.temperature, 256, 0x8000));
    const uptime = scaled(reading, Field.uptime, 1, 0);
    this.putLittle(16, uptime);
    this.putLittle(18, uptime / 65536);
    bytes[20] = scaled(reading, Field.events, 1, 0) | (still ? 0 : 0x40);
    bytes[21] = scaled(reading, Field.batteryPercent, 1, 0xff);
    return MIKROTIK_LENGTH;
  }

  /** Layout: src/tags/formats/ruuvi.ts. What is not measured has the marker of the format. */
  private writeRuuvi(report: Report): number {
    const bytes = this.made;
    const { reading } = report;
    bytes[0] = 2;
    bytes[1] = 1;
    bytes[2] = 6;
    bytes[3] = 0x1b;
    bytes[4] = 0xff;
    bytes[5] = 0x99;
    bytes[6] = 0x04;
    bytes[7] = 5;
    this.putBig(8, scaled(reading, Field.temperature, 200, 0x8000));
    this.putBig(10, scaled(reading, Field.humidity, 400, 0xffff));
    this.putBig(12, reading.has(Field.pressure) ? scaled(reading, Field.pressure, 100, 0) - 50000 : 0xffff);
    this.putBig(14, scaled(reading, Field.accelerationX, 1000, 0x8000));
    this.putBig(16, scaled(reading, Field.accelerationY, 1000, 0x8000));
    this.putBig(18, scaled(reading, Field.accelerationZ, 1000, 0x8000));
    const volts = reading.has(Field.batteryVoltage) ? scaled(reading, Field.batteryVoltage, 1000, 0) - 1600 : 0x7ff;
    const power = reading.has(Field.txPower) ? (reading.get(Field.txPower) + 40) >> 1 : 31;
    this.putBig(20, (volts << 5) | power);
    bytes[22] = scaled(reading, Field.movementCount, 1, 0xff);
    this.putBig(23, scaled(reading, Field.sequence, 1, 0xffff));
    // The tag says its own address where it is not the advertiser's.
    const address = reading.identityKind === IdentityKind.address ? reading.identity : report.address;
    for (let i = 0; i < report.address.length; i++) bytes[25 + i] = address[i]!;
    return RUUVI_LENGTH;
  }

  private putLittle(at: number, value: number): void {
    this.made[at] = value;
    this.made[at + 1] = value >> 8;
  }

  private putBig(at: number, value: number): void {
    this.made[at] = value >> 8;
    this.made[at + 1] = value;
  }
}

/** A field as whole number of steps, or `absent`. */
function scaled(reading: Reading, field: Field, steps: number, absent: number): number {
  return reading.has(field) ? Math.round(reading.get(field) * steps) : absent;
}
