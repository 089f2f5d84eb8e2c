import { BadInput } from '../bad-input.js';
import { checkAll } from '../flash/checks.js';
import { bundleVariable, mcconfigArguments, parseBoard, parseSetting, showCommand } from '../flash/mcconfig.js';
import type { BoardChoice, Build, Setting } from '../flash/mcconfig.js';
import { findProgram, serialPorts, thisWorkshop, toolPath } from '../flash/workshop.js';
import type { Workshop } from '../flash/workshop.js';
import { checkLine } from './doctor.js';
import { ExitCode } from './failures.js';
import { warn } from './terminal.js';
import type { Command } from 'commander';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

interface FlashFlags {
  dryRun?: boolean;
  release?: boolean;
  port?: string;
  console: boolean;
  checks: boolean;
}

const EXAMPLES = `
docs/moddable.md lists the keys. Before mcconfig starts, its requirements are checked as with tagwire doctor. Other
users of this computer can see the settings in the list of processes while mcconfig runs.

Examples:
  $ tagwire flash esp32 ssid=Home password=… broker=mqtt://broker.example
  $ tagwire flash esp32/m5stack broker=mqtts://broker.example ca=ca.der --port /dev/ttyUSB1
  $ tagwire flash esp32c3 ssid=Home broker=mqtt://broker.example --release --no-console
  $ tagwire flash desktop
  $ tagwire flash esp8266 ssid=Home broker=mqtt://broker.example --dry-run

Exit codes: the exit code of mcconfig, 1 something is missing, 2 bad input, 130 interrupted.
`;

/** Adds `tagwire flash`. */
export function addFlashCommand(program: Command): void {
  program
    .command('flash')
    .description('build the firmware with the Moddable SDK, flash it and start it')
    .argument('<board>', 'esp32, esp32c3, esp32c6, esp32s3, esp8266, desktop, or a board of the SDK: esp32/m5stack')
    .argument('[settings...]', 'configuration as key=value')
    .option('--port <port>', 'serial port; sets UPLOAD_PORT')
    .option('--release', 'build without the debugger and so without its console, from minified modules')
    .option('--no-console', 'leave out the serial console of an ESP32, and the ROM that it takes')
    .option('--no-checks', 'start mcconfig even if something is missing')
    .option('--dry-run', 'print the command, with stars for secrets, and do not run it')
    .addHelpText('after', EXAMPLES)
    .action(async (board: string, texts: string[], flags: FlashFlags) => {
      process.exitCode = await flash(parseBoard(board), texts.map(parseSetting), flags);
    });
}

async function flash(board: BoardChoice, settings: readonly Setting[], flags: FlashFlags): Promise<number> {
  const workshop = thisWorkshop();
  const { hostPlatform } = workshop;
  const build = { release: flags.release ?? false, withoutConsole: !flags.console };
  refuseRepeated(settings);
  if (build.withoutConsole && board.target !== 'esp32') throw new BadInput('--no-console: only an ESP32 has a console');
  if (flags.port !== undefined) workshop.variables = { ...workshop.variables, UPLOAD_PORT: flags.port };
  const shown = showCommand(board, settings, build, hostPlatform);
  if (flags.dryRun) {
    process.stdout.write(`${shown}\n`);
    return ExitCode.success;
  }
  if (flags.checks) {
    const absent = checkAll(workshop, [board.target], board.subplatform).filter((check) => !check.ok);
    for (const check of absent) process.stderr.write(checkLine(check));
    if (absent.length > 0) {
      warn(`nothing was built; tagwire doctor ${board.target} checks again`);
      return ExitCode.failure;
    }
  }
  process.stderr.write(`${shown}\n`);
  return runMcconfig(workshop, board, build, mcconfigArguments(board, settings, build, hostPlatform));
}

function refuseRepeated(settings: readonly Setting[]): void {
  const names = settings.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new BadInput(`${repeated} is given more than once`);
}

/** Runs mcconfig in the folder of `manifest.json`, and returns its exit code. Ctrl-C ends it, and what it started. */
function runMcconfig(workshop: Workshop, board: BoardChoice, build: Build, args: readonly string[]): Promise<number> {
  const program = findProgram(workshop, 'mcconfig');
  if (program === undefined) throw new BadInput('mcconfig was not found: tagwire doctor says how to get it');
  const env: NodeJS.ProcessEnv = { ...workshop.variables, ...bundleVariable(build), PATH: toolPath(workshop) };
  // For ESP32 the SDK looks for the port; for ESP8266 it only knows one name.
  const [port] = serialPorts(workshop);
  if (board.target === 'esp8266' && port !== undefined) env['UPLOAD_PORT'] ??= port;
  return new Promise((resolve, reject) => {
    let interrupted = false;
    // A terminal sends SIGINT to mcconfig too; a plain kill does not. It may come as soon as mcconfig runs.
    const end = (signal: NodeJS.Signals): void => {
      interrupted = true;
      child.kill(signal);
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
    const child = spawn(program, args, { cwd: workshop.packageFolder, env, stdio: 'inherit' });
    const listenNoMore = (): void => {
      process.removeListener('SIGINT', end);
      process.removeListener('SIGTERM', end);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      listenNoMore();
      reject(new BadInput(`${program} cannot be started (${error.code ?? 'unknown error'})`));
    });
    child.once('exit', (code, signal) => {
      listenNoMore();
      if (interrupted) resolve(ExitCode.interrupted);
      else resolve(code ?? 128 + constants.signals[signal!]);
    });
  });
}
