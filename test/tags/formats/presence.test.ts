import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { adStructure, manufacturerData, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const APPLE = 0x004c;
const RUUVI = 0x0499;
const flags = adStructure(0x01, [6]);
const name = (text: string): number[] => adStructure(0x09, Buffer.from(text));
const ruuvi = manufacturerData(RUUVI, fromHex('0512fc5394c37c0004fffc040cac364200cdcbb8334c884f'));

function decode(structures: number[][], decoder = new AdvertisementDecoder(), presence = true) {
  const reading = new Reading();
  const bytes = Uint8Array.from(structures.flat());
  decoder.presence = presence;
  return { format: decoder.decode(bytes, 0, bytes.length, reading), reading };
}

describe.each<[string, number, number[], { company?: number }]>([
  ['apple', FormatNumber.apple, manufacturerData(APPLE, fromHex('10050b182068dd')), {}],
  ['apple', FormatNumber.apple, manufacturerData(APPLE, []), {}],
  ['tile', FormatNumber.tile, serviceData(0xfeed, fromHex('0200c58aaccd312f479e')), {}],
  ['tile', FormatNumber.tile, serviceData(0xfd84, fromHex('0200c58aaccd312f479e')), {}],
  ['tile', FormatNumber.tile, serviceData(0xfeec, fromHex('0200c58aaccd312f479e')), {}],
  ['tile', FormatNumber.tile, name('Tile'), {}],
  [
    'smarttag',
    FormatNumber.smartTag,
    serviceData(0xfd5a, fromHex('13df72070000000000000000000000000000000000000000')),
    {},
  ],
  ['find-hub', FormatNumber.findHub, serviceData(0xfeaa, [0x40, ...new Uint8Array(20)]), {}],
  ['find-hub', FormatNumber.findHub, serviceData(0xfeaa, [0x41, ...new Uint8Array(33)]), {}],
  ['chipolo', FormatNumber.chipolo, serviceData(0xfe33, [0x18, 0]), {}],
  ['chipolo', FormatNumber.chipolo, serviceData(0xfe65, []), {}],
  ['presence', FormatNumber.presence, manufacturerData(0x09cd, fromHex('60c0bf87')), { company: 0x09cd }],
  ['presence', FormatNumber.presence, manufacturerData(0x09cd, []), { company: 0x09cd }],
  // Nobody has these numbers: some makers send data in place of one.
  ['presence', FormatNumber.presence, manufacturerData(0xfffe, []), {}],
  ['presence', FormatNumber.presence, manufacturerData(0xffff, [1, 2]), {}],
  ['presence', FormatNumber.presence, manufacturerData(0x2000, [1, 2]), {}],
])('%s %d, from %j', (format, number, structure, fields) => {
  it('is recognised, and said no more of', () => {
    const found = decode([flags, structure]);
    expect(found.format).toBe(number);
    expect(describeReading(found.reading)).toEqual({ format, state: 'ok', fields, ids: {} });
  });

  it('is not, unless presence is asked for', () => {
    expect(decode([flags, structure], undefined, false).reading.format).toBe(0);
  });

  it.each([
    ['before', [structure, ruuvi]],
    ['behind', [ruuvi, structure]],
  ])('is not when it stands %s what something else recognises', (_where, structures) => {
    const { format, reading } = decode(structures);
    expect(format).toBe(FormatNumber.ruuvi5);
    expect(describeReading(reading)).toEqual(describeReading(decode([ruuvi]).reading));
  });

  it('is not when something else claims it, though that is malformed', () => {
    const { format, reading } = decode([structure, manufacturerData(RUUVI, [5])]);
    expect([format, reading.format, reading.state]).toEqual([0, FormatNumber.ruuvi5, ReadingState.malformed]);
  });

  it('counts each structure, and each fault, once', () => {
    const decoder = new AdvertisementDecoder();
    // Behind it one that runs past the end.
    decode([structure, [9, 0xff, 1]], decoder);
    expect(decoder.states[ReadingState.ok]).toBe(1);
    expect(decoder.states[ReadingState.none]).toBe(0);
    expect([...decoder.structures.faults]).toEqual([1, 0, 0]);
    decode([structure, adStructure(0xff, [1])], decoder);
    expect(decoder.shortStructures).toBe(1);
  });
});

it('leaves an iBeacon to its format, and what is neither beacon nor name to none', () => {
  const beacon = manufacturerData(APPLE, fromHex('0215' + '00'.repeat(16) + '00010002c5'));
  expect(decode([beacon]).format).toBe(FormatNumber.ibeacon);
  const cut = decode([manufacturerData(APPLE, fromHex('0215'))]);
  expect([cut.format, cut.reading.format, cut.reading.state]).toEqual([
    0,
    FormatNumber.ibeacon,
    ReadingState.malformed,
  ]);
  for (const text of ['', 'Til', 'Tiles', 'tile']) expect(decode([name(text)]).format).toBe(0);
});
