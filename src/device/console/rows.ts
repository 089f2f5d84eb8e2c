import type { Call } from './call.js';
import { ConsoleError, expectedText } from './console-error.js';
import type { ConsoleServices } from './services.js';
import type { Table } from './table.js';

/**
 * The rows that `numbers` means: numbers of the last `print` of this menu (of the present rows when there was none),
 * `*` with a number as `find` gives it, or names; commas or semicolons between several. Throws a ConsoleError when
 * there is no such row, or no longer.
 */
export function findRows<Row>(call: Call, table: Table<Row>, numbers: string): Row[] {
  const { services } = call;
  const rows = table.rows(services);
  const printed = call.interpreter.host.printed.get(call.statement.menu) as readonly Row[] | undefined;
  const found: Row[] = [];
  for (const part of numbers.split(/[,;]/)) {
    const text = part.trim();
    if (text === '') continue;
    const row = findRow(table, rows, printed ?? rows, text, services);
    if (!found.includes(row)) found.push(row);
  }
  return found;
}

function findRow<Row>(
  table: Table<Row>,
  rows: readonly Row[],
  printed: readonly Row[],
  text: string,
  services: ConsoleServices,
): Row {
  if (/^\*[0-9A-F]{1,6}$/.test(text)) {
    const row = rows[parseInt(text.slice(1), 16)];
    if (row !== undefined) return row;
    throw new ConsoleError('no such item');
  }
  if (/^\d{1,6}$/.test(text)) {
    const row = printed[Number(text)];
    if (row !== undefined && rows.includes(row)) return row;
  }
  for (const row of rows) if (table.property(row, 'name', services) === text) return row;
  throw new ConsoleError('no such item' + expectedText(rowNames(table, services)));
}

/** What rows can be called: their names, or their numbers. */
export function rowNames<Row>(table: Table<Row>, services: ConsoleServices): string[] {
  const hasNames = table.properties.some((property) => property.name === 'name');
  return table.rows(services).map((row, i) => (hasNames && table.property(row, 'name', services)) || String(i));
}

/** As `find` gives it. */
export function rowId(index: number): string {
  return '*' + index.toString(16).toUpperCase();
}
