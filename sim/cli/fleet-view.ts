import type { Command } from 'commander';
import { FleetSource } from '../dashboard/fleet-source.js';
import { addViewFlags, checkLevels, countText, makeSource, runView, viewConnection } from './view-flags.js';
import type { ViewFlags } from './view-flags.js';

const EXAMPLES = `
Shows all gateways below a prefix on a page of this computer: which of them are stuck and at which stage, who hears each
tag and how well, reports that came twice, clocks that are wrong, versions. It only reads: status, health, and the
reports. With --ask 900 each gateway is asked by RPC every 15 minutes, so that the page knows the hours until the flash
is worn. See docs/dashboard.md.

Examples:
  $ tagwire fleet-view --broker mqtt://localhost
  $ tagwire fleet-view --broker mqtts://ann:secret@broker.example --prefix site/north
  $ tagwire fleet-view --broker mqtt://localhost --ask 900
  $ tagwire fleet-view --broker mqtt://localhost --json | grep '"type":"fleet"'

It stays when the broker refuses or is away, and says so on the page.
Exit codes: 0 ended by Ctrl-C, 2 bad input.
`;

/** Adds `tagwire fleet-view`. */
export function addFleetViewCommand(program: Command): void {
  addViewFlags(program.command('fleet-view'))
    .description('show all gateways at a broker on a page: which are stuck, who hears which tag')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ViewFlags) => {
      process.exitCode = await show(flags, program.version() ?? '');
    });
}

function show(flags: ViewFlags, version: string): Promise<number> {
  const { prefix, topic, ask, unseal } = flags;
  checkLevels('--prefix', prefix, Infinity);
  const connection = viewConnection(flags);
  const source = makeSource(
    () => new FleetSource({ connection, prefix, topic, ask, version, ...(unseal && { unseal }) }),
  );
  return runView(source, flags, () => {
    const { gateways, offline, stuck, tags, messages } = source.counts;
    const fleet = `${countText(gateways, 'gateway')}, ${offline} offline, ${stuck} stuck otherwise`;
    return { text: [fleet, countText(tags, 'tag'), countText(messages, 'message')].join('; '), counts: source.counts };
  });
}
