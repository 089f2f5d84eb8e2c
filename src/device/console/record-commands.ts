import { valueNameParameter } from './list-commands.js';
import type { Command } from './menu.js';
import type { ConsoleServices, Entry } from './services.js';
import { propertyValue, recordLines, shownValue } from './table.js';
import type { Property, Table } from './table.js';

/** `print` and `get` of something that exists once; also `set` when it is given. */
export function recordCommands(
  record: (services: ConsoleServices) => Entry,
  properties: readonly Property[],
  set?: (services: ConsoleServices, properties: { [name: string]: string }) => void,
): Command[] {
  const table: Table<Entry> = {
    properties,
    rows: (services) => [record(services)],
    property: (row, name) => row.property(name),
  };
  const commands: Command[] = [
    {
      name: 'get',
      help: 'one property, for [get ...]',
      parameters: [valueNameParameter(properties)],
      unnamed: ['value-name'],
      run: (call) => propertyValue(table, record(call.services), call.required('value-name'), call.services),
    },
    {
      name: 'print',
      help: 'shows the properties',
      parameters: [],
      run(call) {
        const entry = record(call.services);
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
      run: (call) => void set(call.services, call.properties()),
    });
  }
  return commands;
}
