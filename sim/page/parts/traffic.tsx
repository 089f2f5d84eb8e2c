import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { Tabs } from '../tabs.js';
import { DeviceConsole } from './device-console.js';
import { Log } from './log.js';
import { Messages } from './messages.js';
import { Plots } from './plots.js';

/** What goes to and fro: messages, readings, the log, the console. */
export function Traffic({ store }: { readonly store: Store }) {
  useTopics(store, 'hello');
  const tabs = [
    { id: 'messages', name: 'Messages', content: () => <Messages store={store} /> },
    { id: 'plots', name: 'Plots', content: () => <Plots store={store} /> },
    { id: 'log', name: 'Log', content: () => <Log store={store} /> },
    ...(store.can('type') ? [{ id: 'console', name: 'Console', content: () => <DeviceConsole store={store} /> }] : []),
  ];
  return (
    <section class="panel traffic" id="traffic" aria-label="Traffic">
      <Tabs label="Traffic" tabs={tabs} />
    </section>
  );
}
