import { entryChanges, entryTable } from '../entry-table.js';
import { listCommands } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { ConsoleServices, EntryList } from '../services.js';
import type { Property } from '../table.js';

const PROPERTIES: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'what the job is called' },
  {
    name: 'start-time',
    kind: ParameterKind.choice,
    help: 'when it runs first',
    values: ['startup'],
    unquoted: true,
  },
  { name: 'interval', kind: ParameterKind.time, help: 'how often; 0s: once', least: 0, most: 31536000 },
  { name: 'on-event', kind: ParameterKind.text, help: '{script} or name of a script' },
  { name: 'owner', kind: ParameterKind.text, help: 'kept, without effect' },
  { name: 'policy', kind: ParameterKind.text, help: 'kept, without effect', unquoted: true },
  { name: 'comment', kind: ParameterKind.text, help: 'a note' },
  { name: 'disabled', kind: ParameterKind.flag, help: 'whether it rests', standard: 'no' },
  { name: 'run-count', kind: ParameterKind.whole, help: 'how often it ran', readOnly: true, standard: '0' },
];

/** The menu is present only with them. */
const schedules = (services: ConsoleServices): EntryList => services.schedules!;

/** `/system scheduler` */
export const schedulerMenu: Menu = {
  name: 'scheduler',
  help: 'what runs at times',
  menus: [],
  commands: listCommands(entryTable(schedules, PROPERTIES), entryChanges(schedules)),
  present: (services) => services.schedules !== undefined,
};
