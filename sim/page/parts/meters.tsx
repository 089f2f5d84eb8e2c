import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { lengthOfTime, quantity, valueText } from '../format.js';
import type { GatewayState, Meter } from '../protocol.js';
import { Panel } from '../shell.js';
import { useTopics } from '../store.js';
import type { Series, Store } from '../store.js';
import { amountText, shareText } from './format.js';
import { historySpan, sparkOf } from './spark.js';

const WIDTH = 120;
const HEIGHT = 20;

/** What a gateway's memory holds, each with its maximum and its history, and what it had to drop. */
export function Meters({ store }: { readonly store: Store }) {
  useTopics(store, 'state', 'selection', 'hello');
  const place = store.selectedGateway;
  const { state } = store;
  const gateway = state?.gateways[place];
  if (!state || !gateway) return null;
  const span = historySpan(state.speed);
  const measured = store.hello?.gateways[place]?.measured;
  const { xs } = gateway;
  const rows = (meters: readonly Meter[]): ComponentChildren => (
    <ul class="meters">
      {meters.map((meter) => (
        <MeterRow
          key={meter.id}
          meter={meter}
          history={store.meters[place]?.get(meter.id)}
          now={state.now}
          span={span}
        />
      ))}
    </ul>
  );
  return (
    <Panel id="meters" title="Memory and drops">
      <div class="panel-body">
        {xs && (
          <section class="measured" aria-labelledby="xs-title">
            <h3 id="xs-title">
              On the chip <span>live, on XS</span>
            </h3>
            {xs.meters.length > 0 && rows(xs.meters)}
            <p class={xs.failed ? 'bad' : 'quiet'}>{xs.text}</p>
          </section>
        )}
        {measured && (
          <section class="measured" aria-labelledby="measured-title">
            <h3 id="measured-title">
              On the chip <span>measured on XS, not live</span>
            </h3>
            <ul class="meters">
              {measured.meters.map((meter) => (
                <MeasuredRow key={meter.id} meter={meter} />
              ))}
            </ul>
            <p class="quiet">{measured.text}</p>
          </section>
        )}
        {measured && <h3>Live</h3>}
        {xs && <h3>Of the firmware</h3>}
        {gateway.meters.length === 0 ? (
          <p class="quiet">The gateway tells no figures{gateway.powered ? '' : ': it has no power'}.</p>
        ) : (
          rows(gateway.meters)
        )}
        <Drops gateway={gateway} />
      </div>
    </Panel>
  );
}

/** A quantity that does not change, to the unit. */
function MeasuredRow({ meter: { id, name, value, maximum, unit } }: { readonly meter: Meter }) {
  const text = `${valueText(value)} of ${quantity(maximum ?? value, unit)}`;
  const share = value / (maximum ?? value);
  return (
    <li class="meter fixed" data-meter={`measured-${id}`}>
      <span class="meter-name" id={`measured-${id}`}>
        {name}
      </span>
      <span class="meter-value">{text}</span>
      <Bar label={`measured-${id}`} share={share} value={value} maximum={maximum} text={text} />
    </li>
  );
}

function Bar(props: { label: string; share: number; value: number; maximum: number | undefined; text: string }) {
  const { label, share, value, maximum, text } = props;
  return (
    <span
      class="meter-bar"
      role="meter"
      aria-labelledby={label}
      aria-valuemin={0}
      aria-valuemax={maximum}
      aria-valuenow={value}
      aria-valuetext={text}
    >
      <span class="meter-fill" style={{ width: `${(share * 100).toFixed(1)}%` }} />
    </span>
  );
}

function MeterRow(props: { meter: Meter; history: Series | undefined; now: number; span: number }) {
  const { meter, history, now, span } = props;
  const { id, name, value, maximum, unit } = meter;
  const share = maximum === undefined || maximum <= 0 ? undefined : Math.min(1, Math.max(0, value / maximum));
  const level = share === undefined || share < 0.75 ? '' : share < 0.95 ? ' high' : ' full';
  const text = shareText(value, maximum, unit);
  const spark = sparkOf(history?.times ?? [], history?.values ?? [], {
    now,
    span,
    width: WIDTH,
    height: HEIGHT,
    maximum,
  });
  const seen = Math.min(span, now - (history?.times[0] ?? now));
  const range = `${amountText(spark.least, unit)} to ${amountText(spark.most, unit)}`;
  const past = seen < 1000 ? '' : `${range} in the last ${lengthOfTime(seen)}`;
  return (
    <li class={`meter${level}`} data-meter={id}>
      <span class="meter-name" id={`meter-${id}`}>
        {name}
      </span>
      <span class="meter-value">{text}</span>
      {share === undefined ? (
        <span class="meter-bar none" />
      ) : (
        <Bar label={`meter-${id}`} share={share} value={value} maximum={maximum} text={text} />
      )}
      <svg
        class="meter-spark"
        viewBox={`-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`History of ${name}: ${past === '' ? 'none yet' : past}`}
      >
        <title>{past}</title>
        <path d={spark.line} />
      </svg>
    </li>
  );
}

/** Reports that were dropped, by reason. */
function Drops({ gateway: { drops } }: { readonly gateway: GatewayState }) {
  const [zeros, showZeros] = useState(false);
  const all = Object.entries(drops).sort(([, a], [, b]) => b - a);
  if (all.length === 0) return null;
  const counted = all.filter(([, count]) => count > 0);
  const shown = zeros ? all : counted;
  return (
    <section class="drops" aria-labelledby="drops-title">
      <h3 id="drops-title">Dropped since the start</h3>
      {counted.length === 0 && !zeros && <p class="quiet">Nothing.</p>}
      {shown.length > 0 && (
        <dl>
          {shown.map(([reason, count]) => (
            <div key={reason} class={count > 0 ? 'bad' : undefined}>
              <dt>{reason}</dt>
              <dd>{valueText(count)}</dd>
            </div>
          ))}
        </dl>
      )}
      {counted.length < all.length && (
        <button type="button" aria-pressed={zeros} onClick={() => showZeros(!zeros)}>
          Reasons with 0
        </button>
      )}
    </section>
  );
}
