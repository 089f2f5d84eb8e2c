import type { ConsoleBindings, OutboxBindings } from '../bindings.js';
import { entryTable, listCommands, recordCommands } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { Property } from '../table.js';

const integer = (name: string, help: string): Property => ({ name, kind: ParameterKind.integer, help });
const text = (name: string, help: string): Property => ({ name, kind: ParameterKind.text, help });

const OUTBOX: readonly Property[] = [
  integer('waiting', 'readings to be sent'),
  integer('in-flight', 'readings sent, not acknowledged yet'),
  { name: 'oldest', kind: ParameterKind.time, help: 'age of the oldest reading to be sent' },
  integer('in-memory', 'readings that a power cut would lose'),
  integer('in-log', 'readings on flash'),
  integer('acknowledged', 'readings acknowledged since the start'),
  integer('not-carried', 'reports for which the cloud has no message'),
  integer('dropped', 'readings dropped since the start, see drops'),
  text('set-aside-topic', 'topic of the last message at which the broker ended the connection'),
  integer('set-aside-size', 'bytes of its payload'),
  text('set-aside-data', 'beginning of its payload'),
  integer('flash-blocks', 'erase blocks of the log'),
  integer('flash-free', 'blocks that are free'),
  integer('flash-bad', 'blocks that failed and are left out'),
  { name: 'flash-failing', kind: ParameterKind.flag, help: 'nothing can be written now; what is stored stays' },
  integer('flash-erasures', 'erasures of the block that has the most'),
  integer('flash-written', 'bytes programmed since the start'),
];

const DROPS: readonly Property[] = [
  { name: 'by', kind: ParameterKind.text, help: 'rule: by which rule; rank: what was dropped', unquoted: true },
  { name: 'name', kind: ParameterKind.text, help: 'name of the rule or rank' },
  integer('count', 'readings since the start'),
];

/** The menu is present only where an outbox is. */
const outboxOf = (bindings: ConsoleBindings): OutboxBindings => bindings.outbox!;

/** `/iot outbox` */
export const outboxMenu: Menu = {
  name: 'outbox',
  help: 'readings on their way to the broker',
  menus: [
    {
      name: 'drops',
      help: 'readings that were dropped, by rule and by rank',
      menus: [],
      commands: listCommands(
        entryTable((bindings) => ({ list: outboxOf(bindings).drops }), DROPS),
        {},
      ),
    },
  ],
  commands: recordCommands((bindings) => outboxOf(bindings).figures, OUTBOX),
  present: (bindings) => bindings.outbox !== undefined,
};
