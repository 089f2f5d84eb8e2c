import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../../src/device/firmware.js';
import { BadInput } from '../bad-input.js';
import type { FlashPageContents } from '../page/flash-page/contents.js';
import type { FirmwareImage } from './image.js';

/** By this file the folder is known as one that may be written anew. */
const CONTENTS = 'tagwire-flash-page.json';
const FIRMWARE = 'firmware';

/**
 * Writes a page that flashes `images` into `folder`, which must be absent, empty, or one that was written so before.
 * Everything is in it: a server of plain files can serve it. Throws `BadInput` of one line.
 */
export function writeFlashPage(folder: string, images: readonly FirmwareImage[]): FlashPageContents {
  const page = findPage();
  const contents: FlashPageContents = { version: VERSION, builds: images.map(describe) };
  try {
    clear(folder, page);
    mkdirSync(folder, { recursive: true });
    // Before all else, so that a folder that is half written is known as ours.
    writeFileSync(join(folder, CONTENTS), JSON.stringify(contents, undefined, 2) + '\n');
    cpSync(page, folder, { recursive: true });
    for (const [i, image] of images.entries()) {
      mkdirSync(join(folder, FIRMWARE, image.chip.toLowerCase()), { recursive: true });
      for (const [k, part] of image.parts.entries()) {
        writeFileSync(join(folder, contents.builds[i]!.parts[k]!.path), part.bytes);
      }
    }
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(webToolsManifest(contents), undefined, 2) + '\n');
  } catch (error) {
    if (error instanceof BadInput || !(error instanceof Error && 'code' in error)) throw error;
    throw new BadInput(`folder ${folder} cannot be written (${String(error.code)})`);
  }
  return contents;
}

/** For ESP Web Tools. What it compares with the answers of Improv are name and version. */
function webToolsManifest({ version, builds }: FlashPageContents): object {
  return {
    name: 'Tagwire',
    version,
    // Erasing takes the settings that are on the device.
    new_install_prompt_erase: true,
    ...(!builds.some(({ improv }) => improv) && { new_install_improv_wait_time: 0 }),
    builds: builds.map(({ chip, parts }) => ({
      chipFamily: chip,
      parts: parts.map(({ path, offset }) => ({ path, offset })),
    })),
  };
}

function describe({ chip, parts, built, improv }: FirmwareImage): FlashPageContents['builds'][number] {
  return {
    chip,
    built,
    improv,
    parts: parts.map(({ name, offset, bytes }) => ({
      path: `${FIRMWARE}/${chip.toLowerCase()}/${name}`,
      offset,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
  };
}

/** Removes what was written before, and nothing else. */
function clear(folder: string, page: string): void {
  if (!existsSync(folder)) return;
  const found = readdirSync(folder);
  if (found.length === 0) return;
  if (!found.includes(CONTENTS)) {
    throw new BadInput(`folder ${folder} has other files in it; name an empty or a new one`);
  }
  for (const name of [...readdirSync(page), FIRMWARE, 'manifest.json']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Seen from a bundle in `dist` or `dist/shared`, from `build/sim/flash`, from the source. */
function findPage(): string {
  const places = ['./flash-page', '../flash-page', '../../../dist/flash-page', '../../dist/flash-page'];
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const folder = folders.find(
    (path) => existsSync(join(path, 'index.html')) && existsSync(join(path, 'flash-page.js')),
  );
  if (folder === undefined) throw new BadInput('the page that flashes is not built: run npm run build');
  return folder;
}
