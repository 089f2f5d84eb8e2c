import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAULTS_FILE, renderFaults } from './render-faults.js';

it('docs/simulation.md shows the faults as they are (npm run diagrams)', () => {
  expect(readFileSync(new URL(`../../${FAULTS_FILE}`, import.meta.url), 'utf8')).toBe(renderFaults());
});
