import type { Command } from 'commander';
import { TopicsSource } from '../dashboard/topics-source.js';
import { addViewFlags, checkLevels, countText, makeSource, runView, viewConnection } from './view-flags.js';
import type { ViewFlags } from './view-flags.js';

interface DashboardFlags extends ViewFlags {
  gateway: string;
}

const EXAMPLES = `
Shows a real device on a page of this computer: status, health, tags, messages and readings, from its topics on a plain
broker (docs/clouds/plain.md). It only reads. With --ask 10 what no topic tells is asked by RPC every 10 s, where
rpcAccess and the access control of the broker allow it; then calls can be made and policies set on the page. See
docs/dashboard.md.

Examples:
  $ tagwire dashboard --broker mqtt://localhost --gateway shed
  $ tagwire dashboard --broker mqtts://ann:secret@broker.example --gateway shed --prefix site/north
  $ tagwire dashboard --broker mqtt://localhost --gateway shed --ask 10
  $ tagwire dashboard --broker mqtt://localhost --gateway shed --topic '{prefix}/{gateway}/{tag}/{field}'
  $ tagwire dashboard --broker mqtt://localhost --gateway shed --unseal 000102030405060708090a0b0c0d0e0f
  $ tagwire dashboard --broker mqtt://localhost --gateway shed --json | grep '"type":"log"'

It stays when the broker refuses or is away, and says so on the page.
Exit codes: 0 ended by Ctrl-C, 2 bad input.
`;

/** Adds `tagwire dashboard`. */
export function addDashboardCommand(program: Command): void {
  addViewFlags(program.command('dashboard'))
    .description('show a real device on a page, from what it publishes')
    .requiredOption('--gateway <name>', 'name of the device in topics')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DashboardFlags) => {
      process.exitCode = await show(flags, program.version() ?? '');
    });
}

function show(flags: DashboardFlags, version: string): Promise<number> {
  const { gateway, prefix, topic, ask, unseal } = flags;
  checkLevels('--gateway', gateway, 1);
  checkLevels('--prefix', prefix, Infinity);
  const connection = viewConnection(flags);
  const source = makeSource(
    () => new TopicsSource({ connection, prefix, gateway, topic, ask, version, ...(unseal && { unseal }) }),
  );
  return runView(source, flags, () => {
    const { messages, reports, tags } = source.counts;
    const heard = [countText(messages, 'message'), `${countText(reports, 'report')} of ${countText(tags, 'tag')}`];
    return { text: `${gateway}: ${heard.join(', ')}`, counts: source.counts };
  });
}
