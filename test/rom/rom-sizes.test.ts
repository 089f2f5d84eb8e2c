import { beforeAll, expect, it } from 'vitest';
import { describeIfPresent } from '../support/require.js';
import { missingForRom } from './link.js';
import { measureRom, readRomSizes, romDifferences, UPDATE } from './rom-sizes.js';
import type { RomSizes } from './rom-sizes.js';

/** On a busy machine. */
const LINK_MILLISECONDS = 900_000;

describeIfPresent(missingForRom())('the table test/rom-sizes.json', () => {
  let measured: RomSizes;

  beforeAll(async () => {
    measured = await measureRom();
  }, LINK_MILLISECONDS);

  it('says what the linker of the SDK makes', () => {
    expect(romDifferences(measured, readRomSizes()), `write down what is meant to be so: ${UPDATE}`).toEqual([]);
  });
});

it('is compared within one per cent', () => {
  const table = readRomSizes();
  const grown = structuredClone(table);
  grown.parts.console.bytes = Math.ceil(table.parts.console.bytes * 1.02);
  grown.images.esp32.bytes = Math.floor(table.images.esp32.bytes * 0.98);
  expect(romDifferences(table, table)).toEqual([]);
  expect(romDifferences(grown, table)).toEqual([
    `console: measured ${grown.parts.console.bytes}, the table says ${table.parts.console.bytes}`,
    `image of esp32: measured ${grown.images.esp32.bytes}, the table says ${table.images.esp32.bytes}`,
  ]);
});
