import type { CoverageAt, FleetGateway, FleetStage } from '../protocol.js';

/** Stages from the network inwards, which is the order in which a person mends them; with what they mean. */
export const STAGES: readonly { readonly stage: FleetStage; readonly name: string; readonly what: string }[] = [
  { stage: 'offline', name: 'offline', what: 'not connected to the broker' },
  { stage: 'silent', name: 'silent', what: 'connected, without a sign of life' },
  { stage: 'sending', name: 'sending', what: 'alive, but no reading leaves' },
  { stage: 'outbox', name: 'outbox', what: 'more is stored than leaves' },
  { stage: 'scanner', name: 'scanner', what: 'no tag is heard' },
  { stage: 'clock', name: 'clock', what: 'readings without a time' },
];

/** For sorting: stuck gateways first, those at the outermost stage before the others. */
export function rankOf({ stage, stuck }: Pick<FleetGateway, 'stage' | 'stuck'>): number {
  const at = STAGES.findIndex((candidate) => candidate.stage === stage);
  return at >= 0 ? at : stuck === undefined ? STAGES.length + 1 : STAGES.length;
}

export interface FleetSummary {
  readonly known: number;
  readonly online: number;
  readonly offline: number;
  /** By stage; only those that there are. */
  readonly stages: ReadonlyMap<FleetStage, number>;
  readonly stuck: number;
  readonly readings: number;
  readonly duplicates: number;
  readonly dropped: number;
  readonly outbox: number;
}

export function summaryOf(gateways: Iterable<FleetGateway>): FleetSummary {
  const stages = new Map<FleetStage, number>();
  let known = 0;
  let online = 0;
  let offline = 0;
  let stuck = 0;
  let readings = 0;
  let duplicates = 0;
  let dropped = 0;
  let outbox = 0;
  for (const gateway of gateways) {
    known++;
    if (gateway.online === true) online++;
    if (gateway.online === false) offline++;
    if (gateway.stuck !== undefined) stuck++;
    if (gateway.stage !== undefined) stages.set(gateway.stage, (stages.get(gateway.stage) ?? 0) + 1);
    readings += gateway.readings;
    duplicates += gateway.duplicates ?? 0;
    dropped += gateway.dropped ?? 0;
    outbox += gateway.outbox ?? 0;
  }
  return { known, online, offline, stages, stuck, readings, duplicates, dropped, outbox };
}

/** How many gateways have each version and board, the most frequent first. */
export function versionsOf(gateways: Iterable<FleetGateway>): { readonly name: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { version, board } of gateways) {
    const name = version === undefined ? 'not told' : board === undefined ? version : `${version}, ${board}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

/** Who hears a tag, and how well. */
export interface TagCoverage {
  readonly address: string;
  /** The strongest first. */
  readonly gateways: readonly CoverageAt[];
  readonly best: CoverageAt;
  readonly readings: number;
  readonly lastHeard: number;
}

/** Made once for each list, since a list is never changed. */
const made = new WeakMap<readonly CoverageAt[], TagCoverage>();

export function coverageOf(address: string, gateways: readonly CoverageAt[]): TagCoverage | undefined {
  if (gateways.length === 0) return undefined;
  const before = made.get(gateways);
  if (before) return before;
  const sorted = [...gateways].sort((a, b) => b.rssi - a.rssi);
  const coverage = {
    address,
    gateways: sorted,
    best: sorted[0]!,
    readings: gateways.reduce((sum, { readings }) => sum + readings, 0),
    lastHeard: Math.max(...gateways.map(({ at }) => at)),
  };
  made.set(gateways, coverage);
  return coverage;
}

/** For sorting: a tag that few gateways hear comes first, of those one that is heard weakly. `rssi` is above -200. */
export function worstFirst({ gateways, best }: Pick<TagCoverage, 'gateways' | 'best'>): number {
  return gateways.length + (best.rssi + 200) / 1000;
}

/** How well a tag is heard, in words, since a number of dBm tells a newcomer nothing. */
export function strengthOf(rssi: number): 'good' | 'fair' | 'weak' {
  return rssi >= -75 ? 'good' : rssi >= -88 ? 'fair' : 'weak';
}

/** Hours until the flash is worn out: "3 d", "14 years". */
export function wearText(hours: number): string {
  if (hours < 48) return `${Math.max(0, Math.round(hours))} h`;
  const days = hours / 24;
  return days < 730 ? `${Math.round(days)} d` : `${Math.round(days / 365)} years`;
}

/** "12 ms ahead", "3.0 s behind". */
export function clockErrorText(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const text = size < 1000 ? `${Math.round(size)} ms` : size < 600_000 ? `${(size / 1000).toFixed(1)} s` : hours(size);
  return milliseconds === 0 ? '0 ms' : `${text} ${milliseconds > 0 ? 'ahead' : 'behind'}`;
}

function hours(milliseconds: number): string {
  const whole = milliseconds / 3_600_000;
  return whole < 48 ? `${whole.toFixed(1)} h` : `${Math.round(whole / 24)} d`;
}
