import { countText } from './format.js';
import { lengthOfTime, quantity, valueText } from '../format.js';
import type { GatewayPlace, GatewayState } from '../protocol.js';
import { Panel } from '../shell.js';
import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { StateMachines } from './state-machine.js';

/** Facts with a line of their own, whatever they are now, so that nothing moves when they change. */
const WIDE: readonly string[] = ['status', 'power', 'uptime', 'broker', 'network', 'clock', 'advertisements'];

/** The gateway that is chosen: what it is, how it is, and the states of its connection. */
export function Gateway({ store }: { readonly store: Store }) {
  useTopics(store, 'hello', 'state', 'selection');
  const { hello, state } = store;
  const place = store.selectedGateway;
  const about = hello?.gateways[place];
  const gateway = state?.gateways[place];
  if (!hello || !about) return null;
  const trails = store.trails[place];
  return (
    <Panel id="gateway" title="Gateway" tools={<Choice store={store} gateways={hello.gateways} />}>
      <div class="panel-body">
        {state && gateway && trails ? (
          <>
            <Facts about={about} gateway={gateway} />
            {gateway.powered || gateway.connection !== undefined ? (
              <StateMachines
                gateway={gateway}
                now={state.now}
                connection={trails.connection}
                session={trails.session}
              />
            ) : (
              <p class="quiet">Without power.</p>
            )}
          </>
        ) : (
          <p class="quiet">Nothing is known of it yet.</p>
        )}
        {hello.more !== undefined && <p class="more">{hello.more}</p>}
      </div>
    </Panel>
  );
}

function Choice({ store, gateways }: { readonly store: Store; readonly gateways: readonly GatewayPlace[] }) {
  if (gateways.length === 1) return <span class="gateway-name">{gateways[0]!.name}</span>;
  return (
    <select
      aria-label="Gateway that is shown"
      value={store.selectedGateway}
      onChange={({ currentTarget }) => store.selectGateway(Number(currentTarget.value))}
    >
      {gateways.map(({ name, board }, place) => (
        <option key={place} value={place}>
          {name === board ? name : `${name} (${board})`}
        </option>
      ))}
    </select>
  );
}

function Facts({ about, gateway }: { readonly about: GatewayPlace; readonly gateway: GatewayState }) {
  const { engine, version, broker, uptime, wifi, clockAhead, counts, powered, status } = gateway;
  // Of a real device nobody knows whether it has power.
  const life: [name: string, value: string, bad?: boolean] =
    status === undefined
      ? ['power', powered ? (uptime === undefined ? 'on' : `on for ${lengthOfTime(uptime)}`) : 'off', !powered]
      : ['status', status, !status.startsWith('online')];
  const rows: [name: string, value: string, bad?: boolean][] = [
    ['board', [about.board, engine, version].filter((text) => text !== undefined && text !== '').join(', ')],
    life,
  ];
  if (status !== undefined && uptime !== undefined) rows.push(['uptime', lengthOfTime(uptime)]);
  if (broker !== undefined) rows.push(['broker', broker]);
  if (wifi) {
    const strength = wifi.rssi === undefined ? '' : `, ${quantity(wifi.rssi, 'dBm')}`;
    rows.push(['network', wifi.up ? `up${strength}` : 'down', !wifi.up]);
  }
  if (clockAhead !== undefined && Math.abs(clockAhead) >= 1) {
    rows.push(['clock', `${countText(Math.abs(clockAhead))} ${clockAhead > 0 ? 'ahead' : 'behind'}`, true]);
  }
  // Where it can be seen beside the controls how it fills and drains.
  const outbox = gateway.meters.find(({ id }) => id === 'outbox')?.value;
  const names = [
    ['outbox', outbox],
    ['advertisements', counts.advertisements],
    ['readings', counts.readings],
    ['acknowledged', counts.acknowledged],
    ['connections', counts.connects],
    ['restarts', counts.restarts],
  ] as const;
  for (const [name, count] of names) if (count !== undefined) rows.push([name, valueText(count)]);
  return (
    <dl class="gateway-facts">
      {rows.map(([name, value, bad]) => (
        <div key={name} class={[bad && 'bad', WIDE.includes(name) && 'wide'].filter(Boolean).join(' ') || undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
