import type { GatewayPart } from '../../src/cloud/part.js';
import type { TagReporterHandler } from '../../src/device/tag-reporter.js';
import type { Histogram } from './histogram.js';

/** Measures how long messages wait for their PUBACK. */
export class PublishMeter implements TagReporterHandler, GatewayPart {
  readonly deadline = Infinity;
  published = 0;
  acknowledgedCount = 0;
  /** Packet identifiers that wait, 0: none, and when they were published. */
  private readonly packetIds: number[] = [];
  private readonly times: number[] = [];

  constructor(
    private readonly capacity: number,
    private readonly histogram: Histogram,
  ) {}

  onPublished(_report: unknown, packetId: number): void {
    const { packetIds } = this;
    this.published++;
    let place = packetIds.indexOf(0);
    if (place < 0) place = packetIds.length < this.capacity ? packetIds.length : 0;
    packetIds[place] = packetId;
    this.times[place] = performance.now();
  }

  acknowledged(packetId: number): void {
    const place = this.packetIds.indexOf(packetId);
    if (place < 0) return;
    this.packetIds[place] = 0;
    this.acknowledgedCount++;
    this.histogram.record(performance.now() - this.times[place]!);
  }

  onTag(): void {}
  onNotice(): void {}
  start(): void {}
  tick(): void {}
}
