import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { LONGEST_REPLAY } from '../protocol.js';
import type { BrokerState, FaultForm } from '../protocol.js';
import { Panel } from '../shell.js';
import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { ActionButton, ActionError, useAction } from './action.js';
import { faultText, parseLength, SPEEDS } from './fault-text.js';
import { countText } from './format.js';

/** What a person can do to the world. What the source cannot do is not there. */
export function Controls({ store }: { readonly store: Store }) {
  useTopics(store, 'hello', 'selection');
  const { hello } = store;
  if (!hello) return null;
  const can = (name: Parameters<Store['can']>[0]): boolean => store.can(name);
  const canFault = can('fault') && hello.faults.length > 0;
  const parts = [
    (can('wifi') || canFault) && <Link key="link" store={store} />,
    can('speed') && <Speed key="speed" store={store} />,
    can('broker') && <Brokers key="brokers" store={store} />,
    (can('powerCut') || can('clockJump')) && <Device key="device" store={store} />,
    canFault && <Faults key="faults" store={store} />,
    can('addTag') && hello.formats.length > 0 && <AddTag key="tag" store={store} />,
    (can('loadWorld') || can('replay')) && <World key="world" store={store} />,
  ].filter((part) => part !== false);
  if (parts.length === 0) return null;
  return (
    <Panel id="controls" title="Controls">
      <div class="panel-body controls">{parts}</div>
    </Panel>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const id = `controls-${title.toLowerCase().replace(/\W+/g, '-')}`;
  return (
    <section class="control-group" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

function Field(props: {
  readonly name: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly width?: number;
  readonly help?: string;
  readonly invalid?: boolean;
}) {
  const { name, value, onInput, width, help, invalid } = props;
  return (
    <label class="control-field">
      <span>{name}</span>
      <input
        value={value}
        size={width ?? 8}
        title={help}
        aria-invalid={invalid}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  );
}

function Speed({ store }: { readonly store: Store }) {
  useTopics(store, 'state');
  const action = useAction(store);
  const before = useRef(1);
  const speed = store.state?.speed;
  if (speed === undefined) return null;
  if (speed > 0) before.current = speed;
  const set = (to: number): void => void action.run('speed', { speed: to });
  return (
    <Group title="Speed">
      <div class="row">
        <ActionButton action={action} onClick={() => set(speed === 0 ? before.current : 0)}>
          {speed === 0 ? 'Resume' : 'Pause'}
        </ActionButton>
        <span class="joined" role="group" aria-label="Speed of virtual time">
          {SPEEDS.map(({ speed: offered, name }) => (
            <ActionButton key={name} action={action} pressed={speed === offered} onClick={() => set(offered)}>
              {name}
            </ActionButton>
          ))}
        </span>
      </div>
      <ActionError action={action} />
    </Group>
  );
}

/** Faults that have a button of their own: a click, and the link is so. */
const LINK_FAULTS = [
  { kind: 'halfopen', name: 'Half-open link', length: '' },
  { kind: 'slow', name: 'Slow link', length: '1m' },
  { kind: 'reset', name: 'Reset connections', length: undefined },
] as const;

function Link({ store }: { readonly store: Store }) {
  useTopics(store, 'state', 'selection');
  const action = useAction(store);
  const gateway = store.selectedGateway;
  const wifi = store.state?.gateways[gateway]?.wifi;
  const faults = store.hello!.faults;
  const offered = LINK_FAULTS.filter(({ kind }) => store.can('fault') && faults.some((form) => form.kind === kind));
  const isUp = wifi?.up !== false;
  return (
    <Group title="Link of the gateway">
      <div class="row">
        {store.can('wifi') && (
          <ActionButton action={action} danger={isUp} onClick={() => void action.run('wifi', { gateway, on: !isUp })}>
            {isUp ? 'Pull the Wi-Fi' : 'Give the Wi-Fi back'}
          </ActionButton>
        )}
        {offered.map(({ kind, name, length }) => {
          const form = faults.find((fault) => fault.kind === kind)!;
          const text = faultText(form, { length: length ?? '', parameters: { gateway: String(gateway) } });
          return (
            <ActionButton key={kind} action={action} onClick={() => void action.run('fault', { text })}>
              {name}
              {length ? <span class="quiet"> {length}</span> : null}
            </ActionButton>
          );
        })}
      </div>
      <ActionError action={action} />
    </Group>
  );
}

function Brokers({ store }: { readonly store: Store }) {
  useTopics(store, 'state');
  const brokers = store.state?.brokers ?? [];
  if (brokers.length === 0) return null;
  return (
    <Group title={brokers.length === 1 ? 'Broker' : 'Brokers'}>
      {brokers.map((broker, place) => (
        <Broker key={place} store={store} broker={broker} place={place} alone={brokers.length === 1} />
      ))}
    </Group>
  );
}

function Broker(props: { store: Store; broker: BrokerState; place: number; alone: boolean }) {
  const { store, broker, place, alone } = props;
  const action = useAction(store);
  const [keepSessions, keep] = useState(true);
  const run = (act: 'restart' | 'kill' | 'start'): void =>
    void action.run('broker', { broker: place, action: act, keepSessions });
  const facts = [
    broker.up ? 'up' : 'down',
    broker.sessions === undefined ? '' : `${broker.sessions} ${broker.sessions === 1 ? 'session' : 'sessions'}`,
  ];
  return (
    <div class="broker-controls" role="group" aria-label={`Broker ${broker.name}`}>
      <p>
        {!alone && <strong>{broker.name}</strong>}{' '}
        <span class={broker.up ? 'quiet' : 'bad'}>{facts.filter((text) => text !== '').join(', ')}</span>
      </p>
      <div class="row">
        {broker.up ? (
          <>
            <ActionButton action={action} onClick={() => run('restart')}>
              Restart the broker
            </ActionButton>
            <ActionButton action={action} danger onClick={() => run('kill')}>
              Kill the broker
            </ActionButton>
          </>
        ) : (
          <ActionButton action={action} onClick={() => run('start')}>
            Start the broker
          </ActionButton>
        )}
        <label class="check">
          <input type="checkbox" checked={keepSessions} onChange={({ currentTarget }) => keep(currentTarget.checked)} />
          keep sessions
        </label>
      </div>
      <ActionError action={action} />
    </div>
  );
}

function Device({ store }: { readonly store: Store }) {
  useTopics(store, 'selection');
  const cut = useAction(store);
  const jump = useAction(store);
  const [off, setOff] = useState('5s');
  const [by, setBy] = useState('1h');
  const gateway = store.selectedGateway;
  const offLength = parseLength(off);
  const byLength = parseLength(by);
  return (
    <Group title="Device">
      {store.can('powerCut') && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            if (offLength === undefined) return cut.fail(`the time without power must be such as 5s or 2m, got ${off}`);
            void cut.run('powerCut', { gateway, off: offLength });
          }}
        >
          <ActionButton action={cut} submit danger>
            Cut the power
          </ActionButton>
          <Field name="for" value={off} onInput={setOff} width={5} invalid={offLength === undefined} />
        </form>
      )}
      <ActionError action={cut} />
      {store.can('clockJump') && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            if (byLength === undefined) return jump.fail(`the jump must be such as 1h or -30m, got ${by}`);
            void jump.run('clockJump', { gateway, by: byLength });
          }}
        >
          <ActionButton action={jump} submit>
            Let the clock jump
          </ActionButton>
          <Field name="by" value={by} onInput={setBy} width={5} invalid={byLength === undefined} />
        </form>
      )}
      <ActionError action={jump} />
    </Group>
  );
}

function Faults({ store }: { readonly store: Store }) {
  useTopics(store, 'hello');
  const forms = store.hello!.faults;
  const [kind, setKind] = useState(forms[0]!.kind);
  const form = forms.find((candidate) => candidate.kind === kind) ?? forms[0]!;
  return (
    <Group title="Faults">
      <label class="control-field wide">
        <span>fault</span>
        <select aria-label="Fault" value={form.kind} onChange={({ currentTarget }) => setKind(currentTarget.value)}>
          {forms.map((offered) => (
            <option key={offered.kind} value={offered.kind}>
              {offered.kind}: {offered.what}
            </option>
          ))}
        </select>
      </label>
      <Fault key={form.kind} store={store} form={form} />
      <ActiveFaults store={store} />
    </Group>
  );
}

function Fault({ store, form }: { readonly store: Store; readonly form: FaultForm }) {
  useTopics(store, 'selection');
  const action = useAction(store);
  const [length, setLength] = useState(form.lasts ? '1m' : '');
  const [given, give] = useState<{ readonly [name: string]: string }>({});
  const parameters = { ...form.parameters, gateway: String(store.selectedGateway), ...given };
  const text = faultText(form, { length: form.lasts ? length : '', parameters });
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    void action.run('fault', { text });
  };
  return (
    <form class="fault" onSubmit={onSubmit}>
      <div class="row">
        {form.lasts && <Field name="lasts" value={length} onInput={setLength} width={5} help="such as 30s, 5m or 1h" />}
        {Object.keys(form.parameters).map((name) => (
          <Field
            key={name}
            name={name}
            value={parameters[name as keyof typeof parameters]}
            onInput={(value) => give({ ...given, [name]: value })}
            width={6}
          />
        ))}
        <ActionButton action={action} submit>
          Inject
        </ActionButton>
      </div>
      <code class="quiet">{text}</code>
      <ActionError action={action} />
    </form>
  );
}

function ActiveFaults({ store }: { readonly store: Store }) {
  useTopics(store, 'state');
  const action = useAction(store);
  const { state } = store;
  if (!state) return null;
  return (
    <div class="active-faults">
      {state.faults.length === 0 ? (
        <p class="quiet">No fault is active.</p>
      ) : (
        <ul aria-label="Active faults">
          {state.faults.map(({ id, text, endsAt }) => (
            <li key={id} data-fault={id}>
              <code>{text}</code>
              <span class="quiet">
                {endsAt === undefined ? 'until it is healed' : `ends in ${countText(endsAt - state.now)}`}
              </span>
              {store.can('heal') && (
                <ActionButton action={action} label={`Heal ${text}`} onClick={() => void action.run('heal', { id })}>
                  Heal
                </ActionButton>
              )}
            </li>
          ))}
        </ul>
      )}
      <ActionError action={action} />
    </div>
  );
}

function AddTag({ store }: { readonly store: Store }) {
  useTopics(store, 'hello', 'selection');
  const action = useAction(store);
  const { formats, gateways } = store.hello!;
  const [format, setFormat] = useState(formats[0]!);
  const [name, setName] = useState('');
  const [place, setPlace] = useState('');
  const beside = gateways[store.selectedGateway]?.position ?? [0, 0];
  const usual = `${round(beside[0] + 2)}, ${round(beside[1] + 2)}`;
  const position = readPosition(place === '' ? usual : place);
  const add = async (): Promise<void> => {
    if (!position) return action.fail(`the place must be metres such as 2.5, 4, got ${place}`);
    const chosen = formats.includes(format) ? format : formats[0]!;
    const answer = await action.run('addTag', {
      format: chosen,
      position,
      ...(name.trim() === '' ? {} : { name: name.trim() }),
    });
    if (answer && answer.error === undefined) setName('');
  };
  return (
    <Group title="Add a tag">
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <label class="control-field">
          <span>format</span>
          <select
            aria-label="Format of the tag"
            value={format}
            onChange={({ currentTarget }) => setFormat(currentTarget.value)}
          >
            {formats.map((offered) => (
              <option key={offered}>{offered}</option>
            ))}
          </select>
        </label>
        <Field name="name" value={name} onInput={setName} width={10} />
        <Field
          name="at"
          value={place === '' ? usual : place}
          onInput={setPlace}
          width={9}
          help="metres: x, y"
          invalid={!position}
        />
        <ActionButton action={action} submit>
          Add the tag
        </ActionButton>
      </form>
      <ActionError action={action} />
    </Group>
  );
}

function round(metres: number): number {
  return Math.round(metres * 10) / 10;
}

/** Metres of `2.5, 4`. */
export function readPosition(text: string): [number, number] | undefined {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

/** Larger ones the server does not take: base64 has four characters for three bytes. */
const MOST_RECORDING_BYTES = Math.floor((LONGEST_REPLAY * 3) / 4) - 1024;

function World({ store }: { readonly store: Store }) {
  useTopics(store, 'hello');
  const { hello } = store;
  const load = useAction(store);
  const replay = useAction(store);
  const worlds = hello!.worlds;
  const [chosen, setWorld] = useState<string>();
  // Until somebody chooses, the one that is shown.
  const world = [chosen, hello!.title, worlds[0]].find((name) => name !== undefined && worlds.includes(name)) ?? '';
  const [seed, setSeed] = useState('');
  const file = useRef<HTMLInputElement>(null);
  // The same file can be chosen again after it changed.
  useEffect(() => {
    if (!replay.busy && file.current) file.current.value = '';
  }, [replay.busy]);
  const onLoad = (): void => {
    const number = seed.trim() === '' ? undefined : Number(seed);
    if (number !== undefined && !(Number.isInteger(number) && number >= 0 && number <= 0xffffffff)) {
      return load.fail(`seed must be an integer from 0 to 4294967295, got ${seed}`);
    }
    void load.run('loadWorld', { world, ...(number === undefined ? {} : { seed: number }) });
  };
  const onFile = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    if (chosen.size > MOST_RECORDING_BYTES) {
      return replay.fail(`a recording must have at most ${MOST_RECORDING_BYTES} bytes, got ${chosen.size}`);
    }
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    await replay.run('replay', { recording: base64(bytes) });
  };
  return (
    <Group title="World">
      {store.can('loadWorld') && worlds.length > 0 && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            onLoad();
          }}
        >
          <label class="control-field">
            <span>world</span>
            <select aria-label="World" value={world} onChange={({ currentTarget }) => setWorld(currentTarget.value)}>
              {worlds.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <Field name="seed" value={seed} onInput={setSeed} width={7} help="an integer; empty: the usual one" />
          <ActionButton action={load} submit>
            Load
          </ActionButton>
        </form>
      )}
      <ActionError action={load} />
      {store.can('replay') && (
        <div class="row">
          <label class="control-field">
            <span>replay</span>
            <input
              type="file"
              ref={file}
              aria-label="Recording to replay"
              disabled={replay.busy}
              onChange={({ currentTarget }) => void onFile(currentTarget.files?.[0])}
            />
          </label>
          {hello!.source === 'replay' && (
            <ActionButton action={replay} onClick={() => void replay.run('replay', { recording: '' })}>
              Back to the world
            </ActionButton>
          )}
        </div>
      )}
      <ActionError action={replay} />
    </Group>
  );
}

function base64(bytes: Uint8Array): string {
  let text = '';
  // The call takes so many arguments, and not all bytes at once.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
