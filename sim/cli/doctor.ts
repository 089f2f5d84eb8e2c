import { checkAll } from '../flash/checks.js';
import { parseBoard, TARGETS } from '../flash/mcconfig.js';
import { thisWorkshop } from '../flash/workshop.js';
import type { Check } from '../flash/workshop.js';
import { ExitCode } from './failures.js';
import type { Command } from 'commander';

const EXAMPLES = `
Without a board, it checks what all boards need.

Examples:
  $ tagwire doctor esp32
  $ tagwire doctor --json

Exit codes: 0 everything is installed, 1 something is missing, 2 bad input.
`;

/** Adds `tagwire doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check that everything needed to build and flash a board is installed')
    .argument('[board]', 'esp32, esp32c3, esp32c6, esp32s3, esp8266, desktop, or a board of the SDK: esp32/m5stack')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((board: string | undefined, flags: { json?: boolean }) => {
      const choice = board === undefined ? undefined : parseBoard(board);
      const checks = checkAll(thisWorkshop(), choice ? [choice.target] : TARGETS, choice?.subplatform);
      const isComplete = checks.every((check) => check.ok);
      const json = { board: board ?? 'all', ok: isComplete, checks };
      process.stdout.write(flags.json ? JSON.stringify(json) + '\n' : checks.map(checkLine).join(''));
      if (!flags.json) process.stdout.write(summaryLine(checks, board ?? 'all boards'));
      process.exitCode = isComplete ? ExitCode.success : ExitCode.failure;
    });
}

/** One line about a check, with its line feed. */
export function checkLine({ name, ok, found, remedy }: Check): string {
  const line = `${ok ? 'ok     ' : 'missing'} ${name.padEnd(24)} ${found}`;
  return remedy === undefined ? `${line}\n` : `${line}; ${remedy}\n`;
}

function summaryLine(checks: readonly Check[], board: string): string {
  const count = checks.filter((check) => !check.ok).length;
  if (count === 0) return `all is there for ${board}\n`;
  return `${count === 1 ? '1 thing is' : `${count} things are`} missing for ${board}\n`;
}
