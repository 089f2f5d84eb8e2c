import { parseAst } from 'rollup/parseAst';
import ts from 'typescript';

/*
 * Loops over arrays by index. For `for (const x of list)` XS makes an iterator, a result and what ends the iterator on
 * the way out: 8 slots of RAM for each loop and some 60 bytes of bytecode more than for an index. On an array both do
 * the same, also when its length changes meanwhile. What is an array, only the compiler knows, so it is asked.
 */

/**
 * A plugin of rollup. `program` gives the sources with their types; `sourceOf` the path of the source of a compiled
 * module.
 */
export function arrayLoops(program, sourceOf) {
  return {
    name: 'array-loops',
    transform(code, id) {
      if (!code.includes(' of ')) return null;
      const source = program().getSourceFile(sourceOf(id));
      return source && { code: withIndices(code, loopsOverArrays(source, program().getTypeChecker())), map: null };
    },
  };
}

/** Of each `for (… of …)` of a source, in order: whether it goes over an array. */
function loopsOverArrays(source, checker) {
  const loops = [];
  const visit = (node) => {
    if (ts.isForOfStatement(node)) loops.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return loops
    .sort((a, b) => a.pos - b.pos)
    .map((loop) => isArray(checker.getTypeAtLocation(loop.expression), checker));
}

function isArray(type, checker) {
  if (type.isUnion()) return type.types.every((each) => isArray(each, checker));
  return checker.isArrayType(type) || checker.isTupleType(type);
}

/** A compiled module with an index in each loop for which `overArray` has true, in their order. */
export function withIndices(code, overArray) {
  const loops = [];
  walk(parseAst(code), (node) => node.type === 'ForOfStatement' && loops.push(node));
  loops.sort((a, b) => a.start - b.start);
  if (loops.length !== overArray.length) throw new Error('a module has other loops than its source');
  const inserts = [];
  loops.forEach(({ await: isAsync, left, right, body }, index) => {
    if (!overArray[index] || isAsync || left.type !== 'VariableDeclaration') return;
    const variable = code.slice(left.start, left.end);
    // `for (const x of list) …` → `for (let $i = 0, $list = list; $i < $list.length; $i++) { const x = $list[$i]; … }`
    inserts.push([left.start, right.start, 'let $i = 0, $list = ']);
    inserts.push([right.end, right.end, '; $i < $list.length; $i++']);
    const isBlock = body.type === 'BlockStatement';
    const from = isBlock ? body.start + 1 : body.start;
    inserts.push([from, from, `${isBlock ? '' : '{ '}${variable} = $list[$i]; `]);
    if (!isBlock) inserts.push([body.end, body.end, ' }']);
  });
  let result = '';
  let at = 0;
  for (const [from, to, text] of inserts.sort((a, b) => a[0] - b[0])) {
    result += code.slice(at, from) + text;
    at = to;
  }
  return result + code.slice(at);
}

/** Calls `visit` for each node. */
function walk(node, visit) {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (typeof child?.type === 'string') walk(child, visit);
  }
}
