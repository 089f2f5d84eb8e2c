import uPlot from 'uplot';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { quantity, timeOfDay } from '../format.js';
import { useTopics } from '../store.js';
import type { Series, Store } from '../store.js';
import { countText } from './format.js';
import { align, DASHES, following, gapAfter, moved, MOST_LINES, rangeOf, withGaps, zoomed } from './plot-data.js';
import type { PlotLine, Window } from './plot-data.js';

const SPANS = [
  { name: '5 min', span: 300_000 },
  { name: '1 h', span: 3_600_000 },
  { name: '1 d', span: 86_400_000 },
  { name: 'all', span: Infinity },
] as const;

/** Milliseconds between two drawings. */
const DRAW_INTERVAL = 400;

interface Drawn extends PlotLine {
  readonly name: string;
  readonly series: Series | undefined;
  readonly unit: string;
}

/** A plot of readings over time, and a table with the last values, which says the same without eyes. */
export function ReadingPlot(props: {
  readonly store: Store;
  readonly id: string;
  readonly lines: readonly PlotLine[];
  readonly height?: number;
}) {
  const { store, id, height = 220 } = props;
  useTopics(store, 'readings', 'state', 'tags');
  const [span, setSpan] = useState<number>(Infinity);
  /** Undefined: it follows what comes. */
  const [view, setView] = useState<Window>();
  const lines = props.lines.slice(0, MOST_LINES).map((line): Drawn => {
    const series = store.readings.get(line.tag)?.get(line.field);
    return { ...line, name: store.tags.get(line.tag)?.name ?? line.tag, series, unit: series?.unit ?? '' };
  });
  const now =
    store.state?.now ?? Math.max(0, ...lines.map(({ series }) => series?.times[series.times.length - 1] ?? 0));
  const firsts = lines.map(({ series }) => series?.times[0]).filter((time) => time !== undefined);
  const shown = view ?? following(firsts.length > 0 ? Math.min(...firsts) : undefined, now, span);

  return (
    <div class="plot">
      <div class="row plot-tools">
        <span class="joined" role="group" aria-label="Time that is shown">
          {SPANS.map((offered) => (
            <button
              key={offered.name}
              type="button"
              aria-pressed={view === undefined && span === offered.span}
              onClick={() => {
                setSpan(offered.span);
                setView(undefined);
              }}
            >
              {offered.name}
            </button>
          ))}
        </span>
        <span class="joined" role="group" aria-label="Zoom and move">
          <button type="button" aria-label="Earlier" onClick={() => setView(moved(shown, -0.25))}>
            ‹
          </button>
          <button type="button" aria-label="Later" onClick={() => setView(moved(shown, 0.25))}>
            ›
          </button>
          <button type="button" aria-label="Zoom in" onClick={() => setView(zoomed(shown, 0.5))}>
            +
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => setView(zoomed(shown, 2))}>
            −
          </button>
        </span>
        <span class="quiet">
          {timeOfDay(shown.from)} to {timeOfDay(shown.to)}
          {view ? ', held' : ''}
        </span>
      </div>
      <Canvas store={store} lines={lines} shown={shown} now={now} height={height} onZoom={setView} />
      <LastValues id={id} lines={lines} shown={shown} now={now} />
    </div>
  );
}

function Canvas(props: {
  readonly store: Store;
  readonly lines: readonly Drawn[];
  readonly shown: Window;
  readonly now: number;
  readonly height: number;
  readonly onZoom: (view: Window | undefined) => void;
}) {
  const { store, lines, shown, now, height, onZoom } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const view = useRef(shown);
  view.current = shown;
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const [colours, setColours] = useState(0);
  const drawnAt = useRef(-Infinity);
  const drawnView = useRef<Window | undefined>(undefined);
  const units = [...new Set(lines.map(({ unit }) => unit))];
  // What the plot is made of; its points are put in later.
  const made = JSON.stringify([lines.map(({ tag, field, unit }) => [tag, field, unit]), height, colours]);

  // Colours are those of the style sheet, which has others in the dark.
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const change = (): void => setColours((count) => count + 1);
    dark.addEventListener('change', change);
    return () => dark.removeEventListener('change', change);
  }, []);

  useLayoutEffect(() => {
    const element = place.current!;
    const style = getComputedStyle(element);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const font = `11px ${style.fontFamily}`;
    const axis = {
      stroke: colour('--quiet'),
      font,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height,
        ms: 1,
        tzDate: (time) => uPlot.tzDate(new Date(time), 'Etc/UTC'),
        legend: { show: false },
        cursor: { points: { size: 6 }, drag: { x: true, y: false, setScale: false } },
        scales: { x: { time: true, range: () => [view.current.from, view.current.to] } },
        axes: [
          { ...axis, values: timeValues },
          ...units.slice(0, 3).map((unit, i) => ({
            ...axis,
            scale: scaleOf(unit),
            side: i === 0 ? (3 as const) : (1 as const),
            size: 52,
            label: unit === '' ? 'value' : unit,
            labelFont: font,
            labelSize: 16,
            labelGap: 0,
            grid: { ...axis.grid, show: i === 0 },
          })),
        ],
        series: [
          {},
          ...lines.map(({ name, field, unit }, i) => ({
            label: `${name}, ${field}`,
            scale: scaleOf(unit),
            stroke: colour(`--series-${i + 1}`),
            width: 1.75,
            dash: [...DASHES[i]!],
            points: { size: 4 },
          })),
        ],
        hooks: {
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 4) return;
              zoom.current({ from: self.posToVal(left, 'x'), to: self.posToVal(left + width, 'x') });
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      [[], ...lines.map(() => [])] as unknown as uPlot.AlignedData,
      element,
    );
    chart.current = plot;
    drawnAt.current = -Infinity;
    const double = (): void => zoom.current(undefined);
    plot.over.addEventListener('dblclick', double);
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== plot.width) {
        plot.setSize({ width: element.clientWidth, height });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, [made]);

  useLayoutEffect(() => {
    const held = drawnView.current?.from === shown.from && drawnView.current.to === shown.to;
    const at = performance.now();
    // What is followed is drawn now and then; what a person asked for at once.
    const follows = !held && Math.abs((drawnView.current?.to ?? 0) - shown.to) < 5_000;
    if ((held || follows) && at - drawnAt.current < DRAW_INTERVAL) return;
    drawnAt.current = at;
    drawnView.current = shown;
    const points = lines.map(({ tag, series }) => {
      if (!series) return { times: [], values: [] };
      const last = series.times[series.times.length - 1];
      const heartbeatAt = store.tags.get(tag)?.heartbeatAt;
      const heartbeat = heartbeatAt === undefined || last === undefined ? undefined : heartbeatAt - last;
      return withGaps(series.times, series.values, gapAfter(series.times, heartbeat), now);
    });
    chart.current?.setData(align(points) as uPlot.AlignedData);
  });

  const names = lines.map(({ name, field }) => `${field} of ${name}`).join(', ');
  return (
    <div
      class="plot-canvas"
      ref={place}
      style={{ minHeight: `${height}px` }}
      role="img"
      aria-label={`Plot over time: ${names === '' ? 'nothing is chosen' : names}. The table has the last values.`}
    />
  );
}

function scaleOf(unit: string): string {
  return `unit ${unit}`;
}

/** Times of day; the date where a day begins. */
function timeValues(_plot: uPlot, times: number[]): string[] {
  const isFine = times.length > 1 && times[1]! - times[0]! < 60_000;
  return times.map((time) => {
    const text = new Date(time).toISOString();
    return time % 86_400_000 === 0 ? text.slice(5, 10) : text.slice(11, isFine ? 19 : 16);
  });
}

/** The legend: for each line its last value, and the least and the most of what is shown. */
function LastValues(props: { id: string; lines: readonly Drawn[]; shown: Window; now: number }) {
  const { id, lines, shown, now } = props;
  if (lines.length === 0) return null;
  return (
    <div class="plot-legend" role="region" tabIndex={0} aria-labelledby={`${id}-caption`}>
      <table>
        <caption class="hidden" id={`${id}-caption`}>
          Last values of the lines
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">Line</span>
            </th>
            <th scope="col">Tag</th>
            <th scope="col">Field</th>
            <th scope="col" class="number">
              Last
            </th>
            <th scope="col" class="number">
              Ago
            </th>
            <th scope="col" class="number">
              Least
            </th>
            <th scope="col" class="number">
              Most
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ tag, field, name, series, unit }, i) => {
            const last = series?.last;
            const range = series && rangeOf(series.times, series.values, shown.from, shown.to);
            const at = series?.times[series.times.length - 1];
            return (
              <tr key={`${tag} ${field}`}>
                <td>
                  <svg class="swatch" viewBox="0 0 24 8" aria-hidden="true">
                    <path
                      d="M0 4H24"
                      style={{ stroke: `var(--series-${i + 1})`, strokeDasharray: DASHES[i]!.join(' ') }}
                    />
                  </svg>
                </td>
                <th scope="row">{name}</th>
                <td>{field}</td>
                <td class="number">{last === undefined ? '–' : quantity(last, unit)}</td>
                <td class="number">{at === undefined ? '–' : countText(now - at)}</td>
                <td class="number">{range ? quantity(range.least, unit) : '–'}</td>
                <td class="number">{range ? quantity(range.most, unit) : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The plot of one tag: its fields that are numbers, those that people look for first. */
export function TagPlot({ store, tag }: { readonly store: Store; readonly tag: string }) {
  useTopics(store, 'readings');
  const names = [...(store.readings.get(tag)?.keys() ?? [])];
  const [chosen, choose] = useState<string>();
  const sorted = useMemo(() => [...names].sort(byInterest), [names.join()]);
  const field = chosen !== undefined && names.includes(chosen) ? chosen : sorted[0];
  if (field === undefined) return <p class="quiet">No reading yet.</p>;
  return (
    <div class="tag-plot">
      <label class="control-field">
        <span>field</span>
        <select value={field} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          {sorted.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <ReadingPlot store={store} id={`plot-${tag.replace(/\W/g, '')}`} lines={[{ tag, field }]} height={150} />
    </div>
  );
}

const INTEREST = ['temperature', 'humidity', 'pressure', 'battery', 'batteryVoltage', 'acceleration'];

/** What people look for first, then by name. */
export function byInterest(a: string, b: string): number {
  const rank = (name: string): number => {
    const at = INTEREST.findIndex((start) => name.startsWith(start));
    return at < 0 ? INTEREST.length : at;
  };
  return rank(a) - rank(b) || a.localeCompare(b);
}
