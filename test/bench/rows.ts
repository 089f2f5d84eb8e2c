/** What a side of a row is measured in. */
export const FIGURES = {
  perSecond: { title: 'per second', better: 'higher' },
  cpuMicroseconds: { title: 'CPU µs each', better: 'lower' },
  milliseconds: { title: 'ms', better: 'lower' },
  cpuMilliseconds: { title: 'CPU ms', better: 'lower' },
  kibibytesEach: { title: 'KiB each', better: 'lower' },
  /** Share of the clock in which the broker's processor was busy. */
  brokerBusy: { title: 'broker busy', better: undefined },
} as const;

export type Figure = keyof typeof FIGURES;

/** What one round measured. */
export type Sample = Partial<Record<Figure, number>>;

/** Median, lowest and highest of the rounds. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** One way to do what a row is about. */
export interface Side {
  name: string;
  /** Not a client: what the broker and the sockets can do at all. */
  isLimit?: boolean;
  /** How it was set, for example its window. */
  setting?: string;
  figures: Partial<Record<Figure, Spread>>;
}

export const PARTS = [
  'codec',
  'publish',
  'receive',
  'round-trip',
  'stored',
  'start',
  'connections',
  'gateway',
  'log',
  'tags',
] as const;

export type Part = (typeof PARTS)[number];

/** The same work, done by several sides in turn in one run. The first side is ours. */
export interface Row {
  part: Part;
  name: string;
  /** Of what one is counted, in the plural: `messages`. */
  unit: string;
  rounds: number;
  sides: Side[];
  /** The broker, not the client, limits the rate of the first side. */
  isBrokerBound?: boolean;
}

/** The first side of row `row` is so many times as good as `against`, by `figure`; without `against` it has so many. */
export interface Budget {
  row: string;
  against?: string;
  figure: Figure;
  atLeast: number;
}

export const OURS = 'Tagwire';
export const MQTT_JS = 'MQTT.js';
export const MOSQUITTO_PUB = 'mosquitto_pub -l';

export const BUDGETS: readonly Budget[] = [
  { row: 'encode PUBLISH', against: 'mqtt-packet', figure: 'perSecond', atLeast: 5 },
  { row: 'decode PUBLISH', against: 'mqtt-packet', figure: 'perSecond', atLeast: 5 },
  { row: 'QoS 0 to the sink', against: MQTT_JS, figure: 'perSecond', atLeast: 10 },
  ...['the sink', 'Mosquitto'].flatMap((broker) =>
    [64, 1000].flatMap((window) => {
      const row = `QoS 1 to ${broker}, window ${window}`;
      return [
        { row, against: MQTT_JS, figure: 'cpuMicroseconds', atLeast: 3 },
        { row, against: MOSQUITTO_PUB, figure: 'perSecond', atLeast: 1 },
      ] as const;
    }),
  ),
  { row: 'readings with --store', against: 'without --store', figure: 'perSecond', atLeast: 0.9 },
  { row: 'append to a log in a file', figure: 'perSecond', atLeast: 100_000 },
  { row: 'read and mark a log in a file', figure: 'perSecond', atLeast: 100_000 },
];

/** How often `side` has of `figure` what `other` has, above 1 where `side` is better; undefined unless both have it. */
export function timesBetter(side: Side, other: Side, figure: Figure): number | undefined {
  const mine = side.figures[figure]?.median;
  const others = other.figures[figure]?.median;
  if (!mine || !others) return undefined;
  return FIGURES[figure].better === 'lower' ? others / mine : mine / others;
}

/** What became of each budget of `row`. */
export function verdicts(row: Row): { budget: Budget; value: number; met: boolean }[] {
  const ours = row.sides[0]!;
  return BUDGETS.filter((budget) => budget.row === row.name).flatMap((budget) => {
    const other = row.sides.find(({ name }) => name === budget.against);
    const value = other ? timesBetter(ours, other, budget.figure) : ours.figures[budget.figure]?.median;
    if (value === undefined || (budget.against !== undefined && !other)) return [];
    return [{ budget, value, met: value >= budget.atLeast }];
  });
}

/** The median of an even number of values is halfway between the two in the middle. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { median, low: sorted[0]!, high: sorted.at(-1)! };
}

/** A side that can be measured again and again. */
export interface Runner extends Omit<Side, 'figures'> {
  /** One round. */
  run(): Promise<Sample> | Sample;
}

/** What a row is called. */
export type RowName = Pick<Row, 'part' | 'name' | 'unit'>;

/** Thrown when the user pressed Ctrl-C. */
export class Interrupted extends Error {}

/** How long one run of one side may take; on a machine that is not busy it takes two seconds. */
const PATIENCE_MILLISECONDS = 60_000;

/** From so much of the clock, or of what the broker can take at all, it is the broker that limits a rate. */
const BUSY = 0.8;

/** All that is measured in one run of the command. */
export class BenchRun {
  readonly rows: Row[] = [];
  private interrupted = false;
  private readonly enders = new Set<() => void>();

  constructor(
    /** A tenth of the work and few rounds: shows that everything works. */
    readonly quick: boolean,
    private readonly tell: (progress: string) => void,
  ) {}

  /** So many operations, or as many as a quick run does, after those that compile the code of a client. */
  work(operations: number): { operations: number; warmUp: number } {
    return { operations: this.count(operations), warmUp: Math.ceil(operations / 4) };
  }

  /** So many operations, or as many as a quick run does. */
  count(operations: number): number {
    return this.quick ? Math.max(1, Math.round(operations / 10)) : operations;
  }

  /** Ends what runs; what is measured at the moment throws `Interrupted`. */
  interrupt(): void {
    this.interrupted = true;
    for (const end of this.enders) end();
  }

  /**
   * Calls `end` when `work` takes longer than a minute, and at an interruption, which throws `Interrupted`. `end` must
   * settle `work`.
   */
  async guard<T>(work: Promise<T>, end: () => void): Promise<T> {
    let late = false;
    const patience = setTimeout(() => {
      late = true;
      end();
    }, PATIENCE_MILLISECONDS);
    this.enders.add(end);
    try {
      if (this.interrupted) end();
      return await work;
    } catch (error) {
      this.check();
      if (late) throw new Error('a measured process did not end within a minute, and was killed', { cause: error });
      throw error;
    } finally {
      clearTimeout(patience);
      this.enders.delete(end);
    }
  }

  /** Throws `Interrupted` after an interruption. */
  check(): void {
    if (this.interrupted) throw new Interrupted('interrupted');
  }

  /** Tells what is being done. */
  progress(text: string): void {
    this.check();
    this.tell(text);
  }

  /**
   * Measures all sides in each round, each round beginning with the next one, and adds the row. An interruption
   * adds what the rounds before it have measured.
   */
  async measure(name: RowName, rounds: number, runners: readonly Runner[]): Promise<Row | undefined> {
    const wanted = this.quick ? Math.min(rounds, 2) : rounds;
    const samples = runners.map((): Sample[] => []);
    let row: Row | undefined;
    try {
      for (let round = 1; round <= wanted; round++) {
        const measured: Sample[] = [];
        for (let i = 0; i < runners.length; i++) {
          const at = (i + round) % runners.length;
          this.progress(`${name.part}: ${name.name}, round ${round} of ${wanted}, ${runners[at]!.name}`);
          measured[at] = await runners[at]!.run();
          // In-process work leaves no other moment to hear Ctrl-C.
          await new Promise(setImmediate);
          this.check();
        }
        measured.forEach((sample, i) => samples[i]!.push(sample));
      }
    } finally {
      if (samples[0]!.length > 0) this.rows.push((row = toRow(name, runners, samples)));
    }
    return row;
  }
}

function toRow(name: RowName, runners: readonly Runner[], samples: readonly Sample[][]): Row {
  const sides = runners.map(({ name: side, setting, isLimit }, i): Side => {
    const figures: Side['figures'] = {};
    for (const figure of Object.keys(FIGURES) as Figure[]) {
      const values = samples[i]!.flatMap((sample) => sample[figure] ?? []);
      if (values.length > 0) figures[figure] = spread(values);
    }
    return { name: side, ...(setting !== undefined && { setting }), ...(isLimit && { isLimit }), figures };
  });
  const row: Row = { ...name, rounds: samples[0]!.length, sides };
  const rate = sides[0]!.figures.perSecond?.median ?? 0;
  const most = sides.find(({ isLimit }) => isLimit)?.figures.perSecond?.median ?? Infinity;
  const busy = sides[0]!.figures.brokerBusy?.median ?? 0;
  return busy >= BUSY || rate >= BUSY * most ? { ...row, isBrokerBound: true } : row;
}

const ROUND_MILLISECONDS = 150;

/** Operations a second, and CPU microseconds of each, of one round; `operations` is how many one call does. */
export function rate(run: () => unknown, operations: number): Sample {
  const begin = performance.now();
  const used = process.cpuUsage();
  let calls = 0;
  let elapsed: number;
  do {
    run();
    calls++;
    elapsed = performance.now() - begin;
  } while (elapsed < ROUND_MILLISECONDS);
  const { user, system } = process.cpuUsage(used);
  return { perSecond: (calls * operations * 1000) / elapsed, cpuMicroseconds: (user + system) / (calls * operations) };
}
