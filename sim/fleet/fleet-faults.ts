import { BadInput, showValue } from '../bad-input.js';
import { milliseconds } from '../world/duration.js';

/** What can go wrong at a device of a fleet; the names are those of docs/simulation.md. */
export const FLEET_FAULTS = ['reset', 'halfopen', 'wifigone', 'powercut'] as const;
export type FleetFaultKind = (typeof FLEET_FAULTS)[number];

/** A fault of the devices of a fleet. */
export interface FleetFault {
  readonly kind: FleetFaultKind;
  /** Milliseconds: since the barrier; with `every` none. */
  readonly at: number | undefined;
  /** Each device has it at times of its own, on average so many milliseconds apart. */
  readonly every: number | undefined;
  /** Milliseconds that it lasts, of those that last: how long the network or the power is away. */
  readonly for: number;
  /** The share of the devices that have it, 0 to 1: those whose turn it is by chance, the same for all times. */
  readonly share: number;
}

/** Milliseconds that `wifigone` and `powercut` last when nobody says. */
const DEFAULT_LENGTH = 10_000;
const LASTING: readonly FleetFaultKind[] = ['wifigone', 'powercut'];
const FORM = 'KIND@TIME[+LENGTH] or KIND[+LENGTH] every=TIME, and devices=PERCENT%';

/** Reads `--faults`: `reset@30s, wifigone@1m+20s devices=50%, halfopen every=10m`. Throws `BadInput`. */
export function parseFleetFaults(text: string): FleetFault[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseFault);
}

function parseFault(text: string): FleetFault {
  const fail = (why: string): never => {
    throw new BadInput(`--faults: ${showValue(text)}: ${why}`);
  };
  const [head, ...parameters] = text.split(/\s+/);
  const [, name = '', at, length] = /^([a-z]+)(?:@([^+\s]+))?(?:\+(\S+))?$/.exec(head!) ?? fail(`it must be ${FORM}`);
  const kind =
    FLEET_FAULTS.find((known) => known === name) ?? fail(`the faults of a fleet are ${FLEET_FAULTS.join(', ')}`);
  let every: number | undefined;
  let share = 1;
  for (const parameter of parameters) {
    const [key, value = ''] = parameter.split('=');
    const percent = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(value)?.[1];
    if (key === 'every') every = timeOf(value) ?? fail(`every must be a time such as 10m, got ${showValue(value)}`);
    else if (key === 'devices' && percent !== undefined && Number(percent) <= 100) share = Number(percent) / 100;
    else fail(`parameters must be every=TIME and devices=PERCENT%, got ${showValue(parameter)}`);
  }
  if ((at === undefined) === (every === undefined)) fail(`it must have either @TIME or every=TIME`);
  if (length !== undefined && !LASTING.includes(kind)) fail(`${kind} happens at a moment and has no length`);
  const begin = at === undefined ? undefined : milliseconds(at);
  if (begin !== begin) fail(`the time must be such as 30s, got ${showValue(at)}`);
  const lasts = length === undefined ? DEFAULT_LENGTH : (timeOf(length) ?? fail('the length must be such as 20s'));
  return { kind, at: begin, every, for: lasts, share };
}

/** Above 0. */
function timeOf(text: string): number | undefined {
  const time = milliseconds(text);
  return time > 0 ? time : undefined;
}
