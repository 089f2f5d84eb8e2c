import type { GatewayState, Hello, LogUpdate, StateUpdate, TagState, ToPage } from '../page/protocol.js';

/** What became of the reports of a world, for its lines. */
export interface PageFigures {
  /** Advertisements that gateways heard. */
  readonly heard: number;
  readonly made: number;
  readonly acknowledged: number;
  readonly held: number;
  readonly notCarried: number;
  /** By the name of the rule. */
  readonly dropped: { readonly [rule: string]: number };
}

/** Milliseconds of real time between two lines of progress: on a terminal, and elsewhere. */
const PROGRESS = { terminal: 1000, file: 5000 };
/** What the firmware says behind a failure, which changes each time. */
const NEXT_ATTEMPT = /; next attempt .*$/;

/** What the page is told, as lines on standard output: those of `tagwire sim` in real time. */
export class PageText {
  private readonly terminal = process.stdout.isTTY === true;
  private gateways: Hello['gateways'] = [];
  private readonly seen = new Set<string>();
  /** By gateway: connections in this start and before, and the last failure that was told. */
  private connects: number[] = [];
  private earlier: number[] = [];
  private failures: string[] = [];
  private inFlight = 0;
  private startedAt = 0;
  private now = 0;
  private lastShown = -Infinity;
  private before: { seconds: number; figures: PageFigures } | undefined;

  constructor(private readonly isVerbose: boolean) {}

  take(text: ToPage): void {
    switch (text.type) {
      case 'hello':
        return this.hello(text);
      case 'state':
        return this.state(text);
      case 'tags':
        return this.tags(text.tags);
      case 'log':
        return this.log(text);
      case 'messages':
        if (!this.isVerbose) return;
        for (const { gateway, direction, topic, payload } of text.messages) {
          if (gateway !== undefined)
            this.line(`${this.who(gateway)}${direction === 'up' ? '' : 'to it: '}${topic} ${payload}`);
        }
        return;
      default:
    }
  }

  /** Called often; shows the figures when it is time. */
  progress(figures: PageFigures): void {
    const real = performance.now();
    const seconds = (this.now - this.startedAt) / 1000;
    if (real - this.lastShown < (this.terminal ? PROGRESS.terminal : PROGRESS.file)) return;
    const isFirst = this.lastShown === -Infinity;
    this.lastShown = real;
    const { before } = this;
    // Not when time stands still.
    if (isFirst || before?.seconds === seconds) return;
    const passed = seconds - (before?.seconds ?? 0);
    const rate = (of: (figures: PageFigures) => number): string =>
      ((of(figures) - (before ? of(before.figures) : 0)) / passed).toFixed(1);
    this.before = { seconds, figures };
    const waiting = Math.max(0, figures.held - this.inFlight);
    const dropped = droppedCount(figures);
    const text =
      `${seconds.toFixed(0)} s: ${this.seen.size} tags, ${rate(({ heard }) => heard)} adv/s, ` +
      `${rate(({ acknowledged }) => acknowledged)} readings/s, ` +
      (waiting > 0 ? `${waiting} waiting, ` : '') +
      (dropped > 0 ? `${dropped} dropped, ` : '') +
      `${this.inFlight} in flight, ${figures.acknowledged} acknowledged, ${this.reconnections} reconnections`;
    // A line that wraps could not be renewed.
    if (this.terminal) process.stdout.write(`\r\x1b[K${text.slice(0, process.stdout.columns - 1)}`);
    else this.line(text);
  }

  summary(figures: PageFigures): void {
    const { heard, acknowledged, held, notCarried, dropped } = figures;
    const drops = Object.entries(dropped).map(([rule, count]) => `${rule} ${count}`);
    this.line(
      `ended after ${((this.now - this.startedAt) / 1000).toFixed(1)} s: ${heard} advertisements seen, ` +
        `${acknowledged + this.inFlight} readings published, ${acknowledged} acknowledged, ` +
        (notCarried > 0 ? `${notCarried} not carried by the cloud, ` : '') +
        (held > 0 ? `${held} held, ` : '') +
        `${lostCount(figures)} lost` +
        (drops.length > 0 ? ` (dropped: ${drops.join(', ')})` : '') +
        `, ${this.reconnections} reconnections`,
    );
  }

  line(text: string): void {
    process.stdout.write(this.terminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  private hello({ gateways, brokerUrl, title, source }: Hello): void {
    const isFirst = this.gateways.length === 0;
    this.gateways = gateways;
    this.seen.clear();
    this.connects = gateways.map(() => 0);
    this.earlier = gateways.map(() => 0);
    this.failures = gateways.map(() => '');
    this.startedAt = 0;
    this.before = undefined;
    const names = gateways.map(({ name, board }) => `${name} (${board})`).join(', ');
    const from = source === 'replay' ? title : `tags from the world "${title}"`;
    this.line(`gateway${gateways.length === 1 ? '' : 's'} ${names}, ${from}`);
    if (!isFirst || brokerUrl === undefined) return;
    const { hostname, port } = new URL(brokerUrl);
    const hint = hostname === '127.0.0.1' ? `; to watch it: npx tagwire sub -p ${port} -t 'tagwire/#' -v` : '';
    this.line(`broker ${brokerUrl}${hint}`);
  }

  private state({ now, gateways }: StateUpdate): void {
    if (this.startedAt === 0) this.startedAt = now;
    this.now = now;
    this.inFlight = 0;
    gateways.forEach((gateway, index) => this.gateway(gateway, index));
  }

  private gateway({ counts, lastError, meters }: GatewayState, index: number): void {
    this.inFlight += meters.find(({ id }) => id === 'inFlight')?.value ?? 0;
    const { connects = 0 } = counts;
    const before = this.connects[index]!;
    // It has started anew.
    if (connects < before) this.earlier[index]! += before;
    if (connects !== before) this.failures[index] = '';
    this.connects[index] = connects;
    const failure = lastError?.text.replace(NEXT_ATTEMPT, '') ?? '';
    if (failure === '' || failure === this.failures[index]) return;
    this.failures[index] = failure;
    this.line(`${this.who(index)}no connection: ${failure}; trying again`);
  }

  private tags(tags: readonly TagState[]): void {
    for (const { id, heard } of tags) if (heard.length > 0) this.seen.add(id);
  }

  private log({ lines }: LogUpdate): void {
    for (const { gateway, kind, text } of lines) {
      if (kind === 'device') {
        // Failures are told once, by the state.
        if (!NEXT_ATTEMPT.test(text)) this.line(this.who(gateway!) + text);
      } else if (gateway === undefined || kind === 'broken') {
        // What is said of a gateway's failure is told with it.
        this.line(kind === 'broken' ? `RULE BROKEN: ${text}` : text);
      }
    }
  }

  private who(gateway: number): string {
    return this.gateways.length > 1 ? `${this.gateways[gateway]?.name}: ` : '';
  }

  private get reconnections(): number {
    let count = 0;
    this.connects.forEach((connects, index) => (count += Math.max(0, connects + this.earlier[index]! - 1)));
    return count;
  }
}

/** Readings that nobody has any more: dropped, or gone with the power. */
export function lostCount({ made, acknowledged, notCarried, held }: PageFigures): number {
  return Math.max(0, made - acknowledged - notCarried - held);
}

function droppedCount({ dropped }: PageFigures): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}
