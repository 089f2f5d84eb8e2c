import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BadInput } from './bad-input.js';
import { addDecodeCommand } from './cli/decode.js';
import { ExitCode } from './cli/exit-codes.js';
import { addPubCommand } from './cli/pub.js';
import { addSimCommand } from './cli/sim.js';
import { addSubCommand } from './cli/sub.js';
import { warn } from './cli/terminal.js';

const OPTION_NAMES = /^error: /;

function makeProgram(): Command {
  const program = new Command('tagwire')
    .description('Bluetooth tags on MQTT: simulate a gateway, publish, subscribe, decode')
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: (text) => warn(oneLine(text.replace(OPTION_NAMES, ''))) });
  addSimCommand(program);
  addPubCommand(program);
  addSubCommand(program);
  addDecodeCommand(program);
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

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

async function main(): Promise<void> {
  try {
    await makeProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its text already.
      process.exitCode = error.exitCode === 0 ? ExitCode.success : ExitCode.badInput;
    } else if (error instanceof BadInput || error instanceof RangeError) {
      warn(error.message);
      process.exitCode = ExitCode.badInput;
    } else {
      throw error;
    }
  }
}

await main();
