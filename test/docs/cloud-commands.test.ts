import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TOP } from '../support/folders.js';

/** A test that runs the commands, as a path from `test/clouds`; or why none does. */
type Entry = { runBy: string } | { reason: string };

const NEEDS_AWS = { reason: 'of the same form as in aws/aws-cli.test.ts, with host, files and template of an account' };

/** Every command line of the pages, by page and then by how it begins behind `tagwire`. */
const ENTRIES: { [page: string]: { [command: string]: Entry } } = {
  aws: {
    'cloud aws policy': { runBy: 'aws/aws-cli.test.ts' },
    'check shed.json': { runBy: 'aws/aws.test.ts' },
    'sim --config shed.json': { runBy: 'aws/aws.test.ts' },
    'cloud aws provision': NEEDS_AWS,
    'sim --config things/SN-17.json': { runBy: 'aws/aws-cli.test.ts' },
  },
  azure: {
    'check shed.json': { runBy: 'azure/azure.test.ts' },
    'sim --config shed.json': { runBy: 'azure/azure.test.ts' },
    'check fleet.json': { runBy: 'azure/provisioning.test.ts' },
    'sim --config fleet.json': { runBy: 'azure/provisioning.test.ts' },
  },
  espresense: bothBy('shapes/shapes.test.ts'),
  'event-grid': bothBy('event-grid/event-grid.test.ts'),
  'home-assistant': { 'sim --cloud home-assistant': { runBy: 'home-assistant/home-assistant.test.ts' } },
  openmqttgateway: bothBy('shapes/shapes.test.ts'),
  plain: {
    ...bothBy('plain/plain.test.ts'),
    'sub -t': { reason: 'runs until it is stopped; the test of the page reads the topics itself' },
  },
  routeros: bothBy('routeros/routeros.test.ts', 'knot.json'),
  ruuvi: bothBy('shapes/shapes.test.ts'),
  sparkplug: bothBy('sparkplug/sparkplug.test.ts'),
  thingsboard: {
    'sim --cloud thingsboard --broker mqtt://thingsboard.cloud --set accessToken': {
      runBy: 'thingsboard/thingsboard.test.ts',
    },
    'sim --cloud thingsboard --broker mqtt://thingsboard.cloud --set provisionKey': {
      runBy: 'thingsboard/provisioning.test.ts',
    },
  },
  'thingsboard-gateway': { 'sim --cloud thingsboard-gateway': { runBy: 'thingsboard-gateway/gateway.test.ts' } },
};

function bothBy(runBy: string, file = 'shed.json'): { [command: string]: Entry } {
  return { [`check ${file}`]: { runBy }, [`sim --config ${file}`]: { runBy } };
}

/** The lines of fenced code that begin with `tagwire` or `npx tagwire`, without that. */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```.*\n([^]*?)^ *```/gm)].map((match) => match[1]!);
  const lines = blocks.flatMap((block) => block.split('\n'));
  return lines.flatMap((line) => /^\s*(?:npx )?tagwire (.*)$/.exec(line)?.[1] ?? []);
}

const FOLDER = join(TOP, 'docs/clouds');
const PAGES = readdirSync(FOLDER).filter((file) => file.endsWith('.md'));

it.each(PAGES)('docs/clouds/%s: each command is run by a test, or listed with the reason', (file) => {
  const page = file.replace('.md', '');
  const entries = ENTRIES[page] ?? {};
  const commands = commandsOf(readFileSync(join(FOLDER, file), 'utf8'));
  const covers = (prefix: string, command: string): boolean => command.startsWith(prefix);
  const missing = commands.filter((command) => !Object.keys(entries).some((prefix) => covers(prefix, command)));
  expect(missing, 'add each to ENTRIES of test/docs/cloud-commands.test.ts').toEqual([]);
  const stale = Object.keys(entries).filter((prefix) => !commands.some((command) => covers(prefix, command)));
  expect(stale, 'no command of the page is that').toEqual([]);
  for (const entry of Object.values(entries)) {
    if ('runBy' in entry) expect(existsSync(join(TOP, 'test/clouds', entry.runBy)), entry.runBy).toBe(true);
  }
});
