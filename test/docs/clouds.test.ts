import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLOUDS } from '../../src/cloud/index.js';
import { CONFIGURATION_KEYS } from '../../src/settings/index.js';
import { settingStoreKey } from '../../src/settings/settings.js';
import { CLOUDS_FILE, parseExample, readExample, renderClouds } from './render-clouds.js';

it('docs/clouds.md shows the tables as they are (npm run diagrams)', () => {
  expect(readFileSync(new URL(`../../${CLOUDS_FILE}`, import.meta.url), 'utf8')).toBe(renderClouds());
});

describe('the clouds', () => {
  it('have names of their own', () => {
    const names = CLOUDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z-]{1,31}$/);
  });

  it('share a key only as the same row, and have none of every device', () => {
    const rows = new Set(CLOUDS.flatMap(({ keys }) => keys));
    const names = [...CONFIGURATION_KEYS, ...rows].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names.map(settingStoreKey)).size).toBe(names.length);
  });

  it.each(CLOUDS.map(({ name }) => name))('%s: its example passes the check', (name) => {
    expect(readExample(name)['cloud']).toBe(name);
    expect(parseExample(name).cloud).toBe(name);
  });

  it.each(CLOUDS.map((cloud) => [cloud.name, cloud] as const))('%s is frozen, so that it is in ROM', (_, cloud) => {
    for (const part of [cloud, cloud.keys, cloud.limits]) expect(Object.isFrozen(part)).toBe(true);
    for (const row of cloud.keys) expect(Object.isFrozen(row)).toBe(true);
  });

  it.each(CLOUDS.map((cloud) => [cloud.name, cloud] as const))('%s says where its limits are from', (_, cloud) => {
    expect(cloud.limits.source).not.toBe('');
  });
});
