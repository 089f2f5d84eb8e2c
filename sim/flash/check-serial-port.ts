import { existsSync } from 'node:fs';
import { missing, ok } from './check.js';
import type { Check } from './check.js';
import { serialPorts } from './workshop.js';
import type { Workshop } from './workshop.js';

const NAME = 'serial port';

/** Looks for the port that a chip is flashed through: UPLOAD_PORT, or else what USB adapters are called. */
export function checkSerialPort(workshop: Workshop): Check {
  const { UPLOAD_PORT } = workshop.variables;
  if (UPLOAD_PORT) {
    if (existsSync(UPLOAD_PORT)) return writable(workshop, UPLOAD_PORT);
    return missing(
      NAME,
      `UPLOAD_PORT is ${UPLOAD_PORT}, which is not there`,
      'connect the board, or name another port',
    );
  }
  const ports = serialPorts(workshop);
  const usable = ports.find(workshop.mayWrite) ?? ports[0];
  if (usable !== undefined) return writable(workshop, usable);
  const remedy = 'connect the board with a USB cable that carries data, or set UPLOAD_PORT to its port';
  return missing(NAME, `none in ${workshop.deviceFolder} (ttyUSB, ttyACM, cu.usb, cu.SLAB, cu.wch)`, remedy);
}

function writable({ hostPlatform, mayWrite }: Workshop, port: string): Check {
  if (mayWrite(port)) return ok(NAME, port);
  const remedy =
    hostPlatform === 'linux'
      ? 'sudo usermod -aG dialout "$USER" (on some systems: uucp), then log in again'
      : `give yourself the right to write to ${port}`;
  return missing(NAME, `${port} may not be written by you`, remedy);
}
