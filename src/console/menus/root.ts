import { frozen } from '../console-error.js';
import { indices, printCommand } from '../list-commands.js';
import type { Command, Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import { scriptCommands } from '../script-commands.js';
import { printable } from '../table.js';
import type { Property, Table } from '../table.js';
import { bluetoothMenu } from './bluetooth.js';
import { mqttMenu } from './mqtt.js';
import { systemMenu } from './system.js';

const PROPERTIES: readonly Property[] = [
  { name: 'time', kind: ParameterKind.text, help: 'when (UTC)' },
  { name: 'topics', kind: ParameterKind.text, help: 'who says it, and how serious it is' },
  { name: 'message', kind: ParameterKind.text, help: 'what it says' },
];

const table: Table<number> = {
  properties: PROPERTIES,
  rows: ({ log }) => indices(log.count),
  property(index, name, { log }) {
    if (name === 'time') return log.time(index);
    return name === 'topics' ? log.topics(index) : log.message(index);
  },
  line: (index, { log }) => log.time(index) + ' ' + log.topics(index) + ' ' + printable(log.message(index)),
};

/** `/log`, which is also `:log`. */
export const logMenu: Menu = {
  name: 'log',
  help: 'the log',
  menus: [],
  commands: [printCommand(table), ...['debug', 'info', 'warning', 'error'].map(levelCommand)],
};

function levelCommand(level: string): Command {
  return {
    name: level,
    help: 'writes a line of this level',
    parameters: [{ name: 'message', kind: ParameterKind.text, help: 'what to write', required: true }],
    unnamed: ['message'],
    run: (call) => void call.services.log.add('script,' + level, call.required('message')),
  };
}

/** All menus. */
export const rootMenu: Menu = frozen({
  name: '',
  help: '',
  menus: [
    {
      name: 'iot',
      help: 'brokers and tags',
      menus: [bluetoothMenu, mqttMenu],
      commands: [],
      present: (services) => services.brokers !== undefined || services.bluetooth !== undefined,
    },
    logMenu,
    systemMenu,
  ],
  commands: scriptCommands(),
});
