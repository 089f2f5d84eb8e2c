import type { ConsoleServices, EntryList, ScriptEntry } from '../bindings.js';
import type { Call } from '../call.js';
import { asConsoleError, ConsoleError } from '../console-error.js';
import {
  entryChanges,
  entryTable,
  findRows,
  listCommands,
  numbersParameter,
  recordCommands,
} from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { Property } from '../table.js';

const JOB_PROPERTIES: readonly Property[] = [
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
  commands: listCommands(entryTable(schedules, JOB_PROPERTIES), entryChanges(schedules)),
  present: (services) => services.schedules !== undefined,
};

/** The rights of RouterOS are kept and shown, and mean nothing here. */
const SCRIPT_PROPERTIES: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'what the script is called' },
  { name: 'owner', kind: ParameterKind.text, help: 'kept, without effect' },
  { name: 'policy', kind: ParameterKind.text, help: 'kept, without effect', unquoted: true },
  { name: 'dont-require-permissions', kind: ParameterKind.flag, help: 'kept, without effect' },
  { name: 'comment', kind: ParameterKind.text, help: 'a note' },
  { name: 'run-count', kind: ParameterKind.whole, help: 'how often it ran', readOnly: true, standard: '0' },
  { name: 'source', kind: ParameterKind.text, help: 'the commands' },
];

const scripts = (services: ConsoleServices): EntryList<ScriptEntry> => services.scripts;
const scriptTable = entryTable(scripts, SCRIPT_PROPERTIES);

/** `/system script` */
export const scriptsMenu: Menu = {
  name: 'script',
  help: 'scripts, and functions of the application',
  menus: [],
  commands: [
    ...listCommands(scriptTable, entryChanges(scripts)),
    {
      name: 'run',
      help: 'runs a script',
      parameters: [numbersParameter(scriptTable, true)],
      unnamed: ['numbers'],
      async run(call) {
        for (const script of findRows(call, scriptTable, call.required('numbers'))) await runScript(call, script);
        return undefined;
      },
    },
  ],
};

async function runScript(call: Call, script: ScriptEntry): Promise<void> {
  script.started?.();
  try {
    if (script.source !== undefined) await call.interpreter.source(script.source);
    else await script.run?.();
  } catch (failure) {
    // Line and column are those of the script, so it is named.
    throw new ConsoleError('script ' + script.property('name') + ': ' + asConsoleError(failure).message);
  }
}

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
