import fc from 'fast-check';
import {
  Field,
  FIELD_COUNT,
  formats,
  FORMATS_SIZE,
  IdentityKind,
  Reading,
  ReadingState,
} from '../../src/tags/index.js';

const kinds: { kind: IdentityKind; length: number }[] = [
  { kind: IdentityKind.uuid, length: 16 },
  { kind: IdentityKind.eddystoneUid, length: 16 },
  { kind: IdentityKind.eid, length: 8 },
];

const otherIdentities = fc
  .constantFrom(...kinds)
  .chain(({ kind, length }) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ kind, bytes })),
  );

const urls = fc
  .tuple(
    fc.nat(3),
    fc.array(fc.oneof(fc.nat(0x0d), fc.integer({ min: 0x21, max: 0x7e })), { minLength: 1, maxLength: 17 }),
  )
  .map(([scheme, url]) => ({ kind: IdentityKind.url, bytes: Uint8Array.from([scheme, ...url]) }));

const value = fc.oneof(
  fc.integer({ min: -0x8000, max: 0xffff }),
  fc.integer({ min: -0x8000, max: 0x7fff }).map((raw) => raw / 256),
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
);

/** Any reading that a decoder could give, and some that none would. */
export const anyReading: fc.Arbitrary<Reading> = fc
  .record({
    format: fc.integer({ min: 1, max: formats.length }),
    state: fc.integer({ min: ReadingState.ok, max: ReadingState.unsupported }),
    others: fc.array(fc.integer({ min: 1, max: formats.length }), { maxLength: FORMATS_SIZE - 1 }),
    identity: fc.option(fc.oneof(otherIdentities, urls)),
    values: fc.array(fc.tuple(fc.nat(FIELD_COUNT - 1), value), { maxLength: FIELD_COUNT }),
    events: fc.option(fc.nat(0x3f)),
  })
  .map(({ format, state, others, identity, values, events }) => {
    const reading = new Reading();
    reading.format = format;
    reading.state = state;
    reading.addFormat(format);
    for (const other of others) reading.addFormat(other);
    if (identity) reading.setIdentity(identity.kind, identity.bytes, 0, identity.bytes.length);
    for (const [field, number] of values) if (field !== (Field.events as number)) reading.set(field, number);
    if (events !== null) reading.set(Field.events, events);
    return reading;
  });

/** What two readings must share to be the same. */
export function content(reading: Reading): unknown {
  const fields: { [field: number]: number } = {};
  for (let field = 0; field < FIELD_COUNT; field++) if (reading.has(field)) fields[field] = reading.get(field);
  return {
    format: reading.format,
    state: reading.state,
    formats: Array.from(reading.formats.slice(0, reading.formatCount)),
    identityKind: reading.identityKind,
    identity: Array.from(reading.identity.slice(0, reading.identityLength)),
    fields,
  };
}
