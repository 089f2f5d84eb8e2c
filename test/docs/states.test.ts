import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderStates, STATES_FILE } from './render-states.js';

it('docs/states.md shows the tables as they are', () => {
  expect(readFileSync(new URL(`../../${STATES_FILE}`, import.meta.url), 'utf8')).toBe(renderStates());
});
