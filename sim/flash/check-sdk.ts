import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hostTools } from './mcconfig.js';
import type { Target } from './mcconfig.js';
import { findProgram, missing, ok, textOf } from './workshop.js';
import type { Check, Workshop } from './workshop.js';

const DOCUMENTATION = 'https://github.com/Moddable-OpenSource/moddable/blob/public/documentation';
const GETTING_STARTED = 'Moddable SDK - Getting Started.md';
/** The SDK that the boards are written for; what older ones lack is not known. */
const SDK = [8, 2, 3] as const;
const NODE = [20, 11, 0] as const;

/** What every board needs: Node, the Moddable SDK with its tools built, and make. */
export function checkSdk(workshop: Workshop, targets: readonly Target[]): Check[] {
  return [checkNode(workshop), ...checkTree(workshop), checkTools(workshop, targets), checkMake(workshop)];
}

/** Where a document of the SDK is: in its tree when that is there. `anchor` is a heading in it. */
export function documentOf({ variables }: Workshop, name: string, anchor: string): string {
  const { MODDABLE } = variables;
  const path = MODDABLE && join(MODDABLE, 'documentation', name);
  return path && existsSync(path) ? `${path}, "${anchor}"` : `${DOCUMENTATION}/${encodeURI(name)}`;
}

/** True when the version that is written in `text` is at least `least`. */
export function isAtLeast(text: string, least: readonly number[]): boolean {
  const parts = (/\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number);
  for (let i = 0; i < least.length; i++) {
    const part = parts[i] ?? 0;
    if (part !== least[i]) return part > least[i]!;
  }
  return true;
}

function checkNode({ nodeVersion }: Workshop): Check {
  const name = 'Node.js';
  if (isAtLeast(nodeVersion, NODE)) return ok(name, nodeVersion);
  return missing(
    name,
    `${nodeVersion}, which is older than ${NODE.join('.')}`,
    'install a newer one: https://nodejs.org',
  );
}

function checkTree(workshop: Workshop): Check[] {
  const name = 'Moddable SDK';
  const { MODDABLE } = workshop.variables;
  const document = documentOf(workshop, GETTING_STARTED, 'Installing');
  if (!MODDABLE) {
    return [missing(name, 'MODDABLE is not set', `install the SDK and export MODDABLE=<its folder>: ${document}`)];
  }
  const absent = ['tools/mcconfig.js', 'xs/includes/xs.h', 'modules', 'examples/manifest_base.json'].find(
    (path) => !existsSync(join(MODDABLE, path)),
  );
  if (absent !== undefined) {
    const found = `MODDABLE is ${MODDABLE}, which has no ${absent}`;
    return [missing(name, found, `set it to the folder of the SDK: ${document}`)];
  }
  const version = textOf(join(MODDABLE, 'tools', 'VERSION')).trim();
  const found = `${version || 'a version without a number'} in ${MODDABLE}`;
  if (version !== '' && isAtLeast(version, SDK)) return [ok(name, found)];
  return [
    missing(name, `${found}, older than ${SDK.join('.')}`, `git pull in ${MODDABLE}, then build its tools again`),
  ];
}

function checkTools(workshop: Workshop, targets: readonly Target[]): Check {
  const name = 'tools of the SDK';
  const needed = ['mcconfig', 'xsc', 'xsl', 'xsid', 'xsbug'];
  if (targets.includes('desktop')) needed.push('mcsim');
  if (targets.some((target) => target !== 'desktop')) needed.push('serial2xsbug');
  const absent = needed.filter((program) => !isApplication(workshop, program) && !findProgram(workshop, program));
  if (absent.length === 0) return ok(name, needed.join(', '));
  const host = hostTools(workshop.hostPlatform);
  const document = documentOf(workshop, GETTING_STARTED, 'Installing');
  const remedy = `cd "$MODDABLE/build/makefiles/${host}" && make: ${document}`;
  return missing(name, `no ${absent.join(', ')} in build/bin/${host}/release of the SDK or on PATH`, remedy);
}

/** On macOS these are applications, which are folders. */
function isApplication({ variables, hostPlatform }: Workshop, program: string): boolean {
  if (hostPlatform !== 'darwin' || !variables['MODDABLE']) return false;
  return existsSync(join(variables['MODDABLE'], 'build/bin/mac/release', `${program}.app`));
}

function checkMake(workshop: Workshop): Check {
  const path = findProgram(workshop, 'make');
  if (path !== undefined) return ok('make', path);
  return missing('make', 'not on PATH', documentOf(workshop, GETTING_STARTED, 'System Requirements'));
}
