import { Component } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { GatewayPlace, TagState, WallPlace } from './protocol.js';
import { ANCHORS, isNear, placeNames } from './plan-labels.js';
import type { Box, Named, Side } from './plan-labels.js';
import { clamp, decimetres, boundsOf, Scale } from './plan-scale.js';
import type { Bounds, Point } from './plan-scale.js';
import { Panel } from './shell.js';
import { useTopics } from './store.js';
import type { Store } from './store.js';

/** Of more tags only the one that is selected has its name there, and the one that is pointed at. */
const MOST_NAMED = 400;
/** Of more tags each has a smaller mark. */
const MOST_LARGE = 96;
/** While a tag is dragged. */
const MOVE_INTERVAL = 100;
/** Metres for an arrow key, and with Shift. */
const STEP = 0.5;
const LARGE_STEP = 5;
/** Milliseconds between two keys of a row, at most. */
const ROW_OF_KEYS = 2000;

const HELP = 'Drag a tag, or select it by Page Up or Page Down, and move it by the arrow keys (Shift: 5 m).';

/** Whether there is anything to draw. */
export function hasPlan(store: Store): boolean {
  const { hello } = store;
  if (!hello) return false;
  return (
    hello.walls.length > 0 ||
    hello.gateways.some(({ position }) => position) ||
    [...store.tags.values()].some(({ position }) => position)
  );
}

/** Where gateways and tags are. Tags are dragged, with the mouse, a finger or the arrow keys. */
export function FloorPlan({ store }: { readonly store: Store }) {
  useTopics(store, 'hello', 'tags', 'selection');
  const svg = useRef<SVGSVGElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const bounds = useRef<{ readonly hello: unknown; readonly bounds: Bounds } | undefined>(undefined);
  const [dragged, setDragged] = useState<Dragged>();
  const [spoken, speak] = useState('');
  /** The tag under the pointer. */
  const [pointed, point] = useState<string>();
  const sides = useRef<ReadonlyMap<string, Side>>(new Map());

  const hello = store.hello!;
  const tags = [...store.tags.values()].filter(({ position }) => position);
  const movable = store.can('moveTag');
  const positionOf = (tag: TagState): Point => (dragged?.tag === tag.id ? dragged.position : tag.position!);

  if (bounds.current?.hello !== hello || !dragged) {
    const points = [
      ...hello.walls.flatMap(({ from, to }) => [from, to]),
      ...hello.gateways.flatMap(({ position }) => (position ? [position] : [])),
      ...tags.map(({ position }) => position!),
    ];
    const before = bounds.current?.hello === hello ? bounds.current.bounds : undefined;
    bounds.current = { hello, bounds: boundsOf(points, before) };
  }
  const scale = new Scale(bounds.current.bounds, width || 320);
  const tell = (tag: TagState, [x, y]: Point): void => speak(`${nameOf(tag)} at ${x} m, ${y} m`);
  const plan: Plan = { store, svg, scale, tags, movable, tell };
  const sentAt = useRef(0);
  const { onPointerDown, onPointerMove, onPointerUp } = useDragging(plan, sentAt, dragged, setDragged);
  const onKeyDown = useKeys(plan, sentAt);

  const selected = tags.find(({ id }) => id === store.selectedTag);
  const marks: Named[] = [
    ...hello.gateways.flatMap(({ name: called, position }, place) =>
      position
        ? [{ id: `gateway ${place}`, name: called, x: scale.x(position[0]), y: scale.y(position[1]), strong: true }]
        : [],
    ),
    ...tags.map((tag): Named => {
      const [x, y] = positionOf(tag);
      return { id: tag.id, name: nameOf(tag), x: scale.x(x), y: scale.y(y), ...(tag === selected && { strong: true }) };
    }),
  ];
  const named = tags.length > MOST_NAMED ? marks.filter(({ strong }) => strong) : marks;
  const paths = selected ? pathsOf(scale, hello.gateways, selected, positionOf(selected), marks) : [];
  const taken = [measureBox(scale), ...paths.flatMap(({ box }) => box ?? [])];
  sides.current = placeNames(named, scale, taken, sides.current);
  const nameless = tags.find(({ id }) => id === pointed && !sides.current.has(id));
  return (
    <Panel
      id="plan"
      title="Floor plan"
      tools={
        <ul class="legend quiet">
          <li>
            <Sign kind="gateway" /> gateway
          </li>
          <li>
            <Sign kind="here" /> here
          </li>
          <li>
            <Sign kind="away" /> away
          </li>
        </ul>
      }
    >
      <div class="plan" ref={frame}>
        <svg
          ref={svg}
          width={scale.width}
          height={scale.height}
          class={tags.length > MOST_LARGE ? 'many' : undefined}
          // In SVG the case of an attribute counts.
          tabindex={0}
          role="application"
          aria-label={`Floor plan with ${hello.gateways.length} gateways and ${tags.length} tags`}
          aria-describedby="plan-help"
          onKeyDown={onKeyDown}
        >
          <Ground scale={scale} walls={hello.walls} />
          <Paths paths={paths} />
          {tags.map((tag) => {
            const [x, y] = positionOf(tag);
            return (
              <Dot
                key={tag.id}
                tag={tag}
                name={nameOf(tag)}
                x={scale.x(x)}
                y={scale.y(y)}
                presence={tag.silent ? 'silent' : (tag.presence ?? 'unknown')}
                side={sides.current.get(tag.id)}
                selected={tag === selected}
                movable={movable}
                down={onPointerDown}
                move={onPointerMove}
                up={onPointerUp}
                point={point}
              />
            );
          })}
          {hello.gateways.map((gateway, place) => (
            <Gateway
              key={gateway.name}
              scale={scale}
              gateway={gateway}
              side={sides.current.get(`gateway ${place}`) ?? 'above'}
            />
          ))}
          {selected && (
            <OnTop
              scale={scale}
              name={nameOf(selected)}
              at={positionOf(selected)}
              side={sides.current.get(selected.id)}
              kind="chosen"
            />
          )}
          {nameless && <OnTop scale={scale} name={nameOf(nameless)} at={positionOf(nameless)} kind="pointed" />}
        </svg>
        <p class="hidden" role="status">
          {spoken}
        </p>
        <p id="plan-help" class="hint quiet">
          {movable ? HELP : 'Page Up and Page Down select a tag.'}
        </p>
      </div>
    </Panel>
  );
}

/** What dragging and keys need of the plan. */
interface Plan {
  readonly store: Store;
  readonly svg: { readonly current: SVGSVGElement | null };
  readonly scale: Scale;
  /** Those with a position. */
  readonly tags: readonly TagState[];
  readonly movable: boolean;
  /** For screen readers: where a tag is now. */
  readonly tell: (tag: TagState, position: Point) => void;
}

/** A tag that a pointer holds, and where. */
interface Dragged {
  readonly tag: string;
  readonly position: [number, number];
}

function nameOf(tag: TagState): string {
  return tag.name || tag.address;
}

/** The width of an element in pixels, now and whenever it changes. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setWidth(element.current!.clientWidth));
    observer.observe(element.current!);
    setWidth(element.current!.clientWidth);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Selects the tag under a pressed pointer, and moves it with the pointer. `sentAt`: when a position was last sent. */
function useDragging(
  { store, svg, scale, movable, tell }: Plan,
  sentAt: { current: number },
  dragged: Dragged | undefined,
  setDragged: (dragged: Dragged | undefined) => void,
) {
  const move = (tag: TagState, position: [number, number]): void => {
    sentAt.current = performance.now();
    void store.moveTag(tag, position);
  };
  const onPointerDown = (tag: TagState, event: PointerEvent): void => {
    if (event.button !== 0) return;
    store.selectTag(tag.id);
    if (!movable) return;
    event.preventDefault();
    svg.current!.focus({ preventScroll: true });
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    setDragged({ tag: tag.id, position: [...tag.position!] });
  };
  const onPointerMove = (tag: TagState, event: PointerEvent): void => {
    if (dragged?.tag !== tag.id) return;
    const { left, top } = svg.current!.getBoundingClientRect();
    const position = scale.metres(event.clientX - left, event.clientY - top);
    setDragged({ tag: tag.id, position });
    if (performance.now() - sentAt.current > MOVE_INTERVAL) move(tag, position);
  };
  const onPointerUp = (tag: TagState): void => {
    if (dragged?.tag !== tag.id) return;
    const [x, y] = tag.position!;
    if (dragged.position[0] !== x || dragged.position[1] !== y) {
      move(tag, dragged.position);
      tell(tag, dragged.position);
    }
    setDragged(undefined);
  };
  return { onPointerDown, onPointerMove, onPointerUp };
}

/** Page Up and Page Down select a tag, the arrow keys move it. `sentAt`: when a position was last sent. */
function useKeys({ store, scale, tags, movable, tell }: Plan, sentAt: { current: number }) {
  /** Where a tag was sent last by a key. */
  const sent = useRef<{ readonly tag: string; readonly position: Point } | undefined>(undefined);
  return (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || tags.length === 0) return;
    const place = tags.findIndex(({ id }) => id === store.selectedTag);
    if (event.key === 'PageDown' || event.key === 'PageUp') {
      event.preventDefault();
      const step = event.key === 'PageDown' ? 1 : place < 0 ? 0 : -1;
      const tag = tags[(place + step + tags.length) % tags.length]!;
      store.selectTag(tag.id);
      return tell(tag, tag.position!);
    }
    const length = event.shiftKey ? LARGE_STEP : STEP;
    const steps: { readonly [key: string]: Point } = {
      ArrowLeft: [-length, 0],
      ArrowRight: [length, 0],
      ArrowUp: [0, length],
      ArrowDown: [0, -length],
    };
    const step = steps[event.key];
    const tag = tags[place];
    if (!step || !tag || !movable) return;
    event.preventDefault();
    const { left, right, bottom, top } = scale.bounds;
    // Of keys in a row each goes on from the one before: what the server told meanwhile may be from before it.
    const isRow = sent.current?.tag === tag.id && performance.now() - sentAt.current < ROW_OF_KEYS;
    const [x, y] = isRow ? sent.current!.position : tag.position!;
    const position: [number, number] = [
      decimetres(clamp(x + step[0], left, right)),
      decimetres(clamp(y + step[1], bottom, top)),
    ];
    sentAt.current = performance.now();
    void store.moveTag(tag, position);
    sent.current = { tag: tag.id, position };
    tell(tag, position);
  };
}

function Sign({ kind }: { readonly kind: 'gateway' | 'here' | 'away' }) {
  return (
    <svg width="12" height="12" aria-hidden="true" class={kind === 'gateway' ? 'place-gateway' : `dot dot-${kind}`}>
      {kind === 'gateway' ? <rect x="2" y="2" width="8" height="8" /> : <circle cx="6" cy="6" r="4" />}
    </svg>
  );
}

/** Where the line of the scale begins, behind its text. */
const MEASURE = 36;

/** Metres between two lines. */
function latticeOf({ pixels }: Scale): number {
  return [1, 5, 10, 50, 100, 500, 1_000].find((length) => length * pixels >= 40) ?? 5_000;
}

function measureBox(scale: Scale): Box {
  const right = MEASURE + latticeOf(scale) * scale.pixels;
  return { left: 0, right, top: scale.height - 16, bottom: scale.height };
}

/** Lines, the scale, and the walls. */
function Ground({ scale, walls }: { readonly scale: Scale; readonly walls: readonly WallPlace[] }) {
  const { left, right, bottom, top } = scale.bounds;
  const every = latticeOf(scale);
  const lines = (from: number, to: number): number[] => {
    const places: number[] = [];
    for (let at = Math.ceil(from / every) * every; at <= to; at += every) places.push(at);
    return places;
  };
  return (
    <g aria-hidden="true">
      {lines(left, right).map((x) => (
        <line key={`x${x}`} class="lattice" x1={scale.x(x)} x2={scale.x(x)} y1={0} y2={scale.height} />
      ))}
      {lines(bottom, top).map((y) => (
        <line key={`y${y}`} class="lattice" y1={scale.y(y)} y2={scale.y(y)} x1={0} x2={scale.width} />
      ))}
      <text class="plan-text" x={4} y={scale.height - 5}>
        {every} m
      </text>
      <line
        class="measure"
        x1={MEASURE}
        x2={MEASURE + every * scale.pixels}
        y1={scale.height - 8}
        y2={scale.height - 8}
      />
      {walls.map(({ from, to }, at) => (
        <line
          key={at}
          class="wall"
          x1={scale.x(from[0])}
          y1={scale.y(from[1])}
          x2={scale.x(to[0])}
          y2={scale.y(to[1])}
        />
      ))}
    </g>
  );
}

/** From the selected tag to a gateway that heard it. */
interface Path {
  readonly gateway: number;
  readonly from: Point;
  readonly to: Point;
  readonly text: string;
  /** Of the text; undefined: there is no room for it. */
  readonly box: Box | undefined;
}

function pathsOf(
  scale: Scale,
  gateways: readonly GatewayPlace[],
  tag: TagState,
  at: Point,
  marks: readonly Named[],
): Path[] {
  return tag.heard.flatMap(({ gateway, rssi }) => {
    const position = gateways[gateway]?.position;
    if (!position) return [];
    const from: Point = [scale.x(at[0]), scale.y(at[1])];
    const to: Point = [scale.x(position[0]), scale.y(position[1])];
    const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const box = { left: x - 24, right: x + 24, top: y - 14, bottom: y };
    const isFree = !marks.some((mark) => isNear(mark, box));
    return [{ gateway, from, to, text: `${rssi} dBm`, box: isFree ? box : undefined }];
  });
}

function Paths({ paths }: { readonly paths: readonly Path[] }) {
  return (
    <g aria-hidden="true">
      {paths.map(({ gateway, from, to, text, box }) => (
        <g key={gateway}>
          <line class="path" x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} />
          {box && (
            <text class="plan-text" text-anchor="middle" x={(box.left + box.right) / 2} y={box.bottom - 3}>
              {text}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

function Gateway(props: { readonly scale: Scale; readonly gateway: GatewayPlace; readonly side: Side }) {
  const { scale, gateway, side } = props;
  if (!gateway.position) return null;
  const [x, y] = [scale.x(gateway.position[0]), scale.y(gateway.position[1])];
  return (
    <g class="place-gateway">
      <title>{`${gateway.name} (${gateway.board})`}</title>
      <rect x={x - 5} y={y - 5} width={10} height={10} />
      <Name name={gateway.name} side={side} x={x} y={y} strong />
    </g>
  );
}

function Name(props: { name: string; side: Side; x: number; y: number; strong?: boolean }) {
  const { name, side, x, y, strong = false } = props;
  const { dx, dy, anchor } = ANCHORS[side];
  return (
    <text class={strong ? 'plan-text strong' : 'plan-text'} text-anchor={anchor} x={x + dx} y={y + dy}>
      {name}
    </text>
  );
}

/** A name above all that is drawn: of the selected tag, and of one that is pointed at and has no room for it. */
function OnTop(props: {
  readonly scale: Scale;
  readonly name: string;
  readonly at: Point;
  readonly side?: Side | undefined;
  readonly kind: 'chosen' | 'pointed';
}) {
  const { scale, name, at, kind } = props;
  const [x, y] = [scale.x(at[0]), scale.y(at[1])];
  const { side = x > scale.width / 2 ? 'left' : 'right' } = props;
  return (
    <g class={kind} aria-hidden="true">
      <Name name={name} side={side} x={x} y={y} strong />
    </g>
  );
}

interface DotProps {
  readonly tag: TagState;
  readonly name: string;
  /** Pixels. */
  readonly x: number;
  readonly y: number;
  readonly presence: string;
  /** Where its name is; undefined: there is no room for it. */
  readonly side: Side | undefined;
  readonly selected: boolean;
  readonly movable: boolean;
  readonly down: (tag: TagState, event: PointerEvent) => void;
  readonly move: (tag: TagState, event: PointerEvent) => void;
  readonly up: (tag: TagState) => void;
  /** The pointer is on it, or has left it: undefined. */
  readonly point: (tag: string | undefined) => void;
}

/** A tag, made again only when it looks different. */
class Dot extends Component<DotProps> {
  override shouldComponentUpdate(next: DotProps): boolean {
    const { x, y, name, presence, side, selected, movable } = this.props;
    return (
      x !== next.x ||
      y !== next.y ||
      name !== next.name ||
      presence !== next.presence ||
      side !== next.side ||
      selected !== next.selected ||
      movable !== next.movable
    );
  }

  // The handlers of the last rendering of the plan, also where this was not rendered again.
  private readonly down = (event: PointerEvent): void => this.props.down(this.props.tag, event);
  private readonly move = (event: PointerEvent): void => this.props.move(this.props.tag, event);
  private readonly up = (): void => this.props.up(this.props.tag);
  private readonly enter = (): void => this.props.point(this.props.tag.id);
  private readonly leave = (): void => this.props.point(undefined);

  render({ tag, name, x, y, presence, side, selected, movable }: DotProps) {
    return (
      <g
        class={`dot dot-${presence}${selected ? ' selected' : ''}${movable ? ' movable' : ''}`}
        data-tag={tag.id}
        transform={`translate(${x} ${y})`}
        onPointerDown={this.down}
        onPointerMove={this.move}
        onPointerUp={this.up}
        onPointerCancel={this.up}
        onPointerEnter={this.enter}
        onPointerLeave={this.leave}
      >
        <title>{name}</title>
        <circle class="reach" r={12} />
        {selected && <circle class="ring" r={9} />}
        <circle class="mark" r={4.5} />
        {side && !selected && <Name name={name} side={side} x={0} y={0} />}
      </g>
    );
  }
}
