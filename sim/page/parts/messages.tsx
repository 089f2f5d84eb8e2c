import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { GatewayFilter, SearchField } from '../filters.js';
import { dateOf, exactTimeOfDay, valueText } from '../format.js';
import { Grid } from '../grid.js';
import type { Column } from '../grid.js';
import { useTopics } from '../store.js';
import type { MessageEntry, Store } from '../store.js';
import { countText, latencyText } from './format.js';
import { hexDump, indentJson, topicMatches } from './payload.js';

/** A message as the list shows it: a row of its own whenever something of it has changed. */
interface Row {
  readonly message: MessageEntry;
  readonly acknowledgedAfter: number | undefined;
}

const columns: readonly Column<Row>[] = [
  { id: 'time', name: 'Time', cell: ({ message }) => exactTimeOfDay(message.time) },
  {
    id: 'direction',
    name: 'Direction',
    nameHidden: true,
    cell: ({ message: { direction } }) => (
      <>
        <span aria-hidden="true">{direction === 'up' ? '↑' : '↓'}</span>
        <span class="hidden">{direction === 'up' ? 'to the broker' : 'to the device'}</span>
      </>
    ),
  },
  { id: 'topic', name: 'Topic', cell: ({ message }) => <bdi>{message.topic}</bdi> },
  { id: 'payload', name: 'Payload', cell: ({ message }) => summaryOf(message) },
  { id: 'qos', name: 'QoS', cell: ({ message }) => flagsOf(message) },
  { id: 'ack', name: 'Acknowledged', numeric: true, cell: (row) => acknowledgementOf(row) },
];

/** Whoever listens at a broker is not told of the PUBACKs of others. */
const columnsWithoutAcknowledgement = columns.filter(({ id }) => id !== 'ack');

/** Messages that were there when the list was paused. */
interface Held {
  readonly messages: readonly MessageEntry[];
  /** Identifier of the last one. */
  readonly seen: number;
  /** By scrolling: it goes on when the person comes back to the newest one. */
  readonly scrolled: boolean;
}

/** Pixels from the top above which a person reads what is older. */
const SCROLLED = 14;

/** The messages as they go, newest first. */
export function Messages({ store }: { readonly store: Store }) {
  useTopics(store, 'messages', 'hello');
  const [text, setText] = useState('');
  const [topic, setTopic] = useState('');
  const [gateway, setGateway] = useState('');
  const [chosen, choose] = useState<number>();
  /** The messages that were there when the list was paused; undefined: it goes on. */
  const [held, hold] = useState<Held>();
  const rows = useRef(new WeakMap<MessageEntry, Row>());
  const { hello } = store;

  // Another world: what was held is of no world that there is.
  useEffect(() => {
    hold(undefined);
    choose(undefined);
  }, [hello]);

  const pause = (scrolled: boolean): void => {
    hold({ messages: [...store.messages], seen: lastId(store.messages), scrolled });
  };

  // New messages would push away what is read.
  const onScroll = ({ target }: Event): void => {
    if (!(target instanceof Element) || !target.classList.contains('grid')) return;
    if (target.scrollTop > SCROLLED && !held) pause(true);
    else if (target.scrollTop <= SCROLLED && held?.scrolled) hold(undefined);
  };

  const gateways = hello?.gateways ?? [];
  const all = held?.messages ?? store.messages;
  const wanted = text.trim().toLowerCase();
  const matching = all.filter(
    (message) =>
      (topic.trim() === '' || topicMatches(topic.trim(), message.topic)) &&
      (gateway === '' || message.gateway === Number(gateway)) &&
      (wanted === '' ||
        message.topic.toLowerCase().includes(wanted) ||
        message.payload.toLowerCase().includes(wanted) ||
        (message.meaning ?? '').toLowerCase().includes(wanted)),
  );
  const shown = matching.reverse().map((message) => rowOf(rows.current, message));
  const missed = held ? lastId(store.messages) - held.seen : 0;
  const selected = chosen === undefined ? undefined : all.find(({ id }) => id === chosen);

  return (
    <div class="messages" onScrollCapture={onScroll}>
      <div class="tools">
        <button type="button" aria-pressed={held !== undefined} onClick={() => (held ? hold(undefined) : pause(false))}>
          Pause
        </button>
        <SearchField label="Filter messages by text" placeholder="Text" value={text} onChange={setText} />
        <SearchField label="Filter messages by topic" placeholder="Topic or filter" value={topic} onChange={setTopic} />
        <GatewayFilter
          label="Gateway whose messages are shown"
          gateways={gateways}
          value={gateway}
          onChange={setGateway}
        />
        <span class="quiet message-counts">{countsText(shown.length, all.length, missed, store.messagesLeft)}</span>
      </div>
      <Grid
        id="messages"
        label="Messages, newest first"
        columns={hello?.source === 'topics' ? columnsWithoutAcknowledgement : columns}
        rows={shown}
        keyOf={(row) => String(row.message.id)}
        selected={chosen === undefined ? undefined : String(chosen)}
        onSelect={(key) => choose(Number(key) === chosen ? undefined : Number(key))}
        empty={all.length === 0 ? 'No message yet.' : 'No message matches.'}
      />
      {selected && <Detail store={store} message={selected} onClose={() => choose(undefined)} />}
    </div>
  );
}

function rowOf(rows: WeakMap<MessageEntry, Row>, message: MessageEntry): Row {
  const before = rows.get(message);
  if (before && before.acknowledgedAfter === message.acknowledgedAfter) return before;
  const row = { message, acknowledgedAfter: message.acknowledgedAfter };
  rows.set(message, row);
  return row;
}

function lastId(messages: readonly MessageEntry[]): number {
  return messages[messages.length - 1]?.id ?? 0;
}

function countsText(shown: number, all: number, missed: number, left: number): string {
  const parts = [shown === all ? `${valueText(all)} messages` : `${valueText(shown)} of ${valueText(all)} messages`];
  if (missed > 0) parts.push(`${valueText(missed)} since the pause`);
  if (left > 0) parts.push(`${valueText(left)} too many to be shown`);
  return parts.join(', ');
}

/** In one line. */
function summaryOf({ payload, hex, length, meaning }: MessageEntry): string {
  if (meaning !== undefined) return meaning.slice(0, 240);
  if (length === 0) return '(empty)';
  return hex ? `${length} B: ${payload.slice(0, 80)}` : payload.slice(0, 240);
}

function flagsOf({ qos, retain, dup }: MessageEntry): string {
  return `${qos}${retain ? ' retain' : ''}${dup ? ' dup' : ''}`;
}

function needsAcknowledgement({ qos, direction }: MessageEntry): boolean {
  return qos > 0 && direction === 'up';
}

function acknowledgementOf({ message, acknowledgedAfter }: Row) {
  if (acknowledgedAfter !== undefined) return latencyText(acknowledgedAfter);
  if (!needsAcknowledgement(message)) return <span class="quiet">–</span>;
  return <span class="waiting">waiting</span>;
}

/** The whole message. */
function Detail({ store, message, onClose }: { store: Store; message: MessageEntry; onClose: () => void }) {
  const [raw, setRaw] = useState(false);
  const { payload, hex, length, topic, time, gateway } = message;
  const text = message.meaning ?? (hex ? undefined : payload);
  const indented = useMemo(() => (text === undefined ? undefined : indentJson(text)), [text]);
  const bytes = hex ? payload.length / 2 : new TextEncoder().encode(payload).length;
  const name = gateway === undefined ? undefined : store.hello?.gateways[gateway]?.name;
  return (
    <section class="message-detail" aria-label="The message that is selected">
      <div class="tools">
        <strong class="mono">{topic}</strong>
        <button type="button" class="close" aria-label="Close the message" onClick={onClose}>
          ×
        </button>
      </div>
      <dl class="message-facts">
        <div>
          <dt>time</dt>
          <dd>
            {dateOf(time)} {exactTimeOfDay(time)}
          </dd>
        </div>
        {name !== undefined && (
          <div>
            <dt>{message.direction === 'up' ? 'from' : 'to'}</dt>
            <dd>{name}</dd>
          </div>
        )}
        <div>
          <dt>QoS</dt>
          <dd>{flagsOf(message)}</dd>
        </div>
        <div>
          <dt>length</dt>
          <dd>{valueText(length)} B</dd>
        </div>
        <Acknowledgement store={store} message={message} />
      </dl>
      {indented !== undefined && (
        <label class="check">
          <input type="checkbox" checked={!raw} onChange={() => setRaw(!raw)} />
          indented
        </label>
      )}
      <pre class="payload" tabIndex={0} aria-label="Payload">
        {length === 0 ? '(empty)' : !raw && indented !== undefined ? indented : hex ? hexDump(payload) : payload}
      </pre>
      {message.meaning !== undefined && indented === undefined && <p class="quiet">{message.meaning}</p>}
      {bytes < length && <p class="quiet">The first {valueText(bytes)} bytes.</p>}
    </section>
  );
}

/** How long it took, or for how long it has been waited for. */
function Acknowledgement({ store, message }: { store: Store; message: MessageEntry }) {
  useTopics(store, 'state', 'messages');
  if (!needsAcknowledgement(message)) return null;
  const { acknowledgedAfter, time } = message;
  if (store.hello?.source === 'topics') return null;
  const now = store.state?.now ?? time;
  return (
    <div>
      <dt>acknowledged</dt>
      <dd>
        {acknowledgedAfter === undefined
          ? `not yet, waiting for ${countText(now - time)}`
          : `after ${latencyText(acknowledgedAfter)}`}
      </dd>
    </div>
  );
}
