import type { GatewayPart } from '../../src/cloud/part.js';
import { DeviceConsole } from '../../src/console/bindings/device-console.js';
import type { DeviceConsoleOptions } from '../../src/console/bindings/device-console.js';
import { VERSION } from '../../src/device/firmware.js';
import type { TagReporter } from '../../src/device/tag-reporter.js';
import type { Board } from '../../src/hal/index.js';
import type { Configuration } from '../../src/settings/configuration.js';
import { SerialConsole } from '../moddable/serial-console.js';
import type { SerialClass, SerialLine } from '../moddable/serial-port.js';
import { ESP32_LIMITS as LIMITS } from './limits.js';

/**
 * A console at the serial port, for who holds the board; it needs no login. `console` is absent when the port cannot be
 * opened.
 */
export function makeConsole(
  serial: SerialClass,
  line: SerialLine,
  reporter: TagReporter | undefined,
  configuration: Configuration,
  board: Board,
  flashLog: DeviceConsoleOptions['flashLog'],
): { parts: GatewayPart[]; console?: SerialConsole | undefined } {
  const identity = { name: configuration.gateway, version: VERSION };
  // Brokers with `ssl=yes` trust what the configured one does, but have names of their own; there are no certificates
  // by name.
  const configured = configuration.connection.endpoints.find((endpoint) => endpoint.tls)?.tls;
  const tls = configured && { ...configured };
  delete tls?.serverName;
  const { maxBrokers, maxJobs, maxScripts } = LIMITS.console;
  const outgoing = { capacity: LIMITS.console.outgoing };
  const brokers = { certificates: (name: string) => (name === '' ? tls : undefined), maxBrokers, outgoing };
  const { persistSeconds } = configuration.retention;
  const parts = { board, identity, brokers, flashLog, persistSeconds, maxJobs, maxScripts };
  const device = new DeviceConsole({ ...parts, ...(reporter && { reporter }) });
  return { parts: [device], console: SerialConsole.open(device, serial, line, board.log!) };
}
