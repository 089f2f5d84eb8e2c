import { useLayoutEffect, useReducer } from 'preact/hooks';
import { connectionMachine, sessionMachine } from './parts/machines.js';
import { StateTrail } from './parts/state-trail.js';
import { Terminal } from './parts/terminal.js';
import { PROTOCOL } from './protocol.js';
import type {
  Answer,
  ControlName,
  ControlParameters,
  CoverageAt,
  FleetGateway,
  GatewayState,
  Hello,
  LogUpdate,
  MessageSeen,
  Request,
  StateUpdate,
  TagState,
  ToPage,
} from './protocol.js';

/** What a component subscribes to; it is rendered again when one of its topics changed. */
export type Topic =
  /** The connection of the page to its server. */
  | 'link'
  | 'hello'
  /** `state` and the history of the meters. */
  | 'state'
  /** `tags` and their RSSI. */
  | 'tags'
  | 'messages'
  | 'readings'
  | 'log'
  | 'console'
  | 'fleet'
  | 'coverage'
  /** `selectedTag` and `selectedGateway`. */
  | 'selection'
  | 'notices';

/** How the page is connected to its server. */
export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** `retryAt` in milliseconds since 1970, on the clock of the browser. `full`: too many pages are open. */
  | { readonly state: 'waiting'; readonly retryAt: number; readonly full: boolean }
  /** The server does not take the token of this page, or the address has none. */
  | { readonly state: 'refused' }
  /** The server speaks a newer protocol. */
  | { readonly state: 'outdated' };

/** A message, and how long after it its PUBACK came; undefined: not yet, or it needs none. */
export interface MessageEntry extends MessageSeen {
  acknowledgedAfter?: number;
}

export type LogLine = LogUpdate['lines'][number];

/** A line for the person at the page: what could not be done. */
export interface Notice {
  readonly id: number;
  readonly text: string;
}

/** How much of each kind is kept, so that a page can stay open for days. */
export const LIMITS = {
  messages: 2_000,
  logLines: 2_000,
  /** Lines of a console. */
  consoleLines: 1_000,
  /** Points of a meter: ten minutes at four a second. */
  meterPoints: 2_400,
  /** Points of a field of a tag. */
  readingPoints: 600,
  /** Of the sparkline in the table. */
  rssiPoints: 32,
  /** Pages are not told of more. */
  notices: 4,
} as const;

/** Values over time, oldest first; the oldest are forgotten. The arrays are those that uPlot takes. */
export class Series {
  readonly times: number[] = [];
  readonly values: number[] = [];

  constructor(
    readonly limit: number,
    readonly unit = '',
  ) {}

  push(time: number, value: number): void {
    this.times.push(time);
    this.values.push(value);
    // Removing from the front moves the whole array: a quarter at once.
    if (this.times.length > this.limit * 1.25) {
      const excess = this.times.length - this.limit;
      this.times.splice(0, excess);
      this.values.splice(0, excess);
    }
  }

  get last(): number | undefined {
    return this.values[this.values.length - 1];
  }
}

function keepLast(list: unknown[], limit: number): void {
  if (list.length > limit * 1.25) list.splice(0, list.length - limit);
}

/**
 * All that the page knows, made of what the server tells. Components read its fields and are told by topic that they
 * changed, at most once for each call of `schedule`, which in a browser is once a frame.
 */
export class Store {
  link: Link = { state: 'connecting' };
  /** When the connection was lost since which all that is here is old; milliseconds since 1970, of the browser. */
  lostAt: number | undefined;
  hello: Hello | undefined;
  state: StateUpdate | undefined;
  /** By `TagState.id`, in the order in which they were first told. */
  readonly tags = new Map<string, TagState>();
  /** RSSI at the gateway that heard the tag last, by tag. */
  readonly rssi = new Map<string, Series>();
  /** Oldest first. */
  readonly messages: MessageEntry[] = [];
  /** Messages that the server saw and did not tell. */
  messagesLeft = 0;
  /** By tag, then by the name of the field; fields that are numbers. */
  readonly readings = new Map<string, Map<string, Series>>();
  /** By place of the gateway, then by the identifier of the meter. */
  readonly meters: Map<string, Series>[] = [];
  readonly log: LogLine[] = [];
  /** The screens of the consoles, by place of the gateway. */
  readonly terminals: Terminal[] = [];
  /** The ways of connection and session, by place of the gateway. */
  readonly trails: { readonly connection: StateTrail; readonly session: StateTrail }[] = [];
  readonly fleet = new Map<string, FleetGateway>();
  fleetTotal = 0;
  /** By the address of the tag. */
  readonly coverage = new Map<string, readonly CoverageAt[]>();
  readonly notices: Notice[] = [];
  selectedTag: string | undefined;
  /** The panel of the tag takes the focus when it is rendered next. */
  focusTag = false;
  selectedGateway = 0;

  /** Sends a text to the server; undefined while there is no connection. */
  send: ((text: string) => void) | undefined;

  private readonly listeners = new Map<Topic, Set<() => void>>();
  private readonly changed = new Set<Topic>();
  private readonly answers = new Map<number, (answer: Answer) => void>();
  private readonly byMessageId = new Map<number, MessageEntry>();
  private lastRequest = 0;
  private lastNotice = 0;

  /** `schedule` calls `flush` later, once. */
  constructor(private readonly schedule: (flush: () => void) => void) {}

  /** Calls `listener` when one of the topics changed, until the returned function is called. */
  subscribe(topics: readonly Topic[], listener: () => void): () => void {
    for (const topic of topics) {
      const set = this.listeners.get(topic) ?? new Set();
      this.listeners.set(topic, set.add(listener));
    }
    return () => {
      for (const topic of topics) this.listeners.get(topic)?.delete(listener);
    };
  }

  /** It is possible here; what is not is absent from the page. */
  can(control: ControlName): boolean {
    return this.hello?.controls.includes(control) ?? false;
  }

  /** Asks the server; never rejects: what is wrong is in the answer. */
  request<Name extends ControlName>(name: Name, parameters: ControlParameters[Name]): Promise<Answer> {
    const id = ++this.lastRequest;
    const { send } = this;
    if (!send) return Promise.resolve({ type: 'answer', id, error: 'not connected to tagwire' });
    return new Promise((resolve) => {
      this.answers.set(id, resolve);
      send(JSON.stringify({ id, name, parameters } as Request));
    });
  }

  /** As `request`, for controls that have no place of their own for errors: they become a notice. */
  async command<Name extends ControlName>(name: Name, parameters: ControlParameters[Name]): Promise<boolean> {
    const { error } = await this.request(name, parameters);
    if (error !== undefined) this.notice(error);
    return error === undefined;
  }

  /** Shows a tag at its new place at once, since the server tells it a moment later; back, when it may not be there. */
  async moveTag(tag: TagState, position: [number, number]): Promise<void> {
    const moved = { ...tag, position };
    this.tags.set(tag.id, moved);
    this.change('tags');
    const done = await this.command('moveTag', { tag: tag.id, position });
    if (done || this.tags.get(tag.id) !== moved) return;
    this.tags.set(tag.id, tag);
    this.change('tags');
  }

  notice(text: string): void {
    this.notices.push({ id: ++this.lastNotice, text });
    if (this.notices.length > LIMITS.notices) this.notices.shift();
    this.change('notices');
  }

  dismiss(id: number): void {
    const at = this.notices.findIndex((notice) => notice.id === id);
    if (at >= 0) this.notices.splice(at, 1);
    this.change('notices');
  }

  /** `focus`: the person goes on in the panel of the tag. */
  selectTag(id: string | undefined, focus = false): void {
    this.selectedTag = id;
    this.focusTag = focus;
    this.change('selection');
  }

  selectGateway(place: number): void {
    this.selectedGateway = place;
    this.change('selection');
  }

  setLink(link: Link): void {
    this.link = link;
    if (link.state === 'open' || link.state === 'outdated' || !this.hello) this.lostAt = undefined;
    else this.lostAt ??= Date.now();
    if (link.state !== 'open') {
      const answers = [...this.answers];
      this.answers.clear();
      for (const [id, resolve] of answers) resolve({ type: 'answer', id, error: 'the connection to tagwire was lost' });
    }
    this.change('link');
  }

  /** Takes a text of the server. Texts of types that this page does not know are passed over. */
  take(text: ToPage): void {
    switch (text.type) {
      case 'hello':
        this.forget();
        this.hello = text;
        if (text.protocol > PROTOCOL) this.setLink({ state: 'outdated' });
        this.change(
          'hello',
          'state',
          'tags',
          'messages',
          'readings',
          'log',
          'console',
          'fleet',
          'coverage',
          'selection',
        );
        break;
      case 'state':
        this.takeState(text);
        break;
      case 'tags':
        for (const tag of text.tags) this.takeTag(tag);
        for (const id of text.removed ?? []) this.removeTag(id);
        // The first ones after a Hello are all that there are.
        if (this.selectedTag !== undefined && !this.tags.has(this.selectedTag)) this.selectTag(undefined);
        this.change('tags');
        break;
      case 'messages':
        for (const message of text.messages) {
          const entry: MessageEntry = { ...message };
          this.messages.push(entry);
          this.byMessageId.set(entry.id, entry);
        }
        if (this.messages.length > LIMITS.messages * 1.25) {
          const old = this.messages.splice(0, this.messages.length - LIMITS.messages);
          for (const { id } of old) this.byMessageId.delete(id);
        }
        this.messagesLeft += text.left ?? 0;
        this.change('messages');
        break;
      case 'acknowledged':
        for (const { id, after } of text.messages) {
          const entry = this.byMessageId.get(id);
          if (entry) entry.acknowledgedAfter = after;
        }
        this.change('messages');
        break;
      case 'readings':
        for (const { tag, time, fields } of text.readings) {
          for (const { name, value, unit } of fields) {
            if (typeof value !== 'number') continue;
            const series = this.readings.get(tag) ?? new Map<string, Series>();
            this.readings.set(tag, series);
            const points = series.get(name) ?? new Series(LIMITS.readingPoints, unit);
            series.set(name, points);
            points.push(time, value);
          }
        }
        this.change('readings');
        break;
      case 'log':
        this.log.push(...text.lines);
        keepLast(this.log, LIMITS.logLines);
        this.change('log');
        break;
      case 'console':
        this.terminalOf(text.gateway).write(text.text);
        this.change('console');
        break;
      case 'answer': {
        const resolve = this.answers.get(text.id);
        this.answers.delete(text.id);
        resolve?.(text);
        break;
      }
      case 'fleet':
        for (const gateway of text.gateways) this.fleet.set(gateway.name, gateway);
        this.fleetTotal = text.total;
        this.change('fleet');
        break;
      case 'coverage':
        for (const { address, gateways } of text.tags) this.coverage.set(address, gateways);
        for (const address of text.removed ?? []) this.coverage.delete(address);
        this.change('coverage');
        break;
    }
  }

  private takeState(text: StateUpdate): void {
    this.state = text;
    text.gateways.forEach((gateway, place) => {
      this.takeStates(text.now, gateway, place);
      const history = (this.meters[place] ??= new Map());
      for (const { id, value, unit } of [...gateway.meters, ...(gateway.xs?.meters ?? [])]) {
        const points = history.get(id) ?? new Series(LIMITS.meterPoints, unit);
        history.set(id, points);
        // A paused world tells the same moment again and again.
        if (points.times[points.times.length - 1] !== text.now) points.push(text.now, value);
      }
    });
    this.change('state');
  }

  private takeStates(now: number, { connection, session, entered }: GatewayState, place: number): void {
    const trails = (this.trails[place] ??= {
      connection: new StateTrail(connectionMachine.steps),
      session: new StateTrail(sessionMachine.steps),
    });
    const of = (name: 'connection' | 'session'): { time: number; state: number }[] =>
      (entered ?? []).flatMap(({ time, [name]: state }) => (state === undefined ? [] : [{ time, state }]));
    trails.connection.take({ now, state: connection, entered: of('connection') });
    trails.session.take({ now, state: session, entered: of('session') });
  }

  /** Made when it is needed first. */
  terminalOf(gateway: number): Terminal {
    return (this.terminals[gateway] ??= new Terminal(LIMITS.consoleLines));
  }

  private takeTag(tag: TagState): void {
    this.tags.set(tag.id, tag);
    const heard = lastHeard(tag);
    if (!heard) return;
    const points = this.rssi.get(tag.id) ?? new Series(LIMITS.rssiPoints, 'dBm');
    this.rssi.set(tag.id, points);
    if (points.times[points.times.length - 1] !== heard.at) points.push(heard.at, heard.rssi);
  }

  private removeTag(id: string): void {
    this.tags.delete(id);
    this.rssi.delete(id);
    this.readings.delete(id);
  }

  private forget(): void {
    this.state = undefined;
    for (const map of [this.tags, this.rssi, this.readings, this.byMessageId, this.fleet, this.coverage]) map.clear();
    for (const list of [this.messages, this.meters, this.log, this.terminals, this.trails]) list.length = 0;
    this.messagesLeft = 0;
    this.fleetTotal = 0;
    this.selectedGateway = 0;
  }

  private change(...topics: readonly Topic[]): void {
    if (this.changed.size === 0) this.schedule(this.flush);
    for (const topic of topics) this.changed.add(topic);
  }

  private readonly flush = (): void => {
    const listeners = new Set<() => void>();
    for (const topic of this.changed) for (const listener of this.listeners.get(topic) ?? []) listeners.add(listener);
    this.changed.clear();
    for (const listener of listeners) listener();
  };
}

/** How the gateway that heard a tag last heard it. */
export function lastHeard(tag: TagState): TagState['heard'][number] | undefined {
  let last: TagState['heard'][number] | undefined;
  for (const heard of tag.heard) if (!last || heard.at > last.at) last = heard;
  return last;
}

/** Renders the component again when one of the topics changed. The topics must be the same in each rendering. */
export function useTopics(store: Store, ...topics: readonly Topic[]): void {
  const [, render] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => store.subscribe(topics, () => render(undefined)), [store]);
}
