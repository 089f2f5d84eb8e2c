import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../sim/bad-input.js';
import { Capture } from '../../../sim/capture/capture.js';
import { advertisingReport, hex, toHex } from '../../support/btsnoop-writer.js';
import { pcapngBlock, PcapWriter } from '../../support/pcap-writer.js';

const MIKROTIK = hex('15ff4f09010010a90000fdff010000806be866000062');
/** 2023-03-16T11:49:10.600123Z. */
const TIME = 1_678_967_350_600_123;
const ADDRESS = 'dc2c6e147bdd';

const read = (bytes: Uint8Array): Record<string, unknown>[] =>
  [...new Capture(bytes, 'x.pcap').advertisements()].map((one) => ({
    ...one,
    address: toHex(one.address),
    bytes: toHex(one.bytes),
  }));

const heard = (rssi: number, more: object = {}): object => ({
  timeMicroseconds: TIME,
  address: ADDRESS,
  addressType: 0,
  rssi,
  scanResponse: false,
  bytes: toHex(MIKROTIK),
  ...more,
});

const event = advertisingReport({ address: ADDRESS, bytes: MIKROTIK, rssi: -43 });

/** A packet of the link layer: access address, header of `type`, address, data, CRC. */
function pdu(type: number, data: ArrayLike<number>, txAdd = 0): number[] {
  const address = [...hex(ADDRESS)].reverse();
  const payload = [...address, ...Array.from(data)];
  return [0xd6, 0xbe, 0x89, 0x8e, type | (txAdd << 6), payload.length, ...payload, 1, 2, 3];
}

/** The header of link type 256: channel, signal, noise, errors, reference address, flags. */
const phdr = (rssi: number, flags: number): number[] => [37, rssi & 0xff, 0, 0, 0, 0, 0, 0, flags & 0xff, flags >> 8];

describe('pcap', () => {
  it.each<[string, number, number[], number]>([
    ['HCI H4', 187, [0x04, ...event], -43],
    ['HCI H4 with direction', 201, [0, 0, 0, 1, 0x04, ...event], -43],
    ['Linux monitor', 254, [0, 0, 0, 3, ...event], -43],
    ['LE link layer', 251, pdu(0, MIKROTIK), 127],
    ['LE link layer with header', 256, [...phdr(-61, 0x0c02), ...pdu(0, MIKROTIK)], -61],
    ['LE link layer with header, without signal', 256, [...phdr(-61, 0x0c00), ...pdu(2, MIKROTIK)], 127],
    // Board 0, length of the rest, version 3, counter, packet id 2, then 10 bytes with -59 dBm.
    ['nRF Sniffer', 272, [0, 48, 0, 3, 7, 0, 2, 10, 1, 37, 59, 0, 0, 1, 2, 3, 4, ...pdu(6, MIKROTIK)], -59],
  ])('with the link type of %s gives address, type, RSSI, bytes and time', (_, linkType, packet, rssi) => {
    for (const little of [true, false]) {
      for (const nano of [true, false]) {
        expect(read(new PcapWriter(linkType, little, nano).packet(packet, TIME).bytes())).toEqual([heard(rssi)]);
      }
    }
  });

  it('tells scan responses and random addresses, and passes over what is no advertisement', () => {
    const file = new PcapWriter(251)
      .packet(pdu(4, MIKROTIK, 1), TIME)
      .packet(pdu(3, []), TIME) // SCAN_REQ
      .packet(pdu(5, []), TIME) // CONNECT_IND
      .packet([1, 2, 3, 4, 0, 0, 1, 2, 3], TIME) // another access address
      .bytes();
    expect(read(file)).toEqual([heard(127, { scanResponse: true, addressType: 1 })]);
    expect(new Capture(file, 'x').counts).toMatchObject({ records: 4, advertisements: 1, malformed: 0 });
  });

  it('reads an extended advertisement that has its data in this packet', () => {
    const address = [...hex(ADDRESS)].reverse();
    const whole = [0x07, 0x01, ...address, ...MIKROTIK];
    const elsewhere = [0x0a, 0x11, ...address, 1, 2, 3];
    const packet = (payload: number[]): number[] => [0xd6, 0xbe, 0x89, 0x8e, 7, payload.length, ...payload, 1, 2, 3];
    const file = new PcapWriter(251).packet(packet(whole), TIME).packet(packet(elsewhere), TIME).bytes();
    expect(read(file)).toEqual([heard(127)]);
    expect(new Capture(file, 'x').counts.malformed).toBe(0);
  });

  it('counts a packet that is malformed, and goes on', () => {
    const short = pdu(0, MIKROTIK).slice(0, 20);
    const file = new PcapWriter(251).packet(short, TIME).packet(pdu(0, MIKROTIK), TIME).bytes();
    expect(new Capture(file, 'x').counts).toMatchObject({ records: 2, advertisements: 1, malformed: 1 });
  });

  it('is read up to a record that is cut short', () => {
    const file = new PcapWriter(251).packet(pdu(0, MIKROTIK), TIME).packet(pdu(0, MIKROTIK), TIME).bytes();
    expect(new Capture(file.subarray(0, -1), 'x').counts).toMatchObject({ records: 1, advertisements: 1, cut: 1 });
  });

  it('is refused by the name of its link type when that is not Bluetooth', () => {
    expect(() => new Capture(new PcapWriter(1).bytes(), 'x.pcap')).toThrow(
      /^x\.pcap: the link type at offset 20 must be one of Bluetooth, 187 or 201 .*, got 1 \(record Bluetooth with btmon/,
    );
  });

  it('is read through gzip, and a gzip that is cut is refused', () => {
    const file = gzipSync(new PcapWriter(187).packet([0x04, ...event], TIME).bytes());
    expect(read(file)).toEqual([heard(-43)]);
    expect(() => new Capture(file.subarray(0, -5), 'x.gz')).toThrow(/^x\.gz: gzip: .*; it must be a whole file/);
  });
});

describe('pcapng', () => {
  const section = pcapngBlock(0x0a0d0d0a, [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, ...new Array<number>(8).fill(0xff)]);
  /** Nanoseconds. */
  const resolution = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
  const description = (linkType: number, options: number[] = []): Buffer =>
    pcapngBlock(1, [linkType & 0xff, linkType >> 8, 0, 0, 0, 0, 4, 0, ...options]);

  function packet(bytes: number[], units: bigint, index = 0): Buffer {
    const head = Buffer.alloc(20);
    head.writeUInt32LE(index, 0);
    head.writeUInt32LE(Number(units >> 32n), 4);
    head.writeUInt32LE(Number(units & 0xffffffffn), 8);
    head.writeUInt32LE(bytes.length, 12);
    head.writeUInt32LE(bytes.length, 16);
    return pcapngBlock(6, [...head, ...bytes]);
  }

  it('gives the packets of all interfaces, each with its link type and resolution of time', () => {
    const file = Buffer.concat([
      section,
      description(187),
      description(251, resolution),
      pcapngBlock(5, [0, 0, 0, 0]), // statistics
      packet([0x04, ...event], BigInt(TIME), 0),
      packet(pdu(0, MIKROTIK), BigInt(TIME) * 1000n + 999n, 1),
    ]);
    expect(read(file)).toEqual([heard(-43), heard(127)]);
    expect(new Capture(file.subarray(0, -3), 'x').counts).toMatchObject({ records: 1, cut: 1 });
  });

  it('is refused for a packet of an unknown interface, and a block of a wrong length', () => {
    expect(() => new Capture(Buffer.concat([section, packet([1], 0n)]), 'x')).toThrow(/must name an interface of its/);
    const wrong = Buffer.from(section);
    wrong.writeUInt32LE(10, 4);
    expect(() => new Capture(wrong, 'x')).toThrow('the length of the block at offset 0 must be a multiple of 4');
  });
});

describe('any bytes behind a magic number', () => {
  it.each(['d4c3b2a1', '0a0d0d0a1c0000004d3c2b1a', '62746e6f6f7000'])('%s are never more than a BadInput', (magic) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          read(Buffer.concat([hex(magic), bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(BadInput);
        }
      }),
    );
  });
});
