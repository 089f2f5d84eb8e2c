import { PRINT } from '../list-commands.js';
import type { LogLine } from '../log.js';
import type { Command, Menu } from '../menu.js';
import { SCRIPT_COMMANDS } from '../script-commands.js';
import type { Table } from '../table.js';
import { printable } from '../value.js';
import { bluetoothMenu } from './bluetooth.js';
import { mqttMenu } from './mqtt.js';
import { outboxMenu } from './outbox.js';
import { systemMenu } from './system.js';

const table: Table<LogLine> = {
  properties: ['time text: time (UTC)', 'topics text: source and severity', 'message text: text of the line'],
  rows: ({ log }) => log.lines,
  property: (line, name) => line[name as keyof LogLine],
  line: ({ time, topics, message }) => time + ' ' + topics + ' ' + printable(message),
};

/** Its name is the severity. */
const DEBUG: Command = {
  name: 'debug',
  help: 'adds a line with this severity',
  parameters: ['message text required unnamed: text of the line'],
  run: (call) => void call.bindings.log.add('script,' + call.statement.command.name, call.required('message')),
};

/** `/log`, which is also `:log`. */
const logMenu: Menu = {
  name: 'log',
  help: 'the log',
  table,
  commands: [PRINT, DEBUG, { ...DEBUG, name: 'info' }, { ...DEBUG, name: 'warning' }, { ...DEBUG, name: 'error' }],
};

/**
 * `value` with everything in it frozen: only so does a preloaded module leave it in ROM. What is frozen already may
 * hold what is not.
 */
function frozen<T>(value: T): T {
  if ((typeof value === 'object' || typeof value === 'function') && value !== null) {
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
    },
    logMenu,
    systemMenu,
  ],
  commands: SCRIPT_COMMANDS,
});
