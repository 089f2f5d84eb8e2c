import type { FaultForm } from '../protocol.js';

/** What a person put into the form of a fault. */
export interface FaultInput {
  /** How long it lasts, such as `1m`; empty: until it is healed, where that is possible. */
  readonly length: string;
  /** By name; what is empty or as the default is left out. */
  readonly parameters: { readonly [name: string]: string };
}

/** The text of a fault that happens now, as `--faults` has it without its time: `slow+1m bytes=1`. */
export function faultText({ kind, parameters }: FaultForm, input: FaultInput): string {
  const length = input.length.trim();
  const words = [length === '' ? kind : `${kind}+${length}`];
  for (const [name, usual] of Object.entries(parameters)) {
    const value = (input.parameters[name] ?? '').trim();
    if (value !== '' && value !== usual) words.push(`${name}=${value}`);
  }
  return words.join(' ');
}

/** Milliseconds of `5s`, `-1h`, `250ms`, `2d`; undefined: it is no time. */
export function parseLength(text: string): number | undefined {
  const match = /^([+-]?)(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)$/.exec(text.trim());
  if (!match) return undefined;
  const units: { readonly [unit: string]: number } = {
    ms: 1,
    s: 1000,
    m: 60_000,
    min: 60_000,
    h: 3_600_000,
    d: 86_400_000,
  };
  return Number(match[2]) * units[match[3]!]! * (match[1] === '-' ? -1 : 1);
}

/** What is offered for the speed, and what the server is told. */
export const SPEEDS: readonly { readonly speed: number; readonly name: string }[] = [
  { speed: 0.1, name: '0.1×' },
  { speed: 1, name: '1×' },
  { speed: 10, name: '10×' },
  { speed: 60, name: '60×' },
  { speed: 600, name: '600×' },
  { speed: 1000, name: '1,000×' },
  { speed: 1e9, name: 'max' },
];
