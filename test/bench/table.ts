import { FIGURES, PARTS, timesBetter, verdicts } from './rows.js';
import type { Figure, Row, Side } from './rows.js';
import type { Results } from './results.js';

const names = Object.keys(FIGURES) as Figure[];

/** A figure for people: three or four digits, thousands with commas. */
export function showFigure(figure: Figure, value: number): string {
  if (figure === 'brokerBusy') return `${Math.round(value * 100)} %`;
  if (value >= 1000) return Math.round(Number(value.toPrecision(4))).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The figure that a row is about: its rate, or else its time. */
export function mainFigure(row: Row): Figure {
  return row.sides[0]!.figures.perSecond ? 'perSecond' : 'milliseconds';
}

/** The figures that a side of the row has, in the order of `FIGURES`. */
export function figuresOf({ sides }: Row): Figure[] {
  return names.filter((figure) => sides.some((side) => side.figures[figure]));
}

/** How often ours is as good as `side`, by clock and by CPU; empty for ours itself. */
export function ratios(row: Row, side: Side): { clock?: string; cpu?: string } {
  const ours = row.sides[0]!;
  if (side === ours || side.isLimit) return {};
  const show = (figure: Figure): string | undefined => {
    const times = timesBetter(ours, side, figure);
    if (times === undefined) return undefined;
    return times >= 100 ? times.toFixed(0) : times.toPrecision(times < 1 ? 2 : 3);
  };
  const clock = show(mainFigure(row));
  const cpu = show(mainFigure(row) === 'perSecond' ? 'cpuMicroseconds' : 'cpuMilliseconds');
  return { ...(clock && { clock }), ...(cpu && { cpu }) };
}

/** One line for each budget of the row. */
export function budgetLines(row: Row): string[] {
  return verdicts(row).map(({ budget, value, met }) => {
    const by = { cpuMicroseconds: 'by CPU time', perSecond: 'by the clock' }[budget.figure as string] ?? '';
    const least = budget.atLeast.toLocaleString('en');
    const verdict = met ? 'met' : 'NOT MET';
    if (budget.against === undefined) return `budget ≥ ${least} a second: ${verdict}`;
    return `budget ≥ ${least} × ${budget.against} ${by}: ${value.toFixed(2)}, ${verdict}`;
  });
}

/** All rows as plain text. */
export function tableOf({ parts, quick }: Results): string {
  const lines: string[] = [];
  for (const part of PARTS) {
    for (const row of parts[part]?.rows ?? []) {
      const { name, rounds, sides, isBrokerBound, unit } = row;
      const figures = figuresOf(row);
      lines.push(`${part}: ${name} (${unit}, median of ${rounds}${isBrokerBound ? '; limited by the broker' : ''})`);
      const cells = sides.map((side) => {
        const { clock, cpu } = ratios(row, side);
        return [
          `${side.name}${side.setting ? ` (${side.setting})` : ''}`,
          ...figures.map((figure) => {
            const spread = side.figures[figure];
            return spread ? showFigure(figure, spread.median) : '';
          }),
          clock ?? '',
          cpu ?? '',
        ];
      });
      const head = ['', ...figures.map((figure) => FIGURES[figure].title)];
      if (sides.length > 1 && part !== 'tags') head.push('clock', 'CPU');
      const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]!.length)));
      for (const line of [head, ...cells]) {
        const padded = widths.map((width, i) => (i === 0 ? line[i]!.padEnd(width) : line[i]!.padStart(width)));
        lines.push(`  ${padded.join('  ')}`.trimEnd());
      }
      lines.push(...budgetLines(row).map((line) => `  ${line}`), '');
    }
  }
  if (lines.length === 0) return 'nothing was measured';
  lines.push(
    'clock, CPU: how many times as fast Tagwire, the first side, is; of its CPU time, how many times as little',
  );
  if (quick) lines.push('a quick run: no figures to quote');
  return lines.join('\n').trimEnd();
}
