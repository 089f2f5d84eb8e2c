import type { ConsoleBindings } from './bindings.js';
import { ConsoleError, expectedText } from './console-error.js';
import { ConditionKind, missingArgument } from './menu.js';
import type { Call, Command, Condition, ScriptRun } from './menu.js';
import { isMarked, isNamed, nameOf } from './parameter.js';
import type { Parameter } from './parameter.js';
import { isFound, RegularExpression } from './regular-expression.js';
import { Cost } from './slices.js';
import { propertyValue, recordLines, rowCells, rowLine, rowNames, shownValue, STARS } from './table.js';
import type { Entries, EntryTable, Table } from './table.js';
import { compute, toText, toTruth } from './value.js';
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
    case ConditionKind.and: {
      const left = await prepareWhere(run, condition.left);
      const right = await prepareWhere(run, condition.right);
      return async (property) => (await left(property)) && right(property);
    }
    case ConditionKind.or: {
      const left = await prepareWhere(run, condition.left);
      const right = await prepareWhere(run, condition.right);
      return async (property) => (await left(property)) || right(property);
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
        const pattern = new RegularExpression(toText(right));
        const { slices } = run.host.bindings;
        return (property) => isFound(pattern, toText(property(name)), slices);
      }
      return async (property) => toTruth(compute(operator, property(name), right));
    }
  }
}

/**
 * The rows that `numbers` means: numbers of the last `print` of this menu (of the present rows when there was none),
 * `*` with a number as `find` gives it, or names; commas or semicolons between several. Throws a ConsoleError when
 * there is no such row, or no longer.
 */
export function findRows(call: Call, numbers: string): unknown[] {
  const { bindings, table } = call;
  const rows = table.rows(bindings);
  const printed = call.run.host.printed.get(call.statement.menu);
  const found: unknown[] = [];
  for (const part of numbers.split(/[,;]/)) {
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
    throw new ConsoleError('no such item');
  }
  if (/^\d{1,6}$/.test(text)) {
    const row = printed[Number(text)];
    if (row !== undefined && rows.includes(row)) return row;
  }
  for (const row of rows) if (table.property(row, 'name', bindings) === text) return row;
  throw new ConsoleError('no such item' + expectedText(rowNames(table, bindings)));
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

export const NUMBERS: Parameter = 'numbers rows required unnamed: numbers from the last print, or names';
const VALUE_NAME: Parameter = 'value-name property required unnamed: name of the property';

const GET: Command = {
  name: 'get',
  help: 'one property of an item, for [get ...]',
  parameters: [NUMBERS, VALUE_NAME],
  run(call): Value {
    const rows = findRows(call, call.required('numbers'));
    if (rows.length !== 1) throw new ConsoleError(rows.length === 0 ? 'no such item' : 'expected one item');
    return propertyOf(call, rows[0], call.required('value-name'));
  },
};

/** `get` of rows that have properties beyond those that are declared. */
const GET_ANY: Command = {
  ...GET,
  parameters: [NUMBERS, 'value-name any-property required unnamed: name of the property'],
};

/** The value of a property, but never a secret. */
function propertyOf({ table, bindings }: Call, row: unknown, name: string): Value {
  const property = table.properties.find((each) => isNamed(each, name));
  const more = table.more?.(row) ?? [];
  if (property === undefined && !more.includes(name)) {
    throw new ConsoleError('no property ' + name + expectedText([...table.properties.map(nameOf), ...more]));
  }
  return property !== undefined && isMarked(property, 'stars') ? STARS : propertyValue(table, row, name, bindings);
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
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (call.flag('value-list')) {
        const { names, values } = rowCells(table, row, call.flag('detail'), bindings);
        call.line(String(i));
        for (const line of recordLines(names, values)) call.line(line);
      } else {
        call.line((table.line ? '' : i + ' ') + rowLine(table, row, call.flag('detail'), bindings));
      }
      await rowDone(call);
    }
    return undefined;
  },
};

/** `remove` of a table of entries. */
const REMOVE: Command = {
  name: 'remove',
  help: 'removes items',
  parameters: [NUMBERS],
  run(call) {
    const entries = entriesOf(call);
    for (const row of findRows(call, call.required('numbers'))) entries.remove!(row as never);
  },
};

/** `set` of a table of entries; without a number it changes the only one, which `required` excludes. */
const SET: Command = {
  name: 'set',
  help: 'changes items',
  parameters: [NUMBERS],
  settable: true,
  run(call) {
    const numbers = call.text('numbers');
    const rows = numbers === undefined ? call.table.rows(call.bindings).slice() : findRows(call, numbers);
    if (numbers === undefined && rows.length > 1) throw missingArgument('numbers');
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

/** Pauses the run when its slice is used up. Throws a ConsoleError when it was interrupted. */
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
    run: (call) => propertyValue(call.table, recordOf(call), call.required('value-name'), call.bindings),
  },
  {
    name: 'print',
    help: 'shows the properties',
    run(call) {
      const { bindings, table } = call;
      const record = recordOf(call);
      const textOf = (property: Parameter): string => table.property(record, nameOf(property), bindings);
      const shown = table.properties.filter((property) => textOf(property) !== '');
      const values = shown.map((property) => shownValue(property, textOf(property)));
      for (const line of recordLines(shown.map(nameOf), values)) call.line(line);
    },
  },
];

/** `set` of a single record. */
export const SET_RECORD: Command = { ...SET, help: 'changes properties', parameters: [] };

function recordOf({ table, bindings }: Call): unknown {
  return table.rows(bindings)[0];
}
