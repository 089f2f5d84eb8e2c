import type { Example } from '../tags/examples.js';
import type { Machine } from './host/machine.js';
import { measure } from './measure-operations.js';
import type { Cost } from './measure-operations.js';

/** What decoding an example costs, on a machine that runs `programs/formats.ts`. Rejects when it is not recognised. */
export async function measureDecoding(machine: Machine, { address, key, bytes }: Example): Promise<Cost> {
  await machine.call('begin');
  for (const byte of [...address, key.length, ...key, ...bytes]) await machine.call('put', byte);
  if ((await machine.call('end')) !== bytes.length) throw new Error('an advertisement came incomplete');
  return measure(machine, 'decode');
}
