import { writeFileSync } from 'node:fs';
import { renderStates, STATES_FILE } from './render-states.js';

writeFileSync(STATES_FILE, renderStates());
console.log(`wrote ${STATES_FILE}`);
