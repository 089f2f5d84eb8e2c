import { useEffect, useRef, useState } from 'preact/hooks';
import { Panel } from '../shell.js';
import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { ActionButton, useAction } from './action.js';
import { onLines, placeOfError } from './policy-error.js';

/** The report policies of a gateway, to be read and changed. What the firmware refuses is marked in the text. */
export function Policies({ store }: { readonly store: Store }) {
  useTopics(store, 'hello', 'state', 'selection');
  const place = store.selectedGateway;
  const policies = store.state?.gateways[place]?.policies;
  if (policies === undefined && !store.can('policies')) return null;
  return (
    <Panel id="policies" title="Report policies">
      <div class="panel-body">
        {!store.can('policies') ? (
          <pre class="policy-text">{onLines(policies ?? '')}</pre>
        ) : policies === undefined ? (
          <p class="quiet">The gateway does not tell its policies now.</p>
        ) : (
          <Editor key={place} store={store} gateway={place} policies={onLines(policies)} />
        )}
      </div>
    </Panel>
  );
}

function Editor(props: { readonly store: Store; readonly gateway: number; readonly policies: string }) {
  const { store, gateway, policies } = props;
  const action = useAction(store);
  /** Undefined: what the gateway has is shown. */
  const [draft, setDraft] = useState<string>();
  const [sent, setSent] = useState('');
  const [saved, setSaved] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const text = draft ?? policies;
  const { error } = action;
  const wrong = error === undefined ? undefined : placeOfError(error, sent);

  const apply = async (): Promise<void> => {
    setSent(text);
    setSaved(false);
    const answer = await action.run('policies', { gateway, text });
    if (!answer) return;
    setSaved(answer.error === undefined);
    // What the gateway has comes with its next state, in its own words.
    if (answer.error === undefined) setDraft(undefined);
  };

  // The place of an error is what the person goes to next.
  useEffect(() => {
    const element = area.current;
    if (!element || !wrong || element.value !== sent) return;
    element.focus();
    element.setSelectionRange(wrong.from, wrong.to);
    element.scrollTop = Math.max(0, (wrong.line - 3) * parseFloat(getComputedStyle(element).lineHeight));
  }, [error, sent]);

  return (
    <form
      class="policy-editor"
      onSubmit={(event) => {
        event.preventDefault();
        void apply();
      }}
    >
      <textarea
        ref={area}
        aria-label="Report policies, one a line"
        aria-invalid={error !== undefined}
        aria-describedby="policy-error"
        rows={Math.min(12, Math.max(3, text.split('\n').length + 1))}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => {
          setDraft(currentTarget.value);
          setSaved(false);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void apply();
          }
        }}
      />
      <div class="action-error" id="policy-error" role="alert">
        {error !== undefined && (
          <>
            {wrong && (
              <p>
                Line {wrong.line}, column {wrong.column}:
              </p>
            )}
            {wrong && (
              <pre>
                {lineBefore(sent, wrong.from)}
                <mark>{sent.slice(wrong.from, wrong.to)}</mark>
                {lineAfter(sent, wrong.to)}
              </pre>
            )}
            <p>{error}</p>
          </>
        )}
      </div>
      <div class="row">
        <ActionButton action={action} submit>
          Apply
        </ActionButton>
        {draft !== undefined && draft !== policies && (
          <button
            type="button"
            onClick={() => {
              setDraft(undefined);
              action.fail(undefined);
            }}
          >
            Back to those in force
          </button>
        )}
        <span role="status" class="quiet">
          {saved ? 'In force.' : draft !== undefined && draft !== policies ? 'Not applied yet.' : ''}
        </span>
      </div>
    </form>
  );
}

function lineBefore(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
}

function lineAfter(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(at, end < 0 ? undefined : end);
}
