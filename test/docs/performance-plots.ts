import { loader, parse, resetSVGDefIds, View, Warn } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import { FIGURES } from '../bench/rows.js';
import type { Figure, Row } from '../bench/rows.js';

/** Ink for the page of a reader, and colours that the colour-blind tell apart on it. */
const THEMES = {
  light: { ink: '#24292f', grid: '#d8dee4', colours: ['#0969da', '#d4700a', '#1a7f5a', '#8250df'] },
  dark: { ink: '#e6edf3', grid: '#3d444d', colours: ['#6cb6ff', '#f0a04b', '#57c99a', '#c297ff'] },
};

export type Theme = keyof typeof THEMES;
export const THEME_NAMES = Object.keys(THEMES) as Theme[];

/** A picture: one figure of the sides of some rows. */
export interface Plot {
  /** Of the file, without theme and `.svg`. */
  name: string;
  title: string;
  figure: Figure;
  rows: Row[];
  /** What a row is called beside the axis. */
  label(row: Row): string;
}

/** Three digits, with k for thousands and M for millions. */
function shortNumber(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  return value >= 1000 ? `${(value / 1000).toPrecision(3)}k` : value.toPrecision(3);
}

/** Bars, one for each side, with the range of the rounds; as the text of an SVG file. */
export async function drawBars(plot: Plot, theme: Theme): Promise<string> {
  const { figure, rows, title, label } = plot;
  const values = rows.flatMap((row) =>
    row.sides
      .filter((side) => !side.isLimit && side.figures[figure])
      .map((side) => {
        const spread = side.figures[figure]!;
        return { row: label(row), side: side.name, text: shortNumber(spread.median), ...spread };
      }),
  );
  const sides = [...new Set(values.map(({ side }) => side))];
  const { ink, grid, colours } = THEMES[theme];
  const y = { field: 'row', type: 'nominal', sort: null, title: null } as const;
  const yOffset = { field: 'side', sort: sides } as const;
  const axis = `${FIGURES[figure].title}; ${FIGURES[figure].better} is better`;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'transparent',
    title: { text: title, anchor: 'start', color: ink },
    width: 560,
    height: { step: 22 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', cornerRadiusEnd: 2 },
        encoding: {
          y,
          yOffset,
          x: { field: 'median', type: 'quantitative', title: axis },
          color: {
            field: 'side',
            type: 'nominal',
            scale: { domain: sides, range: colours.slice(0, sides.length) },
            legend: sides.length > 1 ? { title: null, orient: 'top' } : null,
          },
        },
      },
      {
        mark: { type: 'rule', color: ink, strokeWidth: 1.5 },
        encoding: { y, yOffset, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, color: ink },
        encoding: {
          y,
          yOffset,
          x: { field: 'high', type: 'quantitative' },
          text: { field: 'text' },
        },
      },
    ],
    config: {
      // The page has a text for each picture, and the figures in tables.
      aria: false,
      font: 'sans-serif',
      axis: { labelColor: ink, titleColor: ink, gridColor: grid, domainColor: grid, tickColor: grid, labelLimit: 0 },
      axisX: { labelExpr: "format(datum.value, datum.value < 1000 ? '~g' : '~s')", tickCount: 5 },
      axisY: { grid: false },
      legend: { labelColor: ink },
      view: { stroke: null },
    },
  };
  return render(spec);
}

/** The same bytes each time. */
async function render(spec: TopLevelSpec): Promise<string> {
  resetSVGDefIds();
  const view = new View(parse(compile(spec).spec), { renderer: 'none', loader: loader(), logLevel: Warn });
  return `${await view.toSVG()}\n`;
}
