import type { ToPage } from './protocol.js';
import type { Store } from './store.js';

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;

/**
 * The token of the address, `#token=…` or `?token=…`. It is kept for the tab, so that a reload finds it also when the
 * address was shortened.
 */
export function tokenOf(address: URL, storage: Storage): string {
  const given = new URLSearchParams(address.hash.slice(1)).get('token') ?? address.searchParams.get('token');
  if (given) storage.setItem('token', given);
  return given ?? storage.getItem('token') ?? '';
}

/**
 * Keeps the store connected to the server of the page: after an end it tries again, first after a quarter of a second,
 * then after twice as long each time, at most five seconds; at once when the computer is online again or the page comes
 * to the front.
 */
export function connect(store: Store, token: string): void {
  const address = new URL('live', location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  address.hash = '';
  address.search = new URLSearchParams({ token }).toString();
  let wait = FIRST_WAIT;
  let timer = 0;

  const open = (): void => {
    clearTimeout(timer);
    timer = 0;
    if (store.link.state !== 'refused') store.setLink({ state: 'connecting' });
    const socket = new WebSocket(address);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const text = JSON.parse(data) as ToPage;
      if (text.type === 'hello') {
        wait = FIRST_WAIT;
        store.send = (request) => socket.send(request);
        store.setLink({ state: 'open' });
      }
      store.take(text);
    };
    socket.onclose = () => {
      store.send = undefined;
      // With some chance, so that a hundred pages do not come at the same moment.
      const delay = wait * (0.75 + Math.random() / 2);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      timer = window.setTimeout(open, delay);
      const retryAt = Date.now() + delay;
      store.setLink({ state: 'waiting', retryAt });
      void refuses(token).then((refused) => {
        if (refused && timer !== 0) store.setLink({ state: 'refused' });
      });
    };
  };

  const hurry = (): void => {
    if (timer !== 0 && document.visibilityState === 'visible') open();
  };
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  open();
}

/** A server is there and does not take the token. Of a WebSocket a browser does not tell why it failed. */
async function refuses(token: string): Promise<boolean> {
  try {
    const { status } = await fetch(`?${new URLSearchParams({ token })}`, { method: 'HEAD', cache: 'no-store' });
    return status === 401 || status === 403;
  } catch {
    return false;
  }
}
