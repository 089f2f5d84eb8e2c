import type { Reporter, TestModule } from 'vitest/node';

const SHOWN = 10;

/** A reporter that names the files that took longest, hooks included, when more than a few were run. */
export class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length <= SHOWN) return;
    const times = modules
      .map((module) => ({ path: module.relativeModuleId, seconds: module.diagnostic().duration / 1000 }))
      .sort((one, other) => other.seconds - one.seconds);
    const sum = times.reduce((total, { seconds }) => total + seconds, 0);
    const lines = times.slice(0, SHOWN).map(({ path, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${path}\n`);
    process.stdout.write(
      `\nThe slowest of ${times.length} files, which took ${sum.toFixed(0)} s in all:\n${lines.join('')}`,
    );
  }
}
