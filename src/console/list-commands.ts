import type { ConsoleBindings } from './bindings.js';
import { ConditionKind, missingArgument } from './menu.js';
import type { Call, Command, Condition, ScriptRun } from './menu.js';
import { nameOf } from './parameter.js';
import type { Parameter } from './parameter.js';
import { compilePattern, isFound } from './regular-expression.js';
import { Cost } from './slices.js';
import { propertyValue, rowCells, rowLine, rowNames } from './table.js';
import type { Entries, EntryTable, Table } from './table.js';
import { compute, expectedText, toText, toTruth } from './value.js';
import type { Value } from './value.js';

/*
 * The commands that menus with rows have. Each is one object for all menus, so that it is in ROM once, and finds the
 * table of its menu in the call.
 */

/** True for a row that fulfils a condition; `property` gives its values. */
type RowTest = (property: (name: string) => Value) => Promise<boolean>;

/**
 * Makes a test of a condition. The values on its right are evaluated here, once for all rows, so that a mistake in a
 * regular expression is reported when there are no rows.
 */
async function prepareWhere(run: ScriptRun, condition: Condition): Promise<RowTest> {
  switch (condition.kind) {
    case ConditionKind.and:
    case ConditionKind.or: {
      const left = await prepareWhere(run, condition.left);
      const right = await prepareWhere(run, condition.right);
      const decides = condition.kind === ConditionKind.or;
      return async (property) => ((await left(property)) === decides ? decides : right(property));
    }
    case ConditionKind.not: {
      const operand = await prepareWhere(run, condition.operand);
      return async (property) => !(await operand(property));
    }
    case ConditionKind.truth: {
      const { property: name } = condition;
      return async (property) => {
        const value = property(name);
        return typeof value === 'boolean' ? toTruth(value) : toText(value) !== '';
      };
    }
    case ConditionKind.compare: {
      const { property: name, operator } = condition;
      const right = await run.evaluate(condition.right);
      if (operator === '~') {
        const pattern = compilePattern(toText(right));
        const { slices } = run.host.bindings;
        return (property) => isFound(pattern, toText(property(name)), slices);
      }
      return async (property) => toTruth(compute(operator, property(name), right));
    }
  }
}

/**
 * The rows that the argument `numbers` means: numbers of the last `print` of this menu (of the present rows when there
 * was none), `*` with a number as `find` gives it, or names; commas or semicolons between several. Throws a RangeError
 * when there is no such row, or no longer.
 */
export function findRows(call: Call): unknown[] {
  const { bindings, table } = call;
  const rows = table.rows(bindings);
  const printed = call.run.host.printed.get(call.statement.menu);
  const found: unknown[] = [];
  for (const part of call.required('numbers').split(/[,;]/)) {
    const text = part.trim();
    if (text === '') continue;
    const row = findRow(table, rows, printed ?? rows, text, bindings);
    if (!found.includes(row)) found.push(row);
  }
  return found;
}

function findRow(
  table: Table,
  rows: readonly unknown[],
  printed: readonly unknown[],
  text: string,
  bindings: ConsoleBindings,
): unknown {
  if (/^\*[0-9A-F]{1,6}$/.test(text)) {
    const row = rows[parseInt(text.slice(1), 16)];
    if (row !== undefined) return row;
    throw new RangeError('no such item');
  }
  if (/^\d{1,6}$/.test(text)) {
    const row = printed[Number(text)];
    if (row !== undefined && rows.includes(row)) return row;
  }
  for (const row of rows) if (table.property(row, 'name', bindings) === text) return row;
  throw new RangeError('no such item' + expectedText(rowNames(table, bindings)));
}

/** As `find` gives it. */
function rowId(index: number): string {
  return '*' + index.toString(16).toUpperCase();
}

/** Rows of one `print`. */
interface Selection {
  readonly rows: readonly unknown[];
  /** Of each, its place among all rows. */
  readonly places: readonly number[];
}

/** `add` of a table of entries. */
const ADD: Command = {
  name: 'add',
  help: 'adds an item',
  settable: true,
  run: (call) => void entriesOf(call).add!(call.properties()),
};

const FIND: Command = {
  name: 'find',
  help: 'items that match a condition, for [find where ...]',
  where: 'optional',
  run: async (call) => (await select(call)).places.map(rowId),
};

const NUMBERS: Parameter = 'numbers rows required unnamed: numbers from the last print, or names';
/** The parameters of a command for some rows. */
export const ROWS: readonly Parameter[] = [NUMBERS];
const VALUE_NAME: Parameter = 'value-name property required unnamed: name of the property';

const GET: Command = {
  name: 'get',
  help: 'one property of an item, for [get ...]',
  parameters: [NUMBERS, VALUE_NAME],
  run(call): Value {
    const { bindings, table } = call;
    const rows = findRows(call);
    if (rows.length !== 1) throw new RangeError(rows.length === 0 ? 'no such item' : 'expected one item');
    const row = rows[0];
    const name = call.required('value-name');
    const more = table.more?.(row, bindings);
    if (more) checkName(name, [...table.properties.map(nameOf), ...more]);
    return propertyValue(table, row, name, bindings);
  },
};

/** `get` of rows that have properties beyond those that are declared. */
const GET_ANY: Command = {
  ...GET,
  parameters: [NUMBERS, 'value-name any-property required unnamed: name of the property'],
};

function checkName(name: string, names: readonly string[]): void {
  if (!names.includes(name)) throw new RangeError('no property ' + name + expectedText(names));
}

/** `print`, with `where`, `count-only` and `detail`. */
export const PRINT: Command = {
  name: 'print',
  help: 'shows the items',
  words: [
    'count-only word: only the number of items',
    'detail word: all properties, including those at their default',
    'value-list word: one property per line',
    'without-paging word: accepted; output has no pages',
  ],
  where: 'word',
  async run(call) {
    const { bindings, table } = call;
    const { rows } = await select(call);
    if (call.flag('count-only')) {
      if (!call.substituted) call.line(String(rows.length));
      return rows.length;
    }
    call.run.host.printed.set(call.statement.menu, rows);
    const detail = call.flag('detail');
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (call.flag('value-list')) {
        const { names, values } = rowCells(table, row, detail, false, bindings);
        call.line(String(i));
        writeRecord(call, names, values);
      } else {
        call.line((table.line ? '' : i + ' ') + rowLine(table, row, detail, bindings));
      }
      await rowDone(call);
    }
    const note = table.note?.(bindings) ?? '';
    if (note !== '' && !call.substituted) call.line('# ' + note);
    return undefined;
  },
};

/** `remove` of a table of entries. */
const REMOVE: Command = {
  name: 'remove',
  help: 'removes items',
  parameters: ROWS,
  run(call) {
    const entries = entriesOf(call);
    for (const row of findRows(call)) entries.remove!(row as never);
  },
};

/** `set` of a table of entries; without a number it changes the only one, which `required` excludes. */
const SET: Command = {
  name: 'set',
  help: 'changes items',
  parameters: ROWS,
  settable: true,
  run(call) {
    const all = call.table.rows(call.bindings);
    const given = call.has('numbers');
    if (!given && all.length > 1) throw missingArgument('numbers');
    const rows = given ? findRows(call) : all.slice();
    const properties = call.properties('numbers');
    for (const row of rows) entriesOf(call).set!(row as never, properties);
  },
};

/** `set` of what a device usually has one of. */
export const SET_ONLY: Command = {
  ...SET,
  parameters: ['numbers rows unnamed: numbers from the last print, or names'],
};

/** The commands of rows that can only be read. */
export const READING: readonly Command[] = [FIND, GET, PRINT];

/** The same where rows have properties beyond those that are declared. */
export const READING_ANY: readonly Command[] = [FIND, GET_ANY, PRINT];

/** The commands of a table of entries that can be changed in every way. */
export const CHANGING: readonly Command[] = [ADD, FIND, GET, PRINT, REMOVE, SET];

function entriesOf({ table, bindings }: Call): Entries {
  return (table as EntryTable).entries(bindings);
}

async function select(call: Call): Promise<Selection> {
  const test = call.where ? await prepareWhere(call.run, call.where) : undefined;
  const rows: unknown[] = [];
  const places: number[] = [];
  const { bindings, table } = call;
  const all = table.rows(bindings);
  for (let i = 0; i < all.length; i++) {
    const row = all[i];
    if (test) {
      const passes = await test((name) => propertyValue(table, row, name, bindings));
      await rowDone(call);
      if (!passes) continue;
    }
    rows.push(row);
    places.push(i);
  }
  return { rows, places };
}

/** Writes the values of a single record, names right-aligned, as RouterOS prints them. */
export function writeRecord(call: Call, names: readonly string[], values: readonly string[]): void {
  let width = 0;
  for (const name of names) width = Math.max(width, name.length);
  names.forEach((name, i) => call.line(name.padStart(width + 2) + ': ' + values[i]!));
}

/** Pauses the run when its slice is used up. Throws a RangeError when it was interrupted. */
async function rowDone(call: Call): Promise<void> {
  const pause = call.bindings.slices.spend(call.table.properties.length * Cost.step);
  if (pause) await pause;
  call.run.checkStopped();
}

/** `print` and `get` of a single record, which is the only row of the menu. */
export const RECORD: readonly Command[] = [
  {
    name: 'get',
    help: 'one property, for [get ...]',
    parameters: [VALUE_NAME],
    run(call) {
      const { bindings, table } = call;
      return propertyValue(table, table.rows(bindings)[0], call.required('value-name'), bindings);
    },
  },
  {
    name: 'print',
    help: 'shows the properties',
    run(call) {
      const { bindings, table } = call;
      const { names, values } = rowCells(table, table.rows(bindings)[0], false, false, bindings);
      writeRecord(call, names, values);
    },
  },
];

/** `set` of a single record. */
export const SET_RECORD: Command = { ...SET, help: 'changes properties', parameters: [] };
