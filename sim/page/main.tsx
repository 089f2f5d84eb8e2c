import { render } from 'preact';
import { PROTOCOL } from './protocol.js';

render(<h1>Tagwire, protocol {PROTOCOL}</h1>, document.body);
