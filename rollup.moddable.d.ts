import type { Plugin, RollupOptions } from 'rollup';

/** The configurations of rollup that write dist/moddable. */
declare const configurations: RollupOptions[];
export default configurations;

export { minified } from './boards/bundle/steps.js';

/** Leaves out of the list of all clouds those whose folder `wanted` does not name; an empty text names all. */
export function onlyClouds(wanted: string): Plugin;

/** What makes the bundle of a board, with the clouds that a plugin leaves in. */
export function boardPlugins(clouds: Plugin): Plugin[];
