import { ConnectionState } from '../../src/connection/index.js';
import { SessionState } from '../../src/mqtt/state.js';
import type { GatewayState, Meter } from '../page/protocol.js';
import { ClockError } from './clock-error.js';
import { parseJson } from './topics-payload.js';

/** An object of a payload; its values may be anything. */
export interface Told {
  readonly [name: string]: unknown;
}

/** What `{prefix}/{gateway}/status` says. */
export interface StatusTold {
  readonly online: boolean;
  /** `12-3`; see `SessionNumber`. */
  readonly session?: string;
  readonly told: Told;
}

/** Erasures that a block of the usual chips takes; docs/outbox.md. */
export const ERASURES = 100_000;

/** By the drop rule as docs/outbox.md names it, the key of the health report. */
const DROPS: readonly (readonly [rule: string, key: string])[] = [
  ['full', 'droppedFull'],
  ['thinned', 'droppedThinned'],
  ['age', 'droppedOld'],
  ['tooLong', 'droppedLong'],
  ['corrupt', 'droppedCorrupt'],
];

/** Undefined for what is no status. */
export function readStatus(payload: string): StatusTold | undefined {
  const told = readObject(payload);
  const status = told?.['status'];
  if (!told || (status !== 'online' && status !== 'offline')) return undefined;
  const session = textOf(told, 'session');
  return { online: status === 'online', ...(session !== undefined && { session }), told };
}

/** A JSON object; undefined for anything else. */
export function readObject(text: string): Told | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Told) : undefined;
}

export function numberOf(told: Told | undefined, name: string): number | undefined {
  const value = told && Object.hasOwn(told, name) ? told[name] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textOf(told: Told | undefined, name: string): string | undefined {
  const value = told && Object.hasOwn(told, name) ? told[name] : undefined;
  return typeof value === 'string' && value !== '' ? value.slice(0, 256) : undefined;
}

/**
 * True for a will that comes after the birth of a later connection: its session number is lower. Numbers from 2^31 on
 * are of a device whose store failed, and say nothing of the order.
 */
export function isEarlierSession(session: string | undefined, than: string | undefined): boolean {
  const [a, b] = [session, than].map((text) =>
    /^(\d{1,10})-(\d{1,10})$/
      .exec(text ?? '')
      ?.slice(1)
      .map(Number),
  );
  if (!a || !b || a[0]! >= 0x80000000 || b[0]! >= 0x80000000) return false;
  return a[0]! < b[0]! || (a[0] === b[0] && a[1]! < b[1]!);
}

/** What a device tells of itself, by its status, its health reports, and answers of RPC. */
export class TopicsDevice {
  /** Undefined: it was never told. */
  online: boolean | undefined;
  policies: string | undefined;
  readonly clock = new ClockError();

  private status: StatusTold | undefined;
  private statusAt = 0;
  private health: Told | undefined;
  private healthAt = 0;
  /** Of `outbox.statistics`. */
  private outbox: Told | undefined;
  private outboxAt = 0;
  private notice: { time: number; text: string } | undefined;

  /** Returns what is new, in words for the log; empty when nothing is. */
  noteStatus(status: StatusTold, retain: boolean, now: number): string {
    const { online, session, told } = status;
    const before = this.status;
    if (!online && isEarlierSession(session, before?.session)) return '';
    const time = numberOf(told, 'time');
    if (online && time !== undefined && !retain) this.clock.note(time, now);
    const known =
      before?.online === online &&
      before.session === session &&
      textOf(before.told, 'notice') === textOf(told, 'notice');
    this.status = online || !before ? status : { ...before, online, ...(session !== undefined && { session }) };
    this.online = online;
    if (known) return '';
    this.statusAt = retain && time !== undefined ? Math.min(time, now) : now;
    const notice = textOf(told, 'notice');
    if (notice !== undefined) this.notice = { time: this.statusAt, text: notice };
    else if (online) this.notice = undefined;
    const number = session === undefined ? '' : `, session ${session}`;
    if (!online) return `offline${number}: its will, or its farewell`;
    const restart = textOf(told, 'restart');
    const more = [restart && `started by: ${restart}`, notice].filter(Boolean).join('; ');
    return `online${number}${more === '' ? '' : `; ${more}`}`;
  }

  /** A health report, or the answer of `statistics`. */
  noteHealth(health: Told, now: number): void {
    this.health = health;
    this.healthAt = now;
    const time = numberOf(health, 'time');
    if (time !== undefined) this.clock.note(time, now);
  }

  noteOutbox(outbox: Told, now: number): void {
    this.outbox = outbox;
    this.outboxAt = now;
  }

  /** `heard`: reports that came. `broker`: where it was heard. */
  state(now: number, heard: number, broker: string): GatewayState {
    const { online, status, health, outbox, policies, notice } = this;
    const version = textOf(health, 'firmware') ?? textOf(status?.told, 'firmware');
    const ahead = this.clock.ahead(now);
    const uptime = numberOf(health, 'uptime');
    const rssi = numberOf(health, 'rssi');
    const advertisements = numberOf(health, 'advertisements');
    const acknowledged = numberOf(outbox, 'acknowledged');
    const connects = numberOf(health, 'connects');
    const boots = numberOf(status?.told, 'boots');
    return {
      // A device that is offline may have power.
      powered: true,
      status: this.statusText(),
      ...(version !== undefined && { version }),
      ...(online && { connection: ConnectionState.connected, session: SessionState.connected, broker }),
      ...(uptime !== undefined && { uptime: uptime * 1000 + (online === false ? 0 : now - this.healthAt) }),
      ...(notice && { lastError: notice }),
      ...(rssi !== undefined && { wifi: { up: online !== false, rssi } }),
      ...(ahead !== undefined && { clockAhead: ahead }),
      meters: this.meters(),
      drops: this.drops(),
      counts: {
        readings: heard,
        ...(advertisements !== undefined && { advertisements }),
        ...(acknowledged !== undefined && { acknowledged }),
        ...(connects !== undefined && { connects }),
        ...(boots !== undefined && boots > 0 && { restarts: boots - 1 }),
      },
      ...(policies !== undefined && { policies }),
    };
  }

  get board(): string {
    return textOf(this.status?.told, 'board') ?? textOf(this.health, 'model') ?? '';
  }

  private statusText(): string {
    const { status, statusAt } = this;
    if (!status) return this.health ? 'no status was told, but it reports its health' : 'nothing was heard of it';
    const since = new Date(statusAt).toISOString().slice(0, 19).replace('T', ' ');
    return `${status.online ? 'online' : 'offline'} since ${since} UTC`;
  }

  private meters(): Meter[] {
    const { health, outbox } = this;
    const flash = outbox?.['flash'];
    const log = typeof flash === 'object' && flash !== null ? (flash as Told) : undefined;
    const free = numberOf(health, 'freeMemory');
    const used = numberOf(health, 'usedMemory');
    const waiting = numberOf(health, 'outbox');
    const backlog = waiting === undefined ? undefined : (numberOf(health, 'backlog') ?? 0);
    // The newer of the two tells what waits.
    const asked = this.outboxAt >= this.healthAt;
    const inMemory = numberOf(outbox, 'inMemory');
    const inLog = numberOf(outbox, 'inLog');
    const blocks = numberOf(log, 'blocks');
    const freeBlocks = numberOf(log, 'free');
    const meters: Meter[] = [];
    const put = (id: string, name: string, value: number | undefined, unit: string, maximum?: number): void => {
      if (value !== undefined) meters.push({ id, name, value, unit, ...(maximum !== undefined && { maximum }) });
    };
    put('freeChunks', 'free chunks', numberOf(health, 'freeChunkBytes'), 'B');
    put('peakChunks', 'most chunks used', numberOf(health, 'peakChunkBytes'), 'B');
    put('freeSlots', 'free slots', numberOf(health, 'freeSlotBytes'), 'B');
    put('peakSlots', 'most slots used', numberOf(health, 'peakSlotBytes'), 'B');
    if (free !== undefined && used !== undefined) put('memory', 'system memory', used, 'B', used + free);
    else put('freeMemory', 'free memory', free, 'B');
    put('largestFreeBlock', 'largest free block', numberOf(health, 'largestFreeBlock'), 'B');
    put('load', 'load', numberOf(health, 'load'), '%', 100);
    put('inFlight', 'in flight', numberOf(outbox, 'inFlight'), 'reports');
    const memory = waiting === undefined ? undefined : waiting - backlog!;
    put('outboxMemory', 'outbox in memory', asked ? (inMemory ?? memory) : (memory ?? inMemory), 'reports');
    put('outboxFlash', 'outbox on flash', asked ? (inLog ?? backlog) : (backlog ?? inLog), 'reports');
    if (blocks !== undefined && freeBlocks !== undefined) put('flash', 'flash', blocks - freeBlocks, 'blocks', blocks);
    put('badBlocks', 'bad blocks', numberOf(log, 'bad') ?? numberOf(health, 'badBlocks'), 'blocks', blocks);
    put('wear', 'wear', numberOf(log, 'erasures'), 'erasures', ERASURES);
    put('tags', 'tags', numberOf(health, 'tags'), 'tags');
    put('rate', 'advertisements', numberOf(health, 'advertisementsPerSecond'), '/s');
    return meters;
  }

  /** By rule: as RPC told, else as far as the health report does. */
  private drops(): { readonly [reason: string]: number } {
    const { health, outbox } = this;
    const told = outbox?.['dropped'];
    if (typeof told === 'object' && told !== null && this.outboxAt >= this.healthAt) {
      const counts = told as Told;
      return Object.fromEntries(
        Object.keys(counts)
          .slice(0, 16)
          .map((rule) => [rule, numberOf(counts, rule) ?? 0]),
      );
    }
    const drops: Record<string, number> = {};
    let rest = numberOf(health, 'dropped') ?? 0;
    for (const [rule, key] of DROPS) {
      const count = numberOf(health, key) ?? 0;
      if (count > 0) drops[rule] = count;
      rest -= count;
    }
    // A health report without room for the rules does not say which; messages are set aside, too.
    const setAside = Math.min(Math.max(0, rest), numberOf(health, 'setAside') ?? 0);
    if (setAside > 0) drops['setAside'] = setAside;
    if (rest > setAside) drops['rule not told'] = rest - setAside;
    return drops;
  }
}
