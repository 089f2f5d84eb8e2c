import { timeText } from '../../sim/virtual/index.js';
import type { SearchOptions, SeedResult } from './search.js';

/** A campaign, for the command that repeats a part of it. */
export interface CampaignOptions extends SearchOptions {
  /** Path of the world file. */
  world?: string;
}

const HOUR = 3_600_000;

/** The figures of a campaign. */
export class Summary {
  seeds = 0;
  virtualHours = 0;
  events = 0;
  advertisements = 0;
  heard = 0;
  messages = 0;
  connects = 0;
  starts = 0;
  faults = 0;
  readonly faultsByKind: Record<string, number> = {};
  readonly brokenByRule: Record<string, number> = {};
  readonly failures: SeedResult[] = [];

  add(result: SeedResult): void {
    const { figures, kinds, broken } = result;
    this.seeds++;
    this.virtualHours += figures.hours;
    this.events += figures.events;
    this.advertisements += figures.advertisements;
    this.heard += figures.heard;
    this.messages += figures.messages;
    this.connects += figures.connects;
    this.starts += figures.starts;
    this.faults += figures.faults;
    for (const kind in kinds) this.faultsByKind[kind] = (this.faultsByKind[kind] ?? 0) + kinds[kind]!;
    if (broken.length === 0) return;
    this.failures.push(result);
    const { rule } = broken[0]!;
    this.brokenByRule[rule] = (this.brokenByRule[rule] ?? 0) + 1;
  }

  /** For people; `milliseconds` of real time. */
  text(milliseconds: number): string {
    const count = (value: number): string => Math.round(value).toLocaleString('en');
    const byName = (counts: Record<string, number>): string =>
      Object.keys(counts)
        .sort()
        .map((name) => `${name} ${count(counts[name]!)}`)
        .join(', ');
    const hourly = this.virtualHours / Math.max(milliseconds / HOUR, 1e-9);
    const rows: [string, string][] = [
      ['seeds', `${count(this.seeds)}, ${count(this.failures.length)} failed`],
      ['virtual hours', `${count(this.virtualHours)}, ${count(hourly)} per real hour`],
      ['faults', count(this.faults) + (this.faults > 0 ? `: ${byName(this.faultsByKind)}` : '')],
      ['starts', count(this.starts)],
      ['connects', count(this.connects)],
      ['advertisements', `${count(this.advertisements)} sent, ${count(this.heard)} heard`],
      ['messages', `${count(this.messages)} received by brokers`],
    ];
    if (this.failures.length > 0) rows.push(['broken', byName(this.brokenByRule)]);
    return rows.map(([name, value]) => name.padEnd(16) + value).join('\n');
  }
}

/** What broke, what is left of the faults, and how to see it again. */
export function failureText(result: SeedResult, options: CampaignOptions): string {
  const { seed, broken, shrunk } = result;
  const { rule, time, detail } = broken[0]!;
  const lines = [`seed ${seed}: broken: ${rule} at ${timeText(time)}: ${detail}`];
  const others = new Set(broken.map((one) => one.rule));
  others.delete(rule);
  if (others.size > 0) lines.push(`  also broken: ${[...others].join(', ')}`);
  if (shrunk) {
    const none = shrunk.faults.length === 0 ? ' none' : '';
    lines.push(`  faults and visits that are left after ${shrunk.runs} runs:${none}`);
    for (const fault of shrunk.faults) lines.push(`    ${fault}`);
  }
  lines.push(`  replay: ${replayCommand(result, options)}`);
  return lines.join('\n');
}

/** The command that runs a failure again, with a trace. */
export function replayCommand({ seed, shrunk }: SeedResult, options: CampaignOptions): string {
  let command = `npm run campaign -- --replay ${seed} --hours ${options.hours} --tags ${options.tags}`;
  if (options.faults) command += ` --faults-per-hour ${options.faultsPerHour}`;
  if (options.world !== undefined) command += ` --world ${options.world}`;
  if (options.engine !== 'node') command += ` --engine ${options.engine}`;
  if (options.board !== 'esp32') command += ` --board ${options.board}`;
  if (options.visitsPerHour !== undefined && shrunk?.only.length !== 0)
    command += ` --visits-per-hour ${options.visitsPerHour}`;
  if (shrunk?.only.length === 0) command += ' --no-faults --visits-per-hour 0';
  else if (!options.faults) command += ' --no-faults';
  if (shrunk && shrunk.only.length > 0) command += ` --only ${shrunk.only.join(',')}`;
  return command;
}
