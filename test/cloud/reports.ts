import { AdvertisementDecoder } from '../../src/tags/index.js';
import { Report } from '../../src/telemetry/index.js';
import { fromHex } from '../tags/hex.js';
import assert from 'node:assert/strict';
import { expect } from 'vitest';

/** A MikroTik tag: temperature, acceleration, battery, uptime, two events. */
export const MIKROTIK = '15ff4f090100669dfcff0600fcff6117f1e50f000664';

/** What the advertisement says, of DC:2C:6E:0F:C0:3D at -61 dBm. */
export function reportOf(advertisement: string): Report {
  const report = new Report();
  const bytes = fromHex(advertisement);
  new AdvertisementDecoder().decode(bytes, 0, bytes.length, report.reading);
  report.address.set(fromHex('dc2c6e0fc03d'));
  report.rssi = -61;
  report.unixTime = 1790000000000;
  return report;
}

/** Writes to `into[from..to)` and returns the length, or -1. */
export type Write = (into: Uint8Array, from: number, to: number) => number;

/** What `write` writes where there is room. */
export function payload(write: Write): Buffer {
  const into = new Uint8Array(8192);
  const length = write(into, 10, into.length);
  expect(length).toBeGreaterThan(0);
  return Buffer.from(into.subarray(10, 10 + length));
}

/** Expects of `write` that it is whole or refused, at every size, and stays in its range. */
export function expectWholeOrRefused(write: Write): void {
  const whole = payload(write);
  for (let room = 0; room <= whole.length + 1; room++) {
    const into = new Uint8Array(whole.length + 40).fill(0xee);
    const length = write(into, 7, 7 + room);
    assert.equal(length, room < whole.length ? -1 : whole.length);
    assert(into.subarray(0, 7).every((byte) => byte === 0xee));
    assert(into.subarray(7 + room).every((byte) => byte === 0xee));
    if (length > 0) assert(whole.equals(into.subarray(7, 7 + length)));
  }
  expect(write(new Uint8Array(whole.length - 1), 0, 10000)).toBe(-1);
}
