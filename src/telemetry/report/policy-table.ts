import { checkInteger } from '../../tags/check-range.js';
import { FIELD_COUNT } from '../../tags/field.js';
import type { Field } from '../../tags/field.js';
import { ADDRESS_SIZE } from '../../tags/address.js';
import { NO_POLICY } from '../../tags/tag-places.js';
import { STREAMS_PER_TAG } from '../../tags/tag-table.js';
import type { TagTable, TagTableOptions } from '../../tags/tag-table.js';

/** How often a tag's readings are reported. */
export interface ReportPolicy {
  /** Milliseconds between reports of one format of one tag, at least 0. Changed events do not wait for it. */
  minimumInterval: number;
  /**
   * Milliseconds after which a reading is reported although it is the same as the last one; 0 for never. At least
   * the minimum interval.
   */
  maximumInterval: number;
}

/** Returns `policy`. Throws a RangeError that names the interval that is out of range. */
export function checkReportPolicy(policy: ReportPolicy): ReportPolicy {
  const { minimumInterval, maximumInterval } = policy;
  if (!(minimumInterval >= 0 && minimumInterval < Infinity)) {
    throw new RangeError('minimum interval must be 0 ms or more, got ' + minimumInterval);
  }
  if (maximumInterval !== 0 && !(maximumInterval >= minimumInterval && maximumInterval < Infinity)) {
    const range = '0 (none) or at least the minimum interval of ' + minimumInterval + ' ms';
    throw new RangeError('maximum interval must be ' + range + ', got ' + maximumInterval);
  }
  return policy;
}

/** How far a field must be from its last reported value to be worth a report. */
export interface Delta {
  field: Field;
  /** In the field's unit, above 0; Infinity: no change of it is worth a report. */
  threshold: number;
}

/** When the readings of some formats or tags are reported. */
export interface ReportRule extends ReportPolicy {
  /** Numbers of formats, 1 to 63. */
  formats?: readonly number[];
  /** Addresses of tags, 6 bytes each. */
  addresses?: readonly Uint8Array[];
  /** Report events at once: what a button did, a door that opens, an impact. Default true. */
  events?: boolean;
  /** Up to 8. Of any other field every change is worth a report, but of uptime, counter and sequence none. */
  deltas?: readonly Delta[];
}

/** The most policies, and the most deltas of one. */
export const MAX_POLICIES = 32;
export const MAX_DELTAS = 8;

const FORMATS = 64;
/** Where the fields of deltas begin in `PolicyTable.deltaFields`. */
export const DELTA_FIELDS = FORMATS;
const MAX_INTERVAL = 0xffffffff;
/** What `TagTableOptions.stay` may be. */
const MAX_STAY = 86400000;
/** Words of a bitmap of fields. */
const MAP_WORDS = 4;
/** A tag's policy and its address. */
const ENTRY = 1 + ADDRESS_SIZE;

/** Words of a policy, see `PolicyTable.words`. */
export const enum PolicyWord {
  events = 0,
  /** Of its deltas the first, their number, and how many of them have a finite threshold: those stand first. */
  firstDelta = 1,
  deltaCount = 2,
  finiteCount = 3,
  /** Bitmap of the fields that have a delta. */
  map = 4,
  count = 4 + MAP_WORDS,
}

/**
 * Report policies by number, 0 the default: which one is a tag's, and what it says. `reportCause` applies them. Made
 * from `ReportRule`s; all its memory is set aside then: 40 bytes for each policy, 9 for each delta, 7 for each tag that
 * has its own, and 64.
 */
export class PolicyTable {
  /** Policies, the default included. */
  readonly size: number;
  /** The most finite deltas of any policy: what `TagTableOptions.deltas` must be. */
  readonly deltaColumns: number;

  /**
   * In ms, two for each policy: the minimum interval, and the maximum one, 0 for none. To be read alone, as the next
   * three, where a call would cost too much.
   */
  readonly intervals: Uint32Array;

  /** `PolicyWord.count` for each policy. */
  readonly words: Uint32Array;

  /** Of all deltas, those of a policy from `firstDelta` on. */
  readonly thresholds: Float64Array;
  /** From `DELTA_FIELDS` on the field of each delta. */
  readonly deltaFields: Uint8Array;
  /** The same array: the policy of each format, the fields of the deltas, and an ENTRY for each tag with its own. */
  private readonly bytes: Uint8Array;
  private readonly entriesAt: number;

  /**
   * The first rule is the default and needs neither formats nor addresses. Throws a RangeError that names the rule by
   * its number, from 0.
   */
  constructor(rules: readonly ReportRule[]) {
    if (rules.length < 1 || rules.length > MAX_POLICIES) {
      throw new RangeError('there must be 1 to ' + MAX_POLICIES + ' report policies, got ' + rules.length);
    }
    let deltas = 0;
    let columns = 0;
    let entries = 0;
    for (let i = 0; i < rules.length; i++) {
      checkRule(rules[i]!, 'report policy ' + i + ': ');
      deltas += rules[i]!.deltas?.length ?? 0;
      columns = Math.max(columns, finiteDeltas(rules[i]!));
      entries += rules[i]!.addresses?.length ?? 0;
    }
    this.size = rules.length;
    this.deltaColumns = columns;
    this.entriesAt = FORMATS + deltas;
    // One buffer costs less than three.
    const intervals = 2 * rules.length;
    const words = rules.length * PolicyWord.count;
    const wordsAt = 8 * deltas + 4 * intervals;
    const bytesAt = wordsAt + 4 * words;
    const buffer = new ArrayBuffer(bytesAt + this.entriesAt + entries * ENTRY);
    this.thresholds = new Float64Array(buffer, 0, deltas);
    this.intervals = new Uint32Array(buffer, 8 * deltas, intervals);
    this.words = new Uint32Array(buffer, wordsAt, words);
    this.bytes = new Uint8Array(buffer, bytesAt);
    this.deltaFields = this.bytes;
    let delta = 0;
    let entry = this.entriesAt;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!;
      this.setPolicy(i, rule, delta);
      delta += rule.deltas?.length ?? 0;
      for (let j = 0; j < (rule.addresses?.length ?? 0); j++) {
        this.bytes[entry] = i;
        this.bytes.set(rule.addresses![j]!, entry + 1);
        entry += ENTRY;
      }
    }
  }

  /** The policy for a format (0 to 63) of a tag whose own one is `own` (`TagTable.ownPolicy`). */
  choose(own: number, format: number): number {
    if (own !== NO_POLICY && own < this.size) return own;
    return format < FORMATS ? this.bytes[format]! : 0;
  }

  /** In ms. */
  minimumInterval(policy: number): number {
    return this.intervals[2 * policy]!;
  }

  /** In ms; 0 for none. */
  maximumInterval(policy: number): number {
    return this.intervals[2 * policy + 1]!;
  }

  /** True when events are reported at once. */
  hasEvents(policy: number): boolean {
    return this.words[policy * PolicyWord.count + PolicyWord.events] !== 0;
  }

  /** How many deltas a policy has; `deltaField` and `delta` take 0 to one less. */
  deltaCount(policy: number): number {
    return this.words[policy * PolicyWord.count + PolicyWord.deltaCount]!;
  }

  /** How many of them have a finite threshold: those with the lowest indices. */
  finiteCount(policy: number): number {
    return this.words[policy * PolicyWord.count + PolicyWord.finiteCount]!;
  }

  deltaField(policy: number, index: number): Field {
    return this.deltaFields[DELTA_FIELDS + this.firstDelta(policy) + index]!;
  }

  /** In the field's unit; Infinity when no change counts. */
  delta(policy: number, index: number): number {
    return this.thresholds[this.firstDelta(policy) + index]!;
  }

  /** Where the deltas of a policy begin among those of all. */
  firstDelta(policy: number): number {
    return this.words[policy * PolicyWord.count + PolicyWord.firstDelta]!;
  }

  /**
   * Of the fields 32 * `word` to 32 * `word` + 31 those of which a change is no change of content, a bit each: the
   * delta is infinite, or one of the first `kept`, which are compared with their thresholds.
   */
  comparedFields(policy: number, word: number, kept: number): number {
    let fields = this.words[policy * PolicyWord.count + PolicyWord.map + word]!;
    for (let i = this.finiteCount(policy) - 1; i >= kept; i--) {
      const field = this.deltaField(policy, i);
      if (field >> 5 === word) fields &= ~(1 << field);
    }
    return fields;
  }

  /** What a `TagTable` of this capacity needs for these policies. */
  tableOptions(capacity: number): TagTableOptions {
    // A crowd larger than the table would else be a first reading at each of its advertisements.
    const stay = Math.min(this.minimumInterval(0), MAX_STAY);
    const deltas = this.deltaColumns;
    const deltaRows = deltas === 0 ? capacity : this.deltaRows(capacity);
    return { capacity, stay, window: true, events: true, deltas, deltaRows, repeats: true };
  }

  /**
   * Rows for reported values: one for each place of the table when the policy of a format, or the default, has finite
   * deltas; else two for each address whose policy has some, for a tag that sends its values in two packets.
   */
  private deltaRows(capacity: number): number {
    let rows = this.finiteCount(0) > 0 ? capacity : 0;
    for (let format = 1; format < FORMATS; format++) if (this.finiteCount(this.bytes[format]!) > 0) rows = capacity;
    if (rows > 0) return rows;
    for (let at = this.entriesAt; at < this.bytes.length; at += ENTRY) {
      if (this.finiteCount(this.bytes[at]!) > 0) rows += 2;
    }
    return Math.max(1, Math.min(rows, STREAMS_PER_TAG * capacity));
  }

  /** Gives the tags with their own policy a place in the table. Returns how many found none. For start-up. */
  configureTags(table: TagTable): number {
    let left = 0;
    for (let at = this.entriesAt; at < this.bytes.length; at += ENTRY) {
      if (table.configure(this.bytes, at + 1, this.bytes[at]!) < 0) left++;
    }
    return left;
  }

  /** The rules as the constructor took them. Allocates; for people. */
  rules(): ReportRule[] {
    const rules: ReportRule[] = [];
    for (let policy = 0; policy < this.size; policy++) {
      const formats: number[] = [];
      const addresses: Uint8Array[] = [];
      const deltas: Delta[] = [];
      for (let format = 1; policy > 0 && format < FORMATS; format++) {
        if (this.bytes[format] === policy) formats.push(format);
      }
      for (let at = this.entriesAt; at < this.bytes.length; at += ENTRY) {
        if (this.bytes[at] !== policy) continue;
        const address = new Uint8Array(ADDRESS_SIZE);
        for (let i = 0; i < ADDRESS_SIZE; i++) address[i] = this.bytes[at + 1 + i]!;
        addresses.push(address);
      }
      for (let i = 0; i < this.deltaCount(policy); i++) {
        deltas.push({ field: this.deltaField(policy, i), threshold: this.delta(policy, i) });
      }
      rules.push({
        formats,
        addresses,
        minimumInterval: this.minimumInterval(policy),
        maximumInterval: this.maximumInterval(policy),
        events: this.hasEvents(policy),
        deltas,
      });
    }
    return rules;
  }

  private setPolicy(policy: number, rule: ReportRule, firstDelta: number): void {
    const at = policy * PolicyWord.count;
    const { words } = this;
    this.intervals[2 * policy] = rule.minimumInterval;
    this.intervals[2 * policy + 1] = rule.maximumInterval;
    words[at + PolicyWord.events] = rule.events === false ? 0 : 1;
    words[at + PolicyWord.firstDelta] = firstDelta;
    words[at + PolicyWord.deltaCount] = rule.deltas?.length ?? 0;
    words[at + PolicyWord.finiteCount] = finiteDeltas(rule);
    let finite = 0;
    let infinite = words[at + PolicyWord.finiteCount]!;
    for (let j = 0; j < (rule.deltas?.length ?? 0); j++) {
      const { field, threshold } = rule.deltas![j]!;
      const i = threshold < Infinity ? finite++ : infinite++;
      this.bytes[FORMATS + firstDelta + i] = field;
      this.thresholds[firstDelta + i] = threshold;
      words[at + PolicyWord.map + (field >> 5)]! |= 1 << (field & 31);
    }
    for (let i = 0; i < (rule.formats?.length ?? 0); i++) this.bytes[rule.formats![i]!] = policy;
  }
}

function finiteDeltas(rule: ReportRule): number {
  let count = 0;
  for (let i = 0; i < (rule.deltas?.length ?? 0); i++) if (rule.deltas![i]!.threshold < Infinity) count++;
  return count;
}

function checkRule(rule: ReportRule, where: string): void {
  try {
    checkReportPolicy(rule);
  } catch (error) {
    throw new RangeError(where + (error as Error).message);
  }
  if (rule.minimumInterval > MAX_INTERVAL || rule.maximumInterval > MAX_INTERVAL) {
    throw new RangeError(where + 'intervals must be at most ' + MAX_INTERVAL + ' ms');
  }
  for (let i = 0; i < (rule.formats?.length ?? 0); i++) {
    checkInteger(where + 'format', rule.formats![i]!, 1, FORMATS - 1);
  }
  for (let i = 0; i < (rule.addresses?.length ?? 0); i++) {
    const { length } = rule.addresses![i]!;
    if (length !== ADDRESS_SIZE) throw new RangeError(where + 'an address must have 6 bytes, got ' + length);
  }
  const count = rule.deltas?.length ?? 0;
  if (count > MAX_DELTAS) throw new RangeError(where + 'there may be ' + MAX_DELTAS + ' deltas, got ' + count);
  for (let i = 0; i < count; i++) {
    const { field, threshold } = rule.deltas![i]!;
    checkInteger(where + 'field', field, 0, FIELD_COUNT - 1);
    if (!(threshold > 0)) throw new RangeError(where + 'a threshold must be above 0, got ' + threshold);
  }
}
