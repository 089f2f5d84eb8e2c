import { BadInput } from './bad-input.js';
import { addCapacityCommand } from './cli/capacity.js';
import { addCheckCommand } from './cli/check.js';
import { addCloudCommand } from './cli/cloud-aws.js';
import { addDashboardCommand } from './cli/dashboard.js';
import { addDecodeCommand } from './cli/decode.js';
import { addDoctorCommand } from './cli/doctor.js';
import { addDumpCommand } from './cli/dump.js';
import { addExampleCommand } from './cli/example.js';
import { ExitCode } from './cli/failures.js';
import { addFlashCommand } from './cli/flash.js';
import { addFlashPageCommand } from './cli/flash-page.js';
import { addFleetCommand } from './cli/fleet.js';
import { addFleetViewCommand } from './cli/fleet-view.js';
import { addGatewayCommand } from './cli/gateway.js';
import { addPubCommand } from './cli/pub.js';
import { addSimCommand } from './cli/sim.js';
import { addSubCommand } from './cli/sub.js';
import { warn } from './cli/terminal.js';
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';

const PREFIX = /^error: /;
/** The value of an option that does not exist: a misspelt --pw=… holds a password. */
const UNKNOWN_OPTION_VALUE = /^(error: unknown option '[^'=]*)=[^]*?'(?=\s)/;

function makeProgram(): Command {
  const program = new Command('tagwire')
    .description('Publish Bluetooth tag readings over MQTT: simulate a gateway, publish, subscribe, decode')
    // Not -V: that is the protocol version of pub and sub.
    .version(version(), '--version')
    .exitOverride()
    .configureOutput({
      outputError: (text) => refuse(text.replace(UNKNOWN_OPTION_VALUE, "$1'").replace(PREFIX, '')),
    });
  addSimCommand(program);
  addFleetCommand(program);
  addFleetViewCommand(program);
  addGatewayCommand(program);
  addDashboardCommand(program);
  addPubCommand(program);
  addSubCommand(program);
  addDecodeCommand(program);
  addDumpCommand(program);
  addCapacityCommand(program);
  addCheckCommand(program);
  addCloudCommand(program);
  addDoctorCommand(program);
  addFlashCommand(program);
  addFlashPageCommand(program);
  addExampleCommand(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/** The version of the package: beside `dist`, or above `build`. */
function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      // Not there: try the next place.
    }
  }
  return 'unknown';
}

/** Says what cannot be used: to people on stderr, and with --json to the program that reads stdout, too. */
function refuse(text: string): void {
  const line = oneLine(text);
  warn(line);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: line })}\n`);
}

/** Without line breaks and what else a terminal would obey; arguments come back in error messages. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.trim().replace(/ *[\u0000-\u001f\u007f-\u009f\u2028\u2029]+ */g, ' ');
}

async function main(): Promise<void> {
  // Nobody reads any more, as behind `| head`; the long commands end themselves then.
  process.stdout.on('error', () => {});
  try {
    await makeProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its text already.
      process.exitCode = error.exitCode === 0 ? ExitCode.success : ExitCode.badInput;
    } else if (error instanceof BadInput || error instanceof RangeError) {
      refuse(error.message);
      process.exitCode = ExitCode.badInput;
    } else {
      throw error;
    }
  }
}

await main();
