import { describe, expect, it } from 'vitest';
import { putFlags } from '../../../sim/world/encode/ad-structure.js';
import { putEddystoneService, putEddystoneTlm, putEddystoneUid } from '../../../sim/world/encode/eddystone.js';
import { putIbeacon } from '../../../sim/world/encode/ibeacon.js';
import { type MikrotikReading, putMikrotik } from '../../../sim/world/encode/mikrotik.js';
import { hex, toHex } from '../../support/btsnoop-writer.js';

const written = (put: (into: Uint8Array) => number): string => {
  const into = new Uint8Array(64).fill(0xee);
  return toHex(into, 0, put(into));
};

describe('flags', () => {
  it('are 02 01 06', () => {
    expect(written((into) => putFlags(into, 0))).toBe('020106');
  });
});

describe('MikroTik TG-BT5', () => {
  // The lines of MikroTik's manual, pages "Bluetooth" and "Bluetooth tag-tracking using MQTT and ThingsBoard".
  const lines: [string, MikrotikReading][] = [
    [
      '15ff4f090100669dfcff0600fcff6117f1e50f000064',
      {
        salt: 0x9d66,
        x: -4 / 256,
        y: 6 / 256,
        z: -4 / 256,
        celsius: 23.37890625,
        uptimeSeconds: 1_041_905,
        flags: 0,
        batteryPercent: 100,
      },
    ],
    [
      '15ff4f09010077090000fcfffdffd519bf9eff00005b',
      {
        salt: 0x0977,
        x: 0,
        y: -4 / 256,
        z: -3 / 256,
        celsius: 25.83203125,
        uptimeSeconds: 16_752_319,
        flags: 0,
        batteryPercent: 91,
      },
    ],
    [
      '15ff4f09010084d500000400ffff0319ea8d2300005d',
      {
        salt: 0xd584,
        x: 0,
        y: 4 / 256,
        z: -1 / 256,
        celsius: 25.01171875,
        uptimeSeconds: 2_330_090,
        flags: 0,
        batteryPercent: 93,
      },
    ],
  ];

  it.each(lines)('is %s', (bytes, reading) => {
    expect(written((into) => putMikrotik(into, 0, reading))).toBe(bytes);
  });

  const rest: MikrotikReading = {
    salt: 0xa910,
    x: 0,
    y: -3 / 256,
    z: 1 / 256,
    celsius: NaN,
    uptimeSeconds: 6_744_171,
    flags: 0,
    batteryPercent: 98,
  };

  it('has 0x8000 in the place of a temperature that is not measured', () => {
    expect(written((into) => putMikrotik(into, 0, rest))).toBe('15ff4f09010010a90000fdff010000806be866000062');
  });

  it('has a temperature below zero, flags, and an uptime of 32 bits', () => {
    // Tilt and impact on z.
    const flags = 0x22;
    const reading = { ...rest, celsius: -18.5, uptimeSeconds: 0xfedcba98, flags };
    expect(written((into) => putMikrotik(into, 0, reading))).toBe('15ff4f09010010a90000fdff010080ed98badcfe2262');
  });

  it('keeps values beyond the range at its ends, and never writes "no temperature" for a cold tag', () => {
    const reading = { ...rest, x: 200, y: -200, celsius: -128 };
    expect(written((into) => putMikrotik(into, 0, reading))).toBe('15ff4f09010010a9ff7f0180010001806be866000062');
  });
});

describe('iBeacon', () => {
  it('is as in the Proximity Beacon Specification, behind flags', () => {
    // Prefix 02 01 06 1A FF 4C 00 02 15 from table 2; UUID, major 1, minor 2, -59 dBm (C5).
    const uuid = hex('e2c56db5dffb48d2b060d0f5a71096e0');
    expect(written((into) => putIbeacon(into, putFlags(into, 0), uuid, 1, 2, -59))).toBe(
      '0201061aff4c000215e2c56db5dffb48d2b060d0f5a71096e000010002c5',
    );
  });
});

describe('Eddystone', () => {
  const behind = (put: (into: Uint8Array, at: number) => number): string =>
    written((into) => put(into, putEddystoneService(into, putFlags(into, 0))));

  it('UID carries the power at 0 m, 41 dB above that at 1 m, and two reserved bytes', () => {
    const namespace = hex('12345678901234678901');
    const instance = hex('000000000001');
    expect(behind((into, at) => putEddystoneUid(into, at, namespace, instance, -70))).toBe(
      '0201060303aafe1716aafe00e3123456789012346789010000000000010000',
    );
  });

  it.each([
    ['20000b701549023532d802384f46', 2928, 21.28515625, 37_040_856, 3_724_474.2],
    ['20000b1813000000146700002ac4', 2840, 19, 5223, 1094.8],
    ['20000bb815000000004500000258', 3000, 21, 69, 60],
    ['20000000ed80ffffffffffffffff', 0, -18.5, 0xffffffff, 429_496_729.55],
    ['20000bb880000000000000000000', 3000, NaN, 0, 0],
  ])('TLM %s', (frame, batteryMillivolts, celsius, advertisements, uptimeSeconds) => {
    const telemetry = { batteryMillivolts, celsius, advertisements, uptimeSeconds };
    expect(behind((into, at) => putEddystoneTlm(into, at, telemetry))).toBe('0201060303aafe1116aafe' + frame);
  });
});
