import type { CloudDefinition } from '../../src/cloud/definition.js';
import { PlainTagProfile } from '../../src/cloud/plain/plain-tags.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import { Firmware } from '../../src/device/firmware.js';
import { TagReporter } from '../../src/device/tag-reporter.js';
import type { TagReporterOptions, TagWorkingMemory } from '../../src/device/tag-reporter.js';
import type { Board } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/kept-answers.js';
import type { Configuration } from '../../src/settings/index.js';
import type { TagOptions } from '../../src/settings/tag-configuration.js';
import type { DeviceFigures } from './figures.js';
import type { Histogram } from './histogram.js';
import { PublishMeter } from './publish-meter.js';
import { TemplateMessages } from './template-messages.js';
import type { TemplateMessagesOptions } from './template-messages.js';

/** Who hears what the devices of a thread do. */
export interface FleetDeviceHandler {
  /** From PUBLISH to PUBACK. */
  readonly acknowledgement: Histogram;

  /** What devices with these options share: they run one after the other. */
  workingMemory(options: TagOptions): TagWorkingMemory | undefined;

  onConnected(): void;
  onFailed(failure: ConnectionFailure): void;
  onStopped(): void;
}

/** The firmware of one device from one start to the next, as boards put it together, without flash. */
export class FleetDevice extends Firmware {
  connected = false;

  private readonly meter: PublishMeter;
  private readonly messages: TemplateMessages | undefined;

  /**
   * `messages`: what it publishes in place of tags; `made`: messages of earlier starts. Throws a RangeError that names
   * the setting and what is allowed.
   */
  constructor(
    configuration: Configuration,
    board: Board,
    clouds: readonly CloudDefinition[],
    private readonly handler: FleetDeviceHandler,
    messages?: TemplateMessagesOptions,
    made = 0,
  ) {
    const meter = new PublishMeter(configuration.connection.maxInFlight ?? 1, handler.acknowledgement);
    const part = messages && new TemplateMessages(messages, board.clock, meter, made);
    super(configuration, board, {
      clouds,
      makeReporter: ({ tags, gateway, prefix }, on, _log, profile) => {
        if (!tags || !on.scanner) return undefined;
        const options: TagReporterOptions = { ...tags, profile: profile ?? new PlainTagProfile({ gateway, prefix }) };
        const working = handler.workingMemory(tags);
        if (working) options.working = working;
        return new TagReporter(options, on, meter);
      },
      makeRpc: makeKeptRpc,
      makeParts: () => (part ? [meter, part] : [meter]),
    });
    this.meter = meter;
    this.messages = part;
  }

  /** Readings that it made since its start, each with a counter of its own. */
  get made(): number {
    return this.messages?.made ?? this.gateway.reporter?.outbox.appendedCount ?? 0;
  }

  /** Adds its numbers since its start; `made` is not among them. */
  addTo(figures: DeviceFigures): void {
    if (this.connected) figures.connected++;
    const { meter, messages } = this;
    const { reporter } = this.gateway;
    if (messages) {
      figures.published += meter.published;
      figures.acknowledged += meter.acknowledgedCount;
      figures.inFlight += meter.published - meter.acknowledgedCount;
      figures.dropped += messages.dropped;
    } else if (reporter) {
      const { outbox, queue } = reporter;
      figures.published += queue.published;
      figures.acknowledged += outbox.acknowledgedCount;
      figures.waiting += outbox.waitingCount;
      figures.inFlight += outbox.inFlightCount;
      figures.dropped += outbox.droppedCount + outbox.refusedCount;
    }
  }

  override onConnected(): void {
    this.connected = true;
    this.handler.onConnected();
  }

  override onFailed(failure: ConnectionFailure): void {
    this.connected = false;
    this.handler.onFailed(failure);
  }

  override onNotice(): void {}

  override onStopped(): void {
    this.connected = false;
    this.handler.onStopped();
  }
}
