import { Component } from 'preact';
import { useState } from 'preact/hooks';
import { GatewayFilter, SearchField } from '../filters.js';
import { dateOf, exactTimeOfDay, valueText } from '../format.js';
import { useTopics } from '../store.js';
import type { LogLine, Store } from '../store.js';

const KINDS: readonly { readonly kind: LogLine['kind']; readonly name: string }[] = [
  { kind: 'device', name: 'device' },
  { kind: 'world', name: 'world' },
  { kind: 'broken', name: 'broken rules' },
];

/** Of the lines that match, so many of the newest are in the document. */
const SHOWN = 300;

/** The log of the gateways and of the world, newest first. */
export function Log({ store }: { readonly store: Store }) {
  useTopics(store, 'log', 'hello');
  const [hidden, hide] = useState<readonly LogLine['kind'][]>([]);
  const [filter, setFilter] = useState('');
  const [gateway, setGateway] = useState('');
  const [most, setMost] = useState(SHOWN);
  const gateways = store.hello?.gateways ?? [];
  const wanted = filter.trim().toLowerCase();
  const matching = store.log.filter(
    (line) =>
      !hidden.includes(line.kind) &&
      (gateway === '' || line.gateway === Number(gateway)) &&
      (wanted === '' || line.text.toLowerCase().includes(wanted)),
  );
  const kinds = KINDS.filter(({ kind }) => kind === 'device' || store.log.some((line) => line.kind === kind));
  return (
    <div class="log">
      <div class="tools">
        <SearchField label="Filter the log by text" placeholder="Filter" value={filter} onChange={setFilter} />
        <GatewayFilter label="Gateway whose log is shown" gateways={gateways} value={gateway} onChange={setGateway} />
        {kinds.length > 1 &&
          kinds.map(({ kind, name }) => (
            <label key={kind} class="check">
              <input
                type="checkbox"
                checked={!hidden.includes(kind)}
                onChange={() => hide(hidden.includes(kind) ? hidden.filter((one) => one !== kind) : [...hidden, kind])}
              />
              {name}
            </label>
          ))}
        <span class="quiet">
          {matching.length === store.log.length
            ? `${valueText(matching.length)} lines`
            : `${valueText(matching.length)} of ${valueText(store.log.length)} lines`}
        </span>
      </div>
      <ol class="log-lines" tabIndex={0} aria-label="Log, newest first">
        {matching
          .slice(-most)
          .reverse()
          .map((line) => (
            <Line
              key={keyOf(line)}
              line={line}
              name={gateways.length > 1 && line.gateway !== undefined ? gateways[line.gateway]?.name : undefined}
            />
          ))}
      </ol>
      {matching.length === 0 && (
        <p class="empty quiet">{store.log.length === 0 ? 'No line yet.' : 'No line matches.'}</p>
      )}
      {matching.length > most && (
        <button type="button" onClick={() => setMost(most + SHOWN)}>
          {valueText(matching.length - most)} older lines
        </button>
      )}
    </div>
  );
}

let lastKey = 0;
const keys = new WeakMap<LogLine, number>();

/** Stays with a line while others come and go. */
function keyOf(line: LogLine): number {
  const key = keys.get(line) ?? ++lastKey;
  keys.set(line, key);
  return key;
}

interface LineProps {
  readonly line: LogLine;
  readonly name: string | undefined;
}

/** Made once. */
class Line extends Component<LineProps> {
  override shouldComponentUpdate(next: LineProps): boolean {
    return next.line !== this.props.line || next.name !== this.props.name;
  }

  render({ line: { time, kind, text }, name }: LineProps) {
    return (
      <li class={`log-line log-${kind}`}>
        <time dateTime={`${dateOf(time)}T${exactTimeOfDay(time)}Z`} title={dateOf(time)}>
          {exactTimeOfDay(time)}
        </time>{' '}
        {name !== undefined && <span class="quiet">{name} </span>}
        {kind !== 'device' && <span class="log-kind">{kind === 'broken' ? 'broken rule' : 'world'}</span>}{' '}
        <span class="log-text">{text}</span>
      </li>
    );
  }
}
