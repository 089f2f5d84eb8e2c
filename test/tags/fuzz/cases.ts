import fc from 'fast-check';
import { formats } from '../../../src/tags/index.js';
import { adStructure, matchStructure } from '../advertisement.js';
import { readExamples } from '../examples.js';

/** An advertisement as a radio could give it. */
export interface Case {
  address: Uint8Array;
  addressType: number;
  rssi: number;
  bytes: Uint8Array;
}

/** A tag with a key. */
export interface KeyedTag {
  address: Uint8Array;
  key: Uint8Array;
}

const examples = readExamples();
const matches = formats.flatMap((format) => format.matches);

/** The tags of the examples that encrypt, and one more whose key every format is offered. */
export const keyedTags: readonly KeyedTag[] = [
  { address: Uint8Array.from([0x54, 0x48, 0xe6, 0x8f, 0x80, 0xa5]), key: new Uint8Array(16).fill(0x5a) },
  ...examples.filter(({ key }) => key.length > 0),
];

const NAMES = ['sps', 'tps', 'iBBQ', 'xBBQ', 'TP359 (1234)', 'GVH5075_1234', 'GVH5184_1234', 'Tzone', 'ATC_123456'];
/** What formats decide by, and where numbers turn. */
const TELLING = [0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x40, 0x54, 0x58, 0x7f, 0x80, 0xff];

const byte = fc.oneof({ weight: 2, arbitrary: fc.nat(255) }, { weight: 1, arbitrary: fc.constantFrom(...TELLING) });
const anyAddress = fc.uint8Array({ minLength: 6, maxLength: 6 });
const address = fc.oneof(fc.constantFrom(...keyedTags.map((tag) => tag.address)), anyAddress);

/** Bytes without any order, also of extended advertising. */
const anyBytes = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 255, size: 'max' }) },
);

/** AD structures that are in order, with what formats are recognised by, and any contents. */
const structure = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(...matches), fc.array(byte, { maxLength: 30, size: 'max' }))
      .map(([match, value]) => matchStructure(match, value)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES).map((name) => adStructure(0x09, Buffer.from(name))) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(255), fc.array(byte, { maxLength: 8 })).map(([t, v]) => adStructure(t, v)) },
);
const structures = fc
  .array(structure, { minLength: 1, maxLength: 4 })
  .map((list) => Uint8Array.from(list.flat()).subarray(0, 255));

const enum Change {
  set,
  flip,
  remove,
  insert,
  cut,
}

const change = fc.tuple(fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 3, 4), fc.nat(254), byte, fc.boolean());

/** Changes one byte at a place that goes round; `whole` keeps the length of the structure that it lies in right. */
function apply(bytes: number[], [kind, place, value, whole]: [Change, number, number, boolean]): void {
  if (bytes.length === 0) return;
  const at = place % bytes.length;
  let start = 0;
  while (start + bytes[start]! + 1 <= at) start += bytes[start]! + 1;
  const inside = at > start + 1;
  switch (kind) {
    case Change.set:
      if (inside || !whole) bytes[at] = value;
      break;
    case Change.flip:
      if (inside || !whole) bytes[at] = bytes[at]! ^ (1 << (value & 7));
      break;
    case Change.remove:
      bytes.splice(at, 1);
      if (whole && inside) bytes[start] = bytes[start]! - 1;
      break;
    case Change.insert:
      bytes.splice(at, 0, value);
      if (whole && inside) bytes[start] = bytes[start]! + 1;
      break;
    case Change.cut:
      bytes.length = at;
      break;
  }
}

/** Examples with a few bytes changed. */
const changed = fc
  .tuple(fc.constantFrom(...(examples.length > 0 ? examples : [undefined])), fc.array(change, { maxLength: 4 }))
  .map(([example, changes]) => {
    const bytes = [...(example?.bytes ?? [])];
    for (const one of changes) apply(bytes, one);
    return { address: example?.address ?? new Uint8Array(6), bytes: Uint8Array.from(bytes.slice(0, 255)) };
  });

const radio = { addressType: fc.nat(1), rssi: fc.oneof(fc.integer({ min: -127, max: 20 }), fc.constant(127)) };

/** Any bytes, AD structures with any contents, and, where `tags.json` is, examples with some bytes changed. */
export const cases: fc.Arbitrary<Case> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ address, ...radio, bytes: anyBytes }) },
  { weight: 4, arbitrary: fc.record({ address, ...radio, bytes: structures }) },
  {
    weight: examples.length > 0 ? 5 : 0,
    arbitrary: fc
      .tuple(changed, fc.record(radio))
      .map(([{ address, bytes }, { addressType, rssi }]) => ({ address, addressType, rssi, bytes })),
  },
);

/** Formats of the examples that are among the cases. */
export const exampleFormats: ReadonlySet<number> = new Set(examples.map(({ format }) => format));
