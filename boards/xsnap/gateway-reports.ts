import type { ConnectionFailure } from '../../src/connection/index.js';
import type { GatewayHandler, TagReporterHandler } from '../../src/device/index.js';
import type { Reading } from '../../src/tags/index.js';
import type { Report } from '../../src/telemetry/index.js';
import { Call } from './channel.js';
import type { FailureReport } from './channel.js';
import type { XsnapBoard } from './board.js';

/** Tells the host what the gateway does. */
export class GatewayReports implements GatewayHandler, TagReporterHandler {
  private readonly board: XsnapBoard;

  constructor(board: XsnapBoard) {
    this.board = board;
  }

  onConnected(): void {
    this.board.calls.issue(Call.connected, 0, this.board.transport.opened, 0, 0);
  }

  onFailed(failure: ConnectionFailure): void {
    const { kind, detail, wasConnected, closeReason, returnCode, retryIn } = failure;
    const endpoint = this.board.transport.endpoints.indexOf(failure.endpoint);
    // JSON has no Infinity.
    const wait = retryIn === Infinity ? -1 : retryIn;
    const report: FailureReport = { kind, detail, endpoint, wasConnected, closeReason, returnCode, retryIn: wait };
    this.board.calls.issueText(Call.failed, 0, JSON.stringify(report));
  }

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    this.board.calls.issueBytes(Call.tag, reading.format, rssi, address, 0, address.length);
  }

  onPublished(_report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void {
    this.board.calls.issueBytes(Call.published, 0, packetId, payload, from, to);
  }

  onStopped(): void {
    this.board.calls.issue(Call.stopped, 0, 0, 0, 0);
  }

  onNotice(text: string): void {
    this.board.line(text);
  }
}
