import type { Call } from '../call.js';
import { asConsoleError, ConsoleError } from '../console-error.js';
import { entryChanges, entryTable } from '../entry-table.js';
import { listCommands, numbersParameter } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import { findRows } from '../rows.js';
import type { ConsoleServices, EntryList, ScriptEntry } from '../services.js';
import type { Property } from '../table.js';

/** The rights of RouterOS are kept and shown, and mean nothing here. */
const PROPERTIES: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'what the script is called' },
  { name: 'owner', kind: ParameterKind.text, help: 'kept, without effect' },
  { name: 'policy', kind: ParameterKind.text, help: 'kept, without effect', unquoted: true },
  { name: 'dont-require-permissions', kind: ParameterKind.flag, help: 'kept, without effect' },
  { name: 'comment', kind: ParameterKind.text, help: 'a note' },
  { name: 'run-count', kind: ParameterKind.whole, help: 'how often it ran', readOnly: true, standard: '0' },
  { name: 'source', kind: ParameterKind.text, help: 'the commands' },
];

const scripts = (services: ConsoleServices): EntryList<ScriptEntry> => services.scripts;
const table = entryTable(scripts, PROPERTIES);

/** `/system script` */
export const scriptsMenu: Menu = {
  name: 'script',
  help: 'scripts, and functions of the application',
  menus: [],
  commands: [
    ...listCommands(table, entryChanges(scripts)),
    {
      name: 'run',
      help: 'runs a script',
      parameters: [numbersParameter(table, true)],
      unnamed: ['numbers'],
      async run(call) {
        for (const script of findRows(call, table, call.required('numbers'))) await runScript(call, script);
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
