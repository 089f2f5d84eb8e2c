import type { Call } from './call.js';
import { ConsoleError } from './console-error.js';
import type { Command, Where, Word } from './menu.js';
import { ParameterKind } from './parameter.js';
import type { Parameter } from './parameter.js';
import { findRows, rowId, rowNames } from './rows.js';
import type { ConsoleServices } from './services.js';
import { propertyValue, rowLine } from './table.js';
import type { Property, Table } from './table.js';
import type { Value } from './value.js';
import { prepareWhere } from './where.js';

/** Rows of one `print`. */
interface Selection<Row> {
  readonly rows: readonly Row[];
  /** Of each, its place among all rows. */
  readonly places: readonly number[];
}

const PRINT_FLAGS: readonly Word[] = [
  { name: 'count-only', help: 'only how many there are' },
  { name: 'detail', help: 'all properties, also those at their default' },
  { name: 'without-paging', help: 'accepted, there are no pages' },
];

/** How a list can be changed; what is absent, cannot. */
export interface Changes<Row> {
  add?(services: ConsoleServices, properties: { [name: string]: string }): void;
  set?(services: ConsoleServices, row: Row, properties: { [name: string]: string }): void;
  remove?(services: ConsoleServices, row: Row): void;
  /** True: `set` without a number means the only row. */
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
      run: (call) => void add.call(changes, call.services, call.properties()),
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
        for (const row of findRows(call, table, call.required('numbers'))) remove.call(changes, call.services, row);
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
    help: 'numbers of the last print, or names',
    candidates: (services) => rowNames(table, services),
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
      call.interpreter.host.printed.set(call.statement.menu, rows);
      rows.forEach((row, i) => {
        call.line((table.line ? '' : i + ' ') + rowLine(table, row, call.flag('detail'), call.services));
      });
      return undefined;
    },
  };
}

function findCommand<Row>(table: Table<Row>): Command {
  return {
    name: 'find',
    help: 'the items that fulfil a condition, for [find where ...]',
    parameters: [],
    where: whereOf(table, true),
    run: async (call) => (await select(call, table)).places.map(rowId),
  };
}

function getCommand<Row>(table: Table<Row>): Command {
  return {
    name: 'get',
    help: 'one property of an item, for [get ...]',
    parameters: [numbersParameter(table, true), valueNameParameter(table.properties)],
    unnamed: ['numbers', 'value-name'],
    run(call): Value {
      const rows = findRows(call, table, call.required('numbers'));
      if (rows.length !== 1) throw new ConsoleError(rows.length === 0 ? 'no such item' : 'expected one item');
      return propertyOf(table, rows[0]!, call.required('value-name'), call.services);
    },
  };
}

/** The value of a property, but never a secret. */
function propertyOf<Row>(table: Table<Row>, row: Row, name: string, services: ConsoleServices): Value {
  const isSecret = table.properties.some((property) => property.name === name && property.stars);
  return isSecret ? '*****' : propertyValue(table, row, name, services);
}

export function valueNameParameter(properties: readonly Property[]): Parameter {
  const values = properties.map((property) => property.name);
  return { name: 'value-name', kind: ParameterKind.choice, help: 'name of the property', values, required: true };
}

function setCommand<Row>(table: Table<Row>, settable: readonly Property[], changes: Changes<Row>): Command {
  return {
    name: 'set',
    help: 'changes items',
    parameters: [numbersParameter(table, !changes.single), ...settable],
    unnamed: ['numbers'],
    run(call) {
      const numbers = call.text('numbers');
      const rows = numbers === undefined ? table.rows(call.services).slice() : findRows(call, table, numbers);
      if (numbers === undefined && rows.length > 1) throw new ConsoleError('missing value of argument numbers');
      const properties = call.properties(['numbers']);
      for (const row of rows) changes.set!(call.services, row, properties);
    },
  };
}

function whereOf<Row>(table: Table<Row>, bare: boolean): Where {
  // A secret could be guessed letter by letter with a condition.
  const properties = table.properties.filter((property) => !property.stars);
  return { properties, open: table.more !== undefined, bare };
}

async function select<Row>(call: Call, table: Table<Row>): Promise<Selection<Row>> {
  const test = call.where ? await prepareWhere(call.interpreter, call.where) : undefined;
  const rows: Row[] = [];
  const places: number[] = [];
  const { services } = call;
  table.rows(services).forEach((row, i) => {
    if (test && !test((name) => propertyValue(table, row, name, services))) return;
    rows.push(row);
    places.push(i);
  });
  return { rows, places };
}
