import type { Plugin } from 'rollup';

/**
 * The plugins of rollup that make of compiled modules what a board links. `arrows` (as a board has it): functions at
 * the top become arrows.
 */
export function minified(options?: { arrows?: boolean }): Plugin[];

/**
 * The code of a module or a bundle with calls inlined. `privates` has the names of private members; by default those of
 * the sources.
 */
export function inlined(code: string, privates?: Pick<Set<string>, 'has'>): Promise<string>;

/** A module of src or boards with calls inlined, kept in the cache. */
export function inlinedModule(code: string): Promise<string>;

/** The files of this folder. */
export function ownFiles(): string[];
