import type { DecisionWatcher, TagReporter } from '../../src/device/tag-reporter.js';
import type { Advertisement } from '../../src/hal/index.js';
import { describeReading, stateName } from '../../src/tags/describe.js';
import {
  buttonEventNames,
  eventNames,
  fieldDecimals,
  fieldNames,
  fieldUnits,
  stateFlagNames,
} from '../../src/tags/field-names.js';
import { Field } from '../../src/tags/field.js';
import { filterReasonNames } from '../../src/tags/filter/advertisement-filter.js';
import type { FilterReason } from '../../src/tags/filter/advertisement-filter.js';
import { formatName } from '../../src/tags/formats/index.js';
import type { Reading } from '../../src/tags/reading.js';
import { policyText } from '../../src/telemetry/report/policy-text.js';
import type { PolicyTable } from '../../src/telemetry/report/policy-table.js';
import { exceededDelta, ReportCause } from '../../src/telemetry/report/report-cause.js';
import type { Decision, FieldValue } from '../page/protocol.js';
import { addressNumber } from '../virtual/index.js';
import { hexOf } from './world-messages.js';

/** Decisions that are kept of each tag. */
export const KEPT_DECISIONS = 20;

type Step = Decision['step'];

/** Fields of a reading, by number. */
interface Values {
  readonly numbers: number[];
  readonly values: number[];
}

/** What a gateway decided about one advertisement. It is used again, since there may be thousands a second. */
class Slot implements Values {
  time = 0;
  rssi = 0;
  bytes = new Uint8Array(31);
  length = 0;
  format = 0;
  step: Step = 'filter';
  /** By `FilterReason`, `ReadingState` or `ReportCause`, as `step` says. */
  code = 0;
  reported = false;
  /** In words, where that was made at once; else it is made of the numbers below when somebody asks. */
  text = '';
  /** Milliseconds since the last report, the minimum interval and the maximum interval. */
  since = 0;
  minimum = 0;
  maximum = 0;
  /** A field with a delta that is not exceeded: which, how far it is from the last report, and the delta. -1: none. */
  field = -1;
  apart = 0;
  delta = 0;
  readonly numbers: number[] = [];
  readonly values: number[] = [];
}

/** The last decisions of a gateway about one address. */
class Ring {
  readonly slots: Slot[] = [];
  /** Where the next one goes. */
  next = 0;
  time = 0;
  policy = 0;
  /** By stream, what was reported last in this start. */
  readonly reported = new Map<number, Values>();
  /** Of the last report: uuid, namespace and the like. */
  ids: { readonly [name: string]: string } = {};

  take(): Slot {
    const slot = this.slots[this.next] ?? new Slot();
    this.slots[this.next] = slot;
    this.next = (this.next + 1) % KEPT_DECISIONS;
    return slot;
  }

  /** Newest first. */
  *newest(): Generator<Slot> {
    for (let i = 1; i <= this.slots.length; i++) {
      yield this.slots[(this.next - i + KEPT_DECISIONS) % KEPT_DECISIONS]!;
    }
  }
}

/** A reading that a gateway has reported. */
export type ReadingListener = (address: number, format: number, time: number, fields: FieldValue[]) => void;

/**
 * What one gateway decided about the last advertisements of each tag: as its firmware tells it. `capacity`: tags; when
 * there are more, those that were heard least make room.
 */
export class Decisions {
  private readonly rings = new Map<number, Ring>();

  /** `now`: milliseconds since 1970. */
  constructor(
    private readonly now: () => number,
    private readonly capacity: number,
    private readonly onReading: ReadingListener,
  ) {}

  /** A start of the device has begun: from now on `reporter` decides. */
  watch(reporter: TagReporter): void {
    for (const ring of this.rings.values()) ring.reported.clear();
    reporter.decisions = new Watcher(this, reporter, this.now, this.onReading);
  }

  /**
   * Newest first. `format`: of an address that sends several, the decisions about this one, and those before decoding.
   */
  of(address: number, format: number | undefined): Decision[] {
    const decisions: Decision[] = [];
    const ring = this.rings.get(address);
    if (!ring) return decisions;
    for (const slot of ring.newest()) {
      if (format !== undefined && slot.format !== 0 && slot.format !== format) continue;
      decisions.push({
        time: slot.time,
        rssi: slot.rssi,
        hex: hexOf(slot.bytes.subarray(0, slot.length)),
        reported: slot.reported,
        step: slot.step,
        cause: causeName(slot),
        text: slot.text === '' ? textOf(slot) : slot.text,
        fields: fieldsOf(slot),
      });
    }
    return decisions;
  }

  /** The rule that decided last, as text; undefined when none has. */
  policyOf(address: number, policies: PolicyTable): string | undefined {
    const ring = this.rings.get(address);
    if (!ring || ring.policy < 0) return undefined;
    return ruleText(policies, ring.policy);
  }

  /** When an address was heard last; 0: never. */
  heardAt(address: number): number {
    return this.rings.get(address)?.time ?? 0;
  }

  /** What was last decoded of an address in a format. */
  fields(address: number, format: number): { readonly time: number; readonly fields: FieldValue[] } | undefined {
    const ring = this.rings.get(address);
    if (!ring) return undefined;
    for (const slot of ring.newest()) {
      if (slot.format !== format) continue;
      const ids = Object.entries(ring.ids).map(([name, value]) => ({ name, value }));
      return { time: slot.time, fields: [...fieldsOf(slot), ...ids] };
    }
    return undefined;
  }

  /** The format that was last decoded of an address, 0 when none was. */
  formatOf(address: number): number {
    for (const slot of this.rings.get(address)?.newest() ?? []) if (slot.format !== 0) return slot.format;
    return 0;
  }

  ring(address: number): Ring {
    let ring = this.rings.get(address);
    if (!ring) {
      if (this.rings.size >= this.capacity) this.forget();
      this.rings.set(address, (ring = new Ring()));
      ring.policy = -1;
    }
    return ring;
  }

  /** A quarter of the tags make room: strangers that were heard once, then those that were silent for longest. */
  private forget(): void {
    const oldest = [...this.rings].sort(([, a], [, b]) => a.slots.length - b.slots.length || a.time - b.time);
    for (const [address] of oldest.slice(0, Math.ceil(this.capacity / 4))) this.rings.delete(address);
  }
}

/** What one start of a device tells. */
class Watcher implements DecisionWatcher {
  private slot: Slot | undefined;
  private ring: Ring | undefined;
  private address = 0;
  private stream = 0;

  constructor(
    private readonly decisions: Decisions,
    private readonly reporter: TagReporter,
    private readonly now: () => number,
    private readonly onReading: ReadingListener,
  ) {}

  filtered(advertisement: Advertisement, reason: FilterReason): void {
    const slot = this.begin(advertisement, 'filter', reason, undefined);
    slot.minimum = this.reporter.filter['rssiFloor'];
  }

  undecoded(advertisement: Advertisement, reading: Reading): void {
    const slot = this.begin(advertisement, 'decode', reading.state, undefined);
    const name = reading.format === 0 ? '' : formatName(reading.format);
    slot.text = name === '' ? 'no format knows what it sends' : 'format ' + name + ': ' + stateName(reading.state);
  }

  refused(advertisement: Advertisement, reading: Reading): void {
    const slot = this.begin(advertisement, 'table', 0, reading);
    const { capacity } = this.reporter.tags;
    slot.text = `the tag table is full: ${capacity} tags, and each was heard too recently to give way`;
  }

  judged(advertisement: Advertisement, reading: Reading, stream: number, policy: number, cause: ReportCause): void {
    const { reporter } = this;
    const { policies, tags } = reporter;
    const slot = this.begin(advertisement, 'policy', cause, reading);
    this.stream = stream;
    this.ring!.policy = policy;
    slot.since = this.reporter['board'].clock.now() - tags.lastReported[stream]!;
    slot.minimum = policies.minimumInterval(policy);
    slot.maximum = policies.maximumInterval(policy);
    if (cause === ReportCause.unchanged) noteNearest(slot, reporter, stream, policy, reading);
    else if (cause === ReportCause.changed) slot.text = this.changeText(stream, policy, reading);
    else if (cause === ReportCause.events) slot.text = this.eventText(stream, reading);
  }

  stored(taken: boolean): void {
    const { ring, slot, stream, onReading, address } = this;
    if (!slot || !ring) return;
    if (!taken) {
      const cause = slot.text === '' ? textOf(slot) : slot.text;
      slot.text = cause + '; the outbox is full and does not take it: it is decided again with the next advertisement';
      slot.step = 'outbox';
      return;
    }
    slot.reported = true;
    const { reading } = this.reporter['report'];
    ring.reported.set(stream, { numbers: [...slot.numbers], values: [...slot.values] });
    ring.ids = describeReading(reading).ids;
    onReading(address, slot.format, slot.time, fieldsOf(slot));
  }

  private begin(advertisement: Advertisement, step: Step, code: number, reading: Reading | undefined): Slot {
    const { address, rssi, bytes, from, to } = advertisement;
    this.address = addressNumber(address);
    const ring = this.decisions.ring(this.address);
    const slot = ring.take();
    slot.time = ring.time = this.now();
    slot.rssi = rssi;
    slot.length = to - from;
    if (slot.bytes.length < slot.length) slot.bytes = new Uint8Array(slot.length);
    for (let i = from; i < to; i++) slot.bytes[i - from] = bytes[i]!;
    slot.step = step;
    slot.code = code;
    slot.reported = false;
    slot.text = '';
    slot.field = -1;
    slot.numbers.length = slot.values.length = 0;
    slot.format = reading?.format ?? 0;
    if (reading) {
      for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
        slot.numbers.push(field);
        slot.values.push(reading.get(field));
      }
    }
    this.ring = ring;
    this.slot = slot;
    return slot;
  }

  /** Which field is another one: by its delta, as the policy found it, or else beside what was reported. */
  private changeText(stream: number, policy: number, reading: Reading): string {
    const { policies, tags } = this.reporter;
    const index = exceededDelta(policies, policy, tags, stream, reading);
    if (index >= 0) {
      const field = policies.deltaField(policy, index);
      const value = reading.get(field);
      const apart = Math.abs(value - tags.reportedValues![tags.valuesOf(stream) + index]!);
      // What was not reported yet is far from everything.
      if (apart !== apart) return `${valueText(field, value)}, not reported before`;
      const delta = policies.delta(policy, index);
      return `${valueText(field, value)}, ${shown(field, apart)} from the last report; delta ${delta}`;
    }
    const before = this.ring!.reported.get(stream);
    const parts: string[] = [];
    for (let field = reading.nextField(-1); before && field >= 0; field = reading.nextField(field)) {
      if (UNCOMPARED.includes(field) || hasDelta(policies, policy, field)) continue;
      const place = before.numbers.indexOf(field);
      const value = reading.get(field);
      if (place < 0) parts.push(valueText(field, value) + ', not reported before');
      else if (before.values[place] !== value) {
        parts.push(`${valueText(field, value)}, last reported ${valueOnly(field, before.values[place]!)}`);
      }
    }
    return parts.length > 0 ? parts.slice(0, 3).join('; ') : 'the content is not that of the last report';
  }

  /** What happened, beside what was last reported. */
  private eventText(stream: number, reading: Reading): string {
    const { reportedEvents, reportedStates } = this.reporter.tags;
    const events = reportedEvents[stream]!;
    const wasOn = (state: number): boolean => {
      const word = state < 32 ? (reportedStates?.[stream] ?? 0) : events >>> 8;
      return ((word >>> (state & 31)) & 1) === 1;
    };
    const parts: string[] = [];
    const note = (name: string, is: boolean, was: boolean): void => {
      if (is !== was) parts.push(name + (is ? ' begins' : ' ends'));
    };
    if (reading.has(Field.events)) {
      const flags = reading.get(Field.events);
      eventNames.forEach((name, bit) => note(name, ((flags >> bit) & 1) === 1, ((events >> bit) & 1) === 1));
    }
    stateFlagNames.forEach((name, state) => {
      const is = reading.getState(state);
      if (is >= 0) note(name, is === 1, wasOn(state));
    });
    for (let field = Field.button; field <= Field.dimmer; field++) {
      if (reading.get(field) !== 0) parts.push(valueText(field, reading.get(field)));
    }
    return 'event: ' + parts.join(', ');
  }
}

/** Fields that change by themselves, and are no reason to report. */
const UNCOMPARED: readonly Field[] = [Field.uptime, Field.advertisementCount, Field.sequence];

function hasDelta(policies: PolicyTable, policy: number, field: Field): boolean {
  for (let i = 0; i < policies.deltaCount(policy); i++) if (policies.deltaField(policy, i) === field) return true;
  return false;
}

/** Of the fields with a delta the one that is nearest to it. */
function noteNearest(slot: Slot, reporter: TagReporter, stream: number, policy: number, reading: Reading): void {
  const { policies, tags } = reporter;
  const first = tags.deltas === 0 ? -1 : tags.valuesOf(stream);
  if (first < 0) return;
  const kept = Math.min(policies.finiteCount(policy), tags.deltas);
  for (let i = 0; i < kept; i++) {
    const field = policies.deltaField(policy, i);
    if (!reading.has(field)) continue;
    const apart = Math.abs(reading.get(field) - tags.reportedValues![first + i]!);
    const delta = policies.delta(policy, i);
    if (slot.field >= 0 && !(apart / delta > slot.apart / slot.delta)) continue;
    slot.field = field;
    slot.apart = apart;
    slot.delta = delta;
  }
}

const FILTER_TEXTS = [
  '',
  '',
  'its address is on the deny list',
  'its address is not on the allow list',
  'it is not a configured tag, and no others are taken (configuredTags)',
  'it is of none of the companies and has none of the services that are taken',
  'a repetition, which is left out (duplicates)',
];

function textOf(slot: Slot): string {
  const { step, code, since, minimum, maximum, rssi } = slot;
  if (step === 'filter') return FILTER_TEXTS[code] || `received with ${rssi} dBm, the floor is ${minimum} dBm`;
  const ago = `${seconds(since)} since the last report`;
  switch (code as ReportCause) {
    case ReportCause.first:
      return 'the first reading of this tag with these fields since the start';
    case ReportCause.heartbeat:
      return `${ago}; heartbeat ${seconds(maximum)}`;
    case ReportCause.early:
      return `${ago}; interval ${seconds(minimum)}`;
    default: {
      const next = maximum === 0 ? 'there is no heartbeat' : `the heartbeat is due in ${seconds(maximum - since)}`;
      const { field, apart, delta } = slot;
      if (field < 0) return `nothing has changed; ${next}`;
      return `${fieldNames[field]} is ${shown(field, apart)} from the last report, delta ${delta}; ${next}`;
    }
  }
}

const CAUSES: { readonly [cause: number]: string } = {
  [ReportCause.early]: 'early',
  [ReportCause.unchanged]: 'unchanged',
  [ReportCause.first]: 'first',
  [ReportCause.events]: 'events',
  [ReportCause.changed]: 'changed',
  [ReportCause.heartbeat]: 'heartbeat',
};

function causeName({ step, code }: Slot): string {
  if (step === 'filter') return filterReasonNames[code] ?? '';
  if (step === 'decode') return stateName(code);
  if (step === 'table') return 'full';
  return step === 'outbox' ? 'refused' : CAUSES[code]!;
}

/** Field values for people; what a reading does not know is left out. */
function fieldsOf({ numbers, values }: Values): FieldValue[] {
  const fields: FieldValue[] = [];
  numbers.forEach((field, i) => {
    if (field >= Field.states && field <= Field.moreStatesKnown) return;
    const unit = fieldUnits[field]!;
    fields.push({ name: fieldNames[field]!, value: valueOf(field, values[i]!), ...(unit !== '' && { unit }) });
  });
  const known = bitsOf({ numbers, values }, Field.statesKnown, Field.moreStatesKnown);
  const set = bitsOf({ numbers, values }, Field.states, Field.moreStates);
  stateFlagNames.forEach((name, state) => {
    if (known(state)) fields.push({ name, value: set(state) });
  });
  return fields;
}

function bitsOf({ numbers, values }: Values, low: Field, high: Field): (state: number) => boolean {
  const words = [low, high].map((field) => values[numbers.indexOf(field)] ?? 0);
  return (state) => ((words[state >> 5]! >>> (state & 31)) & 1) === 1;
}

function namesOfBits(bits: number, names: readonly string[]): string[] {
  return names.filter((_, bit) => (bits >> bit) & 1);
}

function valueOf(field: number, value: number): number | string {
  if (field === Field.events) return namesOfBits(value, eventNames).join(', ') || 'none';
  if (field >= Field.button && field <= Field.button4) return buttonEventNames[value] ?? value;
  return rounded(field, value);
}

function rounded(field: number, value: number): number {
  return Number(value.toFixed(fieldDecimals[field]));
}

/** `20.3 °C`. */
function valueOnly(field: number, value: number): string {
  const unit = fieldUnits[field]!;
  return valueOf(field, value) + (unit === '' ? '' : ' ' + unit);
}

/** `temperature 20.3 °C`. */
function valueText(field: number, value: number): string {
  return fieldNames[field]! + ' ' + valueOnly(field, value);
}

/** A distance, without its unit. */
function shown(field: number, apart: number): string {
  return apart === apart ? String(rounded(field, apart)) : 'not known how far';
}

function seconds(milliseconds: number): string {
  return Math.round(milliseconds / 100) / 10 + ' s';
}

function ruleText(policies: PolicyTable, policy: number): string {
  const rules = policies.rules();
  const own = rules[policy];
  if (!own || policy === 0) return policyText(rules.slice(0, 1));
  return policyText([rules[0]!, own]).split('; ')[1] ?? '';
}
