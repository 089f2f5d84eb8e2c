import { FailureKind } from '../connection/connection-failure.js';
import type { ConnectionFailure } from '../connection/index.js';
import type { Board, Endpoint } from '../hal/index.js';
import type { Configuration } from './configuration.js';

// The lines that `Firmware` prints. None of them has a password, a key, or a user name, which is a token at some
// brokers.

/** By `FailureKind` - 1. */
const failureNames = ['network', 'name', 'connect', 'TLS', 'refused', 'lost'];

export function bootLine(configuration: Configuration, board: Board): string {
  const reason = board.health?.restartReason;
  return 'tagwire: ' + configuration.gateway + ' on ' + board.name + (reason ? ', started by ' + reason : '');
}

export function configurationLine(configuration: Configuration, scanner: boolean): string {
  const { connection, tags } = configuration;
  let line = 'broker ' + connection.endpoints.map(brokerName).join(', then ');
  line += ', client ' + connection.clientId;
  if (connection.username !== undefined) line += ' with user name';
  line += ', topics ' + configuration.prefix + '/' + configuration.gateway + '/...';
  if (scanner && tags) {
    const { name, connected } = tags.scan;
    line += ', scan ' + name + ', ' + connected.windowMilliseconds + ' of ' + connected.intervalMilliseconds + ' ms';
    line += connected.active ? ' active' : ' passive';
    line += ', a tag at most every ' + tags.rules[0]!.minimumInterval / 1000 + ' s';
    line += ', outbox ' + (tags.outbox?.capacity ?? 'default') + ' B';
    line += tags.persistSeconds ? ' saved after ' + tags.persistSeconds + ' s' : ' not saved';
  } else {
    line += ', no scanner';
  }
  return line + (configuration.healthSeconds > 0 ? ', health every ' + configuration.healthSeconds + ' s' : '');
}

export function connectedLine(endpoint: Endpoint): string {
  return 'connected to ' + brokerName(endpoint);
}

export function failureLine(failure: ConnectionFailure): string {
  const { kind, detail, endpoint, retryIn } = failure;
  let line = failureNames[kind - 1] + ': ' + detail;
  if (kind !== FailureKind.network) line += ' (' + brokerName(endpoint) + ')';
  if (retryIn < Infinity) return line + '; next attempt in ' + (retryIn / 1000).toFixed(1) + ' s';
  return line + '; next attempt when the network is up';
}

export function stoppedLine(unacknowledged: number): string {
  return 'stopped' + (unacknowledged > 0 ? ', readings not acknowledged: ' + unacknowledged : '');
}

function brokerName(endpoint: Endpoint): string {
  const host = endpoint.host.includes(':') ? '[' + endpoint.host + ']' : endpoint.host;
  return (endpoint.tls ? 'mqtts://' : 'mqtt://') + host + ':' + endpoint.port;
}
