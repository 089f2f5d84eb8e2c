import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../sim/bad-input.js';
import { Capture } from '../../../sim/capture/capture.js';
import { CaptureScanner, type CaptureScannerOptions } from '../../../sim/scanner/capture-scanner.js';
import { advertisingReport, BtsnoopWriter } from '../../support/btsnoop-writer.js';
import { VirtualTime } from '../../support/virtual-time.js';

const PASSIVE = { intervalMilliseconds: 100, windowMilliseconds: 50, active: false };
const ACTIVE = { ...PASSIVE, active: true };
const START = 1_678_967_350_000_000;

/** A capture with one advertisement, whose only byte is its number, at each of these milliseconds. */
const captureAt = (times: number[], type = 3): Capture => {
  const writer = new BtsnoopWriter(1002);
  times.forEach((time, index) => {
    const report = { type, address: 'dc2c6e147bdd', bytes: [index & 0xff], rssi: -index };
    writer.event(advertisingReport(report), START + time * 1000);
  });
  return new Capture(writer.bytes(), 'x.log');
};

interface Bench {
  time: VirtualTime;
  scanner: CaptureScanner;
  /** Number of the advertisement and when it came. */
  heard: [number, number][];
  ends: number[];
  handler: { onAdvertisement: (advertisement: { bytes: Uint8Array }) => void };
}

const bench = (capture: Capture, options: CaptureScannerOptions = {}): Bench => {
  const time = new VirtualTime(700);
  const heard: [number, number][] = [];
  const ends: number[] = [];
  const scanner = new CaptureScanner(capture, time, time, { ...options, onEnd: () => ends.push(time.now()) });
  const handler = {
    onAdvertisement: (advertisement: { bytes: Uint8Array }) => {
      heard.push([advertisement.bytes[0]!, time.now()]);
    },
  };
  return { time, scanner, heard, ends, handler };
};

describe('CaptureScanner', () => {
  it('replays with the times of the capture, and then ends once', () => {
    const { time, scanner, heard, ends, handler } = bench(captureAt([0, 20, 20, 1020]));
    scanner.start(PASSIVE, handler);
    expect(heard).toEqual([]);
    time.run(1019);
    expect(heard).toEqual([
      [0, 700],
      [1, 720],
      [2, 720],
    ]);
    expect(ends).toEqual([]);
    time.run(10_000);
    expect(heard).toHaveLength(4);
    expect(heard[3]).toEqual([3, 1720]);
    expect(ends).toEqual([1720]);
    scanner.start(PASSIVE, handler);
    time.run(10_000);
    expect(heard).toHaveLength(4);
    expect(ends).toHaveLength(1);
  });

  it('hands over address, type, RSSI and the range of the bytes', () => {
    const { time, scanner } = bench(captureAt([0, 1]));
    const all: unknown[] = [];
    scanner.start(PASSIVE, {
      onAdvertisement: ({ address, addressType, rssi, from, to }) =>
        all.push([Array.from(address), addressType, rssi, from, to]),
    });
    time.run(10);
    const address = [0xdc, 0x2c, 0x6e, 0x14, 0x7b, 0xdd];
    expect(all).toEqual([
      [address, 0, 0, 0, 1],
      [address, 0, -1, 0, 1],
    ]);
  });

  it('replays faster and slower', () => {
    for (const [speed, due] of [
      [4, 250],
      [0.5, 2000],
    ] as const) {
      const { time, scanner, heard, handler } = bench(captureAt([0, 1000]), { speed });
      scanner.start(PASSIVE, handler);
      time.run(due);
      expect(heard[1]).toEqual([1, 700 + due]);
    }
  });

  it('at infinite speed takes no time, and yields to others', () => {
    const { time, scanner, heard, ends, handler } = bench(captureAt(Array.from({ length: 200 }, (_, i) => i * 500)), {
      speed: Infinity,
    });
    const counts: number[] = [];
    const other = time.create(() => {
      counts.push(heard.length);
      other.start(0);
      if (counts.length === 10) {
        other.stop();
      }
    });
    scanner.start(PASSIVE, handler);
    other.start(0);
    time.run(0);
    expect(heard).toHaveLength(200);
    expect(ends).toEqual([700]);
    expect(counts.slice(0, 3)).toEqual([64, 128, 192]);
  });

  it('pauses while it is stopped, and loses nothing', () => {
    const { time, scanner, heard, ends, handler } = bench(captureAt([0, 100, 200]));
    scanner.start(PASSIVE, handler);
    time.run(130);
    scanner.stop();
    scanner.stop();
    expect(time.pending).toBe(0);
    time.run(5000);
    expect(heard).toEqual([
      [0, 700],
      [1, 800],
    ]);
    scanner.start(PASSIVE, handler);
    scanner.start(PASSIVE, handler);
    time.run(5000);
    expect(heard[2]).toEqual([2, 5900]);
    expect(ends).toEqual([5900]);
  });

  it('may be stopped and started from inside the handler', () => {
    const { time, scanner, heard, ends, handler } = bench(captureAt([0, 0, 0, 10]));
    scanner.start(PASSIVE, {
      onAdvertisement: (advertisement) => {
        handler.onAdvertisement(advertisement);
        scanner.stop();
      },
    });
    time.run(1000);
    expect(heard).toHaveLength(1);
    scanner.start(PASSIVE, {
      onAdvertisement: (advertisement) => {
        handler.onAdvertisement(advertisement);
        scanner.stop();
        scanner.start(PASSIVE, handler);
      },
    });
    time.run(1000);
    expect(heard.map(([index]) => index)).toEqual([0, 1, 2, 3]);
    expect(ends).toHaveLength(1);
    expect(time.pending).toBe(0);
  });

  it('leaves scan responses out unless it scans actively', () => {
    const passive = bench(captureAt([0, 1], 4));
    passive.scanner.start(PASSIVE, passive.handler);
    passive.time.run(10);
    expect(passive.heard).toEqual([]);
    expect(passive.ends).toHaveLength(1);
    const active = bench(captureAt([0, 1], 4));
    active.scanner.start(ACTIVE, active.handler);
    active.time.run(10);
    expect(active.heard).toHaveLength(2);
  });

  it('takes a clock that went back as no time, and one that leapt as an hour', () => {
    const years = 20 * 365 * 86_400_000;
    const { time, scanner, heard, handler } = bench(captureAt([0, -5000, years, years + 10]));
    scanner.start(PASSIVE, handler);
    time.run(3_600_010);
    expect(heard).toEqual([
      [0, 700],
      [1, 700],
      [2, 3_600_700],
      [3, 3_600_710],
    ]);
  });

  it('ends a capture without advertisements, from the event loop', () => {
    const { time, scanner, ends, handler } = bench(captureAt([]));
    time.run(10);
    scanner.start(PASSIVE, handler);
    expect(ends).toEqual([]);
    time.run(0);
    expect(ends).toEqual([710]);
  });

  it.each([0, -1, NaN])('refuses a speed of %s', (speed) => {
    expect(() => bench(captureAt([]), { speed })).toThrow(BadInput);
    expect(() => bench(captureAt([]), { speed })).toThrow(`replay speed must be a number above 0, got ${speed}`);
  });
});
