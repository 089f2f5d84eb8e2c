/** A sample of the text format of Prometheus: `name{label="value"} 1`. */
export interface Sample {
  readonly name: string;
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

/** What a scrape says: samples, and the type of each metric. */
export interface Scrape {
  readonly samples: readonly Sample[];
  readonly types: ReadonlyMap<string, string>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"';
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?(?:\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?)|NaN|[-+]?Inf)$`,
);

/** Reads the exposition format, version 0.0.4. Throws an Error for what breaks its rules, which name the line. */
export function parsePrometheus(text: string): Scrape {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.slice(0, -1).split('\n')) {
    const [, name, type] = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line) ?? [];
    if (name !== undefined) {
      if (types.has(name)) throw new Error(`${name} has its type twice`);
      types.set(name, type!);
      continue;
    }
    if (new RegExp(`^# HELP ${NAME} .+$`).test(line)) continue;
    const match = SAMPLE.exec(line);
    if (!match) throw new Error(`not a sample: ${line}`);
    const labels: Record<string, string> = {};
    for (const [, label, value] of (match[2] ?? '').matchAll(new RegExp(LABEL, 'g'))) labels[label!] = value!;
    const metric = match[1]!.replace(/_(bucket|sum|count)$/, (end) => (types.has(match[1]!) ? end : ''));
    if (!types.has(metric)) throw new Error(`no type before: ${line}`);
    samples.push({ name: match[1]!, labels, value: Number(match.at(-1)!.replace('+Inf', 'Infinity')) });
  }
  return { samples, types };
}
