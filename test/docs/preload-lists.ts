import { relative } from 'node:path';
import { SRC_FOLDERS } from '../support/folders.js';
import { emitForModdable, isEmpty, modulesOf, usedBy } from '../support/moddable-modules.js';

const SRC = SRC_FOLDERS.map((name) => `src/${name}`);
/** Shared by boards, and given by one manifest. */
const SHARED = ['boards/ecma419', 'boards/moddable'];
const TLS = 'embedded:io/socket/tcp/tls';
/** What each board preloads of the SDK. */
const BOARDS: Record<string, string[]> = { 'boards/esp32': [TLS], 'boards/esp8266': [], 'boards/desktop': [TLS] };

/** What a manifest says of our modules. */
export interface ModuleLists {
  /** Modules that go to ROM as they are after their first run. */
  preload: string[];
  /** Of a board: modules of the manifests it includes that it does not use, as paths for `~`. */
  unused: string[];
}

/** What the manifest of each folder must say, by its path. */
export function moduleLists(): Map<string, ModuleLists> {
  const folders = [...SRC, ...SHARED, ...Object.keys(BOARDS)];
  const emitted = emitForModdable(folders.flatMap(modulesOf));
  const modulesWithCode = (of: string[]): string[] =>
    of.flatMap(modulesOf).filter((name) => !isEmpty(emitted.get(name)!));
  const preload = (of: string[]): string[] => modulesWithCode(of).map((name) => `tagwire/${name}`);

  const lists = new Map<string, ModuleLists>();
  for (const folder of SRC) lists.set(`${folder}/manifest.json`, { preload: preload([folder]), unused: [] });
  lists.set('boards/moddable/manifest.json', { preload: preload(SHARED), unused: [] });
  for (const [board, others] of Object.entries(BOARDS)) {
    const used = usedBy(`${board}/main`, emitted);
    const unused = modulesWithCode([...SRC, ...SHARED]).filter((name) => !used.has(name));
    lists.set(`${board}/manifest.json`, {
      preload: [...others, ...preload([board])],
      unused: unused.map((name) => relative(board, name)),
    });
  }
  return lists;
}
