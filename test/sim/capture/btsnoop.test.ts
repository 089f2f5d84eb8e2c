import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../sim/bad-input.js';
import { Datalink } from '../../../sim/capture/btsnoop.js';
import { Capture, readCapture } from '../../../sim/capture/capture.js';
import { advertisingReport, BtsnoopWriter, extendedReport, hex, toHex } from '../../support/btsnoop-writer.js';

const MIKROTIK = hex('15ff4f09010010a90000fdff010000806be866000062');
const IBEACON = hex('0201061aff4c000215e2c56db5dffb48d2b060d0f5a71096e000010002c5');
/** 2023-03-16T11:49:10.600123Z. */
const TIME = 1_678_967_350_600_123;
const FORMATS =
  'it must be btsnoop, pcap or pcapng, also compressed by gzip (from another format: tshark -r FILE -F pcapng -w NEW)';
const DATALINKS = [Datalink.h1, Datalink.h4, Datalink.monitor];

const mikrotik = { address: 'dc2c6e147bdd', bytes: MIKROTIK, rssi: -43 };
const ibeacon = { type: 0, addressType: 1, address: 'c01122334455', bytes: IBEACON, rssi: -80 };

const read = (bytes: Uint8Array): Record<string, unknown>[] =>
  [...new Capture(bytes, 'x.log').advertisements()].map((one) => ({
    ...one,
    address: toHex(one.address),
    bytes: toHex(one.bytes),
  }));

const failure = (bytes: Uint8Array): string => {
  try {
    new Capture(bytes, 'x.log');
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput);
    return (error as BadInput).message;
  }
  return expect.unreachable('nothing was thrown');
};

describe('a btsnoop file', () => {
  it('is read byte for byte, as an Android log with one advertisement', () => {
    const file = hex(`
      6274736e6f6f7000 00000001 000003ea
      00000025 00000025 00000003 00000000 00e2ccd41b1c2ab0
      04 3e2202010300dd7b146e2cdc1615ff4f09010010a90000fdff010000806be866000062d5`);
    expect(read(file)).toEqual([
      {
        timeMicroseconds: Number(0x00e2ccd41b1c2ab0n - 0x00dcddb30f2f8000n),
        address: 'dc2c6e147bdd',
        addressType: 0,
        rssi: -43,
        scanResponse: false,
        bytes: toHex(MIKROTIK),
      },
    ]);
  });

  it.each(DATALINKS)('of datalink %s gives address, type, RSSI, bytes and time', (datalink) => {
    const file = new BtsnoopWriter(datalink)
      .event(advertisingReport(mikrotik), TIME)
      .event(advertisingReport(ibeacon), TIME + 1)
      .bytes();
    expect(read(file)).toEqual([
      {
        timeMicroseconds: TIME,
        address: 'dc2c6e147bdd',
        addressType: 0,
        rssi: -43,
        scanResponse: false,
        bytes: toHex(MIKROTIK),
      },
      {
        timeMicroseconds: TIME + 1,
        address: 'c01122334455',
        addressType: 1,
        rssi: -80,
        scanResponse: false,
        bytes: toHex(IBEACON),
      },
    ]);
  });

  it('knows the year 2000 as BlueZ does', () => {
    // BlueZ src/shared/btsnoop.c writes 0x00E03AB44A676000 for 2000-01-01T00:00:00Z.
    const file = new BtsnoopWriter(Datalink.h4).event(advertisingReport(mikrotik)).bytes();
    new DataView(file.buffer).setBigInt64(16 + 16, 0x00e03ab44a676000n);
    expect(read(file)[0]!['timeMicroseconds']).toBe(Date.UTC(2000, 0, 1) * 1000);
  });

  it('gives each of several reports in one event', () => {
    const file = new BtsnoopWriter(Datalink.h4).event(advertisingReport(mikrotik, ibeacon, mikrotik)).bytes();
    expect(read(file).map((one) => one['address'])).toEqual(['dc2c6e147bdd', 'c01122334455', 'dc2c6e147bdd']);
  });

  it('tells a scan response, an empty advertisement, an unknown RSSI, and identity addresses', () => {
    const file = new BtsnoopWriter(Datalink.monitor)
      .event(
        advertisingReport(
          { ...mikrotik, type: 4 },
          { ...mikrotik, bytes: [], type: 1 },
          { ...mikrotik, rssi: 127 },
          { ...mikrotik, rssi: 100 },
          { ...mikrotik, addressType: 2 },
          { ...mikrotik, addressType: 3 },
        ),
      )
      .bytes();
    const all = read(file);
    expect(all.map((one) => one['scanResponse'])).toEqual([true, false, false, false, false, false]);
    expect(all[1]!['bytes']).toBe('');
    expect(all.map((one) => one['rssi'])).toEqual([-43, -43, 127, 127, -43, -43]);
    expect(all.map((one) => one['addressType'])).toEqual([0, 0, 0, 0, 0, 1]);
  });

  it('takes a legacy report with the scan response behind the data', () => {
    const both = [...MIKROTIK, ...IBEACON];
    const file = new BtsnoopWriter(Datalink.h4).event(advertisingReport({ ...mikrotik, bytes: both })).bytes();
    expect(read(file)[0]).toMatchObject({ bytes: toHex(Uint8Array.from(both)), rssi: -43 });
  });

  it('passes over what is not an event from the controller', () => {
    const event = advertisingReport(mikrotik);
    const h1 = new BtsnoopWriter(Datalink.h1).record(0, event).record(1, event).record(2, event).record(3, []);
    expect(read(h1.bytes())).toEqual([]);
    expect(new Capture(h1.bytes(), 'x').counts).toMatchObject({ records: 4, advertisements: 0, malformed: 1 });
    const h4 = new BtsnoopWriter(Datalink.h4)
      .record(3, [0x02, ...event])
      .record(3, [])
      .event([0x0e, 1, 0]);
    expect(new Capture(h4.bytes(), 'x').counts).toMatchObject({ records: 3, advertisements: 0, malformed: 0 });
    const monitor = new BtsnoopWriter(Datalink.monitor)
      .record(2, event)
      .record(0xffff0005, event)
      .record(0x00010003, event);
    expect(new Capture(monitor.bytes(), 'x').counts).toMatchObject({ records: 3, advertisements: 1, malformed: 0 });
  });

  it('passes over other LE events', () => {
    const file = new BtsnoopWriter(Datalink.h4).event([0x3e, 3, 0x0a, 1, 2]).event([0x3e, 1, 0x12]).bytes();
    expect(new Capture(file, 'x').counts).toMatchObject({ records: 2, advertisements: 0, malformed: 0 });
  });
});

describe('a malformed event', () => {
  const good = advertisingReport(mikrotik);

  it.each<[string, number[]]>([
    ['without a length', [0x3e]],
    ['with a length past the record', [0x3e, good[1]! + 1, ...good.slice(2)]],
    ['without a subevent', [0x3e, 0]],
    ['without a count', [0x3e, 1, 0x02]],
    ['of no reports', [0x3e, 2, 0x02, 0]],
    ['with fewer reports than it says', [0x3e, good[1]!, 0x02, 2, ...good.slice(4)]],
    ['with data past the end', [0x3e, 12, 0x02, 1, 0, 0, 1, 2, 3, 4, 5, 6, 5, 0xd5]],
    ['without an RSSI', [0x3e, good[1]! - 1, ...good.slice(2, -1)]],
    ['with the reserved data status', extendedReport({ ...mikrotik, type: 0x60 })],
    ['with a cut extended report', [0x3e, 10, 0x0d, 1, 0, 0, 0, 1, 2, 3, 4, 5]],
  ])('%s is counted and passed over', (_, event) => {
    for (const datalink of DATALINKS) {
      const file = new BtsnoopWriter(datalink).event(event).event(good, TIME).bytes();
      const capture = new Capture(file, 'x');
      expect(capture.counts).toMatchObject({ records: 2, advertisements: 1, malformed: 1 });
      expect(read(file)[0]!['timeMicroseconds']).toBe(TIME);
    }
  });
});

describe('extended advertising', () => {
  const address = 'c01122334455';
  const part = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
  const COMPLETE = 0x00;
  const MORE = 0x20;
  const TRUNCATED = 0x40;

  const counts = (...events: number[][]): Partial<Capture['counts']> => {
    const writer = new BtsnoopWriter(Datalink.h4);
    events.forEach((event) => writer.event(event));
    return new Capture(writer.bytes(), 'x').counts;
  };

  it('gives legacy and extended PDUs', () => {
    const file = new BtsnoopWriter(Datalink.monitor)
      .event(
        extendedReport(
          { type: 0x10, address, bytes: MIKROTIK, rssi: -70 },
          { type: 0x1b, addressType: 1, address, bytes: [], rssi: -71 },
        ),
        TIME,
      )
      .event(extendedReport({ type: COMPLETE, address, bytes: part(229, 7), rssi: 127 }), TIME)
      .bytes();
    expect(read(file)).toEqual([
      {
        timeMicroseconds: TIME,
        address,
        addressType: 0,
        rssi: -70,
        scanResponse: false,
        bytes: toHex(MIKROTIK),
      },
      { timeMicroseconds: TIME, address, addressType: 1, rssi: -71, scanResponse: true, bytes: '' },
      {
        timeMicroseconds: TIME,
        address,
        addressType: 0,
        rssi: 127,
        scanResponse: false,
        bytes: '07'.repeat(229),
      },
    ]);
  });

  it('joins fragments of one address and set, and keeps others apart', () => {
    const file = new BtsnoopWriter(Datalink.h4)
      .event(extendedReport({ type: MORE, address, set: 1, bytes: part(100, 1), rssi: -70 }), 1)
      .event(extendedReport({ type: MORE, address, set: 2, bytes: part(3, 9), rssi: -60 }), 2)
      .event(extendedReport({ type: MORE, address, set: 1, bytes: part(100, 2), rssi: -71 }), 3)
      .event(extendedReport({ type: COMPLETE, address: 'c01122334456', set: 1, bytes: part(2, 8), rssi: -50 }), 4)
      .event(extendedReport({ type: COMPLETE, address, set: 1, bytes: part(55, 3), rssi: -72 }), 5)
      .event(extendedReport({ type: COMPLETE, address, set: 2, bytes: [], rssi: -61 }), 6)
      .event(extendedReport({ type: COMPLETE, address, set: 1, bytes: [5], rssi: -73 }), 7)
      .bytes();
    expect(read(file).map((one) => [one['timeMicroseconds'], one['rssi'], one['bytes']])).toEqual([
      [4, -50, '0808'],
      [5, -72, '01'.repeat(100) + '02'.repeat(100) + '03'.repeat(55)],
      [6, -61, '090909'],
      [7, -73, '05'],
    ]);
  });

  it('counts what was cut off, what never ended, what is too long and what has no address', () => {
    const more = extendedReport({ type: MORE, address, bytes: part(200, 1), rssi: -70 });
    expect(counts(more, extendedReport({ type: TRUNCATED, address, bytes: [1], rssi: -70 }))).toMatchObject({
      advertisements: 0,
      incomplete: 1,
    });
    expect(counts(more)).toMatchObject({ advertisements: 0, incomplete: 1 });
    const last = extendedReport({ type: COMPLETE, address, bytes: part(56, 1), rssi: -70 });
    expect(counts(more, last)).toMatchObject({ advertisements: 0, incomplete: 0, tooLong: 1 });
    expect(counts(more, more, more, last, last)).toMatchObject({ advertisements: 1, incomplete: 0, tooLong: 1 });
    const anonymous = { address: '000000000000', addressType: 0xff, bytes: [1], rssi: -70 };
    expect(
      counts(extendedReport({ ...anonymous, type: MORE }), extendedReport({ ...anonymous, type: COMPLETE })),
    ).toMatchObject({ advertisements: 0, anonymous: 1, incomplete: 0 });
  });
});

describe('a file that cannot be used', () => {
  const file = new BtsnoopWriter(Datalink.h4).event(advertisingReport(mikrotik)).event(advertisingReport(ibeacon));

  it.each<[string, Uint8Array, string]>([
    ['is empty', hex(''), `begins with nothing; ${FORMATS}`],
    ['is the other snoop', hex('736e6f6f70000000 00000002 00000004'), `begins with 73 6e 6f 6f; ${FORMATS}`],
    ['is text', new TextEncoder().encode('btsnoop log of today'), `begins with 62 74 73 6e; ${FORMATS}`],
    ['ends in the header', file.bytes().subarray(0, 15), 'the file ends at offset 15; its header must have 16 bytes'],
    ['has version 2', new BtsnoopWriter(1002, 2).bytes(), 'the version at offset 8 must be 1, got 2'],
    [
      'has datalink 1004',
      new BtsnoopWriter(1004).bytes(),
      'the datalink at offset 12 must be 1001 (HCI), 1002 (HCI UART) or 2001 (Linux monitor), got 1004',
    ],
  ])('because it %s', (_, bytes, expected) => {
    expect(failure(bytes)).toBe(`x.log: ${expected}`);
  });

  it.each([20, 50])('is read up to its last record, which is cut short at byte %i', (length) => {
    const cut = new Capture(file.bytes().subarray(0, length), 'x.log');
    expect(cut.counts).toMatchObject({ records: 0, cut: 1 });
    expect(new Capture(file.bytes(), 'x.log').counts).toMatchObject({ records: 2, cut: 0 });
    const second = new Capture(file.bytes().subarray(0, file.bytes().length - 1), 'x.log');
    expect(second.counts).toMatchObject({ records: 1, advertisements: 1, cut: 1 });
  });

  it('is accepted without records', () => {
    expect(read(new BtsnoopWriter(Datalink.monitor).bytes())).toEqual([]);
  });

  it.each(DATALINKS)(
    'cut at every byte gives a BadInput in its header, and fewer records behind it (datalink %s)',
    (datalink) => {
      const whole = new BtsnoopWriter(datalink)
        .event(advertisingReport(mikrotik, ibeacon))
        .event(extendedReport({ type: 0x20, address: 'c01122334455', bytes: [1, 2], rssi: -9 }))
        .event(extendedReport({ type: 0x00, address: 'c01122334455', bytes: [3], rssi: -9 }))
        .bytes();
      expect(read(whole)).toHaveLength(3);
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.slice(0, length);
        if (length < 16) expect(failure(cut)).toMatch(length < 8 ? /; it must be/ : /; its header must have 16 bytes$/);
        else expect(read(cut).length).toBeLessThan(3);
      }
    },
  );

  it('with each length in each event cut is malformed, not more', () => {
    const event = advertisingReport(mikrotik, ibeacon);
    for (let length = 0; length < event.length; length++) {
      const short = event.slice(0, length);
      if (length > 1) {
        short[1] = length - 2;
      }
      const capture = new Capture(new BtsnoopWriter(Datalink.h1).event(short).bytes(), 'x');
      expect(capture.counts).toMatchObject({ advertisements: 0, malformed: 1 });
    }
  });

  it('is never more than a BadInput, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(failure(bytes)).toMatch(/^x\.log: .*must.+$/);
      }),
    );
  });

  it('is read, whatever its records hold', () => {
    const packet = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.constantFrom(0x02, 0x0d), fc.integer({ min: 0, max: 4 }), fc.uint8Array({ maxLength: 120 }))
        .map(([subevent, count, rest]) => Uint8Array.from([0x3e, rest.length + 2, subevent, count, ...rest])),
    );
    const record = fc.tuple(packet, fc.integer({ min: 0, max: 0xffffffff }), fc.boolean(), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.constantFrom(...DATALINKS), fc.array(record), (datalink, records) => {
        const writer = new BtsnoopWriter(datalink);
        for (const [bytes, flags, isEvent, time] of records) {
          if (isEvent) {
            writer.event(bytes, time);
          } else {
            writer.record(flags, bytes, time);
          }
        }
        const capture = new Capture(writer.bytes(), 'x');
        const all = [...capture.advertisements()];
        expect(capture.counts.records).toBe(records.length);
        expect(capture.counts.advertisements).toBe(all.length);
        for (const one of all) {
          expect(one.address.length).toBe(6);
          expect(one.bytes.length).toBeLessThanOrEqual(255);
          expect(one.addressType === 0 || one.addressType === 1).toBe(true);
          expect(one.rssi === 127 || (one.rssi >= -127 && one.rssi <= 20)).toBe(true);
          expect(Number.isFinite(one.timeMicroseconds)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('readCapture', () => {
  it('reads a file, and names one that cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tagwire-'));
    try {
      const path = join(folder, 'btsnoop_hci.log');
      writeFileSync(path, new BtsnoopWriter(Datalink.h4).event(advertisingReport(mikrotik)).bytes());
      expect(readCapture(path).counts.advertisements).toBe(1);
      expect(() => readCapture(join(folder, 'none'))).toThrow(
        /^capture file ".*none" cannot be read \(ENOENT: no such file or folder\); /,
      );
      expect(() => readCapture(folder)).toThrow(BadInput);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
