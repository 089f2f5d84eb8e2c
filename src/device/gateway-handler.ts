import type { ConnectionFailure } from '../connection/index.js';
import type { Reading } from '../tags/index.js';
import type { Report } from '../telemetry/index.js';

/** What a gateway tells its owner, for a display or a log; the gateway needs no answer. */
export interface GatewayHandler {
  /** The broker accepted the connection. */
  onConnected(): void;

  /** An attempt failed or the connection was lost; the gateway goes on trying. */
  onFailed(failure: ConnectionFailure): void;

  /** `stop` is done. */
  onStopped(): void;
}

/**
 * What the tag side of a gateway tells its owner in the same way.
 * Readings, reports and addresses are reused: they are valid only until the call returns.
 */
export interface TagReporterHandler {
  /** A tag was heard that is not in the tag table. `address` has 6 bytes, most significant first. */
  onTag(address: Uint8Array, rssi: number, reading: Reading): void;

  /** A report was given to the session under `packetId`; its payload is `payload[from..to)`. */
  onPublished(report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void;

  /** Something else that people should know: readings restored, a store that fails, the scan watchdog. One line. */
  onNotice(text: string): void;
}
