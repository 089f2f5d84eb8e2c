import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { exactTimeOfDay, timeOfDay, valueText } from './format.js';
import { countText } from './parts/format.js';
import { TagPlot } from './parts/reading-plot.js';
import type { Decision, TagState, Why } from './protocol.js';
import { Panel } from './shell.js';
import { lastHeard, useTopics } from './store.js';
import type { Store } from './store.js';
import { Fields, fieldText, heartbeatText } from './tag-table.js';

/** How often "why" is asked for while it is seen. */
const WHY_INTERVAL = 1_000;
/** Of the decisions, so that the controls below them are not far away. */
const FIRST_DECISIONS = 4;

/** What is known of the selected tag, what a person can do with it, and why it was reported, or not. */
export function TagPanel({ store }: { readonly store: Store }) {
  useTopics(store, 'tags', 'state', 'selection', 'hello');
  const id = store.selectedTag;
  const tag = id === undefined ? undefined : store.tags.get(id);

  useLayoutEffect(() => {
    if (!tag) return;
    const title = document.getElementById('tag-title');
    // Not under a finger that drags it.
    if (!document.activeElement?.closest('#plan')) title?.scrollIntoView({ block: 'nearest' });
    if (store.focusTag) title?.focus();
    store.focusTag = false;
  }, [tag?.id, store.focusTag]);

  if (!tag) {
    return (
      <Panel id="tag" title="Tag">
        <p class="panel-body quiet">Select a tag in the table{store.can('moveTag') ? ' or on the floor plan' : ''}.</p>
      </Panel>
    );
  }
  return (
    <Panel
      id="tag"
      title={tag.name || tag.address}
      tools={
        <button type="button" class="end" onClick={() => leave(store)}>
          Close
        </button>
      }
    >
      <div class="panel-body tag-panel" onKeyDown={(event) => event.key === 'Escape' && leave(store)}>
        <Facts store={store} tag={tag} />
        {store.can('why') && <WhyList key={`why ${tag.id}`} store={store} tag={tag} />}
        <TagControls key={tag.id} store={store} tag={tag} />
        <div class="tag-plot">
          <h3>Readings</h3>
          <TagPlot key={`plot ${tag.id}`} store={store} tag={tag.id} />
        </div>
      </div>
    </Panel>
  );
}

/** Back to the table, which keeps its place. */
function leave(store: Store): void {
  store.selectTag(undefined);
  document.querySelector<HTMLElement>('[role=grid]')?.focus();
}

function Facts({ store, tag }: { readonly store: Store; readonly tag: TagState }) {
  const { gateways } = store.hello!;
  const now = store.state?.now;
  const heard = lastHeard(tag);
  return (
    <dl class="pairs">
      <Pair name="address" wide>
        <code>{tag.address}</code> {tag.format}
      </Pair>
      {heard && now !== undefined && <Pair name="last heard">{`${countText(now - heard.at)} ago`}</Pair>}
      {tag.presence && <Pair name="presence">{tag.presence}</Pair>}
      {tag.heartbeatAt !== undefined && (
        <Pair name="next heartbeat" wide>
          {heartbeatText(tag, now)} <span class="quiet">({timeOfDay(tag.heartbeatAt)})</span>
        </Pair>
      )}
      {tag.reports !== undefined && <Pair name="reports">{valueText(tag.reports)}</Pair>}
      {tag.heard.map(({ gateway, rssi, count }) => (
        <Pair key={gateway} name={`at ${gateways[gateway]?.name ?? gateway}`} wide>
          {rssi} dBm <span class="quiet">({valueText(count)} advertisements)</span>
        </Pair>
      ))}
      {tag.fields.length > 0 && (
        <div class="wide">
          <dt class="hidden">last fields</dt>
          <dd class="last-fields">
            {tag.fields.map((field) => (
              <span key={field.name}>
                <span class="quiet">{field.name}</span> {fieldText(field)}
              </span>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Pair(props: { readonly name: string; readonly wide?: boolean; readonly children: ComponentChildren }) {
  const { name, wide = false, children } = props;
  return (
    <div class={wide ? 'wide' : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function TagControls({ store, tag }: { readonly store: Store; readonly tag: TagState }) {
  const [error, setError] = useState<string>();
  const possible = (['pressButton', 'warmTag', 'tagBattery', 'moveTag', 'removeTag'] as const).some((control) =>
    store.can(control),
  );
  if (!possible) return null;
  const { id } = tag;
  const say = async (request: ReturnType<Store['request']>): Promise<void> => setError((await request).error);
  return (
    <div class="tag-controls" role="group" aria-label="Controls of the tag">
      {store.can('pressButton') && tag.button && (
        <button type="button" onClick={() => void say(store.request('pressButton', { tag: id }))}>
          Press its button
        </button>
      )}
      {store.can('warmTag') && tag.temperature !== undefined && (
        <Setting
          name="Temperature"
          unit="°C"
          step={0.1}
          now={tag.temperature}
          set={(temperature) => void say(store.request('warmTag', { tag: id, temperature }))}
        />
      )}
      {store.can('tagBattery') && tag.battery !== undefined && (
        <Setting
          name="Battery"
          unit="%"
          step={1}
          now={tag.battery}
          set={(percent) => void say(store.request('tagBattery', { tag: id, percent }))}
        />
      )}
      {store.can('moveTag') && tag.position && (
        <Place at={tag.position} set={(position) => void say(store.request('moveTag', { tag: id, position }))} />
      )}
      {store.can('removeTag') && (
        <button type="button" class="danger" onClick={() => void say(store.request('removeTag', { tag: id }))}>
          Remove the tag
        </button>
      )}
      <p class="error" role="alert">
        {error}
      </p>
    </div>
  );
}

/** A number that a person sets; until then it is what the tag has. */
function Setting(props: {
  readonly name: string;
  readonly unit: string;
  readonly step: number;
  readonly now: number;
  readonly set: (value: number) => void;
}) {
  const { name, unit, step, now, set } = props;
  const [typed, setTyped] = useState<string>();
  const value = typed ?? String(Math.round(now / step) * step === now ? now : Number(now.toFixed(step < 1 ? 1 : 0)));
  return (
    <form
      class="setting"
      onSubmit={(event) => {
        event.preventDefault();
        if (value.trim() === '' || Number.isNaN(Number(value))) return;
        set(Number(value));
        setTyped(undefined);
      }}
    >
      <label>
        <span>
          {name}, {unit}
        </span>
        <input
          type="number"
          step="any"
          value={value}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onBlur={() => typed === '' && setTyped(undefined)}
        />
      </label>
      <button type="submit">Set</button>
    </form>
  );
}

function Place(props: { readonly at: readonly [number, number]; readonly set: (position: [number, number]) => void }) {
  const { at, set } = props;
  const [typed, setTyped] = useState<readonly [string, string]>();
  const values = typed ?? [at[0].toFixed(1), at[1].toFixed(1)];
  const input = (place: 0 | 1, name: string) => (
    <label>
      <span>{name}, m</span>
      <input
        type="number"
        step="any"
        value={values[place]}
        onInput={({ currentTarget: { value } }) => setTyped(place === 0 ? [value, values[1]] : [values[0], value])}
      />
    </label>
  );
  return (
    <form
      class="setting"
      onSubmit={(event) => {
        event.preventDefault();
        const [x, y] = values.map(Number) as [number, number];
        if (values.some((value) => value.trim() === '') || Number.isNaN(x) || Number.isNaN(y)) return;
        set([x, y]);
        setTyped(undefined);
      }}
    >
      {input(0, 'East')}
      {input(1, 'North')}
      <button type="submit">Move</button>
    </form>
  );
}

/** The last advertisements of a tag, and what the firmware decided about each. */
function WhyList({ store, tag }: { readonly store: Store; readonly tag: TagState }) {
  const heard = tag.heard.map(({ gateway }) => gateway);
  const [chosen, choose] = useState<number>();
  const gateway = chosen ?? lastHeard(tag)?.gateway;
  const [answer, setAnswer] = useState<{ readonly why?: Why | undefined; readonly error?: string | undefined }>();
  const [held, hold] = useState(false);
  const [all, showAll] = useState(false);

  useEffect(() => {
    if (held) return;
    let over = false;
    let timer = 0;
    const ask = async (): Promise<void> => {
      const { why, error } = await store.request('why', {
        tag: tag.id,
        ...(gateway === undefined ? {} : { gateway }),
      });
      if (over) return;
      setAnswer({ why, error });
      timer = window.setTimeout(() => void ask(), WHY_INTERVAL);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [tag.id, gateway, held]);

  const { gateways } = store.hello!;
  const decisions = answer?.why?.decisions ?? [];
  return (
    <div class="why">
      <div class="why-head">
        <h3>Why reported, and why not</h3>
        {heard.length > 1 && (
          <select
            aria-label="Gateway that decided"
            value={gateway}
            onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
          >
            {heard.map((place) => (
              <option key={place} value={place}>
                {gateways[place]?.name}
              </option>
            ))}
          </select>
        )}
        <button type="button" class="end" aria-pressed={held} onClick={() => hold(!held)}>
          Hold
        </button>
      </div>
      {answer?.why?.policy && (
        <p>
          <span class="quiet">policy</span> <code>{answer.why.policy}</code>
        </p>
      )}
      {answer?.error && <p class="error">{answer.error}</p>}
      {answer && !answer.error && decisions.length === 0 && (
        <p class="quiet">No advertisement of it has come since the gateway started.</p>
      )}
      <ol class="decisions" aria-label="Last advertisements, newest first">
        {decisions.slice(0, all ? undefined : FIRST_DECISIONS).map((decision) => (
          <DecisionItem key={`${decision.time} ${decision.hex}`} decision={decision} />
        ))}
      </ol>
      {decisions.length > FIRST_DECISIONS && (
        <button type="button" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? `Only the last ${FIRST_DECISIONS}` : `All ${decisions.length} advertisements`}
        </button>
      )}
    </div>
  );
}

const STEPS: { readonly [step in Decision['step']]: string } = {
  filter: 'filter',
  decode: 'decoder',
  table: 'table of tags',
  policy: 'policy',
  outbox: 'outbox',
};

function DecisionItem({ decision }: { readonly decision: Decision }) {
  const { time, rssi, hex, reported, step, cause, text, fields } = decision;
  return (
    <li class={reported ? 'decision reported' : 'decision'}>
      <p class="decision-head">
        <strong>{reported ? '✓ reported' : '– not reported'}</strong>
        <time class="quiet end" dateTime={new Date(time).toISOString()}>
          {exactTimeOfDay(time)}
        </time>
      </p>
      <p>{text}</p>
      <details>
        <summary class="quiet">
          by the {STEPS[step]}: {cause}, at {rssi} dBm
        </summary>
        <Fields fields={fields} />
        <code class="hex">{hex}</code>
      </details>
    </li>
  );
}
