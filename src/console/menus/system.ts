import type { ScriptEntry } from '../bindings.js';
import { CHANGING, findRows, READING, RECORD, ROWS, SET_RECORD } from '../list-commands.js';
import type { Call, Menu } from '../menu.js';
import { EntryTable } from '../table.js';
import { messageOf } from '../value.js';

/** `/system scheduler` */
const schedulerMenu: Menu = {
  name: 'scheduler',
  help: 'scheduled jobs',
  needs: 'schedules',
  commands: CHANGING,
  table: new EntryTable(
    [
      'name text: name of the job',
      'start-time choice (startup) unquoted: first run',
      'interval time (0..31536000): time between two runs; 0s: once',
      'on-event text script: {script}, or the name of one',
      'owner text: stored, has no effect',
      'policy text unquoted: stored, has no effect',
      'comment text: comment',
      'disabled flag =no: pause the job',
      'run-count integer read-only =0: runs since the start',
    ],
    ({ schedules }) => schedules!,
  ),
};

/** `/system script` */
const scriptsMenu: Menu = {
  name: 'script',
  help: 'scripts, and functions of the application',
  commands: [
    ...CHANGING,
    {
      name: 'run',
      help: 'runs a script',
      parameters: ROWS,
      async run(call) {
        const found = findRows(call) as ScriptEntry[];
        for (const script of found) await runScript(call, script);
      },
    },
  ],
  // RouterOS's permissions are stored and shown, but have no effect here.
  table: new EntryTable(
    [
      'name text: name of the script',
      'owner text: stored, has no effect',
      'policy text unquoted: stored, has no effect',
      'dont-require-permissions flag: stored, has no effect',
      'comment text: comment',
      'run-count integer read-only =0: runs since the start',
      'source text script: source text',
    ],
    ({ scripts }) => scripts,
  ),
};

async function runScript(call: Call, script: ScriptEntry): Promise<void> {
  script.started?.();
  try {
    if (script.source !== undefined) await call.run.source(script.source);
    else await script.run?.();
  } catch (failure) {
    // Line and column refer to the script, so its name must be given.
    throw new RangeError('script ' + script.property('name') + ': ' + messageOf(failure));
  }
}

/** `/system` */
export const systemMenu: Menu = {
  name: 'system',
  help: 'system',
  menus: [
    {
      name: 'identity',
      help: 'name of this device',
      commands: [...RECORD, SET_RECORD],
      table: new EntryTable(['name text: name of this device'], ({ system: { identity } }) => ({
        list: [identity],
        set: (_, properties) => identity.set(properties),
      })),
    },
    {
      name: 'package',
      help: 'installed packages',
      commands: READING,
      table: new EntryTable(
        ['name text: name of the package', 'version text: version of the package'],
        ({ system }) => ({ list: system.packages }),
      ),
    },
    {
      name: 'resource',
      help: 'load, memory and versions',
      commands: RECORD,
      table: new EntryTable(
        [
          'uptime time: time since the start',
          'version text: firmware version',
          'free-memory integer: free memory in bytes',
          'total-memory integer: total memory in bytes',
          'cpu-load integer: processor load in %',
          'board-name text: name of the board',
          'platform text: engine and system',
        ],
        ({ system }) => ({ list: [system.resource] }),
      ),
    },
    {
      name: 'routerboard',
      help: 'hardware',
      commands: RECORD,
      table: new EntryTable(
        ['model text: hardware model', 'serial-number text: serial number', 'current-firmware text: firmware version'],
        ({ system }) => ({ list: [system.routerboard] }),
      ),
    },
    scriptsMenu,
    schedulerMenu,
  ],
};
