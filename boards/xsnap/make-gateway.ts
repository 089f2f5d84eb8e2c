import { PlainTagProfile } from '../../src/cloud/plain/plain-tags.js';
import { Gateway } from '../../src/device/gateway.js';
import { TagReporter } from '../../src/device/tag-reporter.js';
import { parseTagSettings } from '../../src/settings/tag-settings.js';
import type { XsnapBoard } from './board.js';
import type { XsnapConfiguration } from './channel.js';
import { GatewayReports } from './gateway-reports.js';

/** Puts the gateway together. Throws the RangeErrors of its parts. */
export function makeGateway(configuration: XsnapConfiguration, board: XsnapBoard): Gateway {
  const { gateway, prefix, connection, tags, networkUp } = configuration;
  board.up = networkUp;
  board.transport.endpoints = connection.endpoints;
  const profile = new PlainTagProfile({ gateway, prefix });
  const options = { ...parseTagSettings(tags), connection, profile };
  const reports = new GatewayReports(board);
  return new Gateway(options, board, reports, new TagReporter(options, board, reports));
}
