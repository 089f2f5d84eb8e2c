import type { ComponentChildren } from 'preact';
import { Component } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Column<Row> {
  readonly id: string;
  readonly name: string;
  /** The name is for screen readers only, where what the cells have needs no heading. */
  readonly nameHidden?: boolean;
  /** Aligned to the right, as numbers are. */
  readonly numeric?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
  /** What it is sorted by; undefined goes last. Absent: it is not sorted by this column. */
  readonly order?: (row: Row) => number | string | undefined;
}

export interface GridProps<Row> {
  readonly id: string;
  /** For screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly selected?: string | undefined;
  readonly onSelect: (key: string, by: 'keyboard' | 'pointer') => void;
  /** What cells show beside the row, such as the time: cells are made again when it changes. */
  readonly epoch?: unknown;
  /** Said where there are no rows. */
  readonly empty: string;
  /** The column that it is sorted by until somebody chooses. Default: the first one. */
  readonly firstSort?: string;
}

interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/** Pixels; the style sheet has the same. */
const ROW_HEIGHT = 28;
/** Rows that are made above and below those that are seen. */
const MARGIN_ROWS = 6;
/** Values change four times a second; an order that did too could not be read. */
const ORDER_INTERVAL = 2_000;

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: number | string | undefined, b: number | string | undefined, descending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return descending ? -order : order;
}

/**
 * A table of any number of rows of which only those in sight are in the document. The headings sort. It is one stop of
 * the Tab key: the arrow keys, Page Up, Page Down, Home and End go through the rows, Enter or the space bar selects.
 * While the pointer is over the rows they do not change places.
 */
export function Grid<Row>(props: GridProps<Row>) {
  const { id, label, columns, keyOf, selected, onSelect, epoch } = props;
  const [sort, setSort] = useState<Sort>({ column: props.firstSort ?? columns[0]!.id, descending: false });
  const [view, setView] = useState({ top: 0, height: 600 });
  const [active, setActive] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  const hovered = useRef(false);
  const rows = useOrder(props, sort, hovered);

  useLayoutEffect(() => {
    const element = scroller.current!;
    const observer = new ResizeObserver(() => {
      setView((now) => (now.height === element.clientHeight ? now : { ...now, height: element.clientHeight }));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.min(Math.floor(view.top / ROW_HEIGHT), rows.length) - MARGIN_ROWS);
  const end = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW_HEIGHT) + MARGIN_ROWS);
  const shown = rows.slice(first, end);
  const activeAt = shown.findIndex((row) => keyOf(row) === active);
  // By place: a key may have characters that an identifier must not have.
  const rowId = (at: number): string => `${id}-row-${first + at}`;

  const moveTo = (place: number): void => {
    const at = Math.max(0, Math.min(place, rows.length - 1));
    const row = rows[at];
    if (row === undefined) return;
    setActive(keyOf(row));
    const element = scroller.current!;
    // The heading covers the first row's height.
    const bottom = (at + 2) * ROW_HEIGHT - element.clientHeight;
    element.scrollTop = Math.min(Math.max(element.scrollTop, bottom), at * ROW_HEIGHT);
    setView({ top: element.scrollTop, height: element.clientHeight });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // The headings are buttons of their own.
    if (event.target !== scroller.current || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = rows.findIndex((row) => keyOf(row) === active);
    const page = Math.max(1, Math.floor(view.height / ROW_HEIGHT) - 2);
    const places: { readonly [key: string]: number } = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const place = places[event.key];
    if (place !== undefined) moveTo(place);
    else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) onSelect(active!, 'keyboard');
    else return;
    event.preventDefault();
  };

  const onFocus = (event: FocusEvent): void => {
    // With a click, the row that was clicked becomes the active one.
    if (event.target !== scroller.current || !scroller.current?.matches(':focus-visible')) return;
    const at = rows.findIndex((row) => keyOf(row) === (active ?? selected));
    if (at < 0 || at < first || at >= end) moveTo(Math.ceil(view.top / ROW_HEIGHT));
    else setActive(keyOf(rows[at]!));
  };

  return (
    <div
      class="grid"
      ref={scroller}
      tabIndex={0}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={activeAt >= 0 ? rowId(activeAt) : undefined}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onScroll={({ currentTarget }) => setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
    >
      <table role="presentation">
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.id} column={column} sort={sort} setSort={setSort} />
            ))}
          </tr>
        </thead>
        <tbody
          role="rowgroup"
          onPointerEnter={({ pointerType }) => (hovered.current = pointerType === 'mouse')}
          onPointerLeave={() => (hovered.current = false)}
        >
          {first > 0 && <Gap rows={first} />}
          {shown.map((row, at) => {
            const key = keyOf(row);
            return (
              <Line
                key={key}
                id={rowId(at)}
                row={row}
                place={first + at}
                columns={columns as readonly Column<unknown>[]}
                selected={key === selected}
                active={key === active}
                epoch={epoch}
                onClick={() => {
                  setActive(key);
                  onSelect(key, 'pointer');
                }}
              />
            );
          })}
          {end < rows.length && <Gap rows={rows.length - end} />}
        </tbody>
      </table>
      {rows.length === 0 && <p class="grid-empty quiet">{props.empty}</p>}
    </div>
  );
}

/** The rows in their order, which is made again after a while; at once for other rows, or another order. */
function useOrder<Row>(
  { rows, columns, keyOf }: GridProps<Row>,
  sort: Sort,
  hovered: { readonly current: boolean },
): readonly Row[] {
  const last = useRef<{ sort: Sort; at: number; keys: readonly string[] } | undefined>(undefined);
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const before = last.current;
  const same =
    before !== undefined &&
    before.sort === sort &&
    before.keys.length === rows.length &&
    before.keys.every((key) => byKey.has(key));
  if (same && (hovered.current || performance.now() - before.at < ORDER_INTERVAL)) {
    return before.keys.map((key) => byKey.get(key)!);
  }
  const order = columns.find(({ id }) => id === sort.column)?.order ?? (() => undefined);
  const values = new Map(rows.map((row) => [row, order(row)]));
  const sorted = [...rows].sort((a, b) => compare(values.get(a), values.get(b), sort.descending));
  last.current = { sort, at: performance.now(), keys: sorted.map(keyOf) };
  return sorted;
}

function Gap({ rows }: { readonly rows: number }) {
  return <tr role="presentation" aria-hidden="true" style={{ height: `${rows * ROW_HEIGHT}px` }} />;
}

function Heading<Row>(props: {
  readonly column: Column<Row>;
  readonly sort: Sort;
  readonly setSort: (sort: Sort) => void;
}) {
  const { column, sort, setSort } = props;
  const { id, name, numeric, order } = column;
  const sorted = sort.column === id;
  const onClick = (): void => setSort({ column: id, descending: sorted && !sort.descending });
  return (
    <th
      role="columnheader"
      class={`col-${id}${numeric ? ' number' : ''}`}
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
    >
      {order ? (
        <button type="button" onClick={onClick}>
          {name}
          <span class="sort" aria-hidden="true">
            {sorted ? (sort.descending ? '▾' : '▴') : ''}
          </span>
        </button>
      ) : (
        <span class={column.nameHidden ? 'hidden' : undefined}>{name}</span>
      )}
    </th>
  );
}

interface LineProps {
  readonly id: string;
  readonly row: unknown;
  readonly place: number;
  readonly columns: readonly Column<unknown>[];
  readonly selected: boolean;
  readonly active: boolean;
  readonly epoch: unknown;
  readonly onClick: () => void;
}

/** Made again only when what it shows has changed. */
class Line extends Component<LineProps> {
  override shouldComponentUpdate(next: LineProps): boolean {
    const { row, place, selected, active, epoch } = this.props;
    return (
      row !== next.row ||
      place !== next.place ||
      selected !== next.selected ||
      active !== next.active ||
      epoch !== next.epoch
    );
  }

  render({ id, row, place, columns, selected, active, onClick }: LineProps) {
    return (
      <tr
        role="row"
        id={id}
        aria-rowindex={place + 2}
        aria-selected={selected}
        class={active ? 'active' : undefined}
        onClick={onClick}
      >
        {columns.map((column, at) => (
          <td
            key={column.id}
            role={at === 0 ? 'rowheader' : 'gridcell'}
            class={`col-${column.id}${column.numeric ? ' number' : ''}`}
          >
            {column.cell(row)}
          </td>
        ))}
      </tr>
    );
  }
}
