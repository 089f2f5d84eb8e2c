import { useState } from 'preact/hooks';
import { SearchField } from './filters.js';
import { lengthOfTime, quantity } from './format.js';
import { Grid } from './grid.js';
import type { Column } from './grid.js';
import type { FieldValue, TagState } from './protocol.js';
import { Panel } from './shell.js';
import { lastHeard, useTopics } from './store.js';
import type { Series, Store } from './store.js';

const SIGNS = { here: '●', away: '○' } as const;

/** Whether a tag has each of the words in its name, address, format or presence. */
export function matches(tag: TagState, words: readonly string[]): boolean {
  const text = `${tag.name} ${tag.address} ${tag.format} ${tag.presence ?? ''}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** All tags: sorted by a heading, filtered by words and presence; a click shows the panel of the tag. */
export function TagTable({ store }: { readonly store: Store }) {
  useTopics(store, 'tags', 'state', 'selection');
  const [filter, setFilter] = useState('');
  const [presence, setPresence] = useState('');
  const [columns] = useState(() => columnsOf(store));

  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [...store.tags.values()];
  const rows = all.filter((tag) => (presence === '' || tag.presence === presence) && matches(tag, words));
  const filtered = rows.length !== all.length;

  return (
    <Panel
      id="tags"
      title="Tags"
      tools={
        <>
          <span class="quiet" role="status">
            {filtered ? `${rows.length} of ${all.length}` : all.length}
          </span>
          <SearchField
            class="filter"
            label="Filter tags by name, address or format"
            placeholder="Filter by name, address, format"
            value={filter}
            onChange={setFilter}
          />
          <select
            aria-label="Filter tags by presence"
            value={presence}
            onChange={({ currentTarget }) => setPresence(currentTarget.value)}
          >
            <option value="">here or away</option>
            <option value="here">here</option>
            <option value="away">away</option>
          </select>
        </>
      }
    >
      <Grid
        id="tag"
        label="Tags"
        columns={columns}
        rows={rows}
        keyOf={(tag) => tag.id}
        selected={store.selectedTag}
        onSelect={(key, by) => store.selectTag(key, by === 'keyboard')}
        epoch={Math.floor((store.state?.now ?? 0) / 1000)}
        empty={all.length === 0 ? 'No tag was heard yet.' : 'No tag matches the filter.'}
      />
    </Panel>
  );
}

function columnsOf(store: Store): readonly Column<TagState>[] {
  return [
    {
      id: 'name',
      name: 'Name',
      order: (tag) => tag.name || tag.address,
      cell: (tag) => (tag.name ? <span title={tag.address}>{tag.name}</span> : <code>{tag.address}</code>),
    },
    { id: 'format', name: 'Format', order: (tag) => tag.format, cell: (tag) => tag.format },
    {
      id: 'rssi',
      name: 'RSSI, dBm',
      numeric: true,
      order: (tag) => lastHeard(tag)?.rssi,
      cell: (tag) => <Rssi tag={tag} points={store.rssi.get(tag.id)} />,
    },
    { id: 'fields', name: 'Last fields', cell: (tag) => <Fields fields={byInterest(tag.fields)} /> },
    {
      id: 'presence',
      name: 'Presence',
      order: (tag) => tag.presence,
      cell: ({ presence, heard }) =>
        presence ? (
          <span class={`presence-${presence}`} title={presence}>
            {SIGNS[presence]} <span class="word">{presence}</span>
          </span>
        ) : (
          heard.length === 0 && (
            <span class="quiet" title="In no gateway's table of tags: it was not heard, or the table is full.">
              unknown
            </span>
          )
        ),
    },
    {
      id: 'heartbeat',
      name: 'Next heartbeat',
      numeric: true,
      order: (tag) => tag.heartbeatAt,
      cell: (tag) => heartbeatText(tag, store.state?.now),
    },
  ];
}

/** When a tag is reported at the latest: "in 3 min 5 s", or "when heard" when that time is over. */
export function heartbeatText({ heartbeatAt }: TagState, now: number | undefined): string {
  if (heartbeatAt === undefined || now === undefined) return '';
  return heartbeatAt > now ? `in ${lengthOfTime(heartbeatAt - now)}` : 'when heard';
}

/** `21.5 °C`; long times in their largest units. */
export function fieldText({ value, unit }: FieldValue): string {
  return unit === 's' && typeof value === 'number' && value >= 120 ? lengthOfTime(value * 1000) : quantity(value, unit);
}

/** Of these there is more than one kind, or the column beside it has another one. */
const AMBIGUOUS: readonly (string | undefined)[] = [undefined, '', 'g', 'dBm'];
/** Those that people look at last. */
const LATE = /^(acceleration|movement|measuredPower|txPower|power|uptime|sequence|frame)/i;

/** What changes where people look at, first. */
function byInterest(fields: TagState['fields']): TagState['fields'] {
  return [...fields.filter(({ name }) => !LATE.test(name)), ...fields.filter(({ name }) => LATE.test(name))];
}

/** Values, one after the other. Where a unit says what it is, the name is for the pointer and for screen readers. */
export function Fields({ fields }: { readonly fields: TagState['fields'] }) {
  return (
    <span class="fields">
      {fields.map((field) => (
        <span key={field.name} class="field" title={field.name}>
          <span class={AMBIGUOUS.includes(field.unit) ? 'quiet' : 'hidden'}>{field.name} </span>
          {fieldText(field)}
        </span>
      ))}
    </span>
  );
}

const WIDTH = 64;
const HEIGHT = 16;
/** dBm at the top and at the bottom. */
const STRONGEST = -30;
const WEAKEST = -100;

function Rssi({ tag, points }: { readonly tag: TagState; readonly points: Series | undefined }) {
  const heard = lastHeard(tag);
  if (!heard) return null;
  const values = points?.values.slice(-32) ?? [];
  const y = (rssi: number): number =>
    HEIGHT - 1 - ((Math.max(WEAKEST, Math.min(STRONGEST, rssi)) - WEAKEST) / (STRONGEST - WEAKEST)) * (HEIGHT - 2);
  const step = WIDTH / 31;
  const line = values
    .map((rssi, at) => `${(WIDTH - (values.length - 1 - at) * step).toFixed(1)},${y(rssi).toFixed(1)}`)
    .join(' ');
  return (
    <span class="rssi">
      <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="xMaxYMid slice" aria-hidden="true">
        <polyline points={line} />
      </svg>
      <span>{heard.rssi}</span>
    </span>
  );
}
