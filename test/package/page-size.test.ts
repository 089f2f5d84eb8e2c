import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compressedBytes, MOST_PAGE_BYTES, PAGE_FOLDER, pageSizes } from './page-size.js';

describe('the page of the dashboard', () => {
  it('has its three files, and is under its budget with all of them', () => {
    const sizes = pageSizes();
    expect(sizes.map(({ name }) => name)).toEqual(['index.html', 'page.css', 'page.js']);
    expect(compressedBytes(sizes)).toBeLessThan(MOST_PAGE_BYTES);
  });

  it('loads nothing from elsewhere', () => {
    for (const { name } of pageSizes()) {
      const text = readFileSync(join(PAGE_FOLDER, name), 'utf8');
      // Addresses that name something, and are not loaded: those of XML.
      const addresses = [...text.matchAll(/(?:https?:)?\/\/[\w-]+(?:\.[\w-]+)+[\w./-]*/g)].map(([address]) => address);
      expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
      expect(text).not.toMatch(/@import|url\(\s*['"]?(?:https?:)?\/\//);
    }
  });
});
