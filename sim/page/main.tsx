import { render } from 'preact';
import { App } from './app.js';
import { connect } from './connection.js';
import { Store } from './store.js';

const store = new Store((flush) => requestAnimationFrame(flush));
render(<App store={store} />, document.body);
connect(store);
