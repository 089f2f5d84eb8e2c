import { Field, State } from '../../tags/field.js';
import { HashStep, MAP_WORDS } from '../../tags/reading.js';
import type { Reading } from '../../tags/reading.js';
import type { TagTable } from '../../tags/tag-table.js';
import { DELTA_FIELDS, PolicyWord } from './policy-table.js';
import type { PolicyTable } from './policy-table.js';

/** Any number that leaves room for a step of the hash. */
const SEED = 0x811c9dc5;
/** Of the fields 0 to 31 those that change by themselves. */
const UNCOMPARED = (1 << Field.uptime) | (1 << Field.advertisementCount) | (1 << Field.sequence);

/**
 * A 32-bit hash of what a reading says: format, state, identity, and the fields with their values, for "is it still the
 * same". Left out are the fields that change by themselves (uptime, count of advertisements, sequence) and those that
 * are compared with a delta; `kept` is how many of the policy's deltas are. Allocates nothing.
 */
export function contentHash(reading: Reading, policies: PolicyTable, policy: number, kept: number): number {
  let hash = SEED + ((reading.format << 8) | (reading.state << 4) | reading.identityKind);
  const identity = reading.identity;
  for (let i = reading.identityLength - 1; i >= 0; i--) {
    hash = (hash * HashStep.factor + identity[i]!) % HashStep.modulus;
  }
  const words = policies.words;
  const at = policy * PolicyWord.count;
  // Else some of its deltas found no room in the table, and their fields are compared as they are.
  const isWhole = kept === words[at + PolicyWord.finiteCount];
  const compared = isWhole ? words[at + PolicyWord.map]! : policies.comparedFields(policy, 0, kept);
  hash = reading.hashFields(hash, 0, compared | UNCOMPARED);
  const present = reading.present;
  if ((present[1]! | present[2]! | present[3]!) === 0) return hash >>> 0;
  for (let word = 1; word < MAP_WORDS; word++) {
    hash = reading.hashFields(hash, word, policies.comparedFields(policy, word, kept));
  }
  return hash >>> 0;
}

/** Why a reading is to be reported, or why not: those above `unchanged` are reported. */
export const enum ReportCause {
  /** Not reported: the minimum interval is not over, whatever the reading says. */
  early = -1,
  /** Not reported: it says what the last report said, and the maximum interval is not over. */
  unchanged = 0,
  /** The tag was not heard before, or not with this format. */
  first = 1,
  /** Event flags differ from those last reported. */
  events = 2,
  /** It says something else than the last report, whose minimum interval is over. */
  changed = 3,
  /** The maximum interval is over. */
  heartbeat = 4,
}

/*
 * What is told at once, when it begins and when it ends, has a bit in one of two words that are kept for each stream:
 * State 0 to 31 in `reportedStates`, Field.events (8 bits) and State 32 to 55 in `reportedEvents`. The other states, of
 * a battery or of how a tag is set up, are values like any other.
 */
const EVENT_STATES =
  (1 << State.generic) |
  (1 << State.on) |
  (1 << State.opening) |
  (1 << State.carbonMonoxide) |
  (1 << State.door) |
  (1 << State.garageDoor) |
  (1 << State.gasLeak) |
  (1 << State.heat) |
  (1 << State.unlocked) |
  (1 << State.wet) |
  (1 << State.motion) |
  (1 << State.moving) |
  (1 << State.occupied) |
  (1 << State.present) |
  (1 << State.problem) |
  (1 << State.safe) |
  (1 << State.smoke) |
  (1 << State.tamper) |
  (1 << State.vibration) |
  (1 << State.window) |
  (1 << State.massRemoved);
const FLAGS = 0xff;
const FLAG_BITS = 8;
const EVENTS =
  FLAGS |
  (1 << (State.bedOccupied - 32 + FLAG_BITS)) |
  (1 << (State.occupiedNearby - 32 + FLAG_BITS)) |
  (1 << (State.leftOpen - 32 + FLAG_BITS)) |
  (1 << (State.forced - 32 + FLAG_BITS)) |
  (1 << (State.removed - 32 + FLAG_BITS)) |
  (1 << (State.contact - 32 + FLAG_BITS)) |
  (1 << (State.buttonPressed - 32 + FLAG_BITS)) |
  (1 << (State.magnet - 32 + FLAG_BITS)) |
  (1 << (State.flipped - 32 + FLAG_BITS));

/** Of the fields 0 to 31 those that say what is told at once, and that of the tag's own counter. */
const EVENT_FIELDS = (1 << Field.events) | (1 << Field.states) | (1 << Field.moreStates);
const SEQUENCE_FIELD = 1 << Field.sequence;
/** The buttons and the dimmer are in this word of the bitmap of fields and the next. */
const MOMENTARY_WORD = Field.button >> 5;

/** What a value that was kept as f32 may differ from itself, relatively. */
const F32_ERROR = 2.4e-7;
const MAX_SEQUENCE = 0xffffffff;

/**
 * Says whether `reading`, heard at `now` (ms of `Clock.now`), is to be reported under `policy` of `policies`, and why
 * (`PolicyTable.choose`). `stream` is the one of its tag, format and fields (`TagTable.stream`). Changes nothing:
 * `noteReport` does, when the report was stored. Allocates nothing.
 *
 * - The first reading of a stream is reported.
 * - Events are reported at once, if the policy says so: a flag of `Field.events`, or a state of a door, a motion, an
 *   alarm, that is not as it was reported; a button or dimmer that did something. The tag's own counter tells whether
 *   that is the same press heard again or another one: a number that is not the reported one, higher or lower (a tag
 *   that was started anew), is another. Without a counter the whole content tells.
 * - Anything else waits for the minimum interval. Then a reading is reported when a field with a delta is that far from
 *   what was last reported of it, or when anything but these fields differs; a field that it does not have says
 *   nothing. A stream that found no room for its values has all fields compared as they are. The same number with
 *   other content counts too: a counter of few bits that went round, or one that a tag does not move, must not hide a
 *   change. Repetitions, which have the same content, are not reported.
 * - When the maximum interval is over, whatever is heard is reported.
 */
export function reportCause(
  policies: PolicyTable,
  policy: number,
  table: TagTable,
  stream: number,
  reading: Reading,
  now: number,
): ReportCause {
  if (table.reports[stream] === 0) return ReportCause.first;
  const words = policies.words;
  const at = policy * PolicyWord.count;
  const atOnce = words[at + PolicyWord.events] !== 0;
  const since = now - table.lastReported[stream]!;
  const isEarly = since < policies.intervals[2 * policy]!;
  if (isEarly && !atOnce) return ReportCause.early;
  if (hasNewEvent(policies, policy, table, stream, reading)) return atOnce ? ReportCause.events : ReportCause.changed;
  if (isEarly) return ReportCause.early;
  const finite = words[at + PolicyWord.finiteCount]!;
  const values = finite === 0 ? -1 : table.valuesOf(stream);
  let kept = 0;
  // As `keptDeltas`.
  if (values >= 0) kept = finite < table.deltas ? finite : table.deltas;
  if (kept > 0 && newValue(policies, policy, table, values, kept, reading) >= 0) return ReportCause.changed;
  if (contentHash(reading, policies, policy, kept) !== table.reportedHash[stream]) return ReportCause.changed;
  const maximum = policies.intervals[2 * policy + 1]!;
  return maximum > 0 && since >= maximum ? ReportCause.heartbeat : ReportCause.unchanged;
}

/** Notes in the table that `reading` was reported at `now`; arguments as for `reportCause`. */
export function noteReport(
  policies: PolicyTable,
  policy: number,
  table: TagTable,
  stream: number,
  reading: Reading,
  now: number,
): void {
  const first = hasDeltaField(policies, policy, reading) ? table.takeValues(stream) : table.valuesOf(stream);
  const kept = first < 0 ? 0 : keptDeltas(policies, policy, table);
  const fields = reading.present[0]!;
  const values = reading.values;
  let events = table.reportedEvents[stream]!;
  if (fields & (1 << Field.events)) events = (events & ~FLAGS) | (values[Field.events]! & FLAGS);
  if (fields & (1 << Field.moreStates)) {
    const known = values[Field.moreStatesKnown]! << FLAG_BITS;
    events = (events & ~known) | ((values[Field.moreStates]! << FLAG_BITS) & known);
  }
  const states = table.reportedStates;
  if (states && fields & (1 << Field.states)) {
    const known = values[Field.statesKnown]!;
    states[stream] = (states[stream]! & ~known) | (values[Field.states]! & known);
  }
  table.reported(stream, now, events >>> 0, contentHash(reading, policies, policy, kept));
  if (table.reportedSequence && fields & SEQUENCE_FIELD) table.reportedSequence[stream] = sequenceOf(reading);
  const reported = table.reportedValues!;
  const firstField = DELTA_FIELDS + policies.firstDelta(policy);
  for (let i = kept - 1; i >= 0; i--) {
    const field = policies.deltaFields[firstField + i]!;
    if (reading.has(field)) reported[first + i] = values[field]!;
  }
}

function hasNewEvent(
  policies: PolicyTable,
  policy: number,
  table: TagTable,
  stream: number,
  reading: Reading,
): boolean {
  const fields = reading.present[0]!;
  if (fields & EVENT_FIELDS) {
    const values = reading.values;
    const reported = table.reportedEvents[stream]!;
    if (fields & (1 << Field.events) && (reported ^ values[Field.events]!) & FLAGS) return true;
    if (fields & (1 << Field.moreStates)) {
      const known = values[Field.moreStatesKnown]! << FLAG_BITS;
      if ((reported ^ (values[Field.moreStates]! << FLAG_BITS)) & known & EVENTS) return true;
    }
    const states = table.reportedStates;
    if (states && fields & (1 << Field.states)) {
      if ((states[stream]! ^ values[Field.states]!) & values[Field.statesKnown]! & EVENT_STATES) return true;
    }
  }
  if (!hasMomentary(reading)) return false;
  const reported = table.reportedSequence ? table.reportedSequence[stream]! : 0;
  if (reported !== 0 && reading.has(Field.sequence)) return sequenceOf(reading) !== reported;
  const kept = table.valuesOf(stream) < 0 ? 0 : keptDeltas(policies, policy, table);
  return contentHash(reading, policies, policy, kept) !== table.reportedHash[stream];
}

/** True when the reading has a field with a finite delta: only then its stream needs a row. */
function hasDeltaField(policies: PolicyTable, policy: number, reading: Reading): boolean {
  const first = DELTA_FIELDS + policies.firstDelta(policy);
  for (let delta = first + policies.finiteCount(policy) - 1; delta >= first; delta--) {
    if (reading.has(policies.deltaFields[delta]!)) return true;
  }
  return false;
}

/**
 * The delta of the policy (an index for `PolicyTable.delta`) whose field is further from what was last reported of it
 * than it allows, -1 when none is; arguments as for `reportCause`. For people: it is what `reportCause` asks.
 */
export function exceededDelta(
  policies: PolicyTable,
  policy: number,
  table: TagTable,
  stream: number,
  reading: Reading,
): number {
  const first = table.deltas === 0 ? -1 : table.valuesOf(stream);
  return first < 0 ? -1 : newValue(policies, policy, table, first, keptDeltas(policies, policy, table), reading);
}

/** As `exceededDelta`; what was reported is at `first` and behind it, `kept` values. */
function newValue(
  policies: PolicyTable,
  policy: number,
  table: TagTable,
  first: number,
  kept: number,
  reading: Reading,
): number {
  const firstDelta = policies.firstDelta(policy);
  const fields = policies.deltaFields;
  const values = reading.values;
  const reported = table.reportedValues!;
  for (let i = kept - 1; i >= 0; i--) {
    const field = fields[DELTA_FIELDS + firstDelta + i]!;
    if (!reading.has(field)) continue;
    const value = values[field]!;
    const apart = Math.abs(Math.fround(value) - reported[first + i]!);
    if (apart === 0) continue;
    const delta = policies.thresholds[firstDelta + i]!;
    // 20.2 - 20 is a little less than 0.2, and what was reported is kept as f32. NaN: not reported yet.
    if (!(apart < delta - (delta + Math.abs(value)) * F32_ERROR)) return i;
  }
  return -1;
}

/** Deltas of the policy whose values a row keeps: all finite ones, in a table that was made for these policies. */
function keptDeltas(policies: PolicyTable, policy: number, table: TagTable): number {
  const count = policies.finiteCount(policy);
  return count < table.deltas ? count : table.deltas;
}

/** True when a button or dimmer did something. */
function hasMomentary(reading: Reading): boolean {
  // They are the last fields, and most readings have none of them.
  if ((reading.present[MOMENTARY_WORD]! | reading.present[MOMENTARY_WORD + 1]!) === 0) return false;
  let field = reading.nextField(Field.button - 1);
  while (field >= 0 && field <= Field.dimmer) {
    if (reading.values[field] !== 0) return true;
    field = reading.nextField(field);
  }
  return false;
}

/** As it is kept: of a counter of 48 bits the rest by 2^32 - 1, plus 1. */
function sequenceOf(reading: Reading): number {
  return (reading.get(Field.sequence) % MAX_SEQUENCE) + 1;
}
