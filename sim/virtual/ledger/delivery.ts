import { PublishOutcome } from '../broker/observer.js';
import type { Device } from '../device.js';
import type { Simulation } from '../simulation.js';
import { textOf } from './text.js';
import { receivedReport } from './received-reports.js';
import type { ReceivedReport } from './received-reports.js';
import type { Rule } from './rule.js';
import { StartAccounts } from './start-accounts.js';
import type { StartAccount } from './start-accounts.js';

/** Messages in flight where it is not configured; see `Configuration`. */
const IN_FLIGHT = 8;
/** Records of the shortest report that fit into a page of the flash: so many marks a restart may take back. */
const PAGE_RECORDS = 8;
/** The same of a desktop, whose disk has what was written up to a second ago. */
const UNSYNCHRONIZED = 500;

/** The readings of one tag on one connection: the last one that came from memory, and from the backlog. */
interface Rows {
  fresh: number;
  backlog: number;
}

/** Devices whose reports can be read: those of the plain profile. */
export function isPlain(device: Device): boolean {
  const cloud = device.gateway.settings['cloud'];
  return device.gateway.board !== 'esp8266' && (cloud === undefined || cloud === 'plain');
}

/**
 * What becomes of reports, by docs/outbox.md:
 *
 * - `lost`: a report is at a broker, or held by the device, or its drop was counted, or a power cut lost it that may;
 * - `persist`: what a power cut finds in memory is not older than `persist`;
 * - `duplicate`: on one connection a report comes once, and of earlier ones no more come again than were in flight,
 *   a page of marks, and what was acknowledged before a start while the flash, or a block, took no marks; what was
 *   acknowledged while the flash took no marks and a bit of it had turned over may come again anywhere; what comes
 *   again is the same but for its time;
 * - `order`: on one connection the readings of a tag come as two rows, each in the order of making: of memory, and of
 *   the backlog; its events, which go before others, likewise;
 * - `torn`: each is JSON, is of the tag that its topic names, and was made;
 * - `id`: no start has the number of another one.
 */
export function deliveryRule(): Rule {
  let accounts: StartAccounts[] = [];
  return {
    name: 'delivery',
    watch(simulation) {
      accounts = simulation.devices.filter(isPlain).map((device) => new StartAccounts(device, simulation));
      const of = (device: Device): StartAccounts | undefined => accounts.find((account) => account.device === device);
      simulation.air.observers.push({
        onHeard: (receiver) => {
          for (const account of accounts) {
            if (account.device.receiver !== receiver) continue;
            account.sample();
            account.tap.look();
          }
        },
      });
      simulation.deviceObservers.push({
        onCut: (device) => of(device)?.close('cut'),
        onRestart: (device) => of(device)?.close('restart'),
      });
    },
    finish(simulation) {
      const reports = new Map<string, ReceivedReport[]>();
      for (const message of simulation.ledger.received) {
        if (message.outcome === PublishOutcome.refused) continue;
        const report = receivedReport(message);
        if (!report) continue;
        const before = reports.get(report.gateway);
        if (before) before.push(report);
        else reports.set(report.gateway, [report]);
      }
      for (const account of accounts) {
        account.close('run');
        judge(simulation, account, reports.get(account.device.name) ?? []);
      }
    },
  };
}

function judge(simulation: Simulation, accounts: StartAccounts, reports: readonly ReceivedReport[]): void {
  const { ledger } = simulation;
  const { device } = accounts;
  const complain = (rule: string, time: number, text: string): void =>
    ledger.break(rule, time, device.name + ': ' + text);
  const starts = new Map<number, StartAccount>();
  for (const account of accounts.all) {
    if (starts.has(account.boot)) complain('id', simulation.now(), 'two starts have the number ' + account.boot);
    starts.set(account.boot, account);
    if (account.overdue > 0) {
      const text = account.overdue + ' reports of start ' + account.boot + ' were in memory for longer than persist';
      complain('persist', simulation.now(), text);
    }
  }
  const first = new Map<number, ReceivedReport>();
  /** By connection: reports that were received before and came again. */
  const repeats = new Map<number, number>();
  const rows = new Map<string, Rows>();
  const window = Number(device.gateway.settings['inFlight'] ?? IN_FLIGHT);
  let mayRepeat = window + (device.gateway.board === 'desktop' ? UNSYNCHRONIZED : PAGE_RECORDS);
  const unmarked = accounts.all.filter(({ unmarkedFrom }) => unmarkedFrom < Infinity);
  for (const report of reports) {
    const { message, boot, sequence, address } = report;
    const { time } = message;
    const name = boot + '/' + sequence;
    const fault = tornText(report);
    if (fault !== undefined) {
      complain('torn', time, message.topic + ' ' + fault);
      continue;
    }
    const start = starts.get(boot);
    if (!start || sequence >= start.made) {
      complain('torn', time, name + ' was never made');
      continue;
    }
    const key = message.broker * 0x1_0000_0000 + message.connection;
    if (unmarked.some(({ unmarkedFrom, endedAt }) => time >= unmarkedFrom && time <= endedAt)) mayRepeat++;
    // In the order of making. The number of a start is at random when the flash does not take it.
    const id = accounts.all.indexOf(start) * 0x1_0000_0000 + sequence;
    const earlier = first.get(id);
    if (earlier) {
      if (!isSame(earlier, report)) complain('torn', time, name + ' came again with another payload');
      if (accounts.mayReturn(earlier.message.time)) continue;
      if (earlier.message.connection === message.connection && earlier.message.broker === message.broker) {
        complain('duplicate', time, name + ' came twice on one connection');
      }
      const count = (repeats.get(key) ?? 0) + 1;
      repeats.set(key, count);
      if (count === mayRepeat + 1) {
        complain('duplicate', time, 'more than ' + mayRepeat + ' reports came again on one connection');
      }
      continue;
    }
    first.set(id, report);
    if (!report.isReading) continue;
    // Events go before all others.
    const place = key + ' ' + address + (accounts.events.has(name) ? ' event' : '');
    let row = rows.get(place);
    if (!row) rows.set(place, (row = { fresh: -1, backlog: -1 }));
    if (id > row.fresh) row.fresh = id;
    else if (id > row.backlog) row.backlog = id;
    else
      complain(
        'order',
        time,
        name + ' of ' + address + ' came behind later ones, and is not in the order of the backlog',
      );
  }
  judgeLosses(simulation, accounts, first, complain);
}

function judgeLosses(
  simulation: Simulation,
  { all, device }: StartAccounts,
  received: ReadonlyMap<number, ReceivedReport>,
  complain: (rule: string, time: number, text: string) => void,
): void {
  let made = 0;
  let dropped = 0;
  let mayLose = 0;
  for (const account of all) {
    made += account.made;
    dropped += account.dropped;
    mayLose += account.mayLose;
  }
  const last = all.at(-1);
  const held = last ? (device.running && last.start === device.start ? last.held : last.kept) : 0;
  const missing = made - received.size;
  const old = missingOld(all, received);
  if (missing <= dropped + mayLose + held && old <= dropped + held) return;
  const known = 'counted as dropped: ' + dropped + ', held: ' + held + ', lost in power cuts at most: ' + mayLose;
  const text = missing + ' of ' + made + ' reports did not come, ' + old + ' of them older than persist';
  complain('lost', simulation.now(), text + '; ' + known);
}

/** Reports that no broker received, and that were too old for a power cut to lose. */
function missingOld(all: readonly StartAccount[], received: ReadonlyMap<number, ReceivedReport>): number {
  let count = 0;
  all.forEach(({ made, mayLose, mayLoseFrom }, place) => {
    const to = mayLose > 0 ? Math.min(made, mayLoseFrom) : made;
    for (let sequence = 0; sequence < to; sequence++) if (!received.has(place * 0x1_0000_0000 + sequence)) count++;
  });
  return count;
}

/** What is wrong with a report as it came; undefined: nothing. */
function tornText({ message, address, sequence, isReading }: ReceivedReport): string | undefined {
  if (sequence < 0) return 'has no id';
  let json: { [field: string]: unknown };
  try {
    json = JSON.parse(textOf(message.payload)) as typeof json;
  } catch {
    return 'is no JSON: ' + textOf(message.payload);
  }
  const { address: inside } = json;
  if (typeof inside !== 'string' || inside.split(':').join('') !== address) return 'is of ' + String(inside);
  if (isReading ? typeof json['format'] !== 'string' : json['presence'] !== 'arrived' && json['presence'] !== 'away') {
    return 'is no report';
  }
  return undefined;
}

/** Two payloads are equal, but for a time that was not known before. */
function isSame(a: ReceivedReport, b: ReceivedReport): boolean {
  const one = a.message.payload;
  const other = b.message.payload;
  let i = 0;
  while (i < one.length && one[i] === other[i]) i++;
  if (i === one.length && i === other.length) return true;
  return timeless(one) === timeless(other);
}

function timeless(payload: Uint8Array): string {
  const json = JSON.parse(textOf(payload)) as { [field: string]: unknown };
  for (const field of ['time', 'timeEstimated', 'gatewayUptime', 'lastSeen']) delete json[field];
  return JSON.stringify(json);
}
