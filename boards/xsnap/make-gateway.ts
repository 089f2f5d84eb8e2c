import { PlainProfile } from '../../src/cloud/plain.js';
import { Gateway } from '../../src/device/gateway.js';
import type { XsnapBoard } from './board.js';
import type { XsnapConfiguration } from './channel.js';
import { GatewayReports } from './gateway-reports.js';

/** Puts the gateway together. Throws the RangeErrors of its parts. */
export function makeGateway(configuration: XsnapConfiguration, board: XsnapBoard): Gateway {
  const { gateway, prefix, connection, policy, outbox, tags, networkUp } = configuration;
  board.up = networkUp;
  board.transport.endpoints = connection.endpoints;
  const profile = new PlainProfile({ gateway, prefix });
  return new Gateway({ connection, profile, policy, outbox, tags }, board, new GatewayReports(board));
}
