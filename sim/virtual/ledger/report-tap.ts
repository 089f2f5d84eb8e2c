import type { TagReporter } from '../../../src/device/tag-reporter.js';
import type { Report } from '../../../src/telemetry/report/report.js';
import type { Device } from '../device.js';

/** Hears of each report that a device makes. `report` is reused. `stored`: the outbox took it. */
export type ReportListener = (report: Report, rank: number, stored: boolean) => void;

/**
 * Hears what the tag side of a device gives to its outbox: a report that is dropped there is seen nowhere else. To be
 * asked before each advertisement, since every start has a tag side of its own.
 */
export class ReportTap {
  private reporter: TagReporter | undefined;

  constructor(
    private readonly device: Device,
    private readonly listener: ReportListener,
    /** A start is heard of for the first time. */
    private readonly onStart: (reporter: TagReporter) => void,
  ) {}

  /** The tag side of the running start; undefined: there is none. */
  look(): TagReporter | undefined {
    const reporter = this.device.firmware?.gateway.reporter;
    if (!reporter || reporter === this.reporter) return reporter;
    this.reporter = reporter;
    const { queue } = reporter;
    const append = queue.append.bind(queue);
    queue.append = (report, rank, ordinal) => {
      const stored = append(report, rank, ordinal);
      if (this.reporter === reporter) this.listener(report, rank, stored);
      return stored;
    };
    this.onStart(reporter);
    return reporter;
  }
}

/** An address of six bytes as a number. */
export function addressNumber(address: Uint8Array): number {
  const high = (address[0]! << 8) | address[1]!;
  return high * 0x1_0000_0000 + (((address[2]! << 24) | (address[3]! << 16) | (address[4]! << 8) | address[5]!) >>> 0);
}

/** An address as people write it. */
export function addressText(address: Uint8Array): string {
  let text = '';
  for (const one of address) text += (one < 16 ? ':0' : ':') + one.toString(16);
  return text.slice(1).toUpperCase();
}
