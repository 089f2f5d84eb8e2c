import { READING, RECORD } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { EntryTable } from '../table.js';

/** `/iot outbox` */
export const outboxMenu: Menu = {
  name: 'outbox',
  help: 'readings on their way to the broker',
  needs: 'outbox',
  menus: [
    {
      name: 'drops',
      help: 'readings that were dropped, by rule and by rank',
      commands: READING,
      table: new EntryTable(
        [
          'by text unquoted: rule: by which rule; rank: what was dropped',
          'name text: name of the rule or rank',
          'count integer: readings since the start',
        ],
        ({ outbox }) => ({ list: outbox!.drops }),
      ),
    },
  ],
  commands: RECORD,
  table: new EntryTable(
    [
      'waiting integer: readings to be sent',
      'in-flight integer: readings sent, not acknowledged yet',
      'oldest time: age of the oldest reading to be sent',
      'in-memory integer: readings that a power cut would lose',
      'in-log integer: readings on flash',
      'acknowledged integer: readings acknowledged since the start',
      'not-carried integer: reports for which the cloud has no message',
      'dropped integer: readings dropped since the start, see drops',
      'set-aside-topic text: topic of the last message at which the broker ended the connection',
      'set-aside-size integer: bytes of its payload',
      'set-aside-data text: beginning of its payload',
      'flash-blocks integer: erase blocks of the log',
      'flash-free integer: blocks that are free',
      'flash-bad integer: blocks that failed and are left out',
      'flash-failing flag: nothing can be written now; what is stored stays',
      'flash-erasures integer: erasures of the block that has the most',
      'flash-written integer: bytes programmed since the start',
    ],
    ({ outbox }) => ({ list: [outbox!.figures] }),
  ),
};
