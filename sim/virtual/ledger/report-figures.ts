import { DROP_RULES, droppedBy } from '../../../src/device/outbox-statistics.js';
import { PublishOutcome } from '../broker/observer.js';
import type { Device } from '../device.js';
import type { Simulation } from '../simulation.js';
import { isPlain } from './delivery.js';
import { receivedReport } from './received-reports.js';
import type { Rule } from './rule.js';

/** What one device did with its reports, by its own statistics, over all its starts. */
interface Sums {
  made: number;
  acknowledged: number;
  notCarried: number;
  /** Reports that wait or are in flight, or that flash keeps while there is no power. */
  held: number;
  /** By `DROP_RULES`. */
  readonly dropped: number[];
}

/**
 * Counts what becomes of the reports of all devices, for people: those made, received by brokers, held, and dropped by
 * which rule. It stands among the rules of one run and breaks none.
 */
export class ReportFigures implements Rule {
  readonly name = 'figures';
  /** Reports that came to a broker; of a cloud without `id` those that were acknowledged. */
  received = 0;
  /** Reports that came to a broker once more. */
  repeated = 0;

  /** `seesBrokers`: false where brokers are beyond the simulation; then what was acknowledged counts as received. */
  constructor(private readonly seesBrokers = true) {}

  private simulation: Simulation | undefined;
  /** By the places of the devices: of starts that are over. */
  private ended: Sums[] = [];
  private readonly seen = new Map<string, Set<number>>();
  private seenMessages = 0;

  watch(simulation: Simulation): void {
    this.simulation = simulation;
    this.ended = simulation.devices.map(() => noSums());
    const end = (device: Device): void => this.add(this.ended[device.index]!, device, true);
    simulation.deviceObservers.push({ onCut: end, onRestart: end });
  }

  get made(): number {
    return this.sum((sums) => sums.made);
  }

  get held(): number {
    return this.sum((sums) => sums.held);
  }

  /** For which a cloud has no message. */
  get notCarried(): number {
    return this.sum((sums) => sums.notCarried);
  }

  /** By the name of the rule, as docs/outbox.md has it; those that are 0 left out. */
  get dropped(): { [rule: string]: number } {
    const dropped: { [rule: string]: number } = {};
    DROP_RULES.forEach((rule, reason) => {
      const count = this.sum((sums) => sums.dropped[reason]!);
      if (count > 0) dropped[rule] = count;
    });
    return dropped;
  }

  /** Brings `received` and `repeated` up to date. */
  count(): void {
    const { devices, ledger } = this.simulation!;
    for (; this.seenMessages < ledger.received.length; this.seenMessages++) {
      const message = ledger.received[this.seenMessages]!;
      const report = message.outcome === PublishOutcome.refused ? undefined : receivedReport(message);
      if (!report || report.sequence < 0) continue;
      let numbers = this.seen.get(report.gateway);
      if (!numbers) this.seen.set(report.gateway, (numbers = new Set()));
      const number = report.boot * 0x1_0000_0000 + report.sequence;
      if (numbers.has(number)) this.repeated++;
      else numbers.add(number);
    }
    this.received = 0;
    for (const device of devices) {
      this.received +=
        this.seesBrokers && isPlain(device) ? (this.seen.get(device.name)?.size ?? 0) : this.sums(device).acknowledged;
    }
  }

  private sum(of: (sums: Sums) => number): number {
    let sum = 0;
    for (const device of this.simulation!.devices) sum += of(this.sums(device));
    return sum;
  }

  private sums(device: Device): Sums {
    const { dropped, ...rest } = this.ended[device.index]!;
    const sums = { ...rest, dropped: [...dropped] };
    this.add(sums, device, false);
    return sums;
  }

  /** Adds what the running start has done to `sums`; `ends`: it is about to end. */
  private add(sums: Sums, device: Device, ends: boolean): void {
    const reporter = device.firmware?.gateway.reporter;
    if (!reporter) return;
    const { outbox, flashLog } = reporter.queue;
    const held = outbox.waitingCount + outbox.inFlightCount;
    sums.made += reporter['sequence'];
    sums.acknowledged += outbox.acknowledgedCount;
    sums.notCarried += outbox.notCarriedCount;
    sums.held = !ends ? held : flashLog ? held - outbox.memoryCount : 0;
    for (let reason = 0; reason < sums.dropped.length; reason++) sums.dropped[reason]! += droppedBy(outbox, reason);
  }
}

function noSums(): Sums {
  return { made: 0, acknowledged: 0, notCarried: 0, held: 0, dropped: DROP_RULES.map(() => 0) };
}
