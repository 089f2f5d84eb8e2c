import type { GatewayHandler, TagReporterHandler } from '../../../src/device/index.js';

/** A gateway that tells nobody. */
export const SILENT: GatewayHandler & TagReporterHandler = {
  onConnected(): void {},
  onFailed(): void {},
  onTag(): void {},
  onPublished(): void {},
  onStopped(): void {},
  onNotice(): void {},
};
