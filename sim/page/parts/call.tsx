import { useState } from 'preact/hooks';
import { Panel } from '../shell.js';
import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { ActionButton, ActionError, useAction } from './action.js';
import { indentJson } from './payload.js';

/** Methods that every device has or refuses with a reason; docs/rpc.md. */
const METHODS = [
  'statistics',
  'outbox.statistics',
  'identify',
  'scan',
  'log',
  'policy.get',
  'configuration.get',
  'configuration.set',
  'recorder.dump',
  'reboot',
] as const;

/** Calls a gateway by RPC, and shows what it answers. */
export function Call({ store }: { readonly store: Store }) {
  useTopics(store, 'hello', 'selection');
  const gateway = store.selectedGateway;
  if (!store.can('call')) return null;
  return (
    <Panel id="call" title="Call">
      <div class="panel-body">
        <CallForm key={gateway} store={store} gateway={gateway} />
      </div>
    </Panel>
  );
}

function CallForm({ store, gateway }: { readonly store: Store; readonly gateway: number }) {
  const action = useAction(store);
  const [method, setMethod] = useState('statistics');
  const [params, setParams] = useState('');
  const [result, setResult] = useState<string>();

  const call = async (): Promise<void> => {
    const given = paramsOf(params);
    setResult(undefined);
    if (given === undefined) return action.fail('params must be JSON, such as {"seconds": 5} or true');
    const answer = await action.run('call', { gateway, method: method.trim(), params: given.value });
    if (answer) setResult(answer.result);
  };

  return (
    <form
      class="call-form"
      onSubmit={(event) => {
        event.preventDefault();
        void call();
      }}
    >
      <div class="row">
        <label class="control-field">
          <span>method</span>
          <input
            list="call-methods"
            value={method}
            size={20}
            required
            maxLength={64}
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget }) => setMethod(currentTarget.value)}
          />
        </label>
        <datalist id="call-methods">
          {METHODS.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <label class="control-field">
          <span>params</span>
          <input
            value={params}
            size={20}
            placeholder="none"
            spellcheck={false}
            autocomplete="off"
            aria-invalid={action.error !== undefined}
            aria-describedby="call-error"
            onInput={({ currentTarget }) => setParams(currentTarget.value)}
          />
        </label>
        <ActionButton action={action} submit>
          Call
        </ActionButton>
      </div>
      <ActionError action={action} id="call-error" />
      <div role="status">
        {result !== undefined && (
          <pre class="payload" tabIndex={0} aria-label="What the gateway answered">
            {indentJson(result) ?? result}
          </pre>
        )}
      </div>
    </form>
  );
}

/** Undefined: it is no JSON. Without a text there are no params. */
function paramsOf(text: string): { readonly value: unknown } | undefined {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
