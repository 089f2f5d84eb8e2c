import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer, ControlName, ControlParameters } from '../protocol.js';
import type { Store } from '../store.js';

/** What became of the last request of a control. */
export interface Action {
  /** It is under way. */
  readonly busy: boolean;
  /** Why the last one was refused. */
  readonly error: string | undefined;
  /** Asks the server; nothing while the last request is under way. */
  run<Name extends ControlName>(name: Name, parameters: ControlParameters[Name]): Promise<Answer | undefined>;
  /** Shows an error that the page found itself, or takes one away. */
  fail(error: string | undefined): void;
}

export function useAction(store: Store): Action {
  const [busy, setBusy] = useState(false);
  const [error, fail] = useState<string>();
  const underWay = useRef(false);
  const gone = useRef(false);
  useEffect(
    () => () => {
      gone.current = true;
    },
    [],
  );
  return {
    busy,
    error,
    fail,
    async run(name, parameters) {
      if (underWay.current) return undefined;
      underWay.current = true;
      setBusy(true);
      const answer = await store.request(name, parameters);
      underWay.current = false;
      if (!gone.current) {
        setBusy(false);
        fail(answer.error);
      }
      return answer;
    },
  };
}

/** A button that shows that what it does is under way. */
export function ActionButton(props: {
  readonly action: Action;
  readonly onClick?: () => void;
  readonly submit?: boolean;
  readonly danger?: boolean;
  readonly pressed?: boolean;
  readonly label?: string;
  readonly children: ComponentChildren;
}) {
  const { action, onClick, submit, danger, pressed, label, children } = props;
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={`${danger ? 'danger' : ''}${action.busy ? ' busy' : ''}`}
      aria-busy={action.busy}
      aria-pressed={pressed}
      aria-label={label}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

/** Why the last request was refused; told to screen readers when it appears. */
export function ActionError({ action, id }: { readonly action: Action; readonly id?: string }) {
  return (
    <p class="action-error" id={id} role="alert">
      {action.error}
    </p>
  );
}
