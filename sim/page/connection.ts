import { CLOSED, SOCKET_PATH, SUBPROTOCOL } from './protocol.js';
import type { ToPage } from './protocol.js';
import type { Store } from './store.js';

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;

/** The token behind # in the address, else the one that is kept for the tab. */
export function tokenOf(hash: string, storage: Pick<Storage, 'getItem' | 'setItem'>): string {
  const given = hash.slice(1);
  if (/^[\w-]+$/.test(given)) storage.setItem('token', given);
  return storage.getItem('token') ?? '';
}

/**
 * Keeps the store connected to the server of the page. After an end it tries again, first after a quarter of a second,
 * then after twice as long each time, at most five seconds; at once when the computer is online again, the page comes
 * to the front, or its address got another token.
 */
export function connect(store: Store): void {
  const address = new URL(SOCKET_PATH, location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  let wait = FIRST_WAIT;
  let timer = 0;

  const open = (): void => {
    clearTimeout(timer);
    timer = 0;
    const token = tokenOf(location.hash, sessionStorage);
    // Whoever looks over a shoulder, or at the history of the browser, finds none.
    if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
    // A subprotocol cannot be empty.
    if (token === '') return store.setLink({ state: 'refused' });
    store.setLink({ state: 'connecting' });
    const socket = new WebSocket(address, [SUBPROTOCOL, token]);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const text = JSON.parse(data) as ToPage;
      if (text.type === 'hello') {
        wait = FIRST_WAIT;
        store.send = (request) => socket.send(request);
        store.setLink({ state: 'open' });
      }
      store.take(text);
    };
    socket.onclose = ({ code }) => {
      store.send = undefined;
      if (code === CLOSED.token) return store.setLink({ state: 'refused' });
      if (code === CLOSED.full) wait = LONGEST_WAIT;
      // With some chance, so that many pages do not come at the same moment.
      const delay = wait * (0.75 + Math.random() / 2);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      timer = window.setTimeout(open, delay);
      store.setLink({ state: 'waiting', retryAt: Date.now() + delay, full: code === CLOSED.full });
    };
  };

  const hurry = (): void => {
    if (timer !== 0 && document.visibilityState === 'visible') open();
  };
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  addEventListener('hashchange', () => {
    if (timer !== 0 || store.link.state === 'refused') open();
  });
  open();
}
