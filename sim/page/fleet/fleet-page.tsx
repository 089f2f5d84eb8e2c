import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { SearchField } from '../filters.js';
import { lengthOfTime, quantity, timeOfDay, valueText } from '../format.js';
import { Grid } from '../grid.js';
import type { Column } from '../grid.js';
import { Log } from '../parts/log.js';
import type { FleetGateway, FleetStage } from '../protocol.js';
import { Panel } from '../shell.js';
import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { Tabs } from '../tabs.js';
import {
  clockErrorText,
  coverageOf,
  rankOf,
  STAGES,
  strengthOf,
  summaryOf,
  versionsOf,
  wearText,
  worstFirst,
} from './fleet-summary.js';
import type { TagCoverage } from './fleet-summary.js';

/** Tags of a gateway, or gateways of a tag, that are listed in its panel. */
const LISTED = 40;

/** A fleet: which gateways are stuck and where, who hears which tag, and how the gateways are. */
export function FleetPage({ store }: { readonly store: Store }) {
  const [gateway, selectGateway] = useState<string>();
  const [tag, selectTag] = useState<string>();
  return (
    <main id="main" tabIndex={-1} class="fleet" aria-label="Fleet">
      <div class="fleet-main">
        <Gateways store={store} selected={gateway} onSelect={selectGateway} />
      </div>
      <div class="fleet-side">
        <GatewayDetail store={store} name={gateway} onTag={selectTag} />
        <section class="panel" id="fleet-more" aria-label="Coverage, versions and log">
          <Tabs
            label="Fleet"
            tabs={[
              {
                id: 'coverage',
                name: 'Coverage',
                content: () => <Coverage store={store} selected={tag} onSelect={selectTag} onGateway={selectGateway} />,
              },
              { id: 'versions', name: 'Versions', content: () => <Versions store={store} /> },
              { id: 'log', name: 'Log', content: () => <Log store={store} /> },
            ]}
          />
        </section>
      </div>
    </main>
  );
}

type Wanted = 'all' | 'stuck' | FleetStage;

function Gateways(props: {
  readonly store: Store;
  readonly selected: string | undefined;
  readonly onSelect: (name: string) => void;
}) {
  const { store, selected, onSelect } = props;
  useTopics(store, 'fleet', 'state', 'hello');
  const [filter, setFilter] = useState('');
  const [wanted, want] = useState<Wanted>('all');
  const all = [...store.fleet.values()];
  const summary = summaryOf(all);
  const text = filter.trim().toLowerCase();
  const rows = all
    .filter(
      (gateway) =>
        (wanted === 'all' || (wanted === 'stuck' ? gateway.stuck !== undefined : gateway.stage === wanted)) &&
        (text === '' ||
          [gateway.name, gateway.board, gateway.version, gateway.stuck].some((of) => of?.toLowerCase().includes(text))),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const now = store.state?.now ?? 0;
  const columns = useMemo(() => gatewayColumns(() => store.state?.now ?? 0), [store]);
  return (
    <Panel
      id="fleet-gateways"
      title={
        <>
          Gateways <span class="quiet">{valueText(rows.length)}</span>
        </>
      }
      tools={
        <SearchField
          class="filter"
          label="Filter the gateways"
          placeholder="Filter by name, board, version, trouble"
          value={filter}
          onChange={setFilter}
        />
      }
    >
      <dl class="fleet-facts">
        <Fact name="known" value={valueText(summary.known)} />
        {store.fleetTotal > summary.known && <Fact name="of" value={valueText(store.fleetTotal)} />}
        <Fact name="online" value={valueText(summary.online)} />
        <Fact name="readings" value={valueText(summary.readings)} />
        <Fact name="in outboxes" value={valueText(summary.outbox)} />
        <Fact name="dropped" value={valueText(summary.dropped)} bad={summary.dropped > 0} />
        <Fact name="duplicates" value={valueText(summary.duplicates)} />
      </dl>
      {store.hello?.more !== undefined && <p class="more">{store.hello.more}</p>}
      <div class="row stages" role="group" aria-label="Gateways that are shown">
        <StageButton wanted="all" now={wanted} want={want} count={summary.known}>
          all
        </StageButton>
        <StageButton wanted="stuck" now={wanted} want={want} count={summary.stuck}>
          stuck
        </StageButton>
        {STAGES.map(({ stage, name, what }) => (
          <StageButton
            key={stage}
            wanted={stage}
            now={wanted}
            want={want}
            count={summary.stages.get(stage) ?? 0}
            what={what}
          >
            {name}
          </StageButton>
        ))}
      </div>
      <Grid
        id="fleet-grid"
        label="Gateways of the fleet"
        columns={columns}
        rows={rows}
        keyOf={({ name }) => name}
        selected={selected}
        onSelect={onSelect}
        epoch={Math.floor(now / 1000)}
        empty={all.length === 0 ? 'No gateway has been heard yet.' : 'No gateway matches.'}
      />
    </Panel>
  );
}

function StageButton(props: {
  readonly wanted: Wanted;
  readonly now: Wanted;
  readonly want: (wanted: Wanted) => void;
  readonly count: number;
  readonly what?: string;
  readonly children: ComponentChildren;
}) {
  const { wanted, now, want, count, what, children } = props;
  if (count === 0 && now !== wanted && wanted !== 'all' && wanted !== 'stuck') return null;
  return (
    <button type="button" aria-pressed={now === wanted} title={what} onClick={() => want(wanted)}>
      {children} <span class="count">{valueText(count)}</span>
    </button>
  );
}

function Fact({ name, value, bad }: { readonly name: string; readonly value: string; readonly bad?: boolean }) {
  return (
    <div class={bad ? 'bad' : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function gatewayColumns(now: () => number): readonly Column<FleetGateway>[] {
  const number = (
    id: string,
    name: string,
    of: (gateway: FleetGateway) => number | undefined,
    text: (value: number) => string = valueText,
  ): Column<FleetGateway> => ({
    id,
    name,
    numeric: true,
    order: of,
    cell: (gateway) => {
      const value = of(gateway);
      return value === undefined ? <span class="quiet">–</span> : text(value);
    },
  });
  return [
    {
      id: 'stage',
      name: 'State',
      order: rankOf,
      cell: (gateway) => <StageText gateway={gateway} />,
    },
    { id: 'gateway', name: 'Gateway', order: ({ name }) => name, cell: ({ name }) => name },
    number(
      'heard',
      'Heard',
      ({ lastHeard }) => -lastHeard,
      (heard) => lengthOfTime(now() + heard),
    ),
    number('readings', 'Readings', ({ readings }) => readings),
    number('tags', 'Tags', ({ tags }) => tags),
    number('outbox', 'Outbox', ({ outbox }) => outbox),
    number('dropped', 'Dropped', ({ dropped }) => dropped),
    number('duplicates', 'Twice', ({ duplicates }) => duplicates),
    number('signal', 'Wi-Fi, dBm', ({ rssi }) => rssi),
    number('clock', 'Clock', ({ clockError }) => clockError, clockErrorText),
    number('wear', 'Flash lasts', ({ wearHours }) => wearHours, wearText),
    { id: 'version', name: 'Version', order: ({ version }) => version, cell: ({ version }) => version ?? '–' },
  ];
}

function StageText({ gateway: { stage, stuck, online } }: { readonly gateway: FleetGateway }) {
  if (stuck === undefined) {
    return <span class="stage-well">{online === undefined ? 'well, status not told' : 'well'}</span>;
  }
  return (
    <span class={`stage stage-${stage ?? 'other'}`} title={stuck}>
      <span class="stage-name">{stage ?? 'stuck'}</span>{' '}
      {stage !== undefined && stuck.startsWith(`${stage} `) ? stuck.slice(stage.length + 1) : stuck}
    </span>
  );
}

/** The gateway that was selected. */
function GatewayDetail(props: {
  readonly store: Store;
  readonly name: string | undefined;
  readonly onTag: (address: string) => void;
}) {
  const { store, name, onTag } = props;
  useTopics(store, 'fleet', 'coverage', 'state');
  const gateway = name === undefined ? undefined : store.fleet.get(name);
  if (!gateway) {
    return (
      <Panel id="fleet-gateway" title="Gateway">
        <p class="panel-body quiet">Select a gateway in the table.</p>
      </Panel>
    );
  }
  const { stuck, board, version, online, uptime, lastHeard, wearHours, clockError, rssi } = gateway;
  const now = store.state?.now ?? lastHeard;
  const heard = [...store.coverage]
    .flatMap(([address, gateways]) => gateways.filter((at) => at.name === name).map((at) => ({ address, at })))
    .sort((a, b) => b.at.rssi - a.at.rssi);
  const facts: [string, string | undefined][] = [
    ['status', online === undefined ? 'not told' : online ? 'online' : 'offline'],
    ['board', board],
    ['version', version],
    ['up for', uptime === undefined ? undefined : lengthOfTime(uptime)],
    ['heard', `${lengthOfTime(now - lastHeard)} ago, ${timeOfDay(lastHeard)}`],
    ['readings', valueText(gateway.readings)],
    ['tags', gateway.tags === undefined ? undefined : valueText(gateway.tags)],
    ['outbox', gateway.outbox === undefined ? undefined : valueText(gateway.outbox)],
    ['dropped', gateway.dropped === undefined ? undefined : valueText(gateway.dropped)],
    ['duplicates', gateway.duplicates === undefined ? undefined : valueText(gateway.duplicates)],
    ['Wi-Fi', rssi === undefined ? undefined : quantity(rssi, 'dBm')],
    ['clock', clockError === undefined ? undefined : clockErrorText(clockError)],
    ['flash lasts', wearHours === undefined ? undefined : wearText(wearHours)],
  ];
  return (
    <Panel id="fleet-gateway" title={`Gateway ${gateway.name}`}>
      <div class="panel-body">
        {stuck !== undefined && <p class="stuck">Stuck: {stuck}</p>}
        <dl class="gateway-facts">
          {facts.map(([fact, value]) => value !== undefined && <Fact key={fact} name={fact} value={value} />)}
        </dl>
        <h3>Hears {valueText(heard.length)} tags</h3>
        <ul class="hears">
          {heard.slice(0, LISTED).map(({ address, at }) => (
            <li key={address}>
              <button type="button" class="plain" onClick={() => onTag(address)}>
                {address}
              </button>
              <Strength rssi={at.rssi} />
              <span class="quiet">{valueText(at.readings)} readings</span>
            </li>
          ))}
        </ul>
        {heard.length > LISTED && <p class="quiet">and {valueText(heard.length - LISTED)} more, less well</p>}
      </div>
    </Panel>
  );
}

function Strength({ rssi }: { readonly rssi: number }) {
  const strength = strengthOf(rssi);
  return (
    <span class={`strength strength-${strength}`}>
      {quantity(rssi, 'dBm')}, {strength}
    </span>
  );
}

const coverageColumns: readonly Column<TagCoverage>[] = [
  { id: 'address', name: 'Tag', order: ({ address }) => address, cell: ({ address }) => address },
  {
    id: 'hearers',
    name: 'Heard by',
    numeric: true,
    order: worstFirst,
    cell: ({ gateways }) => valueText(gateways.length),
  },
  {
    id: 'best',
    name: 'Best',
    order: ({ best }) => best.rssi,
    cell: ({ best }) => (
      <>
        <Strength rssi={best.rssi} /> <span class="quiet">{best.name}</span>
      </>
    ),
  },
  {
    id: 'count',
    name: 'Readings',
    numeric: true,
    order: ({ readings }) => readings,
    cell: ({ readings }) => valueText(readings),
  },
];

/** Who hears which tag, and how well. */
function Coverage(props: {
  readonly store: Store;
  readonly selected: string | undefined;
  readonly onSelect: (address: string) => void;
  readonly onGateway: (name: string) => void;
}) {
  const { store, selected, onSelect, onGateway } = props;
  useTopics(store, 'coverage');
  const [filter, setFilter] = useState('');
  const [weakOnly, onlyWeak] = useState(false);
  const text = filter.trim().toLowerCase();
  const rows: TagCoverage[] = [];
  for (const [address, gateways] of store.coverage) {
    if (text !== '' && !address.toLowerCase().includes(text)) continue;
    const coverage = coverageOf(address, gateways);
    if (coverage && (!weakOnly || strengthOf(coverage.best.rssi) === 'weak')) rows.push(coverage);
  }
  const chosen = selected === undefined ? undefined : coverageOf(selected, store.coverage.get(selected) ?? []);
  return (
    <div class="coverage">
      <div class="tools">
        <SearchField
          label="Filter the tags by address"
          placeholder="Filter by address"
          value={filter}
          onChange={setFilter}
        />
        <label class="check">
          <input type="checkbox" checked={weakOnly} onChange={() => onlyWeak(!weakOnly)} />
          heard weakly
        </label>
        <span class="quiet">{valueText(rows.length)} tags</span>
      </div>
      <Grid
        id="coverage-grid"
        label="Tags, and who hears them"
        columns={coverageColumns}
        firstSort="hearers"
        rows={rows}
        keyOf={({ address }) => address}
        selected={selected}
        onSelect={onSelect}
        empty={store.coverage.size === 0 ? 'No tag has been heard yet.' : 'No tag matches.'}
      />
      {chosen && (
        <section class="message-detail" aria-label="Who hears the tag that is selected">
          <p class="tools">
            <strong class="mono">{chosen.address}</strong>
          </p>
          <ul class="hears">
            {chosen.gateways.slice(0, LISTED).map(({ name, rssi, readings }) => (
              <li key={name}>
                <button type="button" class="plain" onClick={() => onGateway(name)}>
                  {name}
                </button>
                <Strength rssi={rssi} />
                <span class="quiet">{valueText(readings)} readings</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Versions({ store }: { readonly store: Store }) {
  useTopics(store, 'fleet');
  const versions = versionsOf(store.fleet.values());
  const total = store.fleet.size;
  return (
    <ul class="versions">
      {versions.map(({ name, count }) => (
        <li key={name}>
          <span>{name}</span>
          <span class="meter-bar" aria-hidden="true">
            <span class="meter-fill" style={{ width: `${((count / total) * 100).toFixed(1)}%` }} />
          </span>
          <span class="number">
            {valueText(count)} {count === 1 ? 'gateway' : 'gateways'}
          </span>
        </li>
      ))}
      {versions.length === 0 && <li class="quiet">No gateway has been heard yet.</li>}
    </ul>
  );
}
