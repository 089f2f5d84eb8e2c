import { useLayoutEffect, useState } from 'preact/hooks';
import { FleetPage } from './fleet/fleet-page.js';
import { FloorPlan, hasPlan } from './floor-plan.js';
import { Call } from './parts/call.js';
import { Controls } from './parts/controls.js';
import { Gateway } from './parts/gateway.js';
import { Meters } from './parts/meters.js';
import { Policies } from './parts/policies.js';
import { Traffic } from './parts/traffic.js';
import { Header, Notices } from './shell.js';
import { useTopics } from './store.js';
import type { Store } from './store.js';
import { TagPanel } from './tag-panel.js';
import { TagTable } from './tag-table.js';

/** The areas of the page: columns where there is room, one at a time on a phone. */
const AREAS = [
  { id: 'gateway', name: 'Gateway' },
  { id: 'tags', name: 'Tags' },
  { id: 'place', name: 'Plan' },
  { id: 'traffic', name: 'Traffic' },
] as const;

type Area = (typeof AREAS)[number]['id'];

export function App({ store }: { readonly store: Store }) {
  useTopics(store, 'hello');
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header store={store} />
      <Notices store={store} />
      {store.hello?.source === 'fleet' ? (
        <FleetPage store={store} />
      ) : store.hello ? (
        <Columns store={store} />
      ) : (
        <main id="main" tabIndex={-1} class="empty" aria-label="Dashboard" />
      )}
    </>
  );
}

/** What is behind # in the address is a token, and no place on the page. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Columns({ store }: { readonly store: Store }) {
  const [area, show] = useState<Area>('gateway');
  // On a phone the panel of the tag is elsewhere than the table.
  useLayoutEffect(
    () =>
      store.subscribe(['selection'], () => {
        if (store.selectedTag !== undefined) show('place');
      }),
    [store],
  );
  return (
    <>
      <nav class="areas" aria-label="Parts of the page">
        {AREAS.map(({ id, name }) => (
          <button key={id} type="button" aria-current={id === area ? 'true' : undefined} onClick={() => show(id)}>
            {name}
          </button>
        ))}
      </nav>
      <main id="main" tabIndex={-1} class="columns" data-area={area} aria-label="Dashboard">
        <div class="area area-gateway">
          <Gateway store={store} />
          <Controls store={store} />
        </div>
        <div class="area area-tags">
          <TagTable store={store} />
        </div>
        {/* One column where there is room for it; on a phone the memory is below its gateway. */}
        <div class="side">
          <div class="area area-place">
            <Place store={store} />
            <TagPanel store={store} />
          </div>
          <div class="area area-memory">
            <Meters store={store} />
            <Policies store={store} />
            <Call store={store} />
          </div>
        </div>
        <div class="area area-traffic">
          <Traffic store={store} />
        </div>
      </main>
    </>
  );
}

/** The floor plan, where positions are known. */
function Place({ store }: { readonly store: Store }) {
  useTopics(store, 'tags', 'hello');
  return hasPlan(store) ? <FloorPlan store={store} /> : null;
}
