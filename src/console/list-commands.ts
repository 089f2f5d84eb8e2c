import type { ConsoleBindings, Entry, EntryList } from './bindings.js';
import { ConsoleError, expectedText } from './console-error.js';
import { ConditionKind } from './menu.js';
import type { Call, Command, Condition, ScriptRun, Where, Word } from './menu.js';
import { ParameterKind } from './parameter.js';
import type { Parameter } from './parameter.js';
import { isFound, RegularExpression } from './regular-expression.js';
import { Cost } from './slices.js';
import { propertyValue, recordLines, rowCells, rowLine, shownValue } from './table.js';
import type { Property, Table } from './table.js';
import { compute, toText, toTruth } from './value.js';
import type { Value } from './value.js';

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
export function findRows<Row>(call: Call, table: Table<Row>, numbers: string): Row[] {
  const { bindings } = call;
  const rows = table.rows(bindings);
  const printed = call.run.host.printed.get(call.statement.menu) as readonly Row[] | undefined;
  const found: Row[] = [];
  for (const part of numbers.split(/[,;]/)) {
    const text = part.trim();
    if (text === '') continue;
    const row = findRow(table, rows, printed ?? rows, text, bindings);
    if (!found.includes(row)) found.push(row);
  }
  return found;
}

function findRow<Row>(
  table: Table<Row>,
  rows: readonly Row[],
  printed: readonly Row[],
  text: string,
  bindings: ConsoleBindings,
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
  for (const row of rows) if (table.property(row, 'name', bindings) === text) return row;
  throw new ConsoleError('no such item' + expectedText(rowNames(table, bindings)));
}

/** What rows can be referred to by: their names, or their numbers. */
function rowNames<Row>(table: Table<Row>, bindings: ConsoleBindings): string[] {
  const hasNames = table.properties.some((property) => property.name === 'name');
  return table.rows(bindings).map((row, i) => (hasNames && table.property(row, 'name', bindings)) || String(i));
}

/** As `find` gives it. */
function rowId(index: number): string {
  return '*' + index.toString(16).toUpperCase();
}

/** Rows of one `print`. */
interface Selection<Row> {
  readonly rows: readonly Row[];
  /** Of each, its place among all rows. */
  readonly places: readonly number[];
}

const PRINT_FLAGS: readonly Word[] = [
  { name: 'count-only', help: 'only the number of items' },
  { name: 'detail', help: 'all properties, including those at their default' },
  { name: 'value-list', help: 'one property per line' },
  { name: 'without-paging', help: 'accepted; output has no pages' },
];

/** How a list can be changed; an absent function means that it cannot. */
export interface Changes<Row> {
  add?(bindings: ConsoleBindings, properties: { [name: string]: string }): void;
  set?(bindings: ConsoleBindings, row: Row, properties: { [name: string]: string }): void;
  remove?(bindings: ConsoleBindings, row: Row): void;
  /** True: `set` without a number applies to the only row. */
  readonly single?: boolean;
}

/** `print`, `find` and `get` of a list, and what `changes` allows. */
export function listCommands<Row>(table: Table<Row>, changes: Changes<Row>): Command[] {
  const commands: Command[] = [];
  const settable = table.properties.filter((property) => !property.readOnly);
  const { add, set, remove } = changes;
  if (add) {
    commands.push({
      name: 'add',
      help: 'adds an item',
      parameters: settable,
      run: (call) => void add.call(changes, call.bindings, call.properties()),
    });
  }
  commands.push(findCommand(table), getCommand(table), printCommand(table));
  if (remove) {
    commands.push({
      name: 'remove',
      help: 'removes items',
      parameters: [numbersParameter(table, true)],
      unnamed: ['numbers'],
      run(call) {
        for (const row of findRows(call, table, call.required('numbers'))) remove.call(changes, call.bindings, row);
      },
    });
  }
  if (set) commands.push(setCommand(table, settable, changes));
  return commands;
}

export function numbersParameter<Row>(table: Table<Row>, required: boolean): Parameter {
  return {
    name: 'numbers',
    kind: ParameterKind.rows,
    help: 'numbers from the last print, or names',
    candidates: (bindings) => rowNames(table, bindings),
    required,
  };
}

/** `print`, with `where`, `count-only` and `detail`. */
export function printCommand<Row>(table: Table<Row>): Command {
  return {
    name: 'print',
    help: 'shows the items',
    parameters: [],
    flags: PRINT_FLAGS,
    where: whereOf(table, false),
    async run(call) {
      const { rows } = await select(call, table);
      if (call.flag('count-only')) {
        if (!call.substituted) call.line(String(rows.length));
        return rows.length;
      }
      call.run.host.printed.set(call.statement.menu, rows);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        if (call.flag('value-list')) {
          const { names, values } = rowCells(table, row, call.flag('detail'), call.bindings);
          call.line(String(i));
          for (const line of recordLines(names, values)) call.line(line);
        } else {
          call.line((table.line ? '' : i + ' ') + rowLine(table, row, call.flag('detail'), call.bindings));
        }
        await rowDone(call, table);
      }
      return undefined;
    },
  };
}

function findCommand<Row>(table: Table<Row>): Command {
  return {
    name: 'find',
    help: 'items that match a condition, for [find where ...]',
    parameters: [],
    where: whereOf(table, true),
    run: async (call) => (await select(call, table)).places.map(rowId),
  };
}

function getCommand<Row>(table: Table<Row>): Command {
  return {
    name: 'get',
    help: 'one property of an item, for [get ...]',
    parameters: [numbersParameter(table, true), valueNameParameter(table)],
    unnamed: ['numbers', 'value-name'],
    run(call): Value {
      const rows = findRows(call, table, call.required('numbers'));
      if (rows.length !== 1) throw new ConsoleError(rows.length === 0 ? 'no such item' : 'expected one item');
      return propertyOf(table, rows[0]!, call.required('value-name'), call.bindings);
    },
  };
}

/** The value of a property, but never a secret. */
function propertyOf<Row>(table: Table<Row>, row: Row, name: string, bindings: ConsoleBindings): Value {
  const more = table.more?.(row) ?? [];
  if (!more.includes(name) && !table.properties.some((property) => property.name === name)) {
    const names = table.properties.map((property) => property.name);
    throw new ConsoleError('no property ' + name + expectedText([...names, ...more]));
  }
  const isSecret = table.properties.some((property) => property.name === name && property.stars);
  return isSecret ? '*****' : propertyValue(table, row, name, bindings);
}

/** Rows of some tables have properties beyond those that are declared, so there any name can be given. */
function valueNameParameter(table: Pick<Table<never>, 'properties' | 'more'>): Parameter {
  const values = table.properties.map((property) => property.name);
  const kind = table.more ? ParameterKind.text : ParameterKind.choice;
  return { name: 'value-name', kind, help: 'name of the property', values, required: true };
}

function setCommand<Row>(table: Table<Row>, settable: readonly Property[], changes: Changes<Row>): Command {
  return {
    name: 'set',
    help: 'changes items',
    parameters: [numbersParameter(table, !changes.single), ...settable],
    unnamed: ['numbers'],
    run(call) {
      const numbers = call.text('numbers');
      const rows = numbers === undefined ? table.rows(call.bindings).slice() : findRows(call, table, numbers);
      if (numbers === undefined && rows.length > 1) throw new ConsoleError('missing value of argument numbers');
      const properties = call.properties(['numbers']);
      for (const row of rows) changes.set!(call.bindings, row, properties);
    },
  };
}

function whereOf<Row>(table: Table<Row>, bare: boolean): Where {
  // A secret could be guessed letter by letter with a condition.
  const properties = table.properties.filter((property) => !property.stars);
  return { properties, open: table.more !== undefined, bare };
}

async function select<Row>(call: Call, table: Table<Row>): Promise<Selection<Row>> {
  const test = call.where ? await prepareWhere(call.run, call.where) : undefined;
  const rows: Row[] = [];
  const places: number[] = [];
  const { bindings } = call;
  const all = table.rows(bindings);
  for (let i = 0; i < all.length; i++) {
    const row = all[i]!;
    if (test) {
      const passes = await test((name) => propertyValue(table, row, name, bindings));
      await rowDone(call, table);
      if (!passes) continue;
    }
    rows.push(row);
    places.push(i);
  }
  return { rows, places };
}

/** Pauses the run when its slice is used up. Throws a ConsoleError when it was interrupted. */
async function rowDone<Row>(call: Call, table: Table<Row>): Promise<void> {
  const pause = call.bindings.slices.spend(table.properties.length * Cost.step);
  if (pause) await pause;
  call.run.checkStopped();
}

/** `print` and `get` of a single record, and `set` when it is given. */
export function recordCommands(
  record: (bindings: ConsoleBindings) => Entry,
  properties: readonly Property[],
  set?: (bindings: ConsoleBindings, properties: { [name: string]: string }) => void,
): Command[] {
  const table: Table<Entry> = {
    properties,
    rows: (bindings) => [record(bindings)],
    property: (row, name) => row.property(name),
  };
  const commands: Command[] = [
    {
      name: 'get',
      help: 'one property, for [get ...]',
      parameters: [valueNameParameter(table)],
      unnamed: ['value-name'],
      run: (call) => propertyValue(table, record(call.bindings), call.required('value-name'), call.bindings),
    },
    {
      name: 'print',
      help: 'shows the properties',
      parameters: [],
      run(call) {
        const entry = record(call.bindings);
        const shown = properties.filter((property) => entry.property(property.name) !== '');
        const values = shown.map((property) => shownValue(property, entry.property(property.name)));
        const names = shown.map((property) => property.name);
        for (const line of recordLines(names, values)) call.line(line);
      },
    },
  ];
  if (set) {
    const parameters = properties.filter((property) => !property.readOnly);
    commands.push({
      name: 'set',
      help: 'changes properties',
      parameters,
      run: (call) => void set(call.bindings, call.properties()),
    });
  }
  return commands;
}

/** The rows of a list of entries. */
export function entryTable<E extends Entry>(
  source: (bindings: ConsoleBindings) => { readonly list: readonly E[] },
  properties: readonly Property[],
): Table<E> {
  return {
    properties,
    rows: (bindings) => source(bindings).list,
    property: (entry, name) => entry.property(name),
  };
}

/** All changes that an `EntryList` allows. */
export function entryChanges<E extends Entry>(source: (bindings: ConsoleBindings) => EntryList<E>): Changes<E> {
  return {
    add: (bindings, properties) => void source(bindings).add(properties),
    set: (bindings, entry, properties) => source(bindings).set(entry, properties),
    remove: (bindings, entry) => source(bindings).remove(entry),
  };
}

/** The rows of what is read by index: 0 to `count - 1`. */
export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
