import { indices, printCommand } from '../list-commands.js';
import type { Command, Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import { scriptCommands } from '../script-commands.js';
import { printable } from '../value.js';
import type { Property, Table } from '../table.js';
import { bluetoothMenu } from './bluetooth.js';
import { mqttMenu } from './mqtt.js';
import { outboxMenu } from './outbox.js';
import { systemMenu } from './system.js';

const PROPERTIES: readonly Property[] = [
  { name: 'time', kind: ParameterKind.text, help: 'time (UTC)' },
  { name: 'topics', kind: ParameterKind.text, help: 'source and severity' },
  { name: 'message', kind: ParameterKind.text, help: 'text of the line' },
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
    help: 'adds a line with this severity',
    parameters: [{ name: 'message', kind: ParameterKind.text, help: 'text of the line', required: true }],
    unnamed: ['message'],
    run: (call) => void call.bindings.log.add('script,' + level, call.required('message')),
  };
}

/** `value` with everything in it frozen: only so does a preloaded module leave it in ROM. */
function frozen<T>(value: T): T {
  if ((typeof value === 'object' || typeof value === 'function') && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

/** All menus. */
export const rootMenu: Menu = frozen({
  name: '',
  help: '',
  menus: [
    {
      name: 'iot',
      help: 'MQTT and Bluetooth',
      menus: [bluetoothMenu, mqttMenu, outboxMenu],
      commands: [],
      present: ({ brokers, bluetooth, outbox }) =>
        brokers !== undefined || bluetooth !== undefined || outbox !== undefined,
    },
    logMenu,
    systemMenu,
  ],
  commands: scriptCommands(),
});
