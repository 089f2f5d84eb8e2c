import { relative } from 'node:path';
import type { Plugin } from 'vitest/config';
import { inlinedModule } from '../../boards/bundle/steps.js';
import { TOP } from './folders.js';

/**
 * For tests under TAGWIRE_INLINED: every module of src and boards is what its bundle would have of it, with calls
 * inlined that have their functions in the same module. `npm run test:inlined` runs the firmware's tests so.
 */
export function inlinedModules(): Plugin {
  return {
    name: 'inlined-modules',
    enforce: 'post',
    async transform(code, id) {
      const path = relative(TOP, id);
      if (!/^(src|boards)\/.*\.ts$/.test(path)) return null;
      return { code: await inlinedModule(code), map: null };
    },
  };
}
