import type { TagReporter } from '../../../src/device/tag-reporter.js';
import type { Advertisement } from '../../../src/hal/index.js';
import { policyText } from '../../../src/telemetry/report/policy-text.js';
import type { PolicyTable } from '../../../src/telemetry/report/policy-table.js';
import { RecordRank } from '../../../src/telemetry/outbox/log-statistics.js';
import { ReportKind } from '../../../src/telemetry/report/report.js';
import type { WorldTag } from '../../world/world-file.js';
import type { Device } from '../device.js';
import type { Simulation } from '../simulation.js';
import { eventsOf, fieldSetOf, partsOf, policiesText, policyFor, pressOf, readPolicies } from './policy-model.js';
import type { Part, Policies, Policy } from './policy-model.js';
import { addressNumber, addressText, ReportTap } from './report-tap.js';
import type { Rule } from './rule.js';
import { textOf } from './text.js';

/** Sets of fields of a tag that are followed each with its own times; with more of them this rule says nothing. */
const STREAMS = 4;
/** What a number that is kept in 32 bits may differ from itself, relatively, with some room. */
const F32 = 1e-6;
/** Settings by which advertisements are left out that this rule does not reckon with. */
const FILTERS = ['allow', 'deny', 'companies', 'services', 'configuredTags', 'duplicates'];
/** One fault of a tag side would else be told a thousand times. */
const MOST_COMPLAINTS = 5;

/** What is known of the last report of a stream. */
const enum Known {
  /** There was none. */
  nothing,
  /** Time and content. */
  all,
  /** The time; policies changed since, by which contents are compared. */
  time,
  /** Its tag may have lost its place in the table, or have found none. */
  unsure,
}

/** What is to become of a reading. */
const enum Verdict {
  waits,
  either,
  due,
}

/** Advertisements of one tag with one set of fields. */
interface Stream {
  readonly fieldSet: number;
  readonly parts: readonly Part[];
  known: Known;
  /** Of the last report: milliseconds of the device's clock, content, events, and what a button did. */
  at: number;
  readonly bytes: Uint8Array;
  events: number;
  press: number;
}

/** What one start of a device knows of an address. */
interface HeardTag {
  readonly tag: WorldTag;
  readonly address: string;
  readonly streams: Stream[];
  policy: Policy;
  heardAt: number;
}

/**
 * `due`: each reading that docs/policies.md wants reported is given to the outbox when it is heard, and again with the
 * next advertisement when the outbox refuses it; no other reading is. Policies are those of the world, or those in
 * force where people may have changed them.
 */
export function dueRule(): Rule {
  return {
    name: 'due',
    watch(simulation) {
      const books = new Map(
        simulation.devices.filter(isJudged).map((device) => [device.receiver, new Book(simulation, device)]),
      );
      simulation.air.observers.push({
        onHeard: (receiver, tag, advertisement) => books.get(receiver)?.heard(tag, advertisement),
        onTaken: (receiver) => books.get(receiver)?.taken(),
      });
      for (const { model } of simulation.brokers) {
        model.watch({
          onDistribute: ({ topic, payload }) => {
            if (!topic.text.includes('/cmd/') || !textOf(payload).includes('policy')) return;
            for (const book of books.values()) book.mayBeChanged = true;
          },
        });
      }
    },
  };
}

function isJudged({ gateway: { board, settings } }: Device): boolean {
  return board !== 'esp8266' && FILTERS.every((name) => settings[name] === undefined);
}

/** What one device heard and made of it. */
class Book {
  /** Somebody has called for other policies than those of the world. */
  mayBeChanged = false;
  private readonly tap: ReportTap;
  private readonly tags = new Map<number, HeardTag>();
  /** Advertisements of others, each of which may have taken a place in the table. */
  private strangers = 0;
  private reporter: TagReporter | undefined;
  private table: PolicyTable | undefined;
  private policies!: Policies;
  /** People may have changed the policies since this start began; its table has rows for those of its beginning. */
  private changed = false;
  /** Milliseconds for which a tag keeps its place against a new one. */
  private stay = 0;
  private complaints = 0;

  // The advertisement that is being heard.
  private stream: Stream | undefined;
  private tag: HeardTag | undefined;
  private verdict = Verdict.either;
  private why = '';
  private now = 0;
  private readonly bytes = new Uint8Array(31);
  private address = 0;
  private press = 0;
  /** It tells of an event, which goes before all others. */
  private urgent = false;
  private readings = 0;
  private stored = false;
  private rank = 0;

  constructor(
    private readonly simulation: Simulation,
    private readonly device: Device,
  ) {
    this.tap = new ReportTap(
      device,
      (report, rank, stored) => {
        if (report.kind !== ReportKind.reading || addressNumber(report.address) !== this.address) return;
        this.readings++;
        this.stored = stored;
        this.rank = rank;
      },
      (reporter) => this.begin(reporter),
    );
  }

  heard(tag: number, { address, bytes, from, to, rssi }: Advertisement): void {
    this.stream = undefined;
    const reporter = this.tap.look();
    if (!reporter) return;
    if (tag < 0) {
      this.strangers++;
      return;
    }
    if (rssi < Number(this.device.gateway.settings['rssiFloor'] ?? -128)) return;
    if (reporter.policies !== this.table) this.policiesChanged(reporter);
    const content = this.bytes;
    for (let i = from; i < to; i++) content[i - from] = bytes[i]!;
    this.now = this.device.start!.clock.now();
    this.address = addressNumber(address);
    const known = this.find(tag, address);
    this.tag = known;
    const stream = this.findStream(known, to - from);
    this.readings = 0;
    this.stored = false;
    if (!stream) return;
    this.stream = stream;
    this.urgent = false;
    this.press = pressOf(stream.parts, content);
    this.judge(stream, known);
  }

  /** The firmware is done with the advertisement. */
  taken(): void {
    const { stream, verdict, device } = this;
    this.stream = undefined;
    if (!stream || !this.reporter || device.firmware?.gateway.reporter !== this.reporter) return;
    const { tag, address } = this.tag!;
    const text = tag.name + ' (' + address + ')';
    if (verdict === Verdict.due && this.readings === 0)
      this.complain(text + ' has a reading that is due and is not reported: ' + this.why);
    else if (verdict === Verdict.waits && this.readings > 0) {
      this.complain(
        text + ' is reported too early: ' + (this.now - stream.at) + ' ms after the last report, and ' + this.why,
      );
    } else if (this.readings > 1) this.complain(text + ' is reported twice for one advertisement');
    if (this.readings === 0) return;
    if (this.urgent && this.rank !== (RecordRank.event as number))
      this.complain(text + ' has an event that is reported as a reading');
    if (!this.stored) return;
    stream.known = Known.all;
    stream.at = this.now;
    stream.bytes.set(this.bytes);
    stream.events = eventsOf(tag.format, this.bytes);
    stream.press = this.press;
  }

  private begin(reporter: TagReporter): void {
    this.reporter = reporter;
    this.tags.clear();
    this.strangers = 0;
    // A call may have waited at the broker, and come before the first advertisement.
    this.changed = this.mayBeChanged || this.device.wasTyped;
    this.readPolicies(reporter);
    this.stay = this.policies.fallback.interval;
  }

  private policiesChanged(reporter: TagReporter): void {
    this.changed = true;
    this.readPolicies(reporter);
    for (const known of this.tags.values()) {
      known.policy = policyFor(this.policies, known.tag, known.address);
      for (const stream of known.streams) if (stream.known === Known.all) stream.known = Known.time;
    }
  }

  private readPolicies(reporter: TagReporter): void {
    this.table = reporter.policies;
    this.policies = readPolicies(policyText(this.table.rules()));
    const { gateway, wasTyped } = this.device;
    const { settings, people } = gateway;
    if (this.mayBeChanged || wasTyped || (people?.length ?? 0) > 0) return;
    const [text, interval, heartbeat] = [settings['policies'], settings['interval'], settings['heartbeat']].map(
      (value) => (value === undefined ? undefined : String(value)),
    );
    const number = (value: string | undefined): number | undefined => (value === undefined ? undefined : Number(value));
    const wanted = policiesText(readPolicies(text ?? '', number(interval), number(heartbeat)));
    const inForce = policiesText(this.policies);
    if (wanted !== inForce) this.complain('the policies in force are ' + inForce + ', the settings say ' + wanted);
  }

  private find(index: number, address: Uint8Array): HeardTag {
    let known = this.tags.get(this.address);
    if (!known) {
      const tag = this.simulation.world.tags[index]!;
      const text = addressText(address);
      known = { tag, address: text, streams: [], policy: policyFor(this.policies, tag, text), heardAt: -Infinity };
      this.tags.set(this.address, known);
    }
    // Where more were heard than the table has places, who was silent may have lost its place to another.
    if (this.isCrowded() && this.now - known.heardAt >= this.stay) {
      for (const stream of known.streams) stream.known = Known.unsure;
    }
    known.heardAt = this.now;
    return known;
  }

  private isCrowded(): boolean {
    const configured = this.policies.byName.size;
    return this.tags.size + this.strangers + configured > this.reporter!.tags.capacity;
  }

  private findStream(known: HeardTag, to: number): Stream | undefined {
    const { streams, tag } = known;
    const fieldSet = fieldSetOf(tag.format, this.bytes, to);
    for (const stream of streams) if (stream.fieldSet === fieldSet) return stream;
    if (streams.length === STREAMS) return undefined;
    const stream: Stream = {
      fieldSet,
      parts: partsOf(tag.format, this.bytes, to),
      known: this.isCrowded() ? Known.unsure : Known.nothing,
      at: -Infinity,
      bytes: new Uint8Array(31),
      events: 0,
      press: 0,
    };
    streams.push(stream);
    return stream;
  }

  private say(verdict: Verdict, why: string): void {
    this.verdict = verdict;
    this.why = why;
  }

  /** Says what must become of the reading; see "In which order it is decided" in docs/policies.md. */
  private judge(stream: Stream, { policy, tag }: HeardTag): void {
    if (stream.known === Known.nothing) return this.say(Verdict.due, 'it is the first one');
    if (stream.known === Known.unsure) return this.say(Verdict.either, '');
    const { interval, heartbeat, events } = policy;
    const since = this.now - stream.at;
    const isLate = heartbeat > 0 && since >= heartbeat;
    if (stream.known === Known.time) return this.say(isLate ? Verdict.due : Verdict.either, 'the heartbeat is over');
    const happened =
      eventsOf(tag.format, this.bytes) !== stream.events || (this.press !== 0 && this.press !== stream.press);
    this.urgent = events && happened;
    if (this.urgent) return this.say(Verdict.due, 'something happened');
    if (since < interval) return this.say(Verdict.waits, 'the interval is not over');
    if (happened) return this.say(Verdict.due, 'something happened');
    const change = this.compare(stream, policy);
    if (isLate && change !== Verdict.due) return this.say(Verdict.due, 'the heartbeat is over');
    if (change === Verdict.waits) return this.say(Verdict.waits, 'nothing changed');
    this.say(change, this.why);
  }

  /** Whether the content is another one than was reported. */
  private compare(stream: Stream, { deltas }: Policy): Verdict {
    let verdict = Verdict.waits;
    for (const part of stream.parts) {
      const change = this.changeOf(part, stream.bytes, deltas.get(part.name));
      if (change === Verdict.waits) continue;
      if (change === Verdict.due) {
        this.why = part.name + ' changed';
        return change;
      }
      verdict = change;
    }
    return verdict;
  }

  private changeOf({ name, from, to, value }: Part, reported: Uint8Array, delta: number | undefined): Verdict {
    const { bytes } = this;
    if (name === '') {
      for (let i = from; i < to; i++) if (bytes[i] !== reported[i]) return Verdict.due;
      return Verdict.waits;
    }
    const now = value(bytes, from);
    const apart = Math.abs(now - value(reported, from));
    if (apart === 0) return Verdict.waits;
    if (delta === undefined) return Verdict.due;
    const margin = (delta + Math.abs(now)) * F32;
    if (delta < Infinity && apart >= delta + margin) return Verdict.due;
    // Where the table has no room for reported values, each change counts.
    if (this.changed || this.reporter!.tags.rowsRefused > 0) return Verdict.either;
    return delta < Infinity && apart > delta - margin ? Verdict.either : Verdict.waits;
  }

  private complain(text: string): void {
    if (++this.complaints > MOST_COMPLAINTS) return;
    this.simulation.ledger.break('due', this.simulation.now(), this.device.name + ': ' + text);
  }
}
