import type { CloudDefinition } from '../../src/cloud/definition.js';
import type { GatewayPart } from '../../src/cloud/part.js';
import { PlainTagProfile } from '../../src/cloud/plain/plain-tags.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import { Firmware } from '../../src/device/firmware.js';
import { TagReporter } from '../../src/device/tag-reporter.js';
import type { TagReporterHandler, TagReporterOptions } from '../../src/device/tag-reporter.js';
import type { Board } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/kept-answers.js';
import type { Configuration } from '../../src/settings/index.js';
import type { Histogram } from './histogram.js';

/** Who hears what the devices of a thread do. */
export interface FleetDeviceHandler {
  /** From PUBLISH to PUBACK. */
  readonly acknowledgement: Histogram;

  onConnected(device: FleetDevice): void;
  onFailed(device: FleetDevice, failure: ConnectionFailure): void;
  onStopped(device: FleetDevice): void;
}

/** The firmware of one device, as boards put it together, without flash. */
export class FleetDevice extends Firmware {
  connected = false;

  /** Throws a RangeError that names the setting and what is allowed. */
  constructor(
    configuration: Configuration,
    board: Board,
    clouds: readonly CloudDefinition[],
    private readonly handler: FleetDeviceHandler,
  ) {
    const meter = new PublishMeter(configuration.connection.maxInFlight ?? 1, handler.acknowledgement);
    super(configuration, board, {
      clouds,
      makeReporter: ({ tags, gateway, prefix }, on, _log, profile) => {
        if (!tags || !on.scanner) return undefined;
        const options: TagReporterOptions = { ...tags, profile: profile ?? new PlainTagProfile({ gateway, prefix }) };
        return new TagReporter(options, on, meter);
      },
      makeRpc: makeKeptRpc,
      makeParts: () => [meter],
    });
  }

  override onConnected(): void {
    this.connected = true;
    this.handler.onConnected(this);
  }

  override onFailed(failure: ConnectionFailure): void {
    this.connected = false;
    this.handler.onFailed(this, failure);
  }

  override onNotice(): void {}

  override onStopped(): void {
    this.connected = false;
    this.handler.onStopped(this);
  }
}

/** Measures how long messages wait for their PUBACK. */
class PublishMeter implements TagReporterHandler, GatewayPart {
  readonly deadline = Infinity;
  /** Packet identifiers that wait, 0: none, and when they were published. */
  private readonly packetIds: number[] = [];
  private readonly times: number[] = [];

  constructor(
    private readonly capacity: number,
    private readonly histogram: Histogram,
  ) {}

  onPublished(_report: unknown, packetId: number): void {
    const { packetIds } = this;
    let place = packetIds.indexOf(0);
    if (place < 0) place = packetIds.length < this.capacity ? packetIds.length : 0;
    packetIds[place] = packetId;
    this.times[place] = performance.now();
  }

  acknowledged(packetId: number): void {
    const place = this.packetIds.indexOf(packetId);
    if (place < 0) return;
    this.packetIds[place] = 0;
    this.histogram.record(performance.now() - this.times[place]!);
  }

  onTag(): void {}
  onNotice(): void {}
  start(): void {}
  tick(): void {}
}
