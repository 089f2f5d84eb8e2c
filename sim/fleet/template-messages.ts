import type { GatewayHost, GatewayPart } from '../../src/cloud/part.js';
import type { Clock } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { PublishMeter } from './publish-meter.js';
import type { Template } from './template.js';

/** What the messages of a device are made of. */
export interface TemplateMessagesOptions {
  readonly name: string;
  readonly number: number;
  readonly prefix: string;
  readonly topic: Template;
  readonly payload: Template;
  /** Messages a second. */
  readonly rate: number;
  /** When the first one is due, a share of the time between two: 0 to 1. */
  readonly phase: number;
}

/**
 * Publishes messages from a template, as a device without tags. What the session has no room for is dropped: such a
 * device has no outbox.
 */
export class TemplateMessages implements GatewayPart {
  deadline = Infinity;
  /** All, dropped ones included: the counter of the next one. */
  made = 0;
  dropped = 0;
  private host: GatewayHost | undefined;
  private nextAt = 0;

  /** `made`: messages of the device before this start. */
  constructor(
    private readonly options: TemplateMessagesOptions,
    private readonly clock: Clock,
    private readonly meter: PublishMeter,
    made: number,
  ) {
    this.made = made;
  }

  start(now: number, host: GatewayHost): void {
    this.host = host;
    this.nextAt = now + (1000 / this.options.rate) * this.options.phase;
    this.deadline = Math.ceil(this.nextAt);
  }

  tick(now: number): void {
    this.nextAt = Math.max(this.nextAt + 1000 / this.options.rate, now);
    this.deadline = Math.ceil(this.nextAt);
    const { name, number, prefix, topic, payload } = this.options;
    const values = { name, number, prefix, counter: this.made++, time: this.clock.unixTime() };
    const packetId = this.host!.connection.publish(
      encodeUtf8(topic.write(values)),
      encodeUtf8(payload.write(values)),
      1,
      false,
    );
    if (packetId > 0) this.meter.onPublished(undefined, packetId);
    else this.dropped++;
  }

  /** The end of the device waits for what is not acknowledged, and nothing more is made. */
  get busy(): boolean {
    this.deadline = Infinity;
    return this.meter.published > this.meter.acknowledgedCount;
  }

  stopped(): void {
    this.deadline = Infinity;
  }
}
