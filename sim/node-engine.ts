import { EngineFirmware } from '../boards/xsnap/engine-firmware.js';
import type { EngineFirmwareHandler, EngineFirmwareOptions } from '../boards/xsnap/engine-firmware.js';
import type { ConnectionFailure } from '../src/connection/index.js';
import { OutboxStatistics } from '../src/device/outbox-statistics.js';
import type { Board, Endpoint } from '../src/hal/index.js';
import type { Reading } from '../src/tags/index.js';
import type { Report } from '../src/telemetry/index.js';
import type { FlashLog } from '../src/telemetry/outbox/flash-log.js';
import type { DropCounts, EngineMeter, GatewayCounts, GatewayEngine, GatewayEngineHandler } from './gateway-engine.js';

/** A gateway inside this process. */
export class NodeEngine implements GatewayEngine, EngineFirmwareHandler {
  readonly name = 'node';
  readonly firmware: EngineFirmware;

  /** Throws a RangeError of one line that names what is wrong, and what is allowed where it is a setting. */
  constructor(
    options: EngineFirmwareOptions,
    board: Board,
    private readonly handler: GatewayEngineHandler,
  ) {
    const log = { line: (text: string): void => handler.onLog(text) };
    this.firmware = EngineFirmware.boot(options, { ...board, log }, this);
  }

  /** Where it keeps reports and messages; undefined when its board has no flash. */
  get flashLog(): FlashLog | undefined {
    return this.firmware.flashLog;
  }

  get endpoint(): Endpoint {
    return this.firmware.gateway.connection.endpoint;
  }

  get counts(): GatewayCounts {
    const { reporter, connects } = this.firmware.gateway;
    if (!reporter) return { ...NOTHING, connects };
    const { control, queue, outbox } = reporter;
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
      connects,
    };
  }

  get drops(): DropCounts {
    const { gateway, board } = this.firmware;
    if (!gateway.reporter) return {};
    const statistics = new OutboxStatistics(gateway.reporter.queue, board.store);
    return Object.fromEntries(statistics.reasons().map(({ name, count }) => [name, count]));
  }

  start(): void {
    this.firmware.start();
  }

  stop(): void {
    this.firmware.stop();
  }

  measure(): Promise<EngineMeter | undefined> {
    return Promise.resolve(undefined);
  }

  end(): Promise<void> {
    this.firmware.gateway.close();
    return Promise.resolve();
  }

  // EngineFirmwareHandler

  onConnected(): void {
    this.handler.onConnected(this.endpoint);
  }

  onFailed(failure: ConnectionFailure): void {
    this.handler.onFailed(failure);
  }

  onStopped(): void {
    this.handler.onStopped();
  }

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    this.handler.onTag(address, rssi, reading.format);
  }

  onPublished(_report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void {
    this.handler.onPublished(packetId, payload.subarray(from, to));
  }

  onNotice(text: string): void {
    this.handler.onLog(text);
  }
}

/** Of a board without a scanner. */
const NOTHING: GatewayCounts = Object.freeze({
  advertisements: 0,
  readings: 0,
  published: 0,
  acknowledged: 0,
  notCarried: 0,
  inFlight: 0,
  waiting: 0,
  persisted: 0,
  dropped: 0,
  connects: 0,
});
