import { Component } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { keyBytes } from './terminal.js';
import type { TerminalLine } from './terminal.js';

/** The serial console of a gateway: what is typed goes there key by key, and it prints what it answers. */
export function DeviceConsole({ store }: { readonly store: Store }) {
  useTopics(store, 'console', 'selection', 'hello');
  const place = store.selectedGateway;
  const name = store.hello?.gateways[place]?.name ?? '';
  const [error, setError] = useState<string>();
  const [focused, setFocused] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const leave = useRef<HTMLButtonElement>(null);
  const follows = useRef(true);
  const terminal = store.terminalOf(place);
  const { row, column } = terminal.cursor;

  useEffect(() => setError(undefined), [place]);

  useLayoutEffect(() => {
    const element = screen.current!;
    if (follows.current) element.scrollTop = element.scrollHeight;
  });

  const send = (text: string): void => {
    follows.current = true;
    void store.request('type', { gateway: place, text }).then((answer) => setError(answer.error));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // A character that an input method is still composing.
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      leave.current?.focus();
      return;
    }
    const copies = event.ctrlKey && event.key.toLowerCase() === 'c' && !getSelection()?.isCollapsed;
    const bytes = copies ? undefined : keyBytes(event);
    if (bytes === undefined) return;
    event.preventDefault();
    send(bytes);
  };

  const onInput = ({ currentTarget, isComposing }: InputEvent & { readonly currentTarget: HTMLInputElement }): void => {
    if (isComposing || currentTarget.value === '') return;
    // Lines that were pasted are ended as Enter ends them.
    send(currentTarget.value.replace(/\r?\n/g, '\r'));
    currentTarget.value = '';
  };

  return (
    <div class="console">
      <div class="tools">
        <span>
          Console of <strong>{name}</strong>
        </span>
        <span class="quiet" id="console-help">
          Tab completes, Escape leaves.
        </span>
        <button type="button" ref={leave} onClick={() => (terminal.clear(), store.take(nothing(place)))}>
          Clear
        </button>
      </div>
      <div
        class={`screen${focused ? ' focused' : ''}`}
        ref={screen}
        onMouseUp={() => {
          // What was marked can be copied.
          if (getSelection()?.isCollapsed !== false) input.current?.focus({ preventScroll: true });
        }}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          follows.current = scrollTop + clientHeight >= scrollHeight - 8;
        }}
      >
        <div class="screen-lines" role="log" aria-label={`Output of the console of ${name}`}>
          {terminal.lines.map((line, at) => (
            <ScreenLine key={line.id} line={line} version={line.version} cursor={at === row ? column : undefined} />
          ))}
        </div>
        <input
          class="screen-input"
          ref={input}
          aria-label={`Keys for the console of ${name}`}
          aria-describedby="console-help"
          autocapitalize="off"
          autocomplete="off"
          autocorrect="off"
          spellcheck={false}
          onKeyDown={onKeyDown}
          onInput={onInput}
          onCompositionEnd={({ currentTarget }) => {
            if (currentTarget.value !== '') send(currentTarget.value);
            currentTarget.value = '';
          }}
          onPaste={(event) => {
            // An input of one line would lose the ends of lines.
            event.preventDefault();
            send((event.clipboardData?.getData('text') ?? '').replace(/\r?\n/g, '\r'));
          }}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
        />
      </div>
      <p class="action-error" role="alert">
        {error}
      </p>
    </div>
  );
}

/** Makes the store tell that the console changed. */
function nothing(gateway: number) {
  return { type: 'console', gateway, text: '' } as const;
}

interface LineProps {
  readonly line: TerminalLine;
  readonly version: number;
  /** The column of the cursor, where it is in this line. */
  readonly cursor: number | undefined;
}

/** Made again only when it changed. */
class ScreenLine extends Component<LineProps> {
  override shouldComponentUpdate({ line, version, cursor }: LineProps): boolean {
    return line !== this.props.line || version !== this.props.version || cursor !== this.props.cursor;
  }

  render({ line: { runs }, cursor }: LineProps) {
    let at = 0;
    return (
      <div class="screen-line">
        {runs.map(({ text, colour, bold }, i) => {
          const from = at;
          const characters = Array.from(text);
          at += characters.length;
          const style = `${colour === 0 ? '' : `ink-${colour}`}${bold ? ' bold' : ''}`;
          if (cursor === undefined || cursor < from || cursor >= at) {
            return (
              <span key={i} class={style}>
                {text}
              </span>
            );
          }
          const place = cursor - from;
          return (
            <span key={i} class={style}>
              {characters.slice(0, place).join('')}
              <span class="cursor">{characters[place]}</span>
              {characters.slice(place + 1).join('')}
            </span>
          );
        })}
        {cursor !== undefined && cursor >= at && (
          <>
            {' '.repeat(cursor - at)}
            <span class="cursor"> </span>
          </>
        )}
        {runs.length === 0 && cursor === undefined && '\u200b'}
      </div>
    );
  }
}
