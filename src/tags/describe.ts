import { FIELD_COUNT, Field } from './field.js';
import { eventNames, fieldTable } from './field-names.js';
import { MAX_URL_LENGTH, writeEddystoneUrl } from './formats/eddystone-url-text.js';
import { formatName } from './formats/index.js';
import { IdentityKind, type Reading, ReadingState } from './reading.js';

const stateNames: { [state: number]: string } = {
  [ReadingState.none]: 'unknown',
  [ReadingState.ok]: 'ok',
  [ReadingState.encrypted]: 'encrypted',
  [ReadingState.keyMissing]: 'key missing',
  [ReadingState.authenticationFailed]: 'authentication failed',
  [ReadingState.malformed]: 'malformed',
  [ReadingState.unsupported]: 'unsupported version',
};

/** A reading as a plain object, for people and JSON. */
export interface ReadingDescription {
  /** Name of the format, `unknown` when none was recognised. */
  format: string;
  /** `ok`, `encrypted`, `key missing`, `authentication failed`, `malformed`, `unsupported version` or `unknown`. */
  state: string;
  /** All formats that were merged, when there are several. */
  formats?: string[];
  /** Values by name, unrounded, in the units of `fieldTable`; `events` lists the names of those that are true. */
  fields: { [name: string]: number | string[] };
  /** `uuid`, or `namespace` and `instance`, or `url`, or `eid`; hexadecimal in small letters. */
  ids: { [name: string]: string };
}

/** The name of a `ReadingState` for people and JSON. */
export function stateName(state: ReadingState): string {
  return stateNames[state] ?? 'unknown';
}

/** Describes a reading. Allocates; for tools. */
export function describeReading(reading: Reading): ReadingDescription {
  const description: ReadingDescription = {
    format: formatName(reading.format),
    state: stateName(reading.state),
    fields: {},
    ids: describeIdentity(reading),
  };
  if (reading.formatCount > 1) {
    description.formats = Array.from(reading.formats.slice(0, reading.formatCount), formatName);
  }
  for (let field = 0; field < FIELD_COUNT; field++) {
    if (!reading.has(field)) continue;
    const value = reading.get(field);
    description.fields[fieldTable[field]!.name] = field === Field.events ? describeEvents(value) : value;
  }
  return description;
}

function describeEvents(events: number): string[] {
  return eventNames.filter((_, bit) => (events & (1 << bit)) !== 0);
}

function describeIdentity(reading: Reading): { [name: string]: string } {
  const bytes = reading.identity;
  switch (reading.identityKind) {
    case IdentityKind.uuid: {
      const text = hex(bytes, 0, 16);
      return { uuid: text.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') };
    }
    case IdentityKind.eddystoneUid:
      return { namespace: hex(bytes, 0, 10), instance: hex(bytes, 10, 16) };
    case IdentityKind.url: {
      const url = new Uint8Array(MAX_URL_LENGTH);
      const length = writeEddystoneUrl(bytes, reading.identityLength, url, 0, url.length);
      return length < 0 ? {} : { url: String.fromCharCode(...url.slice(0, length)) };
    }
    case IdentityKind.eid:
      return { eid: hex(bytes, 0, 8) };
    default:
      return {};
  }
}

function hex(bytes: Uint8Array, from: number, to: number): string {
  return Array.from(bytes.slice(from, to), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
