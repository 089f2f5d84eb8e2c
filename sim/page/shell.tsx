import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { dateOf, speedText, timeOfDay } from './format.js';
import type { SourceKind } from './protocol.js';
import { useTopics } from './store.js';
import type { Link, Store } from './store.js';

const KINDS: { readonly [kind in SourceKind]: string } = {
  simulation: 'simulation',
  replay: 'replay of a recording',
  topics: 'device',
  fleet: 'fleet',
};

/** What is shown, when it is there, and whether the page is connected. */
export function Header({ store }: { readonly store: Store }) {
  useTopics(store, 'hello');
  const { hello } = store;
  return (
    <header class="header">
      <h1>
        <span class="brand">Tagwire</span> <span class="title">{hello?.title}</span>
      </h1>
      <dl class="facts">
        {hello && (
          <div class="wide">
            <dt>shows</dt>
            <dd>{KINDS[hello.source]}</dd>
          </div>
        )}
        <Time store={store} />
        {hello?.brokerUrl && (
          <div class="wide">
            <dt>broker</dt>
            <dd>
              <code>{hello.brokerUrl}</code> <BrokerLink store={store} />
            </dd>
          </div>
        )}
      </dl>
      <LinkState store={store} />
      <StaleNote store={store} />
    </header>
  );
}

/** How the connection of the dashboard itself to a broker stands, where it has one. */
function BrokerLink({ store }: { readonly store: Store }) {
  useTopics(store, 'state');
  const broker = store.state?.brokers[0];
  if (broker?.text === undefined) return null;
  return (
    <span class={broker.up ? 'broker-link' : 'broker-link bad'} role="status">
      {broker.text}
    </span>
  );
}

function Time({ store }: { readonly store: Store }) {
  useTopics(store, 'state', 'hello');
  const { state } = store;
  if (!state) return null;
  return (
    <>
      <div>
        <dt>{state.speed === undefined ? 'time' : 'virtual time'}</dt>
        <dd>
          <time dateTime={new Date(state.now).toISOString()}>
            {dateOf(state.now)} <strong>{timeOfDay(state.now)}</strong> UTC
          </time>
        </dd>
      </div>
      {state.speed !== undefined && (
        <div>
          <dt>speed</dt>
          <dd>{speedText(state.speed)}</dd>
        </div>
      )}
    </>
  );
}

/** For people; a screen reader is told when it changes. */
function linkText(link: Link, again: boolean): string {
  switch (link.state) {
    case 'connecting':
      return again ? 'reconnecting…' : 'connecting…';
    case 'open':
      return 'connected';
    case 'waiting':
      return link.full ? 'too many pages are open; reconnecting…' : 'reconnecting…';
    case 'refused':
      return 'refused: open the address that tagwire printed at its last start';
    case 'outdated':
      return 'this page is older than its server; reload it';
  }
}

function LinkState({ store }: { readonly store: Store }) {
  useTopics(store, 'link');
  const { link } = store;
  return (
    <div class={`link link-${link.state}`}>
      <span class="sign" aria-hidden="true" />
      <span role="status">{linkText(link, store.hello !== undefined)}</span>
      {link.state === 'waiting' && <Countdown until={link.retryAt} />}
    </div>
  );
}

/** Not told to screen readers, which would speak each second. */
function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((until - now) / 1000);
  return seconds > 1 ? <span aria-hidden="true"> in {seconds} s</span> : null;
}

/** Says since when what is shown is no longer so; the style sheet dims the page then. */
function StaleNote({ store }: { readonly store: Store }) {
  useTopics(store, 'link');
  const { lostAt } = store;
  if (lostAt === undefined) return null;
  return (
    <p class="stale-note">
      Not connected to tagwire since <time dateTime={new Date(lostAt).toISOString()}>{timeOfDay(lostAt)} UTC</time>:
      what is below is from then.
    </p>
  );
}

/** What could not be done, until it is dismissed. */
export function Notices({ store }: { readonly store: Store }) {
  useTopics(store, 'notices');
  return (
    <div class="notices" role="alert">
      {store.notices.map(({ id, text }) => (
        <p key={id} class="notice">
          <span>{text}</span>
          <button type="button" aria-label="Dismiss the message" onClick={() => store.dismiss(id)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}

/** A part of the page with its heading. */
export function Panel(props: {
  readonly id: string;
  readonly title: ComponentChildren;
  /** Beside the heading. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="panel" id={props.id} aria-labelledby={`${props.id}-title`}>
      <div class="panel-head">
        <h2 id={`${props.id}-title`} tabIndex={-1}>
          {props.title}
        </h2>
        {props.tools}
      </div>
      {props.children}
    </section>
  );
}
