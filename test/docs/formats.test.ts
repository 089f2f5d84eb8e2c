import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FORMATS_FILE, renderFormats } from './render-formats.js';

it('docs/formats.md shows the tables as they are (npm run diagrams)', () => {
  expect(readFileSync(new URL(`../../${FORMATS_FILE}`, import.meta.url), 'utf8')).toBe(renderFormats());
});
