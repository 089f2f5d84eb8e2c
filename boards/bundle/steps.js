import { parseAst } from 'rollup/parseAst';
import { minify } from 'terser';
import { withoutArrayIterators } from './array-iterators.js';
import { cachedLater } from './cache.js';
import { nestedConditions } from './conditions.js';
import { constantParameters, frozenTables, sharedTexts } from './constants.js';
import { copyForMarkedCalls, refuseCopies } from './copies.js';
import { enumObjects } from './enums.js';
import { inlineCalls } from './inline.js';
import { ownNames, withoutOwnNames } from './own-names.js';
import { withoutPatterns, withoutPatternsForParameters } from './plain-syntax.js';
import { privateNames, shortNames } from './private-names.js';
import { inlineSmallFunctions } from './small-functions.js';
import { functionsAsArrows, namesForTop } from './top-level.js';

export { ownFiles } from './cache.js';
export { sourcesWith } from './sources.js';

/*
 * What is done to the code of a bundle, so that XS runs it in little ROM and time. On XS a name is in ROM, also that of
 * a local, with some 22 bytes beside its text. A function takes 134 bytes, an arrow 75, a call 20 instructions. An
 * object that is not frozen takes 4 bytes of RAM. So a bundle has few names, few functions, and frozen tables. What it
 * must not have is anything that allocates while it runs: see `COMPRESS`.
 */

/**
 * By default terser turns a function that is called once into an expression at the place of its call. That makes a
 * closure each time: 19 slots and 744 bytes for a QoS 0 publish. With the first three options every function stays one.
 *
 * The last three are for short texts, and cost the interpreter of XS time. An assignment that is a statement takes one
 * instruction less than one in a sequence, and `i++` four less; `!0` takes two instructions, `true` one; an `if` leaves
 * no value behind that must be thrown away, `&&` does.
 */
const COMPRESS = {
  ecma: 2022,
  module: true,
  passes: 2,
  ...{ reduce_funcs: false, inline: 1, hoist_props: false },
  ...{ sequences: false, conditionals: false, booleans: false },
};

/**
 * The plugins of rollup that make of compiled modules what a board links. Without `arrows`, functions stay functions:
 * the SDK's XS runs both alike, but that of `@agoric/xsnap` begins each arrow with three instructions that fetch the
 * `this` around it, used or not. So what is measured there has none.
 *
 * `world`: all sources of the bundle, if nothing else calls what is in it. Then public methods are inlined too.
 */
export function minified({ arrows = true, world } = {}) {
  const make = async (code) => {
    const source = JSON.stringify([code, arrows, ...privateNames()]);
    return { code: await cachedLater(source, 'js', () => minifiedForXs(code, arrows)), map: null };
  };
  return [
    ...(world ? [ownNames(world)] : []),
    withoutArrayIterators,
    enumObjects,
    { name: 'minified', renderChunk: (code) => make(code) },
  ];
}

/** The steps, in their order. */
async function minifiedForXs(code, arrows) {
  // Here members still have their own names, by which it is known which ones are private.
  let made = await inlined(code);
  if (arrows) made = functionsAsArrows(made);
  made = shortNames(frozenTables(sharedTexts(made)));
  made = (await minify(made, { compress: COMPRESS, mangle: false, module: true })).code;
  // terser would undo it.
  made = constantParameters(made);
  // Last, when it is known what there is at the top.
  const nameCache = { vars: { props: namesForTop(made) } };
  const program = parseAst(made);
  nestedConditions(program);
  const parse = { spidermonkey: true };
  const mangle = { parse, compress: false, mangle: { module: true }, module: true, toplevel: true, nameCache };
  return (await minify(program, mangle)).code;
}

/** A module of src or boards with calls inlined and tables frozen: what `npm run test:inlined` runs. */
export async function inlinedModule(code) {
  const make = async () => frozenTables(await inlined(code));
  return cachedLater(JSON.stringify(['inlined', code, ...privateNames().keys()]), 'js', make);
}

/** Code with calls inlined, and names of members as they were. */
export async function inlined(code, privates = privateNames()) {
  const program = parseAst(code);
  copyForMarkedCalls(program, code);
  withoutPatternsForParameters(program);
  inlineCalls(program, privates);
  inlineSmallFunctions(program, privates);
  refuseCopies(program);
  withoutPatterns(program);
  withoutOwnNames(program);
  const print = { parse: { spidermonkey: true }, compress: false, mangle: false, module: true };
  return (await minify(program, { ...print, format: { beautify: true } })).code;
}
