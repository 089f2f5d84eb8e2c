import { addressText, hexText } from './address-text.js';
import { buttonEventNames, eventNames, fieldNames, stateFlagNames } from './field-names.js';
import { Field } from './field.js';
import { MAX_URL_LENGTH, writeEddystoneUrl } from './eddystone-url.js';
import { formatName } from './formats/index.js';
import { IdentityKind, ReadingState } from './reading.js';
import type { Reading } from './reading.js';

const stateNames: { [state: number]: string } = {
  [ReadingState.none]: 'unknown',
  [ReadingState.ok]: 'ok',
  [ReadingState.encrypted]: 'encrypted',
  [ReadingState.keyMissing]: 'key missing',
  [ReadingState.authenticationFailed]: 'authentication failed',
  [ReadingState.malformed]: 'malformed',
  [ReadingState.unsupported]: 'unsupported version',
  [ReadingState.replayed]: 'replayed',
};

/** How `describeReading` gives a value. */
export type FieldValue = number | boolean | string | string[];

/** A reading as a plain object, for people and JSON. */
export interface ReadingDescription {
  /** Name of the format, `unknown` when none was recognised. */
  format: string;
  /**
   * `ok`, `encrypted`, `key missing`, `authentication failed`, `replayed`, `malformed`, `unsupported version` or
   * `unknown`.
   */
  state: string;
  /** All formats that were merged, when there are several. */
  formats?: string[];
  /**
   * Values by name, unrounded, in the units of `fieldUnits`; `events` lists the names of those that are true, buttons
   * have the name of what happened, and what is either true or false has its own name.
   */
  fields: { [name: string]: FieldValue };
  /**
   * `uuid`, or `namespace` and `instance`, or `url`, `eid`, `mac`, `text` or `raw`; hexadecimal in small letters, but
   * `mac` as an address is written.
   */
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
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    if (field >= Field.states && field <= Field.moreStatesKnown) continue;
    description.fields[fieldNames[field]!] = describeValue(field, reading.get(field));
  }
  for (let state = 0; state < stateFlagNames.length; state++) {
    const value = reading.getState(state);
    if (value >= 0) description.fields[stateFlagNames[state]!] = value === 1;
  }
  return description;
}

function describeValue(field: number, value: number): FieldValue {
  if (field === Field.events) return eventNames.filter((_, bit) => (value & (1 << bit)) !== 0);
  if (field >= Field.button && field <= Field.button4) return buttonEventNames[value] ?? value;
  return value;
}

function describeIdentity(reading: Reading): { [name: string]: string } {
  const bytes = reading.identity;
  switch (reading.identityKind) {
    case IdentityKind.uuid: {
      const text = hexText(bytes, 0, 16, '');
      return { uuid: text.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') };
    }
    case IdentityKind.eddystoneUid:
      return { namespace: hexText(bytes, 0, 10, ''), instance: hexText(bytes, 10, 16, '') };
    case IdentityKind.url: {
      const url = new Uint8Array(MAX_URL_LENGTH);
      const length = writeEddystoneUrl(bytes, reading.identityLength, url, 0, url.length);
      return length < 0 ? {} : { url: String.fromCharCode(...url.slice(0, length)) };
    }
    case IdentityKind.eid:
      return { eid: hexText(bytes, 0, 8, '') };
    case IdentityKind.address:
      return { mac: addressText(bytes, 0) };
    case IdentityKind.text:
      return { text: String.fromCharCode(...bytes.slice(0, reading.identityLength)) };
    case IdentityKind.raw:
      return { raw: hexText(bytes, 0, reading.identityLength, '') };
    default:
      return {};
  }
}
