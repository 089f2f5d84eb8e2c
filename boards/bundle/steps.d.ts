import type { Plugin } from 'rollup';

/**
 * The plugins of rollup that make of compiled modules what a board links. `arrows` (as a board has it): functions at
 * the top become arrows. `world`: all sources of the bundle, if nothing else calls what is in it.
 */
export function minified(options?: { arrows?: boolean; world?: readonly string[] }): Plugin[];

/**
 * The code of a module or a bundle with calls inlined. `privates` has the names of private members; by default those of
 * the sources.
 */
export function inlined(code: string, privates?: Pick<Set<string>, 'has'>): Promise<string>;

/** A module of src or boards with calls inlined, kept in the cache. */
export function inlinedModule(code: string): Promise<string>;

/** The files of this folder. */
export function ownFiles(): string[];

/** The sources, with those of another folder that uses them. */
export function sourcesWith(folder: string): string[];
