import type { ConsoleBindings, EntryList, ScriptEntry } from '../bindings.js';
import { asConsoleError, ConsoleError } from '../console-error.js';
import {
  entryChanges,
  entryTable,
  findRows,
  listCommands,
  numbersParameter,
  recordCommands,
} from '../list-commands.js';
import type { Call, Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { Property } from '../table.js';

const JOB_PROPERTIES: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'name of the job' },
  {
    name: 'start-time',
    kind: ParameterKind.choice,
    help: 'first run',
    values: ['startup'],
    unquoted: true,
  },
  { name: 'interval', kind: ParameterKind.time, help: 'time between two runs; 0s: once', min: 0, max: 31536000 },
  { name: 'on-event', kind: ParameterKind.text, help: '{script}, or the name of one', script: true },
  { name: 'owner', kind: ParameterKind.text, help: 'stored, has no effect' },
  { name: 'policy', kind: ParameterKind.text, help: 'stored, has no effect', unquoted: true },
  { name: 'comment', kind: ParameterKind.text, help: 'comment' },
  { name: 'disabled', kind: ParameterKind.flag, help: 'pause the job', default: 'no' },
  { name: 'run-count', kind: ParameterKind.integer, help: 'runs since the start', readOnly: true, default: '0' },
];

/** The menu is present only where schedules are. */
const schedules = (bindings: ConsoleBindings): EntryList => bindings.schedules!;

/** `/system scheduler` */
export const schedulerMenu: Menu = {
  name: 'scheduler',
  help: 'scheduled jobs',
  menus: [],
  commands: listCommands(entryTable(schedules, JOB_PROPERTIES), entryChanges(schedules)),
  present: (bindings) => bindings.schedules !== undefined,
};

/** RouterOS's permissions are stored and shown, but have no effect here. */
const SCRIPT_PROPERTIES: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'name of the script' },
  { name: 'owner', kind: ParameterKind.text, help: 'stored, has no effect' },
  { name: 'policy', kind: ParameterKind.text, help: 'stored, has no effect', unquoted: true },
  { name: 'dont-require-permissions', kind: ParameterKind.flag, help: 'stored, has no effect' },
  { name: 'comment', kind: ParameterKind.text, help: 'comment' },
  { name: 'run-count', kind: ParameterKind.integer, help: 'runs since the start', readOnly: true, default: '0' },
  { name: 'source', kind: ParameterKind.text, help: 'source text', script: true },
];

const scripts = (bindings: ConsoleBindings): EntryList<ScriptEntry> => bindings.scripts;
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
    if (script.source !== undefined) await call.run.source(script.source);
    else await script.run?.();
  } catch (failure) {
    // Line and column refer to the script, so its name must be given.
    throw new ConsoleError('script ' + script.property('name') + ': ' + asConsoleError(failure).message);
  }
}

const RESOURCE: readonly Property[] = [
  { name: 'uptime', kind: ParameterKind.time, help: 'time since the start' },
  { name: 'version', kind: ParameterKind.text, help: 'firmware version' },
  { name: 'free-memory', kind: ParameterKind.integer, help: 'free memory in bytes' },
  { name: 'total-memory', kind: ParameterKind.integer, help: 'total memory in bytes' },
  { name: 'cpu-load', kind: ParameterKind.integer, help: 'processor load in %' },
  { name: 'board-name', kind: ParameterKind.text, help: 'name of the board' },
  { name: 'platform', kind: ParameterKind.text, help: 'engine and system' },
];

const ROUTERBOARD: readonly Property[] = [
  { name: 'model', kind: ParameterKind.text, help: 'hardware model' },
  { name: 'serial-number', kind: ParameterKind.text, help: 'serial number' },
  { name: 'current-firmware', kind: ParameterKind.text, help: 'firmware version' },
];

const PACKAGE: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'name of the package' },
  { name: 'version', kind: ParameterKind.text, help: 'version of the package' },
];

const IDENTITY: readonly Property[] = [{ name: 'name', kind: ParameterKind.text, help: 'name of this device' }];

/** `/system` */
export const systemMenu: Menu = {
  name: 'system',
  help: 'system',
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
      help: 'installed packages',
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
      help: 'hardware',
      menus: [],
      commands: recordCommands(({ system }) => system.routerboard, ROUTERBOARD),
    },
    scriptsMenu,
    schedulerMenu,
  ],
  commands: [],
};
