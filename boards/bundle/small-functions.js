import { FUNCTION_SIZE, inlineCalls, Inliner } from './inline.js';
import { sizeOf } from './nodes.js';
import { OWN } from './own-names.js';
import { walk } from './syntax.js';

/*
 * Small functions that are called at a few places become part of each of them, where all of them together are no larger
 * than the function and its calls. Each call gets a copy of its own, which has no other call, so that it is inlined as
 * any function. What cannot be inlined stays one function.
 */

/** What is in the names of copies. Such a name is one of its own, too. */
const MARK = `${OWN}small`;
/** What stands before the number of a copy. */
const NUMBER = '$_';

/** Changes a program in which `inlineCalls` has done its work. */
export function inlineSmallFunctions(program, privates) {
  const staying = new Set();
  while (copyForCalls(program, privates, staying)) {
    inlineCalls(program, privates);
    for (const name of withoutCopies(program)) staying.add(name);
  }
}

/** Returns whether there was a small function. Of one that is called in another, the other one comes the next time. */
function copyForCalls(program, privates, staying) {
  const inliner = new Inliner(program, privates);
  const chosen = new Set();
  for (const candidate of inliner.candidates) {
    const { own, sites, callees, fn, unit, isMethod } = candidate;
    const isSmall = sites.length > 1 && (sites.length - 1) * sizeOf(fn.body) <= FUNCTION_SIZE;
    if (!isSmall || staying.has(own.name) || !inliner.canBeInlined(candidate) || sites.includes(unit)) continue;
    if ([...callees, ...sites.map((site) => site.candidate)].some((other) => chosen.has(other))) continue;
    const calls = [...new Set(sites)].flatMap(({ root }) => inliner.callsIn(root, candidate));
    if (calls.includes(undefined)) continue;
    const name = `${own.name}${MARK}${chosen.size}${NUMBER}`;
    for (const [index, { node }] of calls.entries()) {
      const called = node.type === 'CallExpression' ? node.callee : node;
      (isMethod ? called.property : called).name = name + index;
      if (index > 0) candidate.copy(name + index);
    }
    own.name = `${name}0`;
    chosen.add(candidate);
  }
  return chosen.size > 0;
}

/** Makes one function again of copies that are left. Returns the names of these functions. */
function withoutCopies(program) {
  const left = new Map();
  const isFirst = (name) => {
    if (!name?.includes(MARK)) return true;
    const [copied] = name.split(NUMBER);
    if (left.has(copied)) return false;
    left.set(copied, copied.split(MARK)[0]);
    return true;
  };
  program.body = program.body.filter(({ id, declarations }) => isFirst(id?.name ?? declarations?.[0]?.id.name));
  walk(program, (node) => {
    if (node.type === 'ClassBody') node.body = node.body.filter(({ key }) => isFirst(key?.name));
    if (node.type === 'Identifier') [node.name] = node.name.split(MARK);
  });
  return left.values();
}
