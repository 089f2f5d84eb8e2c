import type { ConnectionFailure } from '../src/connection/index.js';
import { Gateway, TagReporter } from '../src/device/index.js';
import type {
  GatewayHandler,
  GatewayOptions,
  GatewayPart,
  TagReporterHandler,
  TagReporterOptions,
} from '../src/device/index.js';
import { OutboxStatistics } from '../src/device/outbox-statistics.js';
import type { Board, Endpoint } from '../src/hal/index.js';
import type { Reading } from '../src/tags/index.js';
import type { Report } from '../src/telemetry/index.js';
import type { DropCounts, EngineMeter, GatewayCounts, GatewayEngine, GatewayEngineHandler } from './gateway-engine.js';

/** A gateway inside this process. */
export class NodeEngine implements GatewayEngine, GatewayHandler, TagReporterHandler {
  readonly name = 'node';
  private readonly reporter: TagReporter;
  private readonly gateway: Gateway;

  /**
   * `makeParts` makes further parts of the gateway, which may work on its tag side. Throws a RangeError that names the
   * option and what is allowed.
   */
  constructor(
    options: GatewayOptions & TagReporterOptions,
    private readonly board: Board,
    private readonly handler: GatewayEngineHandler,
    makeParts?: (reporter: TagReporter) => GatewayPart[],
  ) {
    this.reporter = new TagReporter(options, board, this);
    this.gateway = new Gateway(options, board, this, this.reporter, makeParts?.(this.reporter));
  }

  get endpoint(): Endpoint {
    return this.gateway.connection.endpoint;
  }

  get counts(): GatewayCounts {
    const { control, queue, outbox } = this.reporter;
    return {
      advertisements: control.advertisements,
      readings: outbox.appendedCount,
      published: queue.published,
      acknowledged: outbox.acknowledgedCount,
      notCarried: outbox.notCarriedCount,
      inFlight: outbox.inFlightCount,
      waiting: outbox.waitingCount,
      persisted: queue.persistedCount,
      dropped: outbox.droppedCount + outbox.refusedCount,
      connects: this.gateway.connects,
    };
  }

  get drops(): DropCounts {
    const statistics = new OutboxStatistics(this.reporter.queue, this.board.store);
    return Object.fromEntries(statistics.reasons().map(({ name, count }) => [name, count]));
  }

  /** See `Gateway.writeHealth`. */
  writeHealth(now: number, into: Uint8Array, from: number, to: number): number {
    return this.gateway.writeHealth(now, into, from, to);
  }

  start(): void {
    this.gateway.start();
  }

  stop(): void {
    this.gateway.stop();
  }

  measure(): Promise<EngineMeter | undefined> {
    return Promise.resolve(undefined);
  }

  end(): Promise<void> {
    this.gateway.close();
    return Promise.resolve();
  }

  // GatewayHandler

  onConnected(): void {
    this.handler.onConnected(this.endpoint);
  }

  onFailed(failure: ConnectionFailure): void {
    this.handler.onFailed(failure);
  }

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    this.handler.onTag(address, rssi, reading.format);
  }

  onPublished(_report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void {
    this.handler.onPublished(packetId, payload.subarray(from, to));
  }

  onStopped(): void {
    this.handler.onStopped();
  }

  onNotice(text: string): void {
    this.handler.onLog(text);
  }
}
