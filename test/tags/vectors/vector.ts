/** A record of `tags.json`: an advertisement from a manual or from another decoder's tests, and what it says. */
export interface Vector {
  id: number;
  /** The collection's name for the format, such as `ruuvi-df5`. */
  format: string;
  /** Where it is from: `Ernst79/bleparser …`, `theengs/decoder …`, `reelyactive/advlib-… …`, a manual. */
  source: string;
  /** The AD structures; some records have only parts of them. */
  adv_hex?: string;
  /** Of those whose `adv_hex` is missing: the UUID, or the source's name for it, and the value behind it. */
  service_uuid?: string;
  service_data?: string;
  /** Local name, for those of which `adv_hex` lacks it. */
  local_name?: string;
  /** The advertiser's address. */
  mac?: string;
  /** 16 or 12 bytes. */
  key?: string;
  model_id?: string;
  name?: string;
  /** Values by the source's own words. */
  expected: { [word: string]: unknown };
}

/** A number to be met within a distance, since the source rounds. */
export class Near {
  constructor(
    readonly value: number,
    readonly within: number,
  ) {}
}

/** Values by our names: numbers exact to 1e-6 unless `Near`, hexadecimal and addresses in any notation. */
export interface Expectation {
  [name: string]: unknown;
}

/** What a source's word means in our names; undefined when it says nothing that a reading has. */
export type Meaning = (value: never, vector: Vector) => Expectation | undefined;

export interface Words {
  [word: string]: Meaning;
}

/** A record that cannot be met, since its source is mistaken. */
export interface WrongUpstream {
  reason: string;
  /** What we give for it, when this is known: checked in place of the source's values. */
  instead?: Expectation;
}

/** How one of our formats reads the collection; the default export of `<format>.ts` in this folder. */
export interface FormatVectors {
  /** Our name of the format. */
  format: string;
  /** The collection's names for it. */
  vectors: readonly string[];
  /** Takes only some of them. */
  select?: (vector: Vector) => boolean;
  /** The collection's names for what looks like the format and must not be decoded. */
  rejected?: readonly string[];
  /** Meanings for this format, where `commonWords` lacks the word or means something else. */
  words?: Words;
  /** Our names that some sources leave out though the bytes have them. All others are a mismatch when left out. */
  leftOut?: readonly string[];
  /** By id. */
  wrong?: { [id: number]: WrongUpstream };
  /** Makes the AD structures in hexadecimal, for records without `adv_hex`. */
  advertisement?: (vector: Vector) => string;
}

/** `name` is the value, in the unit of ours divided by `scale`. */
export function number(name: string, scale = 1, within = 1e-6): Meaning {
  return (value: number) => ({ [name]: new Near(value / scale, within) });
}

/** A state that is true or false; sources write 0 and 1 as well. */
export function flag(name: string): Meaning {
  return (value: number | boolean) => ({ [name]: Boolean(value) });
}

/** Text or hexadecimal. */
export function text(name: string): Meaning {
  return (value: string) => ({ [name]: value });
}

/** The word says nothing that a reading has. */
export const notOurs: Meaning = () => undefined;
