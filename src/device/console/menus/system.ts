import { entryTable } from '../entry-table.js';
import { listCommands } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import { recordCommands } from '../record-commands.js';
import type { Property } from '../table.js';
import { schedulerMenu } from './scheduler.js';
import { scriptsMenu } from './scripts.js';

const RESOURCE: readonly Property[] = [
  { name: 'uptime', kind: ParameterKind.time, help: 'since the start' },
  { name: 'version', kind: ParameterKind.text, help: 'of the firmware' },
  { name: 'free-memory', kind: ParameterKind.whole, help: 'bytes' },
  { name: 'total-memory', kind: ParameterKind.whole, help: 'bytes' },
  { name: 'cpu-load', kind: ParameterKind.whole, help: '%' },
  { name: 'board-name', kind: ParameterKind.text, help: 'kind of board' },
  { name: 'platform', kind: ParameterKind.text, help: 'engine and system' },
];

const ROUTERBOARD: readonly Property[] = [
  { name: 'model', kind: ParameterKind.text, help: 'kind of device' },
  { name: 'serial-number', kind: ParameterKind.text, help: 'of this device' },
  { name: 'current-firmware', kind: ParameterKind.text, help: 'version of the firmware' },
];

const PACKAGE: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'what is installed' },
  { name: 'version', kind: ParameterKind.text, help: 'of it' },
];

const IDENTITY: readonly Property[] = [{ name: 'name', kind: ParameterKind.text, help: 'what this device is called' }];

/** `/system` */
export const systemMenu: Menu = {
  name: 'system',
  help: 'the device',
  menus: [
    {
      name: 'identity',
      help: 'name of this device',
      menus: [],
      commands: recordCommands(
        ({ system }) => system.identity,
        IDENTITY,
        ({ system }, properties) => system.identity.set(properties),
      ),
    },
    {
      name: 'package',
      help: 'what is installed',
      menus: [],
      commands: listCommands(
        entryTable(({ system }) => ({ list: system.packages }), PACKAGE),
        {},
      ),
    },
    {
      name: 'resource',
      help: 'load, memory and versions',
      menus: [],
      commands: recordCommands(({ system }) => system.resource, RESOURCE),
    },
    {
      name: 'routerboard',
      help: 'the hardware',
      menus: [],
      commands: recordCommands(({ system }) => system.routerboard, ROUTERBOARD),
    },
    scriptsMenu,
    schedulerMenu,
  ],
  commands: [],
};
