import { PlainProfile } from '../../src/cloud/plain.js';
import { Gateway } from '../../src/device/gateway.js';
import { TagReporter } from '../../src/device/tag-reporter.js';
import { parseKeys } from '../../src/tags/key-text.js';
import type { XsnapBoard } from './board.js';
import type { XsnapConfiguration } from './channel.js';
import { GatewayReports } from './gateway-reports.js';

/** Puts the gateway together. Throws the RangeErrors of its parts. */
export function makeGateway(configuration: XsnapConfiguration, board: XsnapBoard): Gateway {
  const { gateway, prefix, connection, policy, outbox, tags, keys, networkUp } = configuration;
  board.up = networkUp;
  board.transport.endpoints = connection.endpoints;
  const profile = new PlainProfile({ gateway, prefix });
  const options = { connection, profile, policy, outbox, tags, ...(keys !== undefined && { keys: parseKeys(keys) }) };
  const reports = new GatewayReports(board);
  return new Gateway(options, board, reports, new TagReporter(options, board, reports));
}
