import { Connection } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler, ConnectionOptions } from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { nodePlatform } from '../hal/platform.js';
import { indexesOf } from './plan.js';
import type { DeviceRange } from './plan.js';
import type { SubscriberFigures } from './figures.js';
import { Histogram } from './histogram.js';
import { LoopMeter } from './thread-meter.js';
import type { MessageForm } from './message-form.js';
import { ReceivedCounters } from './received-counters.js';

const RECEIVE_BUFFER = 1 << 18;
/** Comes back before the devices do, which wait half a second at least. */
const BACKOFF = { minimum: 100, maximum: 500 };

/** What it is told by. */
export interface SubscriberHandler {
  /** The broker has granted all filters, again after each connection that was lost. */
  onReady(): void;
  /** It cannot do its work: refused by the broker. One line for people. */
  onProblem(text: string): void;
}

/**
 * Receives what the fleet publishes, over a connection of its own, and checks it by the counters in the payloads. It
 * shares nothing with the devices.
 */
export class Subscriber implements ConnectionHandler {
  private readonly connection: Connection;
  private readonly loop = new LoopMeter();
  private readonly delivery = new Histogram();
  /** By number of the device less `first`; each start of a device counts anew. */
  private readonly counters: (Map<number, ReceivedCounters> | undefined)[] = [];
  private readonly filters: Uint8Array[];
  private granted = 0;
  private connects = 0;
  private received = 0;
  private duplicates = 0;
  private unreadable = 0;
  private stopped: (() => void) | undefined;

  /** Throws a RangeError for connection options that are wrong. */
  constructor(
    private readonly range: DeviceRange,
    private readonly form: MessageForm,
    options: ConnectionOptions,
    private readonly handler: SubscriberHandler,
  ) {
    this.filters = form.filters(range).map(encodeUtf8);
    this.connection = new Connection(
      {
        ...options,
        backoff: BACKOFF,
        receiveBufferSize: RECEIVE_BUFFER,
        maxPendingAcknowledgements: 1024,
        maxSubscriptions: this.filters.length,
        // Long lists of filters take several packets.
        transmitArenaSize: 65536,
      },
      nodePlatform(),
      this,
    );
  }

  start(): void {
    for (const filter of this.filters) this.connection.subscribe(filter, 1);
    this.connection.start();
  }

  stop(): Promise<void> {
    this.loop.close();
    return new Promise((resolve) => {
      this.stopped = resolve;
      this.connection.stop();
    });
  }

  figures(): SubscriberFigures {
    return {
      connected: this.connection.connected,
      interruptions: Math.max(0, this.connects - 1),
      received: this.received,
      duplicates: this.duplicates,
      unreadable: this.unreadable,
      delivery: this.delivery.toRecord(),
      loop: this.loop.measure(),
    };
  }

  /** By device of the range: different readings that were received. */
  counts(): Uint32Array {
    return Uint32Array.from(indexesOf(this.range), (index) => {
      let count = 0;
      for (const counters of this.counters[index]?.values() ?? []) count += counters.received;
      return count;
    });
  }

  // ConnectionHandler

  onConnected(): void {
    this.connects++;
    this.granted = 0;
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    if (returnCode > 1) {
      const text = Buffer.from(filter).toString();
      this.handler.onProblem(`the broker refused the subscription to ${text}, by which losses are found`);
    } else if (++this.granted === this.filters.length) {
      this.handler.onReady();
    }
  }

  onMessage(message: IncomingMessage): void {
    const now = Date.now();
    const { topic, topicFrom, topicTo, payload, payloadFrom, payloadTo, total, retain } = message;
    // What is retained was there before; a payload in pieces is longer than any of ours.
    if (retain || payloadTo - payloadFrom !== total) return;
    const index = this.form.device(latin1(topic, topicFrom, topicTo));
    const { from, to } = this.range;
    if (!(index >= from && index < to)) return;
    const text = latin1(payload, payloadFrom, payloadTo);
    const found = this.form.read(text, (boot, counter, time) => this.note(index, boot, counter, now - time));
    if (!found) this.unreadable++;
  }

  onAcknowledged(): void {}
  onUnsubscribed(): void {}
  onRoom(): void {}

  onFailed(failure: ConnectionFailure): void {
    if (this.connects === 0 || failure.returnCode > 0) this.handler.onProblem(failure.detail);
  }

  onStopped(): void {
    this.stopped?.();
  }

  private note(index: number, boot: number, counter: number, latency: number): void {
    const starts = (this.counters[index] ??= new Map<number, ReceivedCounters>());
    let counters = starts.get(boot);
    if (!counters) starts.set(boot, (counters = new ReceivedCounters()));
    if (!counters.add(counter)) {
      this.duplicates++;
      return;
    }
    this.received++;
    this.delivery.record(latency);
  }
}

/** ASCII as it is; the bytes of other characters one by one. */
function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
