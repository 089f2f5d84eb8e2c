import { formatName } from '../../src/tags/index.js';
import { parsePolicies } from '../../src/telemetry/report/policy-text.js';
import { formatAddress } from '../cli/terminal.js';
import type { FieldValue, TagsUpdate, TagState } from '../page/protocol.js';
import type { ReportSeen } from './topics-payload.js';

/** A row of the table. */
interface Row {
  state: TagState;
  /** What it shows. */
  last: ReportSeen;
}

/** Milliseconds; what `policy.get` answers always names both for `default`. */
const ANY_POLICY = { minimumInterval: 0, maximumInterval: 0 };

/** After which time an unchanged reading is reported, by the rules of docs/policies.md. */
class Heartbeats {
  /** In milliseconds, 0 for never. By address and by the name of the format. */
  private constructor(
    private readonly named: ReadonlyMap<string, number>,
    private readonly otherwise: number,
  ) {}

  /** Undefined for a text that is none of policies. */
  static read(text: string): Heartbeats | undefined {
    try {
      const [first, ...rules] = parsePolicies(text, ANY_POLICY);
      const named = new Map<string, number>();
      for (const { addresses = [], formats = [], maximumInterval } of rules) {
        for (const address of addresses) named.set(formatAddress(address), maximumInterval);
        for (const format of formats) named.set(formatName(format), maximumInterval);
      }
      return new Heartbeats(named, first?.maximumInterval ?? 0);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** The policy of an address comes before that of a format. */
  of(address: string, format: string): number {
    return this.named.get(address) ?? this.named.get(format) ?? this.otherwise;
  }
}

/** What presence said of an address. */
interface Presence {
  presence: 'here' | 'away';
  told: ReportSeen;
}

/** The most rows; above it those go that were not heard for longest. */
const MOST_ROWS = 2000;

/** The table of tags, from the reports of one gateway. */
export class TopicsTags {
  /** By `TagState.id`, those that were reported last at the end. */
  private readonly rows = new Map<string, Row>();
  /** By address. */
  private readonly presences = new Map<string, Presence>();
  private changed = new Set<string>();
  private heartbeats: Heartbeats | undefined;
  private removed: string[] = [];

  /**
   * A report that was heard by the gateway at `at`; both times are of our clock. Returns the `TagState.id` of its row;
   * undefined when it belongs to none, which is so for presence. `isOld`: the broker had it, nobody knows for how long.
   */
  note(report: ReportSeen, at: number, isOld: boolean): string | undefined {
    if (report.presence !== undefined) {
      this.notePresence(report, at);
      return undefined;
    }
    const id = this.idOf(report);
    const row = this.rows.get(id);
    if (!isOld) this.noteHeard(report);
    // What waited in an outbox comes after what is newer.
    const isLate = row !== undefined && isBefore(report, row.last);
    const state = isLate ? row.state : this.rowState(id, report, row?.state, at);
    const reports = (row?.state.reports ?? 0) + countOf(report);
    this.put(id, { state: { ...state, ...(reports > 0 && { reports }) }, last: isLate ? row.last : report });
    return id;
  }

  /** The policies of the device, as text: they say when a tag is reported again at the latest. */
  setPolicies(text: string): void {
    this.heartbeats = Heartbeats.read(text);
    for (const [id, row] of this.rows) {
      row.state = { ...row.state, ...this.heartbeat(row.state.address, row.state.format, row.state.heard[0]?.at) };
      this.changed.add(id);
    }
  }

  /** All that changed since the last call; undefined: nothing. */
  takeChanges(): TagsUpdate | undefined {
    if (this.changed.size === 0 && this.removed.length === 0) return undefined;
    const tags = [...this.changed].map((id) => this.rows.get(id)!.state);
    const removed = this.removed.filter((id) => !this.rows.has(id));
    this.changed = new Set();
    this.removed = [];
    return { type: 'tags', tags, ...(removed.length > 0 && { removed }) };
  }

  all(): TagsUpdate {
    return { type: 'tags', tags: [...this.rows.values()].map(({ state }) => state) };
  }

  get size(): number {
    return this.rows.size;
  }

  /** An address is its row, and each further format of it has one of its own. */
  private idOf({ address, format }: ReportSeen): string {
    const first = this.rows.get(address);
    if (!first || format === undefined || first.state.format === '' || first.state.format === format) return address;
    return `${address} ${format}`;
  }

  private rowState(id: string, report: ReportSeen, before: TagState | undefined, at: number): TagState {
    const { address, format, rssi, fields, isPart } = report;
    const lastRssi = rssi ?? before?.heard[0]?.rssi;
    const count = (before?.heard[0]?.count ?? 0) + countOf(report);
    const presence = this.presences.get(address)?.presence;
    return {
      id,
      address,
      name: before?.name ?? '',
      format: format ?? before?.format ?? '',
      heard: lastRssi === undefined ? [] : [{ gateway: 0, rssi: lastRssi, at, count }],
      fields: isPart ? mergeFields(before?.fields ?? [], fields) : fields,
      ...(presence !== undefined && { presence }),
      ...(report.presence === undefined && this.heartbeat(address, format ?? before?.format ?? '', at)),
    };
  }

  private heartbeat(address: string, format: string, at: number | undefined): { heartbeatAt?: number } {
    const heartbeat = this.heartbeats?.of(address, format) ?? 0;
    return heartbeat === 0 || at === undefined ? {} : { heartbeatAt: at + heartbeat };
  }

  private notePresence(report: ReportSeen, at: number): void {
    const { address, presence } = report;
    this.setPresence(address, { presence: presence === 'away' ? 'away' : 'here', told: report });
    if (this.rows.has(address)) return;
    // It is there before its first reading.
    const state = this.rowState(address, { ...report, isPart: true }, undefined, at);
    this.put(address, { state, last: report });
  }

  /** A reading was heard: the tag is here, unless it was told away since. */
  private noteHeard(report: ReportSeen): void {
    const known = this.presences.get(report.address);
    if (known?.presence === 'here' || (known && isBefore(report, known.told))) return;
    this.setPresence(report.address, { presence: 'here', told: report });
  }

  private setPresence(address: string, presence: Presence): void {
    this.presences.set(address, presence);
    for (const [id, row] of this.rows) {
      if (row.state.address !== address) continue;
      row.state = { ...row.state, presence: presence.presence };
      this.changed.add(id);
    }
  }

  private put(id: string, row: Row): void {
    this.rows.delete(id);
    this.rows.set(id, row);
    this.changed.add(id);
    if (this.rows.size <= MOST_ROWS) return;
    const [oldest, { state }] = this.rows.entries().next().value!;
    this.rows.delete(oldest);
    this.changed.delete(oldest);
    this.removed.push(oldest);
    if (oldest === state.address) this.presences.delete(oldest);
  }
}

/**
 * Whether a report was made before another one of the same gateway: by their ids where both are of the same start, else
 * by their times, which a clock that is set may turn round. False where nobody knows.
 */
function isBefore(report: ReportSeen, than: ReportSeen): boolean {
  const [boot, sequence] = report.id?.split('/') ?? [];
  const [otherBoot, otherSequence] = than.id?.split('/') ?? [];
  if (boot !== undefined && boot === otherBoot) return Number(sequence) < Number(otherSequence);
  return report.time !== undefined && than.time !== undefined && report.time < than.time;
}

/** 1 for a reading; of one whose values have messages of their own, the signal strength counts. */
function countOf({ presence, isPart, rssi }: ReportSeen): number {
  return presence !== undefined || (isPart && rssi === undefined) ? 0 : 1;
}

function mergeFields(before: readonly FieldValue[], fields: readonly FieldValue[]): FieldValue[] {
  const byName = new Map(before.map((field) => [field.name, field]));
  for (const field of fields) byName.set(field.name, field);
  return [...byName.values()].slice(0, 128);
}
