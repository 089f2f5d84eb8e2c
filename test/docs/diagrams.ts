import { writeFileSync } from 'node:fs';
import { CLOUDS_FILE, renderClouds } from './render-clouds.js';
import { FAULTS_FILE, renderFaults } from './render-faults.js';
import { FORMATS_FILE, renderFormats } from './render-formats.js';
import { renderStatements, STATEMENTS_FILE } from './render-sparkplug-statements.js';
import { renderStates, STATES_FILE } from './render-states.js';

writeFileSync(STATES_FILE, renderStates());
console.log(`wrote ${STATES_FILE}`);
writeFileSync(FORMATS_FILE, renderFormats());
console.log(`wrote ${FORMATS_FILE}`);
writeFileSync(CLOUDS_FILE, renderClouds());
console.log(`wrote ${CLOUDS_FILE}`);
writeFileSync(STATEMENTS_FILE, renderStatements());
console.log(`wrote ${STATEMENTS_FILE}`);
writeFileSync(FAULTS_FILE, renderFaults());
console.log(`wrote ${FAULTS_FILE}`);
