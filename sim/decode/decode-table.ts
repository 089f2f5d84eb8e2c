import { fieldNames, fieldUnits } from '../../src/tags/index.js';
import type { FieldValue, ReadingDescription } from '../../src/tags/index.js';

/** One advertisement and what it says. */
export interface Decoded extends ReadingDescription {
  /** As it is written; absent when nobody said. */
  address?: string;
  /** dBm; absent when unknown. */
  rssi?: number;
}

const units = new Map(fieldNames.map((name, i) => [name, fieldUnits[i]!]));

/** One line of a table for people: address, signal strength, format, and the values or what hides them. */
export function tableLine({ address, rssi, format, state, fields, ids }: Decoded): string {
  const signal = rssi === undefined ? '' : `${rssi} dBm`;
  const values = [...Object.entries(fields).map(([name, value]) => valueText(name, value))];
  for (const [name, id] of Object.entries(ids)) values.push(`${name} ${id}`);
  if (state !== 'ok') values.unshift(state);
  return `${(address ?? '-').padEnd(17)}  ${signal.padStart(8)}  ${format.padEnd(15)}  ${values.join(', ')}`.trimEnd();
}

/** The line above the table. */
export const TABLE_HEAD = `${'address'.padEnd(17)}  ${'rssi'.padStart(8)}  ${'format'.padEnd(15)}  values`;

/** The line below the table: how many of each format and state. */
export function tableSummary(counts: ReadonlyMap<string, number>): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`);
  return `${total} advertisements: ${parts.join(', ')}`;
}

function valueText(name: string, value: FieldValue): string {
  if (typeof value === 'boolean') return value ? name : `not ${name}`;
  if (Array.isArray(value)) return `${name} ${value.length === 0 ? 'none' : value.join(' ')}`;
  if (typeof value === 'string') return `${name} ${value}`;
  const unit = units.get(name) ?? '';
  return `${name} ${Number(value.toFixed(6))}${unit === '' ? '' : ` ${unit}`}`;
}
