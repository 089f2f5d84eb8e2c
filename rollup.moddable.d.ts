import type { Plugin, RollupOptions } from 'rollup';

/** The configurations of rollup that write dist/moddable. */
declare const configurations: RollupOptions[];
export default configurations;

/**
 * The plugins of rollup that make of compiled modules what a board links. `arrows` (as a board has it): functions at
 * the top become arrows.
 */
export function minified(options?: { arrows?: boolean }): Plugin[];

/** The short name of each private member that gets one. */
export function privateNames(): Map<string, string>;

/** Leaves out of the list of all clouds those whose folder `wanted` does not name; an empty text names all. */
export function onlyClouds(wanted: string): Plugin;

/** Beside the bundle of a board the manifest that the board's own includes. */
export const releaseManifest: Plugin;
