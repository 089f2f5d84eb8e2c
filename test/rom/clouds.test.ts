import { join } from 'node:path';
import { rollup } from 'rollup';
import { afterAll, expect, it } from 'vitest';
import { onlyClouds } from '../../rollup.moddable.js';
import { CLOUDS } from '../../src/cloud/index.js';
import { TOP } from '../support/folders.js';
import { makeTemporaryFolder } from '../support/temp.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

/** The names of the clouds in a bundle for `wanted`, and the modules below src/cloud that it is made of. */
async function linked(wanted: string): Promise<{ names: string[]; folders: Set<string> }> {
  const bundle = await rollup({ input: join(TOP, 'build/src/cloud/profiles.js'), plugins: [onlyClouds(wanted)] });
  const file = folder.file(`clouds-${wanted.replace(/\W+/g, '-')}.mjs`);
  const { output } = await bundle.write({ file, format: 'es' });
  await bundle.close();
  const { CLOUDS: clouds } = (await import(file)) as { CLOUDS: typeof CLOUDS };
  const folders = Object.keys(output[0].modules).map((path) => /src\/cloud\/([\w-]+)\//.exec(path)?.[1] ?? '');
  return { names: clouds.map(({ name }) => name), folders: new Set(folders) };
}

it('links every cloud where none is named', async () => {
  expect((await linked('')).names).toEqual(CLOUDS.map(({ name }) => name));
});

it('links the clouds that are named, and no module of another', async () => {
  const { names, folders } = await linked('plain, sparkplug');
  expect(names).toEqual(['plain', 'sparkplug']);
  for (const cloud of ['aws', 'azure', 'home-assistant', 'thingsboard']) expect(folders).not.toContain(cloud);
});

it('refuses a name that no cloud has', async () => {
  await expect(linked('aws awz')).rejects.toThrow(
    'TAGWIRE_CLOUDS: no cloud is named "awz"; there are aws, azure, event-grid, espresense, home-assistant, ' +
      'openmqttgateway, plain, routeros, ruuvi, thingsboard-gateway, thingsboard, sparkplug',
  );
});
