import { Option } from 'commander';
import type { Command } from 'commander';
import { CLOUDS } from '../../src/cloud/index.js';
import { findKey, nearestKey } from '../../src/settings/configuration-keys.js';
import { parseConfiguration } from '../../src/settings/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { unknownKeyText } from '../../src/settings/parse-value.js';
import { targetOf } from '../virtual/index.js';
import type { BoardName } from '../virtual/index.js';
import { cloudOf, mistakesOf, parseForDesktop, readConfigurationFile } from './configuration-file.js';
import { ExitCode } from './failures.js';
import { BOARDS } from './virtual-flags.js';

const EXAMPLES = `
The file is a JSON object with the configuration keys of docs/moddable.md and of the cloud (docs/clouds.md), or a
manifest of the Moddable SDK whose "config" it is. Certificates and keys are PEM text, or names of files beside it.
Nothing is connected to, and no secret is printed.

Examples:
  $ tagwire check shed.json
  $ tagwire check --board esp32 shed.json
  $ tagwire check --json boards/esp32/manifest.json

Exit codes: 0 the configuration can be used, 1 it has mistakes, 2 the file cannot be read.
`;

/** Adds `tagwire check`. */
export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('check a configuration, and what its cloud would refuse, before a device uses it')
    .argument('<config>', 'file of configuration keys')
    .option('--json', 'print one JSON object')
    .addOption(new Option('--board <name>', 'check what this board has room for, too').choices(BOARDS))
    .option('--unchecked', 'leave out the limits of the cloud')
    .addHelpText('after', EXAMPLES)
    .action((path: string, flags: { json?: boolean; unchecked?: boolean; board?: BoardName }) => {
      const { raw, isManifest } = readConfigurationFile(path);
      const { configuration, mistakes } = check(raw, flags.unchecked ?? false, flags.board);
      // Those in a manifest may be the SDK's.
      if (!isManifest) mistakes.push(...unknownKeys(raw, mistakes));
      const ok = mistakes.length === 0;
      if (flags.json) {
        const cloud = String(raw['cloud'] || 'plain');
        process.stdout.write(`${JSON.stringify({ file: path, ok, cloud, mistakes })}\n`);
      } else {
        const lines = ok && configuration ? [summary(configuration)] : mistakes;
        process.stdout.write(lines.map((line) => `${line}\n`).join(''));
      }
      process.exitCode = ok ? ExitCode.success : ExitCode.failure;
    });
}

function check(
  raw: RawConfiguration,
  unchecked: boolean,
  board: BoardName | undefined,
): { configuration?: Configuration; mistakes: string[] } {
  try {
    const configuration = board
      ? parseConfiguration(raw, { ...targetOf(board, board), unchecked })
      : parseForDesktop(raw, unchecked);
    return { configuration, mistakes: [] };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { mistakes: mistakesOf(error) };
  }
}

/** A line for each key that no device reads, but for those that have one. */
function unknownKeys(raw: RawConfiguration, mistakes: readonly string[]): string[] {
  const unknown = Object.keys(raw).filter((name) => !findKey(name, CLOUDS));
  const lines = unknown.map((name) => unknownKeyText(name, nearestKey(name, Infinity, CLOUDS)));
  return lines.filter((line) => !mistakes.includes(line));
}

/** One line: where the device would connect, and as what. */
function summary(configuration: Configuration): string {
  const { clientId, endpoints, username } = configuration.connection;
  const brokers = endpoints.map(({ host, port, tls }) => {
    const name = host.includes(':') ? `[${host}]` : host;
    return `${tls ? 'mqtts' : 'mqtt'}://${name}:${port}`;
  });
  const login = username === undefined ? '' : ' with user name';
  return `ok: ${cloudOf(configuration).title}, broker ${brokers.join(', then ')}, client ${clientId}${login}`;
}
