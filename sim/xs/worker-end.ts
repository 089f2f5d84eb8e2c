/** How a worker ended. */
export interface WorkerEnd {
  /** Exit code; null when a signal ended it, or it could not be started. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it printed last, or why it could not be started. */
  output: string;
}

/** The exit code after an exception that the script did not catch, also when it was told in a reply. */
export const UNHANDLED_EXCEPTION = 15;

/** The exit codes of xsnap-worker (its xsnap-worker.c, `ExitCode`). */
const meanings: { readonly [code: number]: string } = {
  1: 'it does not know its arguments',
  2: 'its pipe to this process broke',
  11: 'out of memory',
  12: 'stack overflow',
  [UNHANDLED_EXCEPTION]: 'unhandled exception',
  16: 'too many property names',
  17: 'too much computation for one event',
};

/** One line for people. */
export function describeWorkerEnd(end: WorkerEnd): string {
  // Without a cause of its own it ended because it was asked to.
  if (end.code === 0) return 'ended';
  if (end.signal !== null) return `ended by ${end.signal}`;
  const said = lastLine(end.output);
  if (end.code === null) return `cannot be started (${said})`;
  const meaning = meanings[end.code] ?? 'unknown cause';
  const detail = end.code === UNHANDLED_EXCEPTION && said !== '' ? `: ${said}` : '';
  return `${meaning} (exit code ${end.code})${detail}`;
}

/** What a program printed last, on one line. */
export function lastLine(output: string): string {
  return output.trim().split('\n').pop() ?? '';
}
